import { expect, test } from "vitest";
import { credentials } from "../../../sandbox/demo.ts";
import { HttpError } from "../../../src/platform/http.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import { pickUpShipments } from "../../../src/sync/pick-up-shipments.ts";
import { replaceSecrets } from "../../../src/sync/replace-secrets.ts";
import { workDispatch } from "../../../src/sync/work-dispatch.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import {
  answer,
  aroundBatches,
  download,
  duringCall,
  hoursPass,
  openAlerts,
  order,
  orderDownload,
  shipmentPickup,
  shopOrderId,
  stored,
} from "./between-steps.ts";
import { submits, worldWithHint } from "./people.ts";

/** The shop calls its order off, and its webhook says so at once. */
async function callOff(world: World): Promise<void> {
  const { merchantId, cartId } = world.merchant;
  await world.control("PATCH orders", { status: "cancelled" });
  await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
}

test("an order called off during an attempt that the warehouse refuses is not sent an hour later", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "reject", times: 1 });
  await world.control("POST orders", { count: 1 });
  const happened = duringCall(world.deps, submits, async (pass) => {
    await callOff(world);
    return pass();
  });
  await run(world, "order-download");
  expect(happened()).toBe(true);
  await hoursPass(world, 2);
  expect(world.view().warehouse.orders).toHaveLength(0);
});

test("an order called off while an older page of the shop is on its way is not sent", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: false } });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: true } });
  world.deps.queues.deliveries.sent.length = 0;
  const happened = duringCall(world.deps, /\/orders\?/, async (pass) => {
    const page = await pass();
    await callOff(world);
    return page;
  });
  await download(world);
  expect(happened()).toBe(true);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("a run that ends after the credentials were rejected does not hide it, and new ones bring the order on", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  const health = () => stored("SELECT health FROM connections WHERE side = 'wms'");
  const happened = duringCall(world.deps, /\/shipments/, async () => {
    await world.control("POST faults", { target: "warehouse", kind: "unauthorized" });
    await run(world, "order-download");
    await world.control("DELETE faults");
    expect(await health()).toEqual([{ health: "needs_reauth" }]);
    throw new HttpError("timed_out", "No answer in time");
  });
  await run(world, "shipment-pickup");
  expect(happened()).toBe(true);
  expect(await health()).toEqual([{ health: "needs_reauth" }]);
  await hoursPass(world, 1);
  expect(await health()).toEqual([{ health: "needs_reauth" }]);

  await replaceSecrets(world.deps, merchantId, wmsId, { api_token: credentials.api_token });
  await drain(world.deps, world.deps);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("credentials replaced during an attempt are not stopped by the rejection of the old ones", async () => {
  const { world, hint } = await worldWithHint();
  const { merchantId, wmsId } = world.merchant;
  const happened = duringCall(world.deps, submits, async () => {
    await replaceSecrets(world.deps, merchantId, wmsId, { api_token: credentials.api_token });
    return answer(401, "{}");
  });
  await workDispatch(world.deps, hint);
  expect(happened()).toBe(true);
  await drain(world.deps, world.deps);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

/** The shop is about to be told of a parcel, and the warehouse has corrected its number since. */
async function worldOfCorrection(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const { shipments } = (await world.control("POST ship")) as { shipments: { id: string }[] };
  await pickUpShipments(world.deps, shipmentPickup(world));
  world.clock.pass(1_000);
  await world.control("POST correct", {
    shipment: shipments[0]?.id,
    tracking_number: "CORRECTED-1",
  });
  return world;
}

test("tracking corrected while the old version is being confirmed reaches the cart", async () => {
  const world = await worldOfCorrection();
  // The pickup has read the shipment as queued; before it commits, the confirmation settles.
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) {
      await drain(world.deps, world.deps);
      expect(await stored("SELECT state FROM shipments")).toEqual([{ state: "confirmed" }]);
    }
    return commit();
  });
  await pickUpShipments(slow, shipmentPickup(world));
  await drain(world.deps, world.deps);
  await hoursPass(world, 1);
  const fulfillments = world.view().shop.orders[0]?.fulfillments;
  expect(fulfillments).toMatchObject([{ tracking_number: "CORRECTED-1" }]);
});

test("tracking corrected while the cart says no to the old version leaves no alert", async () => {
  const world = await worldOfCorrection();
  const no = { target: "shop", kind: "reject", match: "fulfillments", times: 1, message: "No" };
  await world.control("POST faults", no);
  // The pickup has read the shipment as queued and well; before it commits, the cart says no to it.
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) {
      await drain(world.deps, world.deps);
      expect(await openAlerts(world)).toMatchObject([{ kind: "tracking", waiting: 1 }]);
    }
    return commit();
  });
  await pickUpShipments(slow, shipmentPickup(world));
  expect(await openAlerts(world)).toEqual([]);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
});

test("a parcel whose worker died behind the shop's answer is told once, also where it is put off then", async () => {
  const world = await makeWorld();
  const lines = ["A", "B"].map((sku) => ({ sku, quantity: 1 }));
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  await world.control("POST ship", { lines: [{ sku: "A", quantity: 1 }] });
  await pickUpShipments(world.deps, shipmentPickup(world));
  const broken = aroundBatches(world.deps, (nth, commit) =>
    nth === 2 ? Promise.reject(new Error("D1_ERROR: Network connection lost.")) : commit(),
  );
  const [page] = world.deps.queues.deliveries.sent.splice(0);
  if (!page) throw new Error("the parcel has no page");
  await expect(workDispatch(broken, page)).rejects.toThrow("Network connection lost");
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(1);
  await world.control("POST ship");
  await pickUpShipments(world.deps, shipmentPickup(world));
  // The second parcel's page waits while the first one's is worked again.
  await workDispatch(world.deps, page);
  expect(await stored("SELECT state, unknown FROM shipments ORDER BY state")).toEqual([
    { state: "due", unknown: 1 },
    { state: "queued", unknown: 0 },
  ]);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(2);
});

test("of two parcels told to the shop at the same time, one completes its order", async () => {
  const world = await makeWorld();
  const lines = ["A", "B"].map((sku) => ({ sku, quantity: 1 }));
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  await world.control("POST ship", { lines: [{ sku: "A", quantity: 1 }] });
  const happened = duringCall(world.deps, /^POST .*\/fulfillments/, async (pass) => {
    await world.control("POST ship");
    await run(world, "shipment-pickup");
    return pass();
  });
  await run(world, "shipment-pickup");
  expect(happened()).toBe(true);
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  const [shop] = world.view().shop.orders;
  expect(shop?.fulfillments).toHaveLength(2);
  expect(shop?.status).toBe("completed");
});

test("a second worker beside a living one makes no second order, even when the coordinator forgot the first", async () => {
  const { world, hint } = await worldWithHint();
  const { deps } = world;
  const forgetful: Deps = {
    ...deps,
    coordinator: (merchantId) => ({
      ...deps.coordinator(merchantId),
      grant: async (_scope, floor) => ({
        granted: true as const,
        fence: floor.fence + 1,
        cursor: null,
        tries: 1,
      }),
    }),
  };
  const happened = duringCall(deps, submits, async (pass) => {
    await workDispatch(forgetful, hint);
    return pass();
  });
  await workDispatch(deps, hint);
  expect(happened()).toBe(true);
  await hoursPass(world, 2);
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("late results of a worker whose claim ran out leave no order without a place", async () => {
  const { world, hint } = await worldWithHint();
  const claimed = Promise.withResolvers<void>();
  const mayRead = Promise.withResolvers<void>();
  // The second worker claims before the first commits its results, and reads after that.
  const second = aroundBatches(world.deps, async (_nth, commit) => {
    const done = await commit();
    claimed.resolve();
    await mayRead.promise;
    return done;
  });
  let other: Promise<unknown> = Promise.resolve();
  const happened = duringCall(world.deps, submits, async (pass) => {
    const accepted = await pass();
    world.clock.pass(17 * 60_000);
    other = workDispatch(second, hint);
    await claimed.promise;
    return accepted;
  });
  await workDispatch(world.deps, hint);
  expect(happened()).toBe(true);
  mayRead.resolve();
  await other;
  await hoursPass(world, 2);
  expect(await stored("SELECT state FROM deliveries")).toEqual([{ state: "accepted" }]);
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("an order that a download and two webhooks load at the same time is sent once", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  await world.control("POST orders", { count: 1 });
  const byWebhook = () => fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
  await Promise.allSettled([
    downloadOrders(world.deps, orderDownload(world)),
    byWebhook(),
    byWebhook(),
  ]);
  await drain(world.deps, world.deps);
  await hoursPass(world, 1);
  expect(await stored("SELECT status FROM orders")).toEqual([{ status: "at_wms" }]);
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("what a WMS may still be doing is not sent again when its record was not kept", async () => {
  const { world, hint } = await worldWithHint();
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  let accept: () => Promise<unknown> = async () => {};
  duringCall(world.deps, submits, async (pass) => {
    accept = pass;
    throw new HttpError("timed_out", "It did not answer.");
  });
  // The claim, then the outcome.
  const forgetful = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 2) throw new Error("D1 DB is overloaded.");
    return commit();
  });
  await expect(workDispatch(forgetful, hint)).rejects.toThrow("overloaded");
  world.clock.pass(30_000);
  expect(await workDispatch(world.deps, hint)).toBe("taken");
  await accept();
  await hoursPass(world, 2);
  expect(await stored("SELECT state FROM deliveries")).toEqual([{ state: "accepted" }]);
  expect(world.view().warehouse.orders).toHaveLength(1);
});
