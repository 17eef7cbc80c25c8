import { expect, test } from "vitest";
import { client } from "../api/client.ts";
import { makeWorld, run, type World } from "../world.ts";
import { stored } from "./between-steps.ts";

const HOUR = 3_600_000;

const preview = (world: World, wish: object) =>
  client(world.deps, world.merchant.keys.merchant)(
    "POST",
    `/api/carts/${world.merchant.cartId}/preview`,
    wish,
  );

/** Every row of every table. */
async function everything(): Promise<unknown> {
  const tables = await stored("SELECT name FROM sqlite_master WHERE type = 'table'");
  const names = tables
    .map(({ name }) => String(name))
    .filter((name) => !/^(sqlite|_cf|d1)_/.test(name));
  expect(names.length).toBeGreaterThan(15);
  return Promise.all(names.map((name) => stored(`SELECT * FROM ${name}`)));
}

/** A shop with orders of every fate under the settings that are wanted below. */
async function shopWithOrders(): Promise<World> {
  const world = await makeWorld();
  const make = (count: number, more: object) =>
    world.control("POST orders", {
      count,
      country: "US",
      lines: [{ sku: "TAKEN", quantity: 1 }],
      ...more,
    });
  await make(2, {});
  await run(world, "order-download");
  world.clock.pass(HOUR);
  await make(3, { status: "on-hold" });
  await make(2, { status: "pending" });
  await make(4, { country: "FR", status: "on-hold" });
  await make(1, { lines: [{ sku: "DENIED", quantity: 1 }], status: "on-hold" });
  return world;
}

const wanted = {
  settings: { order_statuses: ["on-hold"] },
  filters: [{ field: "country", mode: "restricted", values: ["FR"] }],
  item_filters: { mode: "deny", level: "line", skus: ["DENIED"] },
};

test("a preview says what settings would load and why not the rest, and changes nothing", async () => {
  const world = await shopWithOrders();
  const before = await everything();
  const { status, body } = await preview(world, wanted);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    looked_at: 12,
    more: false,
    counts: {
      load: 3,
      skip: { order_status: 2, order_filter: 4, all_items_filtered: 1 },
      already_here: 2,
      too_old: 0,
      cleared: 0,
    },
    warnings: [],
  });
  expect(body.items).toHaveLength(12);
  expect(body.items).toContainEqual({
    source_id: expect.any(String),
    number: expect.any(String),
    result: "skip",
    reason: "order_filter",
    checks: [{ field: "country", expected: "not FR", actual: "FR" }],
    ship_to_country: "FR",
  });
  expect(await everything()).toEqual(before);
  for (const { sent } of Object.values(world.deps.queues)) expect(sent).toEqual([]);
  await run(world, "order-download");
  expect(await stored("SELECT id FROM orders")).toHaveLength(2);
});

test("a preview of nothing wanted judges by the settings there are; a wrong one is refused and named", async () => {
  const world = await shopWithOrders();
  const { body } = await preview(world, {});
  expect(body.counts).toMatchObject({ load: 0, skip: { order_status: 10 }, already_here: 2 });
  const early = await preview(world, {
    settings: { earliest_order_at: "2026-12-01T00:00:00Z", delivery: false },
  });
  expect(early.body.counts).toMatchObject({ load: 0, too_old: 10, already_here: 2 });
  expect(early.body.warnings.map(({ path }: { path: string }) => path).toSorted()).toEqual([
    "delivery",
    "earliest_order_at",
  ]);
  for (const [wish, path] of [
    [{ settings: { wms_id: "con_nowhere" } }, "settings.wms_id"],
    [{ filters: [{ field: "colour", mode: "required", values: ["x"] }] }, "filters.0.field"],
    [{ from: "2026-12-02", to: "2026-12-01" }, "to"],
  ] as const) {
    const refused = await preview(world, wish);
    expect([refused.status, refused.body.error.fields[0].path]).toEqual([422, path]);
  }
});

test("a preview looks at 200 orders at the most, shows 20 and says that there are more", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 250 });
  const { body } = await preview(world, { from: "2026-11-21", to: "2026-11-21" });
  expect(body).toMatchObject({ more: true });
  expect(body.looked_at).toBeGreaterThan(99);
  expect(body.looked_at).toBeLessThanOrEqual(200);
  expect(body.items).toHaveLength(20);
  const none = await preview(world, { from: "2026-11-01", to: "2026-11-02" });
  expect(none.body).toMatchObject({ looked_at: 0, more: false, items: [] });
});

test("a preview of a shop that does not answer is 503, and says what the shop said", async () => {
  const world = await shopWithOrders();
  await world.control("POST faults", { target: "shop", kind: "http500" });
  const { status, body } = await preview(world, {});
  expect(status).toBe(503);
  expect(body.error.message).toContain("no usable answer");
});
