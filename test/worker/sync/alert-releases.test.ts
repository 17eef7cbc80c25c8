import { expect, test } from "vitest";
import { sweep } from "../../../src/sync/sweep.ts";
import { Crash, mortal } from "../crash.ts";
import { drain, run, tick, type World } from "../world.ts";
import { alerts, api, sell, sent, worldWith } from "./code-world.ts";
import { aroundBatches, stored } from "./between-steps.ts";
import { exact, saveMethods, worldOf } from "./mapped-methods.ts";
import { settle } from "./people.ts";

const MINUTE = 60_000;
const fix = { code: "NEW", name: "EAN", sku: "MUG" };

/** A world whose orders wait on one code. */
async function worldThatWaits(count: number): Promise<World> {
  const world = await worldWith([{ sku: "MUG" }]);
  // Keys of idempotency would hide a second send.
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  await world.control("POST orders", { count, lines: [{ sku: "NEW", quantity: 1 }] });
  world.clock.pass(61_000);
  await run(world, "order-download");
  await settle(world);
  expect(await alerts(world)).toMatchObject([{ kind: "code", waiting: count }]);
  return world;
}

/** Fixes the code and works what follows in a process that dies at boundary `crashAt`; answers what it passed. */
async function dieIn(world: World, crashAt: number | null): Promise<string[]> {
  expect((await api(world)("POST", "/api/aliases", fix)).status).toBe(200);
  const process = mortal(world.deps, crashAt);
  try {
    await drain(world.deps, process.deps, () => process.pass("before ack"));
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return process.boundaries;
}

/** Long enough for a dead worker's claims to lapse. */
async function sweeps(world: World): Promise<void> {
  for (const minutes of [5, 10, 10]) {
    world.clock.pass(minutes * MINUTE);
    await tick(world);
  }
}

const readAfter = async (world: World) => {
  const { merchantId } = world.merchant;
  const [released] = await stored(
    `SELECT count(*) AS n FROM orders WHERE merchant_id = '${merchantId}' AND status = 'at_wms'`,
  );
  return { sent: sent(world).length, accepted: released?.["n"], alerts: await alerts(world) };
};

test("a worker that dies at any step of a release is replaced, and each order is sent once", async () => {
  const COUNT = 2;
  const steps = await dieIn(await worldThatWaits(COUNT), null);
  expect(steps.filter((step) => step === "before d1.batch").length).toBeGreaterThan(4);
  expect(steps).toContain("before coordinator.forget");
  for (const crashAt of steps.keys()) {
    const world = await worldThatWaits(COUNT);
    await dieIn(world, crashAt);
    await sweeps(world);
    expect([steps[crashAt], await readAfter(world)]).toEqual([
      steps[crashAt],
      { sent: COUNT, accepted: COUNT, alerts: [] },
    ]);
  }
}, 120_000);

test("a worker that dies between two pages leaves the rest to the next one", async () => {
  const steps = await dieIn(await worldThatWaits(130), null);
  const world = await worldThatWaits(130);
  // After the first page's progress was committed.
  const batches = steps.flatMap((step, at) => (step === "after d1.batch" ? [at] : []));
  await dieIn(world, batches[2] ?? 0);
  await sweeps(world);
  expect(await readAfter(world)).toEqual({ sent: 130, accepted: 130, alerts: [] });
}, 60_000);

test("two releases of the same orders at once send each once", async () => {
  const world = await worldThatWaits(30);
  expect((await api(world)("POST", "/api/aliases", fix)).status).toBe(200);
  expect((await api(world)("POST", "/api/aliases", { ...fix, name: "Other" })).status).toBe(200);
  const hints = world.deps.queues.jobs.sent.splice(0);
  expect(hints).toHaveLength(2);
  await Promise.all(
    hints.map((hint) => {
      const deps = { ...world.deps };
      world.deps.queues.jobs.sent.push(hint);
      return drain(world.deps, deps);
    }),
  );
  await settle(world);
  expect(await readAfter(world)).toEqual({ sent: 30, accepted: 30, alerts: [] });
});

test("a lost hint of a release costs the time until the next sweep", async () => {
  const world = await worldThatWaits(1);
  expect((await api(world)("POST", "/api/aliases", fix)).status).toBe(200);
  world.deps.queues.jobs.sent.splice(0);
  world.clock.pass(5 * MINUTE);
  await sweep(world.deps);
  await settle(world);
  expect(await readAfter(world)).toMatchObject({ sent: 1, alerts: [] });
});

test("a fix on which no order waits begins no task", async () => {
  const world = await worldWith([{ sku: "MUG" }]);
  await sell(world, [{ sku: "MUG" }]);
  await api(world)("POST", "/api/aliases", fix);
  const { merchantId } = world.merchant;
  expect(
    await stored(`SELECT count(*) AS n FROM tasks WHERE merchant_id = '${merchantId}'`),
  ).toEqual([{ n: 0 }]);
});

const races = [
  {
    what: "a code",
    start: async () => {
      const world = await worldWith([{ sku: "MUG" }]);
      await world.control("POST orders", { lines: [{ sku: "NEW", quantity: 1 }] });
      return world;
    },
    mend: (world: World) => api(world)("POST", "/api/aliases", fix),
  },
  {
    what: "a ship method",
    start: async () => {
      const world = await worldOf({});
      await world.control("POST orders", { shipMethod: "Express" });
      return world;
    },
    mend: (world: World) => saveMethods(world, exact("express", "UPS-2DA")),
  },
];

for (const { what, start, mend } of races)
  test(`${what} that is mended while a worker judges its order is released also if that worker dies right after it held it`, async () => {
    const world = await start();
    let died = false;
    const deps = aroundBatches(world.deps, async (_, store) => {
      if (died) throw new Crash("dead");
      const isJudged = (await stored("SELECT 1 FROM dispatches WHERE working = 1")).length > 0;
      if (!isJudged) return store();
      expect((await mend(world)).status).toBe(200);
      await store();
      died = true;
      throw new Crash("after the batch that holds it");
    });
    world.clock.pass(61_000);
    await run({ ...world, deps }, "order-download").catch(() => undefined);
    expect(died).toBe(true);
    expect(await alerts(world)).toMatchObject([{ waiting: 1 }]);
    world.deps.queues.jobs.sent.splice(0);
    world.deps.queues.deliveries.sent.splice(0);
    await sweeps(world);
    expect(await readAfter(world)).toEqual({ sent: 1, accepted: 1, alerts: [] });
  });

test("an order that waits for its method and for a code goes when both are mended, and says for what it still waits", async () => {
  const world = await worldOf({});
  await api(world)("PUT", "/api/products", { items: [{ sku: "MUG" }] });
  await world.control("POST orders", {
    shipMethod: "Express",
    lines: [{ sku: "NEW", quantity: 1 }],
  });
  world.clock.pass(61_000);
  await run(world, "order-download");
  const reason = async () => (await stored("SELECT error_reason FROM orders"))[0]?.["error_reason"];
  expect([await reason(), (await alerts(world)).length]).toEqual(["ship_method", 2]);
  await saveMethods(world, exact("express", "UPS-2DA"));
  await settle(world);
  expect([await reason(), sent(world).length]).toEqual(["code", 0]);
  expect(await alerts(world)).toMatchObject([{ kind: "code", waiting: 1 }]);
  await api(world)("POST", "/api/aliases", fix);
  await settle(world);
  expect(await readAfter(world)).toEqual({ sent: 1, accepted: 1, alerts: [] });
});
