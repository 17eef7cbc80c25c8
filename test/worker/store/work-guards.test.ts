import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { type DeliveryProgress } from "../../../src/domain/delivery.ts";
import { type ShipmentBody } from "../../../src/domain/shipping.ts";
import {
  dueDeliveries,
  insertDeliveries,
  proveDeliveries,
  settleDeliveries,
} from "../../../src/store/deliveries.ts";
import { deleteDispatch, postponeDispatch, readDispatch } from "../../../src/store/dispatches.ts";
import { moveCursor, readJob } from "../../../src/store/jobs.ts";
import {
  settleShipments,
  shipmentsOf,
  upsertShipments,
  type ShipmentProgress,
  type ShipmentToStore,
} from "../../../src/store/shipments.ts";
import { commit } from "../../../src/store/statement.ts";
import { dsp, ord, shp } from "./ground.ts";
import { guarded, type Guarded, ids, NOW } from "./guarded.ts";

const db = env.DB;
let ground: Guarded;
beforeEach(async () => {
  ground = await guarded("workguards");
});

const accepted: DeliveryProgress = {
  state: "accepted",
  wms_order_id: "W-1",
  unknown: false,
  failed_sends: 0,
  first_failed_at: null,
  last_error: null,
  next_at: null,
  attempts: [{ n: 1, at: NOW, duration_ms: 5, outcome: "accepted" }],
};
const settle = (fence: number, progress = accepted) =>
  settleDeliveries(ground.m, dsp(1), fence, [{ order_id: ord(1), progress, sent_codes: null }]);
const posted = (more: Partial<ShipmentProgress> = {}): ShipmentProgress => ({
  order_id: ord(1),
  id: shp(1),
  version: 1,
  state: "confirmed",
  cart_shipment_id: "c1",
  unknown: false,
  failed_posts: 0,
  first_failed_at: null,
  last_error: null,
  next_at: null,
  confirmed_at: NOW,
  ...more,
});
const parcel = (more: Partial<ShipmentToStore> = {}): ShipmentToStore => {
  const content: ShipmentBody = {
    wms_shipment_id: "S",
    tracking_number: "T2",
    tracking_url: null,
    carrier: null,
    service: null,
    shipped_at: 1,
    lines: [],
    surplus: [],
    closes_order: false,
  };
  return {
    order_id: ord(1),
    id: shp(1),
    cart_id: ground.cart,
    wms_id: ground.wms,
    dispatch_id: null,
    created_at: NOW,
    state: "queued",
    voided: false,
    version: 2,
    cart_shipment_id: null,
    body: content,
    ...more,
  };
};

test("a claim under a fence that is not newer fails and changes nothing", async () => {
  expect(ids(await ground.claim(4))).toEqual([dsp(1)]);
  const before = await ground.all("dispatches");
  for (const fence of [4, 3, 0]) expect((await ground.claim(fence))[0]?.rows).toEqual([]);
  expect(await ground.all("dispatches")).toEqual(before);
  expect(ids(await ground.claim(5))).toEqual([dsp(1)]);
});

test("results of a delivery under an old fence change nothing", async () => {
  await ground.claim(4);
  await ground.claim(5);
  const before = await ground.all("deliveries");
  for (const fence of [4, 6]) await commit(db, [settle(fence)]);
  expect(await ground.all("deliveries")).toEqual(before);
  await commit(db, [settle(5)]);
  expect(await ground.one("deliveries", "order_id = 'ord_1'")).toMatchObject({
    state: "accepted",
    wms_order_id: "W-1",
    dispatch_id: null,
    attempts: JSON.stringify(accepted.attempts),
  });
});

test("results of a confirmation under an old fence change nothing", async () => {
  await ground.claim(5);
  const before = await ground.all("shipments");
  await commit(db, [settleShipments(ground.m, dsp(1), 4, [posted()], NOW)]);
  expect(await ground.all("shipments")).toEqual(before);
  await commit(db, [settleShipments(ground.m, dsp(1), 5, [posted()], NOW)]);
  expect(await ground.one("shipments", "id = 'shp_1'")).toMatchObject({
    state: "confirmed",
    cart_shipment_id: "c1",
    dispatch_id: null,
  });
});

test("an old fence neither ends nor postpones a page of work", async () => {
  const parked = { due_at: null, working: false };
  await ground.claim(5);
  const before = await ground.all("dispatches");
  await commit(db, [
    deleteDispatch(ground.m, dsp(1), 4),
    postponeDispatch(ground.m, dsp(1), 4, parked, NOW),
  ]);
  expect(await ground.all("dispatches")).toEqual(before);
  await commit(db, [postponeDispatch(ground.m, dsp(1), 5, parked, NOW)]);
  expect(await ground.one("dispatches", "id = 'dsp_1'")).toMatchObject({ due_at: null });
  await commit(db, [deleteDispatch(ground.m, dsp(1), 5)]);
  expect(await readDispatch(db, ground.m, dsp(1))).toBeNull();
});

test("results of a page that was settled already change nothing", async () => {
  await ground.claim(5);
  await commit(db, [settle(5), deleteDispatch(ground.m, dsp(1), 5)]);
  const before = await ground.all("deliveries");
  await commit(db, [settle(5, { ...accepted, state: "given_up", wms_order_id: null })]);
  expect(await ground.all("deliveries")).toEqual(before);
});

test("a delivery that a shipment proved accepted is not unproved by a late failure", async () => {
  await ground.claim(5);
  await commit(db, [proveDeliveries(ground.m, [ord(1)])]);
  await commit(db, [settle(5, { ...accepted, state: "due", unknown: true, next_at: NOW })]);
  expect(await ground.one("deliveries", "order_id = 'ord_1'")).toMatchObject({
    state: "accepted",
    next_at: null,
    unknown: 0,
  });
});

test("a delivery that failed is due for the sweep at its time, and not before", async () => {
  await ground.claim(5);
  await commit(db, [settle(5, { ...accepted, state: "due", next_at: NOW })]);
  const only = { merchant_id: ground.m, connection_id: ground.wms };
  expect(await dueDeliveries(db, NOW - 1, 10, only)).toEqual([]);
  expect(await dueDeliveries(db, NOW, 10, only)).toMatchObject([{ order_id: ord(1) }]);
});

test("an order that has a delivery keeps it when it is loaded again", async () => {
  await ground.claim(5);
  await commit(db, [settle(5)]);
  const before = await ground.all("deliveries");
  await commit(db, [
    insertDeliveries(ground.m, [ord(1)], {
      cart_id: ground.cart,
      wms_id: null,
      dispatch_id: null,
    }),
  ]);
  expect(await ground.all("deliveries")).toEqual(before);
});

test("a correction that arrives while the older version is being posted stays due", async () => {
  await ground.claim(5);
  await commit(db, [upsertShipments(ground.m, [parcel()])]);
  await commit(db, [settleShipments(ground.m, dsp(1), 5, [posted({ version: 1 })], NOW)]);
  expect((await shipmentsOf(db, ground.m, [ord(1)]))[0]).toMatchObject({
    state: "due",
    version: 2,
    next_at: NOW,
    cart_shipment_id: "c1",
    body: { tracking_number: "T2" },
  });
});

test("a correction keeps the page of work that its shipment is on, and what the cart calls it", async () => {
  await ground.run(
    "UPDATE shipments SET cart_shipment_id = 'c1', unknown = 1 WHERE merchant_id = ?1",
  );
  await commit(db, [upsertShipments(ground.m, [parcel()])]);
  expect((await shipmentsOf(db, ground.m, [ord(1)]))[0]).toMatchObject({
    dispatch_id: dsp(1),
    cart_shipment_id: "c1",
    unknown: true,
    created_at: 1_001,
  });
});

test("a correction starts its own count of tries", async () => {
  await ground.run(
    "UPDATE shipments SET state = 'given_up', failed_posts = 720, first_failed_at = 1, last_error = 'no' WHERE merchant_id = ?1",
  );
  await commit(db, [upsertShipments(ground.m, [parcel()])]);
  expect((await shipmentsOf(db, ground.m, [ord(1)]))[0]).toMatchObject({
    failed_posts: 0,
    first_failed_at: null,
    last_error: null,
  });
});

test("the cursor never moves under an older fence than its last move", async () => {
  const move = (cursor: string, fence: number) =>
    commit(db, [moveCursor(ground.m, ground.cart, "order-download", cursor, fence)]);
  await move("five", 5);
  await move("four", 4);
  expect(await readJob(db, ground.m, ground.cart, "order-download")).toMatchObject({
    cursor: "five",
    fence: 5,
  });
  await move("five again", 5);
  expect((await readJob(db, ground.m, ground.cart, "order-download"))?.cursor).toBe("five again");
});
