import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { getOrder } from "../../../src/sync/get-order.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";

const orders = async (world: World) =>
  (await listOrders(world.deps, world.merchant.merchantId, { limit: 100 })).items;
const statuses = async (world: World) =>
  Object.fromEntries(
    [...Map.groupBy(await orders(world), ({ status }) => status)].map(([status, of]) => [
      status,
      of.length,
    ]),
  );

test("an order travels from the cart to the warehouse, and its tracking travels back", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 25 });
  await run(world, "order-download");
  expect(await statuses(world)).toEqual({ at_wms: 25 });
  expect(world.view().warehouse.orders).toHaveLength(25);

  await world.control("POST ship");
  await run(world, "shipment-pickup");
  expect(await statuses(world)).toEqual({ confirmed: 25 });
  const shop = world.view().shop.orders;
  expect(
    shop.every(({ fulfillments, status }) => fulfillments.length === 1 && status === "completed"),
  ).toBe(true);

  const [first] = await orders(world);
  const order = await getOrder(world.deps, world.merchant.merchantId, first?.id ?? "");
  expect(order.timeline.map(({ event }) => event)).toEqual([
    "loaded",
    "sent",
    "shipped",
    "confirmed",
  ]);
});

test("downloading again changes nothing and writes no row to D1", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3 });
  await run(world, "order-download");
  const before = await orders(world);
  world.clock.pass(300_000);
  await run(world, "order-download");
  expect(await orders(world)).toEqual(before);
  expect(world.view().warehouse.received).toBe(3);
});

test("a lost queue message is delivered by the next sweep", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 2 });
  world.deps.queues.deliveries.sendBatch = async () => {
    throw new Error("Too Many Requests");
  };
  await run(world, "order-download");
  expect(await statuses(world)).toEqual({ new: 2 });
  world.deps.queues.deliveries.sendBatch = async (messages) => {
    for (const { body } of messages) world.deps.queues.deliveries.sent.push(body);
  };
  world.clock.pass(60_000);
  await tick(world);
  expect(await statuses(world)).toEqual({ at_wms: 2 });
});

test("an answer that got lost makes no second order, even at a warehouse that ignores keys", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "lost_answer" });
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  await world.control("POST orders", { count: 25 });
  await run(world, "order-download");
  expect(await statuses(world)).toEqual({ at_wms: 25 });
  expect(world.view().warehouse.orders).toHaveLength(25);
  expect(world.view().warehouse.received).toBe(25);
});

test("a nudge that finds the job of an idle run still leased comes again, and is not lost", async () => {
  const world = await makeWorld();
  const { deps, clock, merchant } = world;
  await world.control("POST orders", { count: 2 });
  await run(world, "order-download");
  await run(world, "shipment-pickup");
  const stub = env.MERCHANT_SYNC.get(env.MERCHANT_SYNC.idFromName(merchant.merchantId));
  await evictDurableObject(stub);

  await world.control("POST ship");
  await deps.queues.jobs.send({
    kind: "run",
    merchant_id: merchant.merchantId,
    connection_id: merchant.wmsId,
    job: "shipment-pickup",
    by: "webhook",
  });
  for (let passed = 0; passed < 60; passed += 5) {
    await drain(deps, deps);
    clock.pass(5_000);
  }
  expect(await statuses(world)).toEqual({ confirmed: 2 });
});
