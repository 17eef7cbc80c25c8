import { expect, test } from "vitest";
import type { KeyPair } from "../../../src/accounts/new-key.ts";
import { stableId } from "../../../src/platform/ids.ts";
import { alertKindNames, ruleOf } from "../../../src/domain/alerts.ts";
import { raiseAlerts } from "../../../src/store/alerts.ts";
import { insertOrders } from "../../../src/store/orders.ts";
import { commit } from "../../../src/store/statement.ts";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { web } from "../../../src/web/app.tsx";
import { mintMerchant, testDeps, type TestDeps } from "../deps.ts";
import { basic } from "./client.ts";
import { newOrder } from "./orders.ts";

const get = async (deps: TestDeps, path: string, key?: KeyPair) => {
  const headers = key ? { authorization: basic(key) } : undefined;
  const request = new Request(`https://dray.test${path}`, { headers });
  const response = await web.fetch(request, { deps, processId: "prc_test" });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

async function withOrders(count: number, name = "Test shop") {
  const deps = testDeps();
  const minted = await mintMerchant(deps, { cart: { name } });
  const numbers = Array.from({ length: count }, (_, at) => String(1001 + at));
  const orders = numbers.map((number) =>
    newOrder(stableId("ord", minted.cartId, number), minted.cartId, number),
  );
  await commit(await deps.databases.of(minted.merchantId), [
    insertOrders(minted.merchantId, orders),
  ]);
  return { deps, ...minted, orders };
}

test("without a key the pages ask for one and show nothing", async () => {
  const { deps, orders } = await withOrders(1);
  for (const path of ["/", `/orders/${orders[0]?.id}`]) {
    const page = await get(deps, path);
    expect(page.status).toBe(401);
    expect(page.headers.get("www-authenticate")).toContain("Basic");
    expect(page.text).not.toContain("1001");
  }
});

test("the orders are a table, page by page, each order once", async () => {
  const { deps, keys } = await withOrders(60);
  const first = await get(deps, "/", keys.merchant);
  expect(first.status).toBe(200);
  expect(first.text.startsWith("<!doctype html>")).toBe(true);
  const numbersOf = (text: string) =>
    [...text.matchAll(/<a href="\/orders\/[^"]+">(\d+)<\/a>/g)].map((match) => match[1]);
  expect(numbersOf(first.text)).toHaveLength(50);
  expect(first.text).toContain("Waits: delivery is off for this cart");
  expect(first.text).toContain("Test shop");
  const next = /<a href="([^"]+)" rel="next">/.exec(first.text)?.[1]?.replaceAll("&amp;", "&");
  const second = await get(deps, next ?? "", keys.merchant);
  const all = [...numbersOf(first.text), ...numbersOf(second.text)];
  expect(new Set(all).size).toBe(60);
  expect(second.text).not.toContain('rel="next"');
});

test("one order shows its timeline, and another merchant's is not found", async () => {
  const { deps, keys, orders } = await withOrders(1);
  const path = `/orders/${orders[0]?.id}`;
  const page = await get(deps, path, keys.merchant);
  expect(page.status).toBe(200);
  for (const text of ["Order 1001", "Loaded from the cart.", "2026-11-21 10:02 UTC", "TEA-1"]) {
    expect(page.text).toContain(text);
  }
  const other = await mintMerchant(deps);
  const refused = await get(deps, path, other.keys.merchant);
  expect(refused.status).toBe(404);
  expect(refused.text).not.toContain("1001");
});

test("what a vendor wrote is text on the page, never markup or a script", async () => {
  const evil = '<script>alert("x")</script>';
  const { deps, keys, merchantId, cartId } = await withOrders(0, `Shop ${evil}`);
  const order = newOrder(stableId("ord", cartId, "evil"), cartId, evil);
  const shown = {
    ...order,
    timeline: [{ at: order.created_at, event: "loaded" as const, text: evil }],
  };
  await commit(await deps.databases.of(merchantId), [insertOrders(merchantId, [shown])]);
  for (const path of ["/", `/orders/${order.id}`]) {
    const page = await get(deps, path, keys.merchant);
    expect(page.status).toBe(200);
    expect(page.text).toContain("&lt;script&gt;");
    expect(page.text).not.toContain("<script");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("script-src");
  }
});

test("the pages need nothing but one stylesheet of their own", async () => {
  const { deps, keys } = await withOrders(1);
  const page = await get(deps, "/", keys.merchant);
  expect(page.text).not.toMatch(/ style=|<style|<script|https?:\/\/|<form/);
  const style = await get(deps, "/style.css");
  expect(style.headers.get("content-type")).toContain("text/css");
});

test("the page of an order says who did what, and that it is held or cleared", async () => {
  const { deps, keys, merchantId, orders } = await withOrders(1);
  const id = orders[0]?.id ?? "";
  const by = { user: "merchant_ann", name: "Ann" };
  const until = Date.UTC(2026, 11, 1, 8);
  await actOnOrders(deps, merchantId, [id], { action: "hold", until }, by);
  const held = await get(deps, `/orders/${id}`, keys.merchant);
  expect(held.text).toContain("Waits: somebody holds it, until 2026-12-01 08:00 UTC");
  expect(held.text).toContain("By Ann (merchant_ann).");
  await actOnOrders(deps, merchantId, [id], { action: "clear" }, by);
  expect((await get(deps, `/orders/${id}`, keys.merchant)).text).toContain("Canceled, cleared");
  expect((await get(deps, "/", keys.merchant)).text).not.toContain(id);
});

test("every screen that an alert names is there, for the merchant's key, or the account's where it is Dray's own", async () => {
  const { deps, cartId, keys, orders } = await withOrders(1);
  const partsOf: Readonly<Record<string, readonly string[]>> = {
    cart_method: [cartId, "free & fast"],
    cart_code: [cartId, "a-1"],
    cart_sku: [cartId, "mug & co"],
    code: ["0123"],
    order: [orders[0]?.id ?? ""],
    shipment: [orders[0]?.id ?? "", "shp_1"],
    connection: [cartId],
    merchant: [],
    installation: ["dlt_1"],
  };
  for (const kind of alertKindNames) {
    const { subject, fix } = ruleOf(kind);
    const { path } = fix({ id: "alr_1", parts: partsOf[subject] ?? [], details: {} });
    const key = subject === "installation" ? keys.warehouse : keys.merchant;
    expect([kind, path, (await get(deps, path, key)).status]).toEqual([kind, path, 200]);
    expect((await get(deps, path)).status).toBe(401);
  }
});

test("the page of a trouble shows it first, escaped, with its words, who waits and the call that mends it", async () => {
  const { deps, merchantId, keys } = await withOrders(0);
  const raised = [
    { kind: "no_contact", parts: [], message: null, details: {}, orders: [] },
    {
      kind: "unavailable",
      parts: ["con_x"],
      message: "<b>Down</b>",
      details: { connection: "My warehouse" },
      orders: [],
    },
  ] as const;
  await commit(
    await deps.databases.of(merchantId),
    raiseAlerts(merchantId, raised, { at: deps.clock.now() }),
  );
  const page = await get(deps, "/connections/con_x", keys.merchant);
  expect(page.text).toContain("&lt;b&gt;Down&lt;/b&gt;");
  expect(page.text).toContain("POST /api/connections/con_x/check");
  expect(page.text.indexOf("My warehouse")).toBeLessThan(page.text.indexOf("What else is wrong"));
});
