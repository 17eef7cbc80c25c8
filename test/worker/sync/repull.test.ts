import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { client } from "../api/client.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import { stored } from "./between-steps.ts";

const DAY = 24 * 60 * 60_000;

const repull = (world: World, wish: object) =>
  client(world.deps, world.merchant.keys.merchant)(
    "POST",
    `/api/carts/${world.merchant.cartId}/repull`,
    wish,
  );

async function done(world: World, wish: object) {
  const { status, body } = await repull(world, wish);
  expect(status).toBe(202);
  await drain(world.deps, world.deps);
  const api = client(world.deps, world.merchant.keys.merchant);
  return (await api("GET", `/api/tasks/${body.task_id}`)).body;
}

const loaded = async () =>
  (await stored("SELECT number FROM orders ORDER BY number")).map(({ number }) => number);

/** A shop with orders 1001 to 1003 of a week before the cart was connected, and 1004 of today. */
async function shopWithOldOrders(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3 });
  for (const row of world.state.shop_orders.all()) {
    row.created -= 7 * DAY;
    row.modified -= 7 * DAY;
  }
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  expect(await loaded()).toEqual(["1004"]);
  return world;
}

test("orders read again by number load however old they are, are sent, and say who asked for them", async () => {
  const world = await shopWithOldOrders();
  const task = await done(world, { numbers: ["1001", "1003", "1004", "9999"] });
  expect(task).toMatchObject({
    kind: "repull",
    state: "done",
    done: 4,
    total: 4,
    counts: { loaded: 2, same: 1, not_found: 1 },
    message: "The cart does not have 9999.",
  });
  expect(await loaded()).toEqual(["1001", "1003", "1004"]);
  expect(world.view().warehouse.orders).toHaveLength(3);
  const [order] = await stored("SELECT timeline FROM orders WHERE number = '1001'");
  expect(order?.["timeline"]).toContain(world.merchant.keys.merchant.user);
});

test("a range obeys the cart's earliest order date", async () => {
  const world = await shopWithOldOrders();
  const range = { from: "2026-11-10", to: "2026-11-30" };
  const first = await done(world, range);
  expect(first).toMatchObject({ state: "done", done: 4, counts: { loaded: 0, too_old: 3 } });
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PATCH", `/api/carts/${world.merchant.cartId}/settings`, {
    earliest_order_at: "2026-11-01T00:00:00Z",
  });
  const second = await done(world, range);
  expect(second).toMatchObject({ state: "done", counts: { loaded: 3, same: 1 } });
  expect(await loaded()).toEqual(["1001", "1002", "1003", "1004"]);
});

test("reading again changes nothing that is right, and what was cleared stays cleared", async () => {
  const world = await shopWithOldOrders();
  await done(world, { numbers: ["1001", "1002"] });
  await env.DB.prepare(
    "UPDATE orders SET cleared_at = 1, status = 'canceled' WHERE number = '1002'",
  ).run();
  const before = await stored("SELECT * FROM orders ORDER BY id");
  const deliveries = await stored("SELECT * FROM deliveries ORDER BY order_id");
  const task = await done(world, { numbers: ["1001", "1002", "1004"] });
  expect(task.counts).toMatchObject({ loaded: 0, changed: 0, cleared: 1, same: 2 });
  await done(world, { from: "2026-11-01", to: "2026-11-30" });
  expect(await stored("SELECT * FROM orders ORDER BY id")).toEqual(before);
  expect(await stored("SELECT * FROM deliveries ORDER BY order_id")).toEqual(deliveries);
});

test("a named order that the settings do not take is skipped with its reason, however old", async () => {
  const world = await shopWithOldOrders();
  await world.control("PATCH orders", { number: "1001", status: "pending" });
  const task = await done(world, { number: "1001" });
  expect(task.counts).toMatchObject({ loaded: 0, skipped: 1 });
  expect(await stored("SELECT number, reason FROM skipped_orders")).toEqual([
    { number: "1001", reason: "order_status" },
  ]);
});

test("a range of hundreds is read page after page, and a page that got no answer is read again", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 230 });
  await world.control("POST faults", { target: "shop", kind: "http500" });
  const { body } = await repull(world, { from: "2026-11-21", to: "2026-11-21" });
  await drain(world.deps, world.deps);
  const api = client(world.deps, world.merchant.keys.merchant);
  const task = async () => (await api("GET", `/api/tasks/${body.task_id}`)).body;
  expect(await task()).toMatchObject({ state: "running", done: 0 });
  await world.control("DELETE faults");
  world.clock.pass(5 * 60_000);
  await tick(world);
  expect(await task()).toMatchObject({ state: "done" });
  expect(await loaded()).toHaveLength(230);
  expect(world.view().warehouse.orders).toHaveLength(230);
});

test("rejected credentials stop reading again, and the connection says so", async () => {
  const world = await shopWithOldOrders();
  await world.control("POST faults", { target: "shop", kind: "unauthorized" });
  await repull(world, { number: "1001" });
  await drain(world.deps, world.deps);
  expect(await stored("SELECT health FROM connections WHERE side = 'cart'")).toEqual([
    { health: "needs_reauth" },
  ]);
  const refused = await repull(world, { number: "1001" });
  expect(refused.status).toBe(409);
  expect(refused.body.error.message).toContain("credentials");
});

test("what to read again has to be said one way or the other", async () => {
  const world = await makeWorld();
  for (const wish of [
    {},
    { number: "1", numbers: ["2"] },
    { number: "1", from: "2026-11-01" },
    { from: "2026-11-01" },
    { from: "2026-11-02", to: "2026-11-01" },
    { numbers: [] },
    { numbers: Array.from({ length: 101 }, (_, at) => String(at)) },
  ])
    expect((await repull(world, wish)).status).toBe(422);
});
