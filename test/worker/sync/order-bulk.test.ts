import { expect, test } from "vitest";
import type { OrderAction } from "../../../src/domain/order-actions.ts";
import type { OrderMatch } from "../../../src/store/order-lists.ts";
import { startOrderBulk } from "../../../src/sync/order-bulk.ts";
import { endTask, showTask } from "../../../src/sync/show-task.ts";
import { taskKinds } from "../../../src/sync/task-kinds.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import { aroundBatches, hoursPass, stored } from "./between-steps.ts";
import { by, cancel, clear, edit, hold, release, restore, setPolicy, settle } from "./people.ts";

const all: Omit<OrderMatch, "cleared"> = {
  ids: null,
  cart_id: null,
  status: null,
  on_hold: null,
  error_reason: null,
  from: null,
  to: null,
  number: null,
};

/** A world with 250 orders that wait because their cart's delivery is off. */
async function worldWith250(): Promise<World> {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 250 });
  await run(world, "order-download");
  return world;
}

const start = (
  world: World,
  wanted: OrderAction,
  count: number | undefined,
  match: Partial<typeof all> = {},
) => startOrderBulk(world.deps, world.merchant.merchantId, wanted, { ...all, ...match }, count, by);
const task = (world: World, id: string) => showTask(world.deps, world.merchant.merchantId, id);
const orders = () => stored("SELECT * FROM orders").then((rows) => JSON.stringify(rows));
const count = async (where: string) =>
  Number((await stored(`SELECT count(*) AS n FROM orders WHERE ${where}`))[0]?.["n"]);

test("250 orders are held and released in pages, with progress, and one audit row for each of the two", async () => {
  const world = await worldWith250();
  const { task_id } = await start(world, hold(), 250);
  expect(await task(world, task_id)).toMatchObject({ state: "running", done: 0, total: 250 });
  expect(await count("on_hold = 'person'")).toBe(0);
  await settle(world);
  expect(await task(world, task_id)).toMatchObject({
    state: "done",
    done: 250,
    total: 250,
    counts: { done: 250 },
    by,
  });
  expect(await count("on_hold = 'person'")).toBe(250);
  const audit = await stored("SELECT act, subject, by, after FROM audit WHERE act = 'orders_bulk'");
  expect(audit).toEqual([
    {
      act: "orders_bulk",
      subject: task_id,
      by: JSON.stringify(by),
      after: '{"action":"hold","count":250}',
    },
  ]);
  await setPolicy(world, { delivery: true });
  await hoursPass(world, 1);
  expect(world.view().warehouse.received).toBe(0);
  await start(world, release, 250, { on_hold: "person" });
  await settle(world);
  expect(await count("status = 'at_wms'")).toBe(250);
  expect(world.view().warehouse.received).toBe(250);
});

test("a task that is stopped ends after its page, and what it did stays", async () => {
  const world = await worldWith250();
  const { merchantId } = world.merchant;
  const { task_id } = await start(world, hold(), 250);
  let stopped = false;
  const slow = aroundBatches(world.deps, async (_nth, commit) => {
    const done = await commit();
    if (!stopped && (await task(world, task_id)).done === 100) {
      stopped = true;
      await endTask(world.deps, taskKinds, merchantId, task_id);
    }
    return done;
  });
  await drain(world.deps, slow);
  expect(await task(world, task_id)).toMatchObject({ state: "stopped", done: 100 });
  // The page that was under way when it was stopped.
  expect(await count("on_hold = 'person'")).toBe(200);
});

test("a count that is wrong or missing is answered with the real one, and nothing is done", async () => {
  const world = await worldWith250();
  const before = await orders();
  for (const [given, code] of [
    [249, "conflict"],
    [251, "conflict"],
    [undefined, "invalid"],
  ] as const)
    await expect(start(world, clear, given)).rejects.toMatchObject({
      code,
      fields: [{ path: "confirmCount", message: "250" }],
    });
  await settle(world);
  expect(await orders()).toBe(before);
  expect(await stored("SELECT 1 FROM tasks")).toEqual([]);
  expect(await stored("SELECT 1 FROM audit WHERE act = 'orders_bulk'")).toEqual([]);
});

test("a filter reaches what it says and nothing else", async () => {
  const world = await worldWith250();
  const { deps, merchant } = world;
  const { items } = await listOrders(deps, merchant.merchantId, { limit: 100 });
  const [first, second] = items;
  const loaded = Date.parse(first?.created_at ?? "");
  const matches = async (match: Partial<typeof all>): Promise<number> => {
    const refused = await start(world, hold(), undefined, match).catch((error: unknown) => error);
    return Number((refused as { fields: { message: string }[] }).fields[0]?.message);
  };
  expect(await matches({ ids: [first?.id ?? "", second?.id ?? "", "ord_none"] })).toBe(2);
  expect(await matches({ ids: [first?.id ?? ""], number: second?.number ?? "" })).toBe(0);
  expect(await matches({ number: first?.number ?? "" })).toBe(1);
  expect(await matches({ number: `# ${first?.number}` })).toBe(1);
  expect(await matches({ status: "at_wms" })).toBe(0);
  expect(await matches({ status: "new", on_hold: "delivery_off" })).toBe(250);
  expect(await matches({ on_hold: "person" })).toBe(0);
  expect(await matches({ error_reason: "address" })).toBe(0);
  expect(await matches({ cart_id: merchant.cartId })).toBe(250);
  expect(await matches({ cart_id: "con_other" })).toBe(0);
  expect(await matches({ from: loaded + 1 })).toBe(0);
  expect(await matches({ from: loaded - 60_000, to: loaded + 1 })).toBe(250);
  expect(await matches({ to: loaded - 60_000 })).toBe(0);
});

test("more than 10,000 orders are refused", async () => {
  const world = await makeWorld();
  await stored(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)
     INSERT INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, status, source_status,
       source_modified_at, placed_at, created_at, updated_at, body, timeline)
     SELECT '${world.merchant.merchantId}', 'ord_' || i, 'con_1', i, 1, i, i, 'new', 'x', 1, 1, 1, 1, '{}', '[{}]' FROM n`,
  );
  await expect(start(world, hold(), 10_001)).rejects.toMatchObject({
    code: "invalid",
    fields: [{ path: "filter", message: "matches more than 10000 orders" }],
  });
});

test("what was counted is what is changed, also when more match by then", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 2 });
  await run(world, "order-download");
  await start(world, clear, 2);
  await world.control("POST orders", { count: 1 });
  const [hint] = world.deps.queues.jobs.sent.splice(0);
  world.clock.pass(61_000);
  await run(world, "order-download");
  if (hint) world.deps.queues.jobs.sent.push(hint);
  await settle(world);
  expect(await count("cleared_at IS NOT NULL")).toBe(2);
  expect(await count("cleared_at IS NULL")).toBe(1);
});

test("outcomes are counted by what they are", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3 });
  await run(world, "order-download");
  await setPolicy(world, { delivery: false });
  await world.control("POST orders", { count: 2 });
  world.clock.pass(61_000);
  await run(world, "order-download");
  const first = await start(world, hold(), 5);
  await settle(world);
  expect(await task(world, first.task_id)).toMatchObject({ counts: { done: 2, refused: 3 } });
  const again = await start(world, hold(), 5);
  await settle(world);
  expect(await task(world, again.task_id)).toMatchObject({ counts: { unchanged: 2, refused: 3 } });
});

test("the first 20 refused orders are named with the reason, whatever page they were on, and the others counted", async () => {
  const world = await worldWith250();
  await stored(
    `UPDATE orders SET status = CASE WHEN CAST(number AS INTEGER) % 10 = 0 THEN 'shipped' ELSE status END`,
  );
  const { task_id } = await start(world, hold(), 250);
  await settle(world);
  const { message, counts } = await task(world, task_id);
  expect(counts).toEqual({ done: 225, refused: 25 });
  const named = Array.from({ length: 20 }, (_, at) => `${1010 + at * 10} (It has shipped)`);
  expect(message).toBe(`Refused: ${named.join(", ")} and 5 more.`);
});

test("a bulk action without a refusal has no message", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const { task_id } = await start(world, hold(), 1);
  await settle(world);
  expect(await task(world, task_id)).toMatchObject({ counts: { done: 1 }, message: null });
});

test("header fields are edited in bulk, addresses and lines are not", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 3 });
  await run(world, "order-download");
  for (const own of [{ ship_to: { city: "X" } }, { lines: { "1": { quantity: 1 } } }])
    await expect(start(world, edit(own), 3)).rejects.toMatchObject({
      code: "invalid",
      fields: [expect.objectContaining({ path: `edit.${Object.keys(own)[0]}` })],
    });
  await start(world, edit({ ship_code: "EXPRESS" }), 3);
  await settle(world);
  expect(await count("body->>'ship_code' = 'EXPRESS'")).toBe(3);
});

test("cleared orders are restored in bulk, and only cleared ones match", async () => {
  const world = await worldWith250();
  await start(world, clear, 250);
  await settle(world);
  expect(await count("cleared_at IS NULL")).toBe(0);
  await expect(start(world, cancel, 250)).rejects.toMatchObject({
    fields: [{ path: "confirmCount", message: "0" }],
  });
  const { task_id } = await start(world, restore, 250);
  await settle(world);
  expect(await task(world, task_id)).toMatchObject({ state: "done", counts: { done: 250 } });
  expect(await count("cleared_at IS NULL AND on_hold = 'delivery_off'")).toBe(250);
});

test("a bulk action whose hint is lost is done by the sweep, once", async () => {
  const world = await worldWith250();
  const { task_id } = await start(world, cancel, 250);
  world.deps.queues.jobs.sent.length = 0;
  world.clock.pass(300_000);
  await tick(world);
  expect(await task(world, task_id)).toMatchObject({ state: "done", counts: { done: 250 } });
  const notes = await stored(
    `SELECT count(*) AS n FROM orders, json_each(orders.timeline) e WHERE e.value->>'event' = 'canceled'`,
  );
  expect(notes).toEqual([{ n: 250 }]);
});
