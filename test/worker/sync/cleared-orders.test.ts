import { expect, test } from "vitest";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import { getOrder } from "../../../src/sync/get-order.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { makeWorld, run, type World } from "../world.ts";
import {
  answer,
  duringEveryCall,
  hoursPass,
  openAlerts,
  order,
  shopOrderId,
  stored,
} from "./between-steps.ts";
import {
  act,
  actOn,
  BY,
  cancelSending,
  clear,
  hold,
  openAtWarehouse,
  release,
  restore,
  setPolicy,
  settle,
  submits,
  worldAtWms,
  worldThatWaits,
  worldWithHint,
} from "./people.ts";

const DAY = 24 * 3_600_000;

const shown = async ({ deps, merchant }: World, cleared?: boolean) =>
  (await listOrders(deps, merchant.merchantId, { limit: 10, cleared })).items.map(({ id }) => id);
const read = (world: World, id: string) => getOrder(world.deps, world.merchant.merchantId, id);

/** The shop's newest version of its order, as a webhook and as a download bring it. */
async function seeAgain(world: World, patch: object): Promise<void> {
  const { merchantId, cartId } = world.merchant;
  world.clock.pass(61_000);
  await world.control("PATCH orders", patch);
  await run(world, "order-download");
  await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
  await settle(world);
}

test("a cleared order is hidden, and found by who asks for cleared ones, or by its id", async () => {
  const { world } = await worldWithHint();
  const { id, number } = await order(world);
  expect(await act(world, clear)).toMatchObject({ result: "done" });
  expect(await shown(world)).toEqual([]);
  expect(await shown(world, true)).toEqual([id]);
  const { deps, merchant } = world;
  const byNumber = (cleared?: boolean) =>
    listOrders(deps, merchant.merchantId, { number, limit: 10, cleared });
  expect((await byNumber()).items).toEqual([]);
  expect((await byNumber(true)).items).toHaveLength(1);
  const after = await read(world, id);
  expect(after).toMatchObject({ status: "canceled", canceled_by: "person" });
  expect(after.cleared_at).toBe(new Date(world.clock.now()).toISOString());
  expect(after.timeline.at(-1)).toMatchObject({ event: "cleared", by: BY });
  expect(await actOn(world, id, clear)).toMatchObject({ result: "unchanged" });
  expect(await actOn(world, id, release)).toMatchObject({ result: "refused" });
});

test("a cleared order is never loaded again, whatever its cart shows of it", async () => {
  const { world } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  await seeAgain(world, { city: "Moved Town" });
  await seeAgain(world, { status: "cancelled" });
  await seeAgain(world, { status: "processing" });
  await hoursPass(world, 2);
  expect(await shown(world)).toEqual([]);
  expect(await read(world, id)).toMatchObject({ status: "canceled" });
  expect(world.view().warehouse.received).toBe(0);
});

test("a cleared order is never loaded again, also when nothing but its tombstone is left", async () => {
  const { world } = await worldWithHint();
  await act(world, clear);
  await stored("DELETE FROM orders");
  await stored("DELETE FROM deliveries");
  await seeAgain(world, { city: "Moved Town" });
  await hoursPass(world, 2);
  expect(await stored("SELECT * FROM orders")).toEqual([]);
  expect(await stored("SELECT 1 FROM skipped_orders")).toEqual([]);
  expect(world.view().warehouse.received).toBe(0);
});

test("clearing what the warehouse has only hides it, and its tracking still reaches the cart", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  await act(world, clear);
  expect(await shown(world)).toEqual([]);
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  expect(openAtWarehouse(world)).toHaveLength(1);
  expect(await read(world, id)).toMatchObject({ status: "confirmed" });
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(1);
  expect(await actOn(world, id, restore)).toMatchObject({ result: "done" });
  expect(await shown(world)).toEqual([id]);
  expect(await order(world)).toMatchObject({ status: "confirmed", cleared_at: null });
});

test("an order that was on its way and is restored goes on, once", async () => {
  const { world } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  world.clock.pass(29 * DAY);
  expect(await actOn(world, id, restore)).toMatchObject({ result: "done" });
  await settle(world);
  const after = await order(world);
  expect(after).toMatchObject({ status: "at_wms", canceled_by: null, cleared_at: null });
  expect(after.timeline.find(({ event }) => event === "restored")).toMatchObject({ by: BY });
  await hoursPass(world, 3);
  expect(world.view().warehouse.received).toBe(1);
  expect(await stored("SELECT * FROM tombstones")).toEqual([]);
  expect(await stored("SELECT 1 FROM orders WHERE hold_until IS NOT NULL")).toEqual([]);
});

test("what its cart called off while it was cleared is not sent when it is restored", async () => {
  const { world } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  await seeAgain(world, { status: "cancelled" });
  await actOn(world, id, restore);
  await settle(world);
  await hoursPass(world, 3);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  expect(world.view().warehouse.received).toBe(0);
});

test("a cart that cannot be asked when an order is restored is asked again before it goes", async () => {
  const { world } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  await seeAgain(world, { status: "cancelled" });
  let down = true;
  duringEveryCall(world.deps, /shop\.example/, async (pass) => {
    if (!down) return pass();
    return { status: 503, headers: new Headers(), body: "", url: "https://shop.example" };
  });
  await actOn(world, id, restore);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "reopened" });
  down = false;
  await hoursPass(world, 3);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  expect(world.view().warehouse.received).toBe(0);
});

test("restored, an order is what it was: held, kept from being sent or waiting", async () => {
  const put = async (world: World) => {
    const before = await order(world);
    await act(world, clear);
    world.clock.pass(DAY);
    await actOn(world, before.id, restore);
    const { status, on_hold, hold_until, error_reason, sending_canceled, canceled_by } =
      await order(world);
    expect({ status, on_hold, hold_until, error_reason, sending_canceled, canceled_by }).toEqual({
      status: before.status,
      on_hold: before.on_hold,
      hold_until: before.hold_until,
      error_reason: before.error_reason,
      sending_canceled: before.sending_canceled,
      canceled_by: before.canceled_by,
    });
    await hoursPass(world, 2);
    expect(world.view().warehouse.orders).toHaveLength(0);
    if (before.on_hold !== "delivery_off") await act(world, release);
    else await setPolicy(world, { delivery: true });
    await settle(world);
    expect(await order(world)).toMatchObject({ status: "at_wms" });
  };
  const { world: held } = await worldWithHint();
  await act(held, hold(held.clock.now() + 10 * DAY));
  await put(held);
  const { world: kept } = await worldWithHint();
  await act(kept, cancelSending);
  await put(kept);
});

test("restored, an order that was in error is tried anew, and is in error with an alert if that is still so", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  duringEveryCall(world.deps, submits, async () =>
    answer(422, '{"code":"address","message":"No such street"}'),
  );
  await run(world, "order-download");
  expect(await openAlerts(world)).toMatchObject([{ kind: "address", message: "No such street" }]);
  const { id } = await order(world);
  await act(world, clear);
  expect(await openAlerts(world)).toEqual([]);
  await actOn(world, id, restore);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "error", error_reason: "address" });
  expect(await openAlerts(world)).toMatchObject([{ kind: "address", waiting: 1 }]);
});

test("restored while delivery is off, an order waits for it", async () => {
  const world = await worldThatWaits();
  const { id } = await order(world);
  await act(world, clear);
  await actOn(world, id, restore);
  await hoursPass(world, 3);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "delivery_off" });
  await setPolicy(world, { delivery: true });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("after 30 days nothing is restored any more", async () => {
  const { world } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  world.clock.pass(30 * DAY);
  expect(await actOn(world, id, restore)).toMatchObject({
    result: "refused",
    message: expect.stringContaining("30 days"),
  });
  await hoursPass(world, 1);
  expect(await read(world, id)).toMatchObject({ status: "canceled" });
  expect(world.view().warehouse.received).toBe(0);
  expect(await stored("SELECT 1 FROM tombstones")).toHaveLength(1);
});

test("what was not cleared is not restored", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  expect(await act(world, restore)).toMatchObject({ result: "unchanged" });
});

test("an order that an old worker got to the warehouse after it was cleared is called off there", async () => {
  const { world, hint } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  duringEveryCall(world.deps, submits, (pass) => pass());
  world.deps.queues.deliveries.sent.push(hint);
  await settle(world);
  await hoursPass(world, 1);
  expect(openAtWarehouse(world)).toEqual([]);
  expect(await read(world, id)).toMatchObject({ status: "canceled" });
});
