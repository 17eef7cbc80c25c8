import { expect, test } from "vitest";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { makeWorld, type World } from "../world.ts";
import { aroundBatches, duringCall, orderDownload, shopOrderId, stored } from "./between-steps.ts";

const byWebhook = (world: World, deps: Deps = world.deps) =>
  fetchOrders(deps, world.merchant.merchantId, world.merchant.cartId, [shopOrderId(world)]);

const becomes = async (world: World, status: string): Promise<void> => {
  world.clock.pass(2_000);
  await world.control("PATCH orders", { number: "1001", status });
};

const skips = () => stored("SELECT reason, checks, times, order_id FROM skipped_orders");
const orders = () => stored("SELECT id FROM orders");

/** Deps with something that happens before the first batch that they commit. */
function beforeFirstBatch(world: World, meanwhile: () => Promise<unknown>) {
  let happened = false;
  const deps = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) {
      await meanwhile();
      happened = true;
    }
    return commit();
  });
  return { deps, happened: () => happened };
}

test("an order that a webhook loads between judging and storing an older page is loaded, and not listed as skipped", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "pending" });
  const { deps, happened } = beforeFirstBatch(world, async () => {
    await becomes(world, "processing");
    await byWebhook(world);
  });
  await downloadOrders(deps, orderDownload(world));
  expect(happened()).toBe(true);
  expect(await orders()).toHaveLength(1);
  expect(await skips()).toEqual([]);
});

test("an order that a page skips while a webhook is about to load it is loaded, and its skip names it", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "processing" });
  const { deps, happened } = beforeFirstBatch(world, async () => {
    await becomes(world, "pending");
    await downloadOrders(world.deps, orderDownload(world));
    expect(await skips()).toMatchObject([{ order_id: null }]);
  });
  await byWebhook(world, deps);
  expect(happened()).toBe(true);
  const [order] = await orders();
  expect(order).toBeDefined();
  expect(await skips()).toMatchObject([{ order_id: order?.["id"] }]);
});

test("an older page does not overwrite the skip of a newer version", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "pending" });
  const happened = duringCall(world.deps, /\/orders\?/, async (pass) => {
    const page = await pass();
    await becomes(world, "on-hold");
    await byWebhook(world);
    return page;
  });
  await downloadOrders(world.deps, orderDownload(world));
  expect(happened()).toBe(true);
  const listed = await skips();
  expect(listed).toMatchObject([{ checks: expect.stringContaining("on-hold"), times: 1 }]);
});
