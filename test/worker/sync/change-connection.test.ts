import { expect, test } from "vitest";
import { listAudit } from "../../../src/store/audit.ts";
import { readItemFilter } from "../../../src/store/item-filters.ts";
import { upsertSkips } from "../../../src/store/skipped-orders.ts";
import { commit } from "../../../src/store/statement.ts";
import { listTasks } from "../../../src/store/tasks.ts";
import { listJobs } from "../../../src/store/jobs.ts";
import { changeConnection, type ConnectionChange } from "../../../src/sync/change-connection.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { startTask } from "../../../src/sync/run-task.ts";
import { mintMerchant, testDeps } from "../deps.ts";
import { aroundBatches } from "./between-steps.ts";

test("a change that comes too late changes nothing: neither the connection nor its jobs, filters, audit or skips", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const db = await deps.databases.of(merchantId);
  const before = await listJobs(db, merchantId, cartId);
  const audit = () => listAudit(db, merchantId, { subject: cartId, before: null, limit: 100 });
  const audited = await audit();
  await commit(db, [
    upsertSkips(
      merchantId,
      cartId,
      [
        {
          source_id: "1",
          order_id: "ord_1",
          number: "1",
          reason: "order_status",
          checks: [],
          message: null,
          source_modified_at: 1,
        },
      ],
      1,
    ),
  ]);
  let first = true;
  const late = new Proxy(db, {
    get: (target, key) => {
      if (key === "prepare") return (text: string) => target.prepare(text);
      if (key !== "batch") return Reflect.get(target, key);
      return async (statements: D1PreparedStatement[]) => {
        if (first) {
          first = false;
          // In the very same millisecond.
          await changeConnection(deps, merchantId, cartId, { name: "Mine" });
        }
        return target.batch(statements);
      };
    },
  });
  const slow = { ...deps, databases: { ...deps.databases, of: async () => late } };
  await expect(
    changeConnection(slow, merchantId, cartId, {
      name: "Theirs",
      policy: { order_statuses: ["on-hold"] },
      item_filter: { mode: "deny", level: "line", skus: ["A"] },
      jobs: { "order-download": { on: false, interval_minutes: 60 } },
    }),
  ).rejects.toMatchObject({ code: "conflict" });
  expect(await listJobs(db, merchantId, cartId)).toEqual(before);
  expect((await audit()).map(({ act, after }) => [act, after])).toEqual([
    ["connection_changed", { name: "Mine" }],
    ...audited.map(({ act, after }) => [act, after]),
  ]);
  expect(await readItemFilter(db, merchantId, cartId)).toBeNull();
  expect(await listTasks(db, merchantId, 10)).toEqual([]);

  await changeConnection(deps, merchantId, cartId, { jobs: { "order-download": { on: false } } });
  const [download] = await listJobs(db, merchantId, cartId);
  expect(download).toMatchObject({ job: "order-download", enabled: false });
});

test("a change of the settings takes the place of the re-check that an earlier one began, and of no other task", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const other = await mintMerchant(deps);
  const db = await deps.databases.of(merchantId);
  const skip = {
    source_id: "1",
    order_id: "ord_1",
    number: "1",
    reason: "order_status",
    checks: [],
    message: null,
    source_modified_at: 1,
  } as const;
  await commit(db, [
    upsertSkips(merchantId, cartId, [skip], 1),
    upsertSkips(other.merchantId, other.cartId, [skip], 1),
  ]);
  const by = { user: "merchant_1", name: "Key" };
  const narrow = { cart_id: cartId, reason: "order_status" };
  const kept = await startTask(deps, merchantId, "recheck", narrow, by);
  const change = (merchant: typeof other, order_statuses: string[]) =>
    changeConnection(deps, merchant.merchantId, merchant.cartId, { policy: { order_statuses } });
  const mine = { ...other, merchantId, cartId };
  const theirs = await change(other, ["on-hold"]);
  const first = await change(mine, ["on-hold"]);
  const second = await change(mine, ["pending"]);
  const states = async (of: typeof other) =>
    (await listTasks(db, of.merchantId, 10)).map(({ id, state, message }) => [id, state, message]);
  expect(await states(mine)).toEqual([
    [second.recheck, "running", null],
    [first.recheck, "stopped", "A newer change of the settings took its place."],
    [kept, "running", null],
  ]);
  expect(await states(other)).toEqual([[theirs.recheck, "running", null]]);
});

test("an item filter that is made of the stored one is not stored over another that came meanwhile", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const change = (of: Deps, item_filter: ConnectionChange["item_filter"]) =>
    changeConnection(of, merchantId, cartId, { item_filter });
  await change(deps, { mode: "deny", level: "line", skus: ["A"] });
  const theirs = { mode: "allow", level: "order", skus: ["B"] } as const;
  const slow = aroundBatches(deps, async (_nth, commit) => {
    await change(deps, { ...theirs, skus: [...theirs.skus] });
    return commit();
  });
  await expect(change(slow, (stored) => ({ ...stored, skus: ["C"] }))).rejects.toMatchObject({
    code: "conflict",
  });
  expect(await readItemFilter(await deps.databases.of(merchantId), merchantId, cartId)).toEqual(
    theirs,
  );
});
