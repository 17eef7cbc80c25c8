import { expect, test } from "vitest";
import { listJobs } from "../../../src/store/jobs.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { mintMerchant, testDeps } from "../deps.ts";

test("a change that comes too late changes nothing, neither the connection nor its jobs", async () => {
  const deps = testDeps();
  const { merchantId, cartId } = await mintMerchant(deps);
  const db = await deps.databases.of(merchantId);
  const before = await listJobs(db, merchantId, cartId);
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
      jobs: { "order-download": { on: false, interval_minutes: 60 } },
    }),
  ).rejects.toMatchObject({ code: "conflict" });
  expect(await listJobs(db, merchantId, cartId)).toEqual(before);

  await changeConnection(deps, merchantId, cartId, { jobs: { "order-download": { on: false } } });
  const [download] = await listJobs(db, merchantId, cartId);
  expect(download).toMatchObject({ job: "order-download", enabled: false });
});
