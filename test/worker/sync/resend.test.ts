import { expect, test } from "vitest";
import type { OrderAction } from "../../../src/domain/order-actions.ts";
import { getOrder } from "../../../src/sync/get-order.ts";
import { makeWorld, run, tick, type World } from "../world.ts";
import {
  answer,
  duringCall,
  duringEveryCall,
  hoursPass,
  openAlerts,
  order,
} from "./between-steps.ts";
import { act, actOn, hold, settle, submits, worldAtWms } from "./people.ts";

const resend: OrderAction = { action: "resend", may_ship_twice: false };
const anyway: OrderAction = { action: "resend", may_ship_twice: true };
const resendTracking: OrderAction = { action: "resend-tracking" };
const finds = /^GET https:\/\/warehouse\.example\/orders/;

async function worldRefused(message = "Closed"): Promise<{ world: World; open: () => void }> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  let closed = true;
  duringEveryCall(world.deps, submits, async (pass) =>
    closed ? answer(422, JSON.stringify({ code: "other", message })) : pass(),
  );
  await run(world, "order-download");
  return { world, open: () => (closed = false) };
}

test("an order whose sending failed is sent again at once, and its alert closes", async () => {
  const { world, open } = await worldRefused();
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
  open();
  expect(await act(world, resend)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(await openAlerts(world)).toEqual([]);
  expect(world.view().warehouse.received).toBe(1);
});

test("a resend begins the 15 days anew", async () => {
  const { world } = await worldRefused();
  for (let day = 0; day < 10; day += 1) {
    world.clock.pass(24 * 3_600_000);
    await tick(world);
  }
  await act(world, resend);
  await settle(world);
  for (let day = 0; day < 10; day += 1) {
    world.clock.pass(24 * 3_600_000);
    await tick(world);
  }
  expect(await order(world)).toMatchObject({ status: "new" });
  for (let day = 0; day < 6; day += 1) {
    world.clock.pass(24 * 3_600_000);
    await tick(world);
  }
  expect(await order(world)).toMatchObject({ status: "error", error_reason: "given_up" });
  expect(await act(world, resend)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
});

test("what the WMS has is refused with the WMS's id, and asked for without sending", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  const wmsId = world.view().warehouse.orders[0]?.id;
  const done = await actOn(world, id, resend);
  expect(done).toMatchObject({ result: "refused" });
  expect(done.message).toContain(String(wmsId));
  expect(await actOn(world, id, anyway)).toMatchObject({ result: "refused" });
  await settle(world);
  expect(world.view().warehouse.received).toBe(1);
});

test("what the WMS does not have goes again under a new key", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  world.state.warehouse_orders.clear();
  expect(await actOn(world, id, resend)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("where the WMS cannot tell, only who accepts that it may ship twice sends it", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  let silent = true;
  duringEveryCall(world.deps, finds, async (pass) => (silent ? answer(503, "{}") : pass()));
  const refused = await actOn(world, id, resend);
  expect(refused).toMatchObject({ result: "refused" });
  expect(refused.message).toContain('confirm: "may_ship_twice"');
  expect(await actOn(world, id, anyway)).toMatchObject({ result: "done" });
  await settle(world);
  expect(world.view().warehouse.received).toBe(2);
  silent = false;
  await hoursPass(world, 1.1);
  expect(await getOrder(world.deps, world.merchant.merchantId, id)).toMatchObject({
    status: "at_wms",
  });
});

test("of an order that was called off and given up the WMS is asked again, and calls it off if it has it", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await world.control("POST faults", { target: "warehouse", kind: "lost_answer", times: 1 });
  const down = { target: "warehouse", kind: "http500", match: "GET" };
  await world.control("POST faults", down);
  await run(world, "order-download");
  await actOn(world, (await order(world)).id, { action: "cancel" });
  for (let day = 0; day < 16; day += 1) {
    world.clock.pass(24 * 3_600_000);
    await tick(world);
  }
  expect(await order(world)).toMatchObject({ error_reason: "given_up", cancel_wanted: "wms" });
  await world.control("DELETE faults");
  expect(await act(world, resend)).toMatchObject({
    result: "done",
    message: "The WMS is asked again whether it has it, so that it can be called off.",
  });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: null });
  expect(world.view().warehouse.orders).toMatchObject([{ status: "cancelled" }]);
  expect(await openAlerts(world)).toEqual([]);
});

test("what is held, stopped, canceled or about to be sent is not resent, and says why", async () => {
  const { world } = await worldRefused();
  const { id } = await order(world);
  await actOn(world, id, hold());
  expect(await actOn(world, id, resend)).toMatchObject({ result: "refused" });
  await actOn(world, id, { action: "cancel-sending" });
  expect(await actOn(world, id, resend)).toMatchObject({ result: "refused" });
  await actOn(world, id, { action: "cancel" });
  expect(await actOn(world, id, resend)).toMatchObject({
    result: "refused",
    message: "It is canceled.",
  });
});

test("an order whose last attempt got no answer is asked for before it is sent again", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await world.control("POST faults", { target: "warehouse", kind: "lost_answer", times: 1 });
  duringCall(world.deps, finds, async () => answer(503, "{}"));
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
  expect(await act(world, resend)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(world.view().warehouse.received).toBe(1);
});

test("tracking that was refused is posted again at once, and what the cart shows is not shown twice", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  await world.control("POST faults", { target: "shop", kind: "reject", times: 1 });
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  await settle(world);
  expect(await openAlerts(world)).toMatchObject([{ kind: "tracking" }]);
  expect(await actOn(world, id, resendTracking)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(await openAlerts(world)).toEqual([]);
  expect(await actOn(world, id, resendTracking)).toMatchObject({ result: "done" });
  await settle(world);
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(1);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
});

test("an order without a shipment has no tracking to post again", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  expect(await actOn(world, id, resendTracking)).toMatchObject({ result: "unchanged" });
});
