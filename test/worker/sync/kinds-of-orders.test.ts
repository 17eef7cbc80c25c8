import { expect, test } from "vitest";
import type { IncomingOrder } from "../../../src/domain/incoming.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { intakeCart } from "../../../src/sync/intake-cart.ts";
import { intakeOrders } from "../../../src/sync/intake-orders.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { openCart } from "../../../src/sync/open-connection.ts";
import { incomingOrder } from "../../unit/domain/samples.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { download, order, stored } from "./between-steps.ts";

/** What a cart showed, taken in as a download would. */
async function show(world: World, ...items: IncomingOrder[]) {
  const { merchantId, cartId } = world.merchant;
  const cart = await intakeCart(world.deps, await openCart(world.deps, merchantId, cartId));
  const { counts } = await intakeOrders(world.deps, cart, { items, skipped: [] });
  await drain(world.deps, world.deps);
  return counts;
}

const sold = (world: World, more: Partial<IncomingOrder>): IncomingOrder => {
  const { part: _part, ...one } = incomingOrder();
  return { ...one, placed_at: world.clock.now(), modified_at: world.clock.now(), ...more };
};
const refs = async ({ deps, merchant }: World) =>
  (await listOrders(deps, merchant.merchantId, { limit: 50 })).items
    .map(({ cust_ref }) => cust_ref)
    .toSorted();
const skips = () =>
  stored(
    "SELECT source_id, reason, order_id IS NOT NULL AS loaded, times FROM skipped_orders ORDER BY source_id",
  );

test("a subscription whose cart has one id for all renewals ships once per renewal", async () => {
  const world = await makeWorld();
  const renewal = (period: string) => sold(world, { source_id: "sub-9", period });
  await show(world, renewal("2026-10"), renewal("2026-11"));
  await show(world, renewal("2026-11"), renewal("2026-12"));
  expect(await refs(world)).toEqual(["1001-2026-10", "1001-2026-11", "1001-2026-12"]);
  expect(world.view().warehouse.received).toBe(3);
});

test("renewals with ids of their own are orders of their own, and a contract with nothing due is skipped with that reason", async () => {
  const world = await makeWorld();
  const counts = await show(
    world,
    sold(world, { source_id: "contract", is_contract: true }),
    sold(world, { source_id: "first" }),
    sold(world, { source_id: "second" }),
  );
  expect(counts).toMatchObject({ loaded: 2, skipped: 1 });
  expect(await skips()).toMatchObject([{ source_id: "contract", reason: "subscription_parent" }]);
});

test("each ship-to address is judged by itself: one part goes, the other is skipped, and goes when the cart takes it", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  const filter = {
    field: "country",
    mode: "restricted" as const,
    match: "whole" as const,
    values: ["CA"],
  };
  await changeConnection(world.deps, merchantId, cartId, { policy: { filters: [filter] } });
  const toTwo = sold(world, {
    other_addresses: [
      { ship_to: { address_1: "1 Rue", city: "Laval", country: "CA" }, line_ids: ["2"] },
    ],
  });
  expect(await show(world, toTwo)).toMatchObject({ loaded: 1, skipped: 1 });
  expect(await refs(world)).toEqual(["1001"]);
  expect(await skips()).toMatchObject([{ source_id: "77#2", reason: "order_filter", loaded: 0 }]);
  await changeConnection(world.deps, merchantId, cartId, { policy: { filters: [] } });
  await show(world, toTwo);
  expect(await refs(world)).toEqual(["1001", "1001-2"]);
  expect(await skips()).toMatchObject([{ source_id: "77#2", loaded: 1 }]);
});

test("an order for a later day follows that day when the cart moves it", async () => {
  const world = await makeWorld();
  const dated = (requested_ship_date: string, modified_at: number) =>
    sold(world, { modified_at, order: { ...incomingOrder().order, requested_ship_date } });
  const now = world.clock.now();
  await show(world, dated("2027-01-10", now));
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "ship_date" });
  const until = async () => (await stored("SELECT hold_until FROM orders"))[0]?.["hold_until"];
  expect(await until()).toBe(Date.UTC(2027, 0, 10));
  await show(world, dated("2027-02-01", now + 1_000));
  expect(await until()).toBe(Date.UTC(2027, 1, 1));
  expect(world.view().warehouse.received).toBe(0);
});

test("what happens to an order in the cart after it has shipped is a note, and no more", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { lines: [{ sku: "A", quantity: 3 }] });
  await run(world, "order-download");
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  await world.control("PATCH orders", { refund: [{ sku: "A", quantity: 1 }] });
  await download(world);
  await download(world);
  await world.control("PATCH orders", { status: "refunded" });
  await download(world);
  await download(world);
  const after = await order(world);
  expect(after).toMatchObject({
    status: "confirmed",
    changed_after_sending: false,
    too_late_to_cancel: false,
  });
  const notes = after.timeline.filter(({ event }) => event === "noted_in_cart");
  expect(notes.map(({ text }) => text)).toEqual([
    expect.stringContaining("A 3 to 2"),
    expect.stringContaining("refunded"),
  ]);
});

test("what the cart says of status, payment and notes, and what Dray itself writes there, is no change", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await world.control("PATCH orders", { status: "on-hold" });
  await download(world);
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  await download(world);
  const after = await order(world);
  expect(after).toMatchObject({ status: "confirmed", changed_after_sending: false });
  expect(after.timeline.map(({ event }) => event)).toEqual([
    "loaded",
    "sent",
    "shipped",
    "confirmed",
  ]);
});

test("refunded pieces leave an order that was not sent yet", async () => {
  const world = await makeWorld({ delivery: false });
  const lines = [
    { sku: "A", quantity: 3 },
    { sku: "B", quantity: 1 },
  ];
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  await world.control("PATCH orders", {
    refund: [
      { sku: "A", quantity: 1 },
      { sku: "B", quantity: 1 },
    ],
  });
  await download(world);
  const { order: body } = await order(world);
  expect(body.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([["A", 2]]);
});

test("an unsent order that the cart's settings would not take any more is held, and goes on when it passes again", async () => {
  const world = await makeWorld({ delivery: false });
  const { merchantId, cartId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await world.control("PATCH orders", { status: "on-hold" });
  await download(world);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "no_longer_passes" });
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: true } });
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.received).toBe(0);
  await world.control("PATCH orders", { status: "processing" });
  await download(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null });
});
