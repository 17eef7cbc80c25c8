import { expect, test } from "vitest";
import { runScheduled } from "../../src/jobs/scheduled.ts";
import { createSealer, parseSealKeys } from "../../src/platform/sealing.ts";
import { readConnection } from "../../src/store/connections.ts";
import { openCart } from "../../src/sync/open-connection.ts";
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
