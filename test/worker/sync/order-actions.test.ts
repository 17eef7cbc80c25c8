import { expect, test } from "vitest";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { mintMerchant } from "../deps.ts";
import { makeWorld, run, tick, type World } from "../world.ts";
import { download, hoursPass, order, stored } from "./between-steps.ts";
import {
  act,
  by,
  BY,
  cancel,
  cancelSending,
  clear,
  edit,
  hold,
  openAtWarehouse,
  release,
  restore,
  setPolicy,
  settle,
  worldAtWms,
  worldInError,
  worldThatWaits,
  worldWithHint,
} from "./people.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const last = async (world: World) => (await order(world)).timeline.at(-1);
const events = async (world: World) => (await order(world)).timeline.map(({ event }) => event);

test("a held order is not sent until somebody releases it, and the timeline says who did both", async () => {
  const { world } = await worldWithHint();
  expect(await act(world, hold())).toMatchObject({ result: "done" });
  expect(await last(world)).toMatchObject({ event: "held", text: "Held.", by: BY });
  await hoursPass(world, 3);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });

  expect(await act(world, release)).toMatchObject({ result: "done" });
  expect(await last(world)).toMatchObject({ event: "released", text: "Released.", by: BY });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null, hold_until: null });
  expect(world.view().warehouse.received).toBe(1);
});

test("a hold until a moment ends at the first sweep after it, and not before", async () => {
  const { world } = await worldWithHint();
  const until = world.clock.now() + 2 * HOUR;
  await act(world, hold(until));
  expect(await order(world)).toMatchObject({ hold_until: new Date(until).toISOString() });
  world.clock.pass(2 * HOUR - 1);
  await tick(world);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
  world.clock.pass(1);
  await tick(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null, hold_until: null });
  const ended = (await order(world)).timeline.filter(({ text }) => text === "Its hold ended.");
  expect(ended).toHaveLength(1);
  expect(await stored("SELECT 1 FROM orders WHERE hold_until IS NOT NULL")).toEqual([]);
});

test("a hold that ends while delivery is off leaves the order waiting for delivery, and is over", async () => {
  const world = await worldThatWaits();
  await act(world, hold(world.clock.now() + HOUR));
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ on_hold: "delivery_off", hold_until: null });
  await setPolicy(world, { delivery: true });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("an order that waits for delivery and is held stays when delivery is turned on", async () => {
  const world = await worldThatWaits();
  await act(world, hold());
  await setPolicy(world, { delivery: true });
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
  expect(world.view().warehouse.received).toBe(0);
});

test("a held order that is released while delivery is off waits for delivery", async () => {
  const world = await worldThatWaits();
  await act(world, hold());
  expect(await act(world, release)).toMatchObject({
    result: "done",
    message: "Released; it waits until delivery is turned on for its cart.",
  });
  expect(await order(world)).toMatchObject({ on_hold: "delivery_off" });
  expect(await act(world, release)).toMatchObject({ result: "unchanged" });
});

test("a hold ends in the future, within a year", async () => {
  const world = await worldThatWaits();
  const now = world.clock.now();
  for (const until of [now, now - 1, now + 367 * DAY])
    await expect(act(world, hold(until))).rejects.toMatchObject({
      code: "invalid",
      fields: [expect.objectContaining({ path: "until" })],
    });
  expect(await act(world, hold(now + 1))).toMatchObject({ result: "done" });
  expect(await act(world, hold(now + 1))).toMatchObject({ result: "unchanged" });
  expect(await act(world, hold(now + 2))).toMatchObject({ result: "done" });
});

test("one merchant's failing hold does not stop another's", async () => {
  const { world } = await worldWithHint();
  await act(world, hold(world.clock.now() + HOUR));
  await stored(
    `INSERT INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, status, on_hold,
       hold_until, source_status, source_modified_at, placed_at, created_at, updated_at, body, timeline)
     VALUES ('mer_gone', 'ord_gone', 'con_gone', '1', 1, '1', '1', 'new', 'person', 1, 'x', 1, 1, 1, 1, '{}', '[{}]')`,
  );
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(world.deps.lines.filter((line) => line.includes("hold_failed"))).toHaveLength(1);
});

test("an order for a later day is sent now when a person releases it", async () => {
  const world = await worldThatWaits();
  const day = new Date(world.clock.now() + 5 * DAY).toISOString().slice(0, 10);
  await act(world, edit({ requested_ship_date: day }));
  expect(await order(world)).toMatchObject({
    on_hold: "ship_date",
    hold_until: `${day}T00:00:00.000Z`,
  });
  await setPolicy(world, { delivery: true });
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "ship_date" });
  await act(world, release);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("a hold that ends before the day that an order is for leaves it waiting for the day", async () => {
  const { world } = await worldWithHint();
  const day = new Date(world.clock.now() + 2 * DAY).toISOString().slice(0, 10);
  await act(world, edit({ requested_ship_date: day }));
  await act(world, hold(world.clock.now() + HOUR));
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({
    on_hold: "ship_date",
    hold_until: `${day}T00:00:00.000Z`,
  });
  world.clock.pass(2 * DAY);
  await tick(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("an order that waits out its cart's time goes when it is released, and says until then when it would", async () => {
  const world = await makeWorld();
  await setPolicy(world, { wait_minutes: 120 });
  await world.control("POST orders", { count: 1 });
  const began = world.clock.now();
  await run(world, "order-download");
  const waiting = await order(world);
  expect(waiting.next_try_at).toBe(new Date(began + 2 * HOUR).toISOString());
  await hoursPass(world, 1);
  expect(world.view().warehouse.received).toBe(0);
  expect(await act(world, release)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", next_try_at: null });
  await hoursPass(world, 3);
  expect(world.view().warehouse.received).toBe(1);
});

test("an order that no longer passes goes when a person waves it through, also after a further change in the cart", async () => {
  const world = await worldThatWaits();
  await setPolicy(world, { order_statuses: ["completed"] });
  await world.control("PATCH orders", { city: "Moved Town" });
  await download(world);
  expect(await order(world)).toMatchObject({ on_hold: "no_longer_passes" });
  await act(world, hold());
  await act(world, release);
  await world.control("PATCH orders", { city: "Other Town" });
  await download(world);
  expect(await order(world)).toMatchObject({ on_hold: "delivery_off" });
  await setPolicy(world, { delivery: true });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("an order in error is tried again when it is released", async () => {
  const world = await worldInError();
  expect(await act(world, release)).toMatchObject({ result: "done" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", error_reason: null });
});

test("an order whose sending is canceled stays as new and is not sent until it is released", async () => {
  const { world } = await worldWithHint();
  expect(await act(world, cancelSending)).toMatchObject({ result: "done" });
  expect(await last(world)).toMatchObject({ event: "sending_canceled", by: BY });
  await download(world);
  await hoursPass(world, 3);
  expect(await order(world)).toMatchObject({ status: "new", sending_canceled: true });
  expect(world.view().warehouse.received).toBe(0);
  expect(await act(world, cancelSending)).toMatchObject({ result: "unchanged" });
  expect(await act(world, hold())).toMatchObject({ result: "refused" });
  await act(world, release);
  await settle(world);
  expect(await order(world)).toMatchObject({
    status: "at_wms",
    sending_canceled: false,
    canceled_by: null,
  });
});

test("an order in error whose sending is canceled needs nobody any more", async () => {
  const world = await worldInError();
  await act(world, cancelSending);
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({
    status: "new",
    error_reason: null,
    sending_canceled: true,
  });
  expect(world.view().warehouse.orders).toHaveLength(0);
});

test("canceled before it is sent, an order is never sent, whatever its cart says later", async () => {
  const { world } = await worldWithHint();
  expect(await act(world, cancel)).toMatchObject({ result: "done" });
  expect(await last(world)).toMatchObject({ event: "canceled", by: BY });
  await world.control("PATCH orders", { city: "Moved Town" });
  await download(world);
  await hoursPass(world, 3);
  expect(await order(world)).toMatchObject({ status: "canceled", canceled_by: "person" });
  expect(world.view().warehouse.received).toBe(0);
  expect(world.view().shop.orders[0]?.status).toBe("processing");
  expect(await act(world, cancel)).toMatchObject({ result: "unchanged" });
});

test("canceled before it is sent, an order is called off in a cart that wants to hear of it", async () => {
  const { world } = await worldWithHint();
  await setPolicy(world, { cancel_in_cart: true });
  await act(world, cancel);
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: "cart" });
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: null });
  expect(world.view().shop.orders[0]?.status).toBe("cancelled");
  await download(world);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("canceled after the warehouse accepted it, an order is called off there", async () => {
  const world = await worldAtWms();
  expect(await act(world, cancel)).toMatchObject({ result: "done" });
  expect(await order(world)).toMatchObject({ status: "at_wms", cancel_wanted: "wms" });
  expect(await act(world, cancel)).toMatchObject({ result: "unchanged" });
  await settle(world);
  expect(await order(world)).toMatchObject({
    status: "canceled",
    canceled_by: "person",
    cancel_wanted: null,
  });
  expect(openAtWarehouse(world)).toEqual([]);
  expect(await events(world)).toEqual(expect.arrayContaining(["cancel_asked", "canceled_at_wms"]));
});

test("after a WMS accepted it, an order can be neither held nor edited nor kept from being sent", async () => {
  const world = await worldAtWms();
  const before = await order(world);
  for (const wanted of [hold(), edit({ ship_code: "X" }), cancelSending])
    expect(await act(world, wanted)).toMatchObject({
      result: "refused",
      message: expect.stringContaining("The WMS has accepted it"),
    });
  expect(await act(world, release)).toMatchObject({ result: "unchanged" });
  expect(await order(world)).toEqual(before);
});

test("an order that has shipped cannot be canceled", async () => {
  const world = await worldAtWms();
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  expect(await act(world, cancel)).toMatchObject({
    result: "refused",
    message: "It has shipped.",
  });
  expect(await order(world)).toMatchObject({ status: "confirmed", cancel_wanted: null });
});

test("an action does not reach another merchant's order, nor one that is not there", async () => {
  const world = await worldThatWaits();
  const before = await order(world);
  const other = await mintMerchant(world.deps);
  for (const wanted of [
    hold(),
    release,
    edit({ ship_code: "X" }),
    cancelSending,
    cancel,
    clear,
    restore,
  ])
    expect(
      await actOnOrders(world.deps, other.merchantId, [before.id, "ord_none"], wanted, by),
    ).toMatchObject([
      { result: "refused", message: "There is no such order." },
      { result: "refused", message: "There is no such order." },
    ]);
  expect(await order(world)).toEqual(before);
});
