import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { rewrapDataKeys } from "../../src/accounts/rewrap-data-keys.ts";
import { runScheduled } from "../../src/jobs/scheduled.ts";
import { createSealer, parseSealKeys } from "../../src/platform/sealing.ts";
import { readConnection } from "../../src/store/connections.ts";
import { openCart } from "../../src/sync/open-connection.ts";
import { mintMerchant } from "./deps.ts";
import { makeWorld } from "./world.ts";

const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString("base64")}`;

test("a new first key of SEAL_KEYS takes over by itself, and the old one can go", async () => {
  const { deps, merchant } = await makeWorld();
  const { merchantId, cartId } = merchant;
  const db = await deps.databases.of(merchantId);
  const before = await readConnection(db, merchantId, cartId);

  deps.sealer = createSealer(parseSealKeys(`${key("k2", 9)},${key("k1", 7)}`));
  expect((await openCart(deps, merchantId, cartId)).webhookKeys).toEqual(["demo-webhook-secret"]);
  await runScheduled({ cron: "20 3 * * *", scheduledTime: deps.clock.now() }, deps);

  deps.sealer = createSealer(parseSealKeys(key("k2", 9)));
  expect((await openCart(deps, merchantId, cartId)).webhookKeys).toEqual(["demo-webhook-secret"]);
  expect((await readConnection(db, merchantId, cartId))?.secrets).toBe(before?.secrets);

  deps.sealer = createSealer(parseSealKeys(key("k1", 7)));
  await expect(openCart(deps, merchantId, cartId)).rejects.toThrow("SEAL_KEYS");
});

test("a data key that does not open is logged, and the others are wrapped anew all the same", async () => {
  const { deps, merchant } = await makeWorld();
  const broken = await mintMerchant(deps);
  const others = [merchant, await mintMerchant(deps)];
  await env.DB.prepare("UPDATE merchants SET data_key = 'k1.broken' WHERE id = ?1")
    .bind(broken.merchantId)
    .run();
  deps.sealer = createSealer(parseSealKeys(`${key("k2", 9)},${key("k1", 7)}`));
  deps.lines.length = 0;
  await runScheduled({ cron: "20 3 * * *", scheduledTime: deps.clock.now() }, deps);

  const failed = deps.lines.filter((line) => line.includes('"event":"rewrap_failed"'));
  expect(failed).toHaveLength(1);
  expect(failed[0]).toContain(broken.merchantId);
  expect(deps.lines.find((line) => line.includes('"event":"rewrap"'))).toContain(
    '"rewrapped":2,"failed":1',
  );
  deps.sealer = createSealer(parseSealKeys(key("k2", 9)));
  for (const { merchantId, cartId } of others)
    expect((await openCart(deps, merchantId, cartId)).webhookKeys).toHaveLength(1);
});

test("a wrapping that dies half-way leaves every data key open for whoever knows both keys, and goes on", async () => {
  const { deps, merchant } = await makeWorld();
  const all = [merchant, await mintMerchant(deps), await mintMerchant(deps)];
  const opened = async () => {
    for (const { merchantId, cartId } of all)
      expect((await openCart(deps, merchantId, cartId)).webhookKeys).toHaveLength(1);
  };
  const wrapped = async () =>
    (
      await env.DB.prepare(
        `SELECT count(*) AS n FROM merchants WHERE data_key LIKE 'w1.k2.%' AND id IN (?1, ?2, ?3)`,
      )
        .bind(...all.map(({ merchantId }) => merchantId))
        .first<{ n: number }>()
    )?.n;
  const { directory } = deps.databases;
  deps.sealer = createSealer(parseSealKeys(`${key("k2", 9)},${key("k1", 7)}`));
  let left = 1;
  const dying = new Proxy(directory, {
    get: (target, name) => {
      if (name === "batch" && (left -= 1) < 0) throw new Error("gone");
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  deps.databases = { ...deps.databases, directory: dying };
  while ((await wrapped()) !== 1) {
    left = 1;
    await expect(rewrapDataKeys(deps, 1)).rejects.toThrow("gone");
  }
  deps.databases = { ...deps.databases, directory };
  await opened();
  deps.sealer = createSealer(parseSealKeys(`${key("k1", 7)},${key("k2", 9)}`));
  await opened();

  deps.sealer = createSealer(parseSealKeys(`${key("k2", 9)},${key("k1", 7)}`));
  await rewrapDataKeys(deps);
  expect(await wrapped()).toBe(3);
  deps.sealer = createSealer(parseSealKeys(key("k2", 9)));
  await opened();
});
