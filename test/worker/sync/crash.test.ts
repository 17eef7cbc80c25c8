import { expect, test } from "vitest";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { dueDispatches } from "../../../src/store/dispatches.ts";
import { Crash, mortal } from "../crash.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";

const MINUTE = 60_000;
const ORDERS = 2;

/** Long enough for a lost lease, then for a lost claim, then for a claim that the first sweep's own work left. */
async function recover(world: World): Promise<void> {
  for (const minutes of [5, 17, 17]) {
    world.clock.pass(minutes * MINUTE);
    await tick(world);
  }
}

async function statuses(world: World): Promise<string[]> {
  const { items } = await listOrders(world.deps, world.merchant.merchantId, { limit: 100 });
  return items.map(({ status }) => status);
}

/** Runs one job in a process that dies at boundary `crashAt`; answers the boundaries that it passed. */
async function runMortal(
  world: World,
  job: "order-download" | "shipment-pickup",
  crashAt: number | null,
): Promise<string[]> {
  const { merchantId, cartId, wmsId } = world.merchant;
  const connection_id = job === "order-download" ? cartId : wmsId;
  const process = mortal(world.deps, crashAt);
  await world.deps.queues.jobs.send({
    kind: "run",
    merchant_id: merchantId,
    connection_id,
    job,
    by: "schedule",
  });
  try {
    await drain(world.deps, process.deps, () => process.pass("before ack"));
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  if (crashAt !== null) expect(process.died()).toBe(true);
  return process.boundaries;
}

/** The queue brings what was not acknowledged again, while the dead process still holds its claims. */
async function redeliver(world: World, job: "order-download" | "shipment-pickup"): Promise<void> {
  const { merchantId } = world.merchant;
  const db = await world.deps.databases.of(merchantId);
  for (const { dispatch_id } of await dueDispatches(db, world.clock.now() + 20 * MINUTE, 10))
    world.deps.queues.deliveries.sent.push({ merchant_id: merchantId, dispatch_id });
  await run(world, job);
}

const around = (...calls: string[]) => calls.flatMap((call) => [`before ${call}`, `after ${call}`]);
const always = [
  ...around("coordinator.grant", "d1.batch", "deliveries.send"),
  ...around("coordinator.finish", "coordinator.forget"),
  "before ack",
];

/** Each leg with the calls that it must be seen to die around. */
const legs = [
  {
    leg: "download and delivery",
    job: "order-download",
    at: "at_wms",
    steps: [...always, ...around("GET shop/orders", "POST warehouse/orders")],
  },
  {
    leg: "pickup and confirmation",
    job: "shipment-pickup",
    at: "confirmed",
    steps: [
      ...always,
      ...around("GET warehouse/shipments", "POST shop/orders/#/fulfillments", "PUT shop/orders/#"),
    ],
  },
] as const;

for (const { leg, job, at, steps } of legs)
  test(`a ${leg} that dies at any step boundary is mended by the sweep`, async () => {
    const start = async () => {
      const world = await makeWorld();
      // Keys of idempotency would hide a second send.
      await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
      await world.control("POST orders", { count: ORDERS });
      if (job === "shipment-pickup") {
        await run(world, "order-download");
        await world.control("POST ship");
      }
      return world;
    };
    const planned = await runMortal(await start(), job, null);
    const visited: string[] = [];
    for (const [index, boundary] of planned.entries()) {
      const world = await start();
      const passed = await runMortal(world, job, index);
      visited.push(passed.at(-1) ?? "");
      await redeliver(world, job);
      await recover(world);

      const where = `${index}: ${boundary}`;
      expect(await statuses(world), where).toEqual(Array(ORDERS).fill(at));
      expect(world.view().warehouse.orders, where).toHaveLength(ORDERS);
      if (job === "shipment-pickup")
        for (const order of world.view().shop.orders)
          expect(order.fulfillments, where).toHaveLength(1);
    }
    expect(visited).toEqual(planned);
    for (const step of steps) expect(visited).toContain(step);
  }, 60_000);
