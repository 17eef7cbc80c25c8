import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { runScheduled } from "../../../src/jobs/scheduled.ts";
import { createDatabases } from "../../../src/store/databases.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { sweep } from "../../../src/sync/sweep.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const sql = async (text: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(text)
      .bind(...values)
      .all()
  ).results;

const statuses = async ({ deps, merchant }: World) =>
  (await listOrders(deps, merchant.merchantId, { limit: 100 })).items.map(({ status }) => status);

/** Makes every schedule due in the next sweep. */
const startAnew = () => sql("INSERT OR REPLACE INTO sweeps (id, last_tick) VALUES (1, 1)");

/** Due records of as many merchants, the longest due first. */
const dueOf = (merchants: readonly string[]) =>
  sql(
    `INSERT INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, next_at)
     SELECT value, 'ord_1', 'con_cart', 'con_wms', 'due', key + 1 FROM json_each(?1)`,
    JSON.stringify(merchants),
  );

/** An order whose first delivery was refused, and is due again in an hour. */
async function withDueOrder(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "reject", times: 1 });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  world.clock.pass(61 * MINUTE);
  return world;
}

test("a due record of a merchant who is gone stops neither the jobs nor another merchant's orders", async () => {
  const world = await withDueOrder();
  await dueOf(["mer_gone"]);
  await startAnew();
  await sweep(world.deps);
  expect(world.deps.queues.jobs.sent).toContainEqual(
    expect.objectContaining({ kind: "run", job: "order-download", by: "schedule" }),
  );
  await drain(world.deps, world.deps);
  expect(await statuses(world)).toEqual(["at_wms"]);
  const failed = world.deps.lines.filter((line) => line.includes("requeue_failed"));
  expect(failed).toHaveLength(1);
  expect(failed[0]).toContain("mer_gone");
});

test("records of many merchants who are gone do not keep their place before the others", async () => {
  const world = await withDueOrder();
  await dueOf(Array.from({ length: 250 }, (_, at) => `mer_gone${at}`));
  await tick(world);
  world.clock.pass(5 * MINUTE);
  await tick(world);
  expect(await statuses(world)).toEqual(["at_wms"]);
});

test("one sweep makes at most 200 dispatches, and the next goes on", async () => {
  const world = await makeWorld();
  const { merchantId } = world.merchant;
  await sql(
    `INSERT INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, next_at)
     SELECT ?1, 'ord_' || value, 'con_cart', 'con_' || value, 'due', 1 FROM json_each(?2)`,
    merchantId,
    JSON.stringify(Array.from({ length: 205 }, (_, at) => at)),
  );
  expect(await sweep(world.deps)).toMatchObject({ deliveries: 200 });
  expect(await sweep(world.deps)).toMatchObject({ deliveries: 5 });
  expect(await sweep(world.deps)).toMatchObject({ deliveries: 0 });
});

const LOOK = "AS confirmations";

/** A D1 that refuses what it is asked where the statement has `text` in it; of the look at what is due only if that is meant. */
const refusing = (text: string) =>
  new Proxy(env.DB, {
    get: (db, key) => {
      if (key === "prepare")
        return (statement: string) => {
          const isMeant = text === "" || text === LOOK || !statement.includes(LOOK);
          if (isMeant && statement.includes(text)) throw new Error("D1 DB is overloaded.");
          return db.prepare(statement);
        };
      return key === "batch" ? db.batch.bind(db) : Reflect.get(db, key);
    },
  });

for (const [step, text] of [
  ["jobs", "jobs_due"],
  ["due", LOOK],
  ["dispatches", "FROM dispatches"],
  ["holds", "hold_until <="],
  ["deliveries", "FROM deliveries"],
  ["confirmations", "FROM shipments"],
] as const)
  test(`a sweep whose step ${step} fails takes the others, and says so`, async () => {
    const world = await makeWorld();
    const { merchantId, cartId, wmsId } = world.merchant;
    await startAnew();
    await sql(
      `INSERT INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, next_at)
       VALUES (?1, 'ord_1', ?2, ?3, 'due', 1)`,
      merchantId,
      cartId,
      wmsId,
    );
    await sql(
      `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, next_at, created_at)
       VALUES (?1, 'ord_2', 'shp_1', ?2, ?3, 'due', '{}', 1, 1)`,
      merchantId,
      cartId,
      wmsId,
    );
    await sql(
      `INSERT INTO dispatches (merchant_id, id, kind, connection_id, items, due_at, created_at)
       VALUES (?1, 'dsp_1', 'delivery', ?2, '["ord_9"]', 1, 1)`,
      merchantId,
      wmsId,
    );
    await sql(
      `INSERT INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, status, on_hold, hold_until,
         source_status, source_modified_at, placed_at, created_at, updated_at, body, timeline)
       VALUES (?1, 'ord_3', ?2, '3', 1, '3', '3', 'new', 'person', 1, 'x', 1, 1, 1, 1, '{}', '[{}]')`,
      merchantId,
      cartId,
    );
    const deps = { ...world.deps, databases: createDatabases([refusing(text)]) };
    const swept = await sweep({
      ...deps,
      databases: { ...deps.databases, of: world.deps.databases.of },
    });
    for (const other of ["jobs", "dispatches", "holds", "deliveries", "confirmations"])
      // Which jobs are due only that look can say.
      if (other === step || (other === "jobs" && step === "due")) expect(swept[other]).toBe(0);
      else expect(swept[other], other).toBeGreaterThan(0);
    const failed = world.deps.lines.filter((line) => line.includes("sweep_failed"));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toContain(`"step":"${step}"`);
  });

test("a shard that does not answer leaves the others their sweep", async () => {
  const world = await makeWorld();
  await startAnew();
  const { shards } = createDatabases([refusing(""), env.DB]);
  const swept = await sweep({ ...world.deps, databases: { ...world.deps.databases, shards } });
  expect(swept.jobs).toBeGreaterThan(0);
});

test("a clock that ran ahead once stops no schedule when it is right again", async () => {
  const world = await makeWorld();
  world.clock.pass(10 * DAY);
  await tick(world);
  world.clock.pass(-10 * DAY);
  await world.control("POST orders", { count: 1 });
  for (let time = 0; time < 2; time += 1) {
    await tick(world);
    world.clock.pass(5 * MINUTE);
  }
  expect(await statuses(world)).toEqual(["at_wms"]);
  await sweep(world.deps);
  expect(await sweep(world.deps)).toMatchObject({ jobs: 0 });
});

for (const [what, crons] of [
  ["hourly", ["*/5 * * * *", "0 * * * *"]],
  ["daily", ["20 3 * * *", "*/5 * * * *"]],
] as const)
  test(`the ${what} cron sends nothing that the five-minute one of the same moment sends`, async () => {
    const world = await makeWorld();
    const { deps, merchant } = world;
    await startAnew();
    await sql(
      `INSERT INTO dispatches (merchant_id, id, kind, connection_id, items, due_at, created_at)
       VALUES (?1, 'dsp_1', 'delivery', 'con_wms', '["ord_9"]', 1, 1)`,
      merchant.merchantId,
    );
    const scheduledTime = deps.clock.now();
    await Promise.all(crons.map((cron) => runScheduled({ cron, scheduledTime }, deps)));
    const sent = deps.queues.jobs.sent.map((message) => JSON.stringify(message));
    expect(sent.length).toBeGreaterThan(0);
    expect(new Set(sent).size).toBe(sent.length);
    expect(deps.queues.deliveries.sent).toHaveLength(1);
  });

test("the hourly cron sweeps alone when the five-minute one did not come", async () => {
  const world = await makeWorld();
  await startAnew();
  await runScheduled({ cron: "0 * * * *", scheduledTime: world.clock.now() }, world.deps);
  expect(world.deps.queues.jobs.sent.length).toBeGreaterThan(0);
});

test("a backlog of dispatches that nobody worked on yet is not hinted again by every sweep", async () => {
  const world = await makeWorld();
  await sql(
    `INSERT INTO dispatches (merchant_id, id, kind, connection_id, items, due_at, created_at)
     SELECT ?1, 'dsp_' || value, 'delivery', 'con_wms', '["ord_9"]', 1, 1 FROM json_each(?2)`,
    world.merchant.merchantId,
    JSON.stringify(Array.from({ length: 250 }, (_, at) => at)),
  );
  expect(await sweep(world.deps)).toMatchObject({ dispatches: 250 });
  expect(world.deps.queues.deliveries.sent).toHaveLength(250);
  world.clock.pass(5 * MINUTE);
  expect(await sweep(world.deps)).toMatchObject({ dispatches: 0 });
  world.clock.pass(10 * MINUTE);
  expect(await sweep(world.deps)).toMatchObject({ dispatches: 250 });
});
