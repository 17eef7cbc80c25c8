import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { slotOf, tickOf, dueSlots } from "../../../src/domain/jobs.ts";
import {
  noteRejectedWebhooks,
  noteWebhook,
  readConnection,
  setHealth,
  setPaused,
  updateConnection,
} from "../../../src/store/connections.ts";
import { dueJobs, listJobs, moveCursor, readJob, updateJob } from "../../../src/store/jobs.ts";
import { commit } from "../../../src/store/statement.ts";
import { mintMerchant, testDeps } from "../deps.ts";

const db = env.DB;

beforeEach(async () => {
  await db.prepare("DELETE FROM jobs").run();
});

test("health is written when it changes, and rests the jobs with it", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const set = (health: "healthy" | "degraded" | "needs_reauth", error: string | null) =>
    commit(db, setHealth(merchantId, cartId, health, error, deps.clock.now(), { tried: true }));
  const resting = async () =>
    (await listJobs(db, merchantId, cartId)).map(({ suspended }) => suspended);

  await set("needs_reauth", "401");
  expect(await readConnection(db, merchantId, cartId)).toMatchObject({
    health: "needs_reauth",
    last_error: "401",
    last_error_at: deps.clock.now(),
  });
  expect(await resting()).toEqual([true, true, true]);
  const again = await set("needs_reauth", "401");
  expect(again.map(({ changes }) => changes)).toEqual([0, 0]);

  await set("degraded", "slow");
  expect(await resting()).toEqual([false, false, false]);
  await set("healthy", null);
  expect((await readConnection(db, merchantId, cartId))?.last_error).toBeNull();
});

test("a connection that is paused and refused rests until both are over", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const now = deps.clock.now();
  const resting = async () => (await readJob(db, merchantId, cartId, "order-download"))?.suspended;
  await commit(db, setPaused(merchantId, cartId, true, now));
  await commit(db, setHealth(merchantId, cartId, "needs_reauth", "401", now));
  await commit(db, setPaused(merchantId, cartId, false, now));
  expect(await resting()).toBe(true);
  await commit(db, setPaused(merchantId, cartId, true, now));
  await commit(db, setHealth(merchantId, cartId, "healthy", null, now, { tried: true }));
  expect(await resting()).toBe(true);
  await commit(db, setPaused(merchantId, cartId, false, now));
  expect(await resting()).toBe(false);
});

test("of two changes decided on the same state, the second changes nothing", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const seen = (await readConnection(db, merchantId, cartId))?.updated_at ?? 0;
  const change = (name: string) =>
    commit(db, [updateConnection(merchantId, cartId, seen, { name }, deps.clock.now())]);
  expect((await change("First"))[0]?.changes).toBe(1);
  expect((await change("Second"))[0]?.changes).toBe(0);
  expect((await readConnection(db, merchantId, cartId))?.name).toBe("First");
});

test("webhooks are noted once a minute, rejected ones are counted", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const note = async () =>
    (await commit(db, [noteWebhook(merchantId, cartId, deps.clock.now())]))[0]?.rows_written;
  expect(await note()).toBe(1);
  deps.clock.pass(59_999);
  expect(await note()).toBe(0);
  deps.clock.pass(1);
  expect(await note()).toBe(1);
  await commit(db, [noteRejectedWebhooks(merchantId, cartId, 2)]);
  await commit(db, [noteRejectedWebhooks(merchantId, cartId, 3)]);
  expect((await readConnection(db, merchantId, cartId))?.rejected_webhooks).toBe(5);
});

test("an older holder never moves a cursor back", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const move = (cursor: string, fence: number) =>
    commit(db, [moveCursor(merchantId, cartId, "order-download", cursor, fence)]);
  await move("a", 3);
  await move("late", 2);
  expect((await readJob(db, merchantId, cartId, "order-download"))?.cursor).toBe("a");
  await move("b", 3);
  expect(await readJob(db, merchantId, cartId, "order-download")).toMatchObject({
    cursor: "b",
    fence: 3,
  });
});

test("each job is due exactly in its slot, and no job that is off or rests", async () => {
  const deps = testDeps();
  const { merchantId, cartId, wmsId } = await mintMerchant(deps);
  const { slot } = (await readJob(db, merchantId, wmsId, "shipment-pickup")) ?? { slot: -1 };
  expect(slot).toBe(slotOf(15, slot));
  const tick = tickOf(deps.clock.now());
  const due: string[] = [];
  for (let at = tick; at < tick + 3; at += 1) {
    for (const { job } of await dueJobs(db, dueSlots(at - 1, at))) due.push(job);
  }
  expect(due.toSorted()).toEqual([
    "order-download",
    "order-download",
    "order-download",
    "shipment-pickup",
  ]);
  const seen = (await readConnection(db, merchantId, wmsId))?.updated_at ?? 0;
  await commit(db, [updateJob(merchantId, wmsId, seen, "shipment-pickup", { enabled: false })]);
  await commit(db, setPaused(merchantId, cartId, true, deps.clock.now()));
  expect(await dueJobs(db, dueSlots(tick - 300, tick))).toEqual([]);
  expect(await dueJobs(db, [])).toEqual([]);
});

test("what is due is found by its index: as many rows read with 10,000 jobs beside it as with 100", async () => {
  const fill = (from: number, to: number) =>
    db
      .prepare(
        `INSERT INTO jobs (merchant_id, connection_id, job, enabled, interval_minutes, slot)
         WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
         SELECT 'mer_' || i, 'con_' || i, 'order-download', 1, 1440, i % 250 FROM n`,
      )
      .bind(from, to)
      .run();
  const rowsRead = async () => {
    let read = 0;
    const counted = new Proxy(db, {
      get: (target, name) =>
        name !== "prepare"
          ? Reflect.get(target, name)
          : (text: string) => ({
              bind: (...params: unknown[]) => ({
                all: async () => {
                  const result = await target
                    .prepare(text)
                    .bind(...params)
                    .all();
                  read += result.meta.rows_read;
                  return result;
                },
              }),
            }),
    });
    const due = await dueJobs(counted, [{ interval: 1440, slot: 260 }]);
    return { read, due: due.length };
  };
  await fill(0, 100);
  await db
    .prepare(
      "INSERT INTO jobs (merchant_id, connection_id, job, enabled, interval_minutes, slot) VALUES ('mer_x', 'con_x', 'order-download', 1, 1440, 260)",
    )
    .run();
  const small = await rowsRead();
  await fill(100, 10_000);
  const large = await rowsRead();
  expect(small.due).toBe(1);
  expect(small.read).toBeGreaterThan(0);
  expect(large).toEqual(small);
});
