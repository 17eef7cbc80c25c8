import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { DeliveryProgress } from "../../../src/domain/delivery.ts";
import { orderStatuses, type OrderStatus } from "../../../src/domain/order.ts";
import { later, type ShipmentBody } from "../../../src/domain/shipping.ts";
import {
  dueDeliveries,
  insertDeliveries,
  proveDeliveries,
  settleDeliveries,
} from "../../../src/store/deliveries.ts";
import {
  claimDispatch,
  deleteDispatch,
  insertDispatches,
  postponeDispatch,
  readDispatch,
} from "../../../src/store/dispatches.ts";
import { moveCursor, readJob } from "../../../src/store/jobs.ts";
import {
  cancelUnsentOrders,
  insertOrders,
  readOrder,
  reviseOrders,
  updateConfirmedOrders,
  updateSentOrders,
  updateShippedOrders,
  type NewOrder,
} from "../../../src/store/orders.ts";
import {
  settleShipments,
  shipmentsOf,
  upsertShipments,
  type ShipmentProgress,
  type ShipmentToStore,
} from "../../../src/store/shipments.ts";
import { commit } from "../../../src/store/statement.ts";
import { body, dsp, ord, putBack, shp, type Ground } from "./ground.ts";

const NOW = 2_000;
const db = env.DB;
let minted = 0;
let ground: Ground;

/** A merchant of its own with the orders 1 and 2, unsent and on the dispatch 1, which nobody claimed. */
beforeEach(async () => {
  minted += 1;
  const name = `guards${minted}`;
  ground = {
    m: `mer_${name}`,
    account: `acc_${name}`,
    user: "merchant_x",
    cart: "con_cart",
    wms: "con_wms",
  };
  await putBack(ground);
  await run(
    "UPDATE orders SET status = 'new' WHERE merchant_id = ?1",
    "UPDATE deliveries SET state = 'queued', dispatch_id = 'dsp_1', wms_order_id = NULL WHERE merchant_id = ?1",
    "UPDATE shipments SET state = 'queued', dispatch_id = 'dsp_1' WHERE merchant_id = ?1",
    "UPDATE dispatches SET fence = 0 WHERE merchant_id = ?1",
  );
});

const run = (...texts: string[]) => db.batch(texts.map((text) => db.prepare(text).bind(ground.m)));
const all = async (table: string) =>
  (await db.prepare(`SELECT * FROM ${table} WHERE merchant_id = ?1`).bind(ground.m).all()).results;
const one = async (table: string, where: string) =>
  (await db
    .prepare(`SELECT * FROM ${table} WHERE merchant_id = ?1 AND ${where}`)
    .bind(ground.m)
    .first()) ?? {};
const claim = (fence: number) => commit(db, [claimDispatch(ground.m, dsp(1), fence, NOW + 60_000)]);

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
  settleDeliveries(ground.m, dsp(1), fence, [{ order_id: ord(1), progress }]);

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
const newOrder = (name: string, more: Partial<NewOrder> = {}): NewOrder => ({
  id: ord(`new${name}`),
  cart_id: ground.cart,
  source_id: name,
  part: 1,
  number: name,
  cust_ref: `NEW-${name}`,
  on_hold: null,
  source_status: "processing",
  placed_at: NOW,
  created_at: NOW,
  body: body(1),
  timeline: [{ at: NOW, event: "loaded", text: "Loaded." }],
  ...more,
});
const step = (id: string, text = "Canceled.") => ({
  id,
  status: null,
  error_reason: null,
  source_status: "cancelled",
  entries: [{ at: NOW, event: "canceled_in_cart" as const, text }],
  at: NOW,
});
const revision = (id: string) => ({ ...step(id), body: body(9) });
const ids = (rows: readonly unknown[] | undefined) =>
  (rows ?? []).map((row) => (row as { id: string }).id);

test("a claim under a fence that is not newer fails and changes nothing", async () => {
  expect(ids((await claim(4))[0]?.rows)).toEqual([dsp(1)]);
  const before = await all("dispatches");
  for (const fence of [4, 3, 0]) expect((await claim(fence))[0]?.rows).toEqual([]);
  expect(await all("dispatches")).toEqual(before);
  expect(ids((await claim(5))[0]?.rows)).toEqual([dsp(1)]);
});

test("results of a delivery under an old fence change nothing", async () => {
  await claim(4);
  await claim(5);
  const before = await all("deliveries");
  for (const fence of [4, 6]) await commit(db, [settle(fence)]);
  expect(await all("deliveries")).toEqual(before);
  await commit(db, [settle(5)]);
  expect(await one("deliveries", "order_id = 'ord_1'")).toMatchObject({
    state: "accepted",
    wms_order_id: "W-1",
    dispatch_id: null,
    attempts: JSON.stringify(accepted.attempts),
  });
});

test("results of a confirmation under an old fence change nothing", async () => {
  await claim(5);
  const before = await all("shipments");
  await commit(db, [settleShipments(ground.m, dsp(1), 4, [posted()], NOW)]);
  expect(await all("shipments")).toEqual(before);
  await commit(db, [settleShipments(ground.m, dsp(1), 5, [posted()], NOW)]);
  expect(await one("shipments", "id = 'shp_1'")).toMatchObject({
    state: "confirmed",
    cart_shipment_id: "c1",
    dispatch_id: null,
  });
});

test("an old fence neither ends nor postpones a page of work", async () => {
  await claim(5);
  const before = await all("dispatches");
  await commit(db, [
    deleteDispatch(ground.m, dsp(1), 4),
    postponeDispatch(ground.m, dsp(1), 4, null),
  ]);
  expect(await all("dispatches")).toEqual(before);
  await commit(db, [postponeDispatch(ground.m, dsp(1), 5, null)]);
  expect(await one("dispatches", "id = 'dsp_1'")).toMatchObject({ due_at: null });
  await commit(db, [deleteDispatch(ground.m, dsp(1), 5)]);
  expect(await readDispatch(db, ground.m, dsp(1))).toBeNull();
});

test("results of a page that was settled already change nothing", async () => {
  await claim(5);
  await commit(db, [settle(5), deleteDispatch(ground.m, dsp(1), 5)]);
  const before = await all("deliveries");
  await commit(db, [settle(5, { ...accepted, state: "given_up", wms_order_id: null })]);
  expect(await all("deliveries")).toEqual(before);
});

test("a delivery that a shipment proved accepted is not unproved by a late failure", async () => {
  await claim(5);
  await commit(db, [proveDeliveries(ground.m, [ord(1)])]);
  await commit(db, [settle(5, { ...accepted, state: "due", unknown: true, next_at: NOW })]);
  expect(await one("deliveries", "order_id = 'ord_1'")).toMatchObject({
    state: "accepted",
    next_at: null,
    unknown: 0,
  });
});

test("a delivery that failed is due for the sweep at its time, and not before", async () => {
  await claim(5);
  await commit(db, [settle(5, { ...accepted, state: "due", next_at: NOW })]);
  const only = { merchant_id: ground.m, connection_id: ground.wms };
  expect(await dueDeliveries(db, NOW - 1, 10, only)).toEqual([]);
  expect(await dueDeliveries(db, NOW, 10, only)).toMatchObject([{ order_id: ord(1) }]);
});

test("storing orders twice stores them once, and names only those that are new", async () => {
  const [first] = await commit(db, [insertOrders(ground.m, [newOrder("a"), newOrder("b")])]);
  expect(ids(first?.rows)).toEqual([ord("newa"), ord("newb")]);
  const before = await all("orders");
  const changed = newOrder("b", { number: "other", cust_ref: "OTHER" });
  const [second] = await commit(db, [insertOrders(ground.m, [changed, newOrder("c")])]);
  expect(ids(second?.rows)).toEqual([ord("newc")]);
  const after = await all("orders");
  expect(after).toHaveLength(before.length + 1);
  expect(after).toEqual(expect.arrayContaining(before));
});

test("an order that has a delivery keeps it when it is loaded again", async () => {
  await claim(5);
  await commit(db, [settle(5)]);
  const before = await all("deliveries");
  await commit(db, [
    insertDeliveries(ground.m, [
      {
        order_id: ord(1),
        cart_id: ground.cart,
        wms_id: null,
        state: "waiting",
        dispatch_id: null,
      },
    ]),
  ]);
  expect(await all("deliveries")).toEqual(before);
});

test("a reference that another order bears fails the whole batch, so that no order is lost", async () => {
  const before = [await all("orders"), await all("dispatches")];
  const taken = newOrder("b", { cust_ref: "R-1" });
  await expect(
    commit(db, [
      insertDispatches(ground.m, [
        {
          id: dsp("new"),
          kind: "delivery",
          connection_id: ground.wms,
          items: [],
          due_at: null,
          created_at: 1,
        },
      ]),
      insertOrders(ground.m, [newOrder("a"), taken]),
    ]),
  ).rejects.toThrow("UNIQUE");
  expect([await all("orders"), await all("dispatches")]).toEqual(before);
});

const followers = [
  ["follows the cart into", () => reviseOrders(ground.m, [revision(ord(1)), revision(ord(2))])],
  ["stops", () => cancelUnsentOrders(ground.m, [step(ord(1)), step(ord(2))])],
] as const;

for (const [what, follow] of followers) {
  test(`nothing ${what} an order while a claimed page of work holds it`, async () => {
    await claim(1);
    const before = await all("orders");
    expect((await commit(db, [follow()]))[0]?.rows).toEqual([]);
    expect(await all("orders")).toEqual(before);
  });

  test(`nothing ${what} an order whose last attempt may have reached the WMS`, async () => {
    await run(
      "UPDATE deliveries SET state = 'due', dispatch_id = NULL, unknown = 1 WHERE merchant_id = ?1 AND order_id = 'ord_1'",
    );
    expect(ids((await commit(db, [follow()]))[0]?.rows)).toEqual([ord(2)]);
    expect(await one("orders", "id = 'ord_1'")).toMatchObject({
      status: "new",
      source_status: "processing",
    });
  });

  test(`a cart's word ${what} an order that waits on a page nobody claimed`, async () => {
    expect(ids((await commit(db, [follow()]))[0]?.rows)).toEqual([ord(1), ord(2)]);
  });

  test(`nothing ${what} an order that the WMS has`, async () => {
    for (const status of ["at_wms", "partial", "shipped", "confirmed", "canceled"]) {
      await run(`UPDATE orders SET status = '${status}' WHERE merchant_id = ?1`);
      expect((await commit(db, [follow()]))[0]?.rows).toEqual([]);
    }
  });
}

test("a correction that arrives while the older version is being posted stays due", async () => {
  await claim(5);
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
  await run("UPDATE shipments SET cart_shipment_id = 'c1', unknown = 1 WHERE merchant_id = ?1");
  await commit(db, [upsertShipments(ground.m, [parcel()])]);
  expect((await shipmentsOf(db, ground.m, [ord(1)]))[0]).toMatchObject({
    dispatch_id: dsp(1),
    cart_shipment_id: "c1",
    unknown: true,
    created_at: 1_001,
  });
});

test("a correction starts its own count of tries", async () => {
  await run(
    "UPDATE shipments SET state = 'given_up', failed_posts = 720, first_failed_at = 1, last_error = 'no' WHERE merchant_id = ?1",
  );
  await commit(db, [upsertShipments(ground.m, [parcel()])]);
  expect((await shipmentsOf(db, ground.m, [ord(1)]))[0]).toMatchObject({
    failed_posts: 0,
    first_failed_at: null,
    last_error: null,
  });
});

test("an order is confirmed when the cart shows every shipment of it that was not voided", async () => {
  const told = updateConfirmedOrders(ground.m, [{ ...step(ord(1)), entries: [] }]);
  const statusAfter = async (...texts: string[]) => {
    await run("UPDATE orders SET status = 'shipped' WHERE merchant_id = ?1", ...texts);
    await commit(db, [told]);
    return (await readOrder(db, ground.m, ord(1)))?.status;
  };
  await run(
    `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, created_at)
     VALUES (?1, 'ord_1', 'shp_other', 'con_cart', 'con_wms', 'waiting', '{}', 1)`,
  );
  const set = (id: string, state: string, voided = 0) =>
    `UPDATE shipments SET state = '${state}', voided = ${voided} WHERE merchant_id = ?1 AND id = '${id}'`;
  expect(await statusAfter(set("shp_1", "confirmed"))).toBe("shipped");
  expect(await statusAfter(set("shp_other", "due"))).toBe("shipped");
  expect(await statusAfter(set("shp_other", "given_up"))).toBe("shipped");
  expect(await statusAfter(set("shp_other", "queued", 1))).toBe("confirmed");
  expect(await statusAfter(set("shp_other", "none"))).toBe("confirmed");
  expect(await statusAfter(set("shp_other", "confirmed"))).toBe("confirmed");
  expect(await statusAfter(set("shp_1", "withdrawn", 1), set("shp_other", "none"))).toBe("shipped");
});

test("an order that was stopped meanwhile stays stopped, unless the WMS took it", async () => {
  await run("UPDATE orders SET status = 'canceled' WHERE merchant_id = ?1");
  const before = await all("orders");
  const entries = [{ at: NOW, event: "send_failed" as const, text: "Sending failed." }];
  const sent = (status: OrderStatus) =>
    commit(db, [updateSentOrders(ground.m, [{ ...step(ord(1)), status, entries }])]);
  await sent("new");
  await sent("error");
  expect(await all("orders")).toEqual(before);
  await sent("at_wms");
  expect((await readOrder(db, ground.m, ord(1)))?.status).toBe("at_wms");
});

test("no result of an old attempt moves an order that the WMS has", async () => {
  for (const was of ["at_wms", "partial", "shipped", "confirmed"]) {
    await run(`UPDATE orders SET status = '${was}' WHERE merchant_id = ?1`);
    for (const status of ["new", "error", "at_wms"] as const)
      await commit(db, [updateSentOrders(ground.m, [{ ...step(ord(1)), status }])]);
    expect((await readOrder(db, ground.m, ord(1)))?.status).toBe(was);
  }
});

test("a plan of shipments that is older than the order's row never moves its status back", async () => {
  for (const was of orderStatuses)
    for (const status of ["at_wms", "partial", "shipped", null] as const) {
      await run(`UPDATE orders SET status = '${was}' WHERE merchant_id = ?1`);
      await commit(db, [updateShippedOrders(ground.m, [{ ...step(ord(1)), status }])]);
      expect((await readOrder(db, ground.m, ord(1)))?.status).toBe(later(was, status ?? was));
    }
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

test("a timeline takes whatever people and systems write, and stays readable", async () => {
  const wild = [
    `"quoted"`,
    "back\\slash \\u0041",
    "line\nbreak\ttab",
    "🦄 Zoë 👩‍👩‍👧",
    "],[",
    "\u0000",
    "'; --",
    "",
  ];
  for (const text of wild) await commit(db, [updateShippedOrders(ground.m, [step(ord(1), text)])]);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
      await commit(db, [updateShippedOrders(ground.m, [step(ord(1), text)])]);
      const order = await readOrder(db, ground.m, ord(1));
      expect(order?.timeline.at(-1)?.text).toBe(text);
    }),
    { numRuns: 40 },
  );
  const texts = (await readOrder(db, ground.m, ord(1)))?.timeline.map(({ text }) => text);
  expect(texts?.slice(0, wild.length + 1)).toEqual(["Loaded.", ...wild]);
});

test("several entries are appended in their order, and none leaves the timeline as it was", async () => {
  const entries = ["one", "two"].map((text) => ({ at: NOW, event: "shipped" as const, text }));
  await commit(db, [
    updateShippedOrders(ground.m, [
      { ...step(ord(1)), entries },
      { ...step(ord(2)), entries: [] },
    ]),
  ]);
  const texts = async (n: number) =>
    (await readOrder(db, ground.m, ord(n)))?.timeline.map(({ text }) => text);
  expect(await texts(1)).toEqual(["Loaded.", "one", "two"]);
  expect(await texts(2)).toEqual(["Loaded."]);
});
