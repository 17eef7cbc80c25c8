import { expect, test } from "vitest";
import { showConnections } from "../../src/sync/describe-connection.ts";
import { mintMerchant, testDeps } from "./deps.ts";

test("each minted merchant has a world of its own, healthy and switched on", async () => {
  const deps = testDeps();
  const one = await mintMerchant(deps);
  const other = await mintMerchant(testDeps(), { delivery: false });
  expect(new Set([one.merchantId, other.merchantId]).size).toBe(2);
  const [wms, cart] = await showConnections(deps, one.merchantId);
  expect(wms).toMatchObject({ id: one.wmsId, side: "wms", health: "healthy" });
  expect(cart).toMatchObject({ id: one.cartId, health: "healthy", policy: { delivery: true } });
  expect(cart?.secrets_set).toEqual(["consumer_key", "consumer_secret", "webhook_secret"]);
  const [, off] = await showConnections(deps, other.merchantId);
  expect(off?.policy["delivery"]).toBe(false);
});
