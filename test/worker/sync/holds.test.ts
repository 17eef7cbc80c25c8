import { expect, test } from "vitest";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { createConnection } from "../../../src/sync/create-connection.ts";
import { enterOrder } from "../../../src/sync/enter-order.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import { download, order, stored } from "./between-steps.ts";

const HOUR = 3_600_000;
const by = { user: "merchant_test", name: "Test" };

const shopSays = (world: World, status: string) => world.control("PATCH orders", { status });
const received = (world: World) => world.view().warehouse.received;

/** Lets time pass in one go; then the sweep looks twice, five minutes apart. */
async function later(world: World, hours: number): Promise<void> {
  world.clock.pass(hours * HOUR);
  await tick(world);
  world.clock.pass(300_000);
  await tick(world);
}

async function act(world: World, action: Parameters<typeof actOnOrders>[3]): Promise<void> {
  // Lists leave out what is cleared.
  const [newest] = await stored("SELECT id FROM orders ORDER BY created_at DESC LIMIT 1");
  const ids = [String(newest?.["id"])];
  const [done] = await actOnOrders(world.deps, world.merchant.merchantId, ids, action, by);
  expect(done?.result).toBe("done");
}

/** A world with one order that waits out its cart's ten hours. */
async function worldThatWaits(): Promise<World> {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { wait_minutes: 600 } });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "new", on_hold: null });
  return world;
}

test("a person's hold that ends by itself leaves an order that passes no more held for that", async () => {
  const world = await worldThatWaits();
  await act(world, { action: "hold", until: world.clock.now() + 11 * HOUR });
  await shopSays(world, "pending");
  await download(world);
  expect(await order(world)).toMatchObject({ on_hold: "person" });
  await later(world, 12);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "no_longer_passes" });
  expect(received(world)).toBe(0);
  await shopSays(world, "processing");
  await download(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("an order that passes no more, is held by a person and passes again stays held by the person", async () => {
  const world = await worldThatWaits();
  await shopSays(world, "pending");
  await download(world);
  expect(await order(world)).toMatchObject({ on_hold: "no_longer_passes" });
  await act(world, { action: "hold", until: null });
  await shopSays(world, "processing");
  await download(world);
  await later(world, 12);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
  await act(world, { action: "release" });
  await drain(world.deps, world.deps);
  expect(received(world)).toBe(1);
});

test("a possible duplicate that a person held for a while is a possible duplicate after that", async () => {
  const world = await makeWorld();
  const { merchantId } = world.merchant;
  await createConnection(world.deps, merchantId, {
    connector: "api",
    settings: {},
    secrets: {},
    policy: { delivery: true },
  });
  await world.control("POST orders", { count: 1 });
  const [shop] = world.state.shop_orders.all();
  const address = {
    first_name: "Jo",
    address_1: "1 Main St",
    city: "X",
    state: "TX",
    country: "US",
    zip: shop?.shipping.postcode,
  };
  await enterOrder(
    world.deps,
    merchantId,
    {
      order: {
        number: shop?.number ?? "",
        ship_to: address,
        lines: [{ sku: "A", quantity: 1 }],
        test: false,
      },
    },
    by,
  );
  await drain(world.deps, world.deps);
  await download(world);
  expect(await order(world)).toMatchObject({ on_hold: "possible_duplicate" });
  await act(world, { action: "hold", until: world.clock.now() + HOUR });
  await later(world, 2);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "possible_duplicate" });
  await shopSays(world, "cancelled");
  await download(world);
  await shopSays(world, "processing");
  await download(world);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "possible_duplicate" });
  expect(received(world)).toBe(1);
});

for (const [name, action] of [
  ["held", { action: "hold", until: null }],
  ["not to be sent", { action: "cancel-sending" }],
] as const)
  test(`an order that a person said is ${name} is not sent because the shop called it off and means it after all`, async () => {
    const world = await worldThatWaits();
    await act(world, action);
    await shopSays(world, "cancelled");
    await download(world);
    expect(await order(world)).toMatchObject({ status: "canceled" });
    await shopSays(world, "processing");
    await download(world);
    await later(world, 12);
    expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
    expect(received(world)).toBe(0);
    await act(world, { action: "release" });
    await drain(world.deps, world.deps);
    expect(received(world)).toBe(1);
  });

test("an order for a later day is for that day after the shop called it off and means it after all", async () => {
  const world = await worldThatWaits();
  await act(world, { action: "edit", edit: { requested_ship_date: "2027-03-01" } });
  expect(await order(world)).toMatchObject({ on_hold: "ship_date" });
  await shopSays(world, "cancelled");
  await download(world);
  await shopSays(world, "processing");
  await download(world);
  await later(world, 12);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "ship_date" });
});

const comeBack: Record<string, (world: World) => Promise<void>> = {
  "passes no more, and again": async (world) => {
    await shopSays(world, "pending");
    await download(world);
    await shopSays(world, "processing");
  },
  "is called off, and meant after all": async (world) => {
    await shopSays(world, "cancelled");
    await download(world);
    await shopSays(world, "processing");
  },
  "is cleared, and restored": async (world) => {
    await act(world, { action: "clear" });
    await act(world, { action: "restore" });
  },
  "is held for a while": async (world) => {
    await act(world, { action: "hold", until: world.clock.now() + 60_000 });
  },
};

for (const [name, happens] of Object.entries(comeBack))
  test(`an order that ${name} still waits out its cart's time`, async () => {
    const world = await worldThatWaits();
    await happens(world);
    await download(world);
    await later(world, 1);
    expect(await order(world)).toMatchObject({ status: "new", on_hold: "wait_time" });
    expect(received(world)).toBe(0);
    await later(world, 10);
    expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null });
  });

for (const [name, action] of [
  ["held", { action: "hold", until: null }],
  ["not to be sent", { action: "cancel-sending" }],
] as const)
  test(`an order that was ${name}, cleared, called off in the shop and restored is canceled`, async () => {
    const world = await worldThatWaits();
    await act(world, action);
    await act(world, { action: "clear" });
    await shopSays(world, "cancelled");
    await download(world);
    await later(world, 24);
    await act(world, { action: "restore" });
    expect(await order(world)).toMatchObject({ status: "canceled" });
    expect(received(world)).toBe(0);
  });

test("a release of an order that passes now does not wave it through for ever", async () => {
  const world = await worldThatWaits();
  await shopSays(world, "pending");
  await download(world);
  await shopSays(world, "processing");
  await download(world);
  await act(world, { action: "hold", until: null });
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: false } });
  await act(world, { action: "release" });
  await shopSays(world, "pending");
  await download(world);
  expect(await order(world)).toMatchObject({ on_hold: "no_longer_passes" });
});

test("a line that was left out can be had back", async () => {
  const world = await makeWorld({ delivery: false });
  const lines = ["A", "B"].map((sku) => ({ sku, quantity: 2 }));
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  const { lines: stored } = (await order(world)).order;
  const last = stored.at(-1)?.line_id ?? "";
  await act(world, { action: "edit", edit: { lines: { [last]: { quantity: 0 } } } });
  expect((await order(world)).order.lines.at(-1)).toMatchObject({ left_out: true });
  await act(world, { action: "edit", edit: { lines: { [last]: { quantity: 1 } } } });
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: true } });
  await drain(world.deps, world.deps);
  expect(received(world)).toBe(1);
  expect((await order(world)).order.lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ["A", 2],
    ["B", 1],
  ]);
});

test("an order whose hold ended while nobody looked is taken up by the sweep", async () => {
  const world = await worldThatWaits();
  await act(world, { action: "hold", until: world.clock.now() + HOUR });
  world.clock.pass(11 * HOUR);
  await tick(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

for (const [name, lay] of [
  ["waits out its cart's time", { wait_minutes: 600 }],
  ["waits for its cart's delivery", { delivery: false }],
] as const)
  test(`an order that ${name} is held when the settings would not take it any more, and goes on when they do`, async () => {
    const world = await makeWorld();
    const { merchantId, cartId } = world.merchant;
    const change = async (policy: Parameters<typeof changeConnection>[3]["policy"]) => {
      await changeConnection(world.deps, merchantId, cartId, { policy }, by);
      await drain(world.deps, world.deps);
    };
    await change(lay);
    await world.control("POST orders", { count: 1, country: "US" });
    await run(world, "order-download");
    const restricted = {
      field: "country",
      mode: "restricted" as const,
      match: "whole" as const,
      values: ["US"],
    };
    await change({ filters: [restricted] });
    expect(await order(world)).toMatchObject({ on_hold: "no_longer_passes" });
    await change({ filters: [], wait_minutes: 0, delivery: true });
    await tick(world);
    expect(await order(world)).toMatchObject({ status: "at_wms" });
  });
