import { expect, test } from "vitest";
import type { KeyPair } from "../../../src/accounts/new-key.ts";
import { api } from "../../../src/api/app.ts";
import { stableId } from "../../../src/platform/ids.ts";
import { insertContact } from "../../../src/store/contacts.ts";
import { insertMail } from "../../../src/store/mails.ts";
import { keepDeadLetter } from "../../../src/sync/keep-dead-letters.ts";
import { insertOrders } from "../../../src/store/orders.ts";
import { commit } from "../../../src/store/statement.ts";
import { cartWanted, mintMerchant, testDeps, type Minted, type TestDeps } from "../deps.ts";
import { basic, call } from "./client.ts";
import { newOrder } from "./orders.ts";
import { healthyVendors } from "./vendors.ts";

/** Every route of the API, as it is registered: a new one is in these tests by itself. */
const registered = api.routes
  .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/"))
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }));
const routes = [...new Map(registered.map((route) => [route.name, route])).values()];
const behindKeys = routes.filter(({ path }) => path !== "/api/setup");
const writing = behindKeys.filter(({ method }) => method !== "GET");
const ofMerchant = behindKeys.filter(({ path }) =>
  /^\/api\/(connections|orders|imports|carts|skipped-orders|ship-methods|carriers|audit|contacts|outbox|retention|products|alias|stock)/.test(
    path,
  ),
);
const ofRecord = behindKeys.filter(({ path }) => path.includes(":"));

/** A body that the route would take. */
const bodyFor = (method: string, path: string): unknown => {
  if (method === "GET" || method === "DELETE") return undefined;
  if (path === "/api/merchants") return { name: "Another" };
  if (path === "/api/keys") return { name: "Another", level: "merchant", access: "read" };
  if (path === "/api/connections") return cartWanted;
  if (path === "/api/contacts") return { email: "new@example.com" };
  if (path === "/api/retention") return { days: 30 };
  if (path.endsWith("/settings")) return { delivery: false };
  if (path.endsWith("/filters")) return { filters: [] };
  if (path.endsWith("/item-filters")) return { mode: "off", level: "line", skus: [] };
  if (path.endsWith("/item-filters.csv")) return "sku\nMUG\n";
  if (path.endsWith("/preview")) return {};
  if (path.endsWith("/repull")) return { number: "1001" };
  if (path.endsWith("/recheck")) return { number: "1001" };
  if (path.endsWith("/secrets")) return { secrets: { consumer_secret: "cs_new" } };
  if (path === "/api/aliases") return { code: "9", name: "UPC", sku: "TEA-1" };
  if (path === "/api/alias-duplicates") return { code: "9", sku: "TEA-1" };
  if (path === "/api/products/load") return { wms_id: "con_1" };
  if (path === "/api/stock") return { cart_id: "con_1", items: [{ sku: "TEA-1", quantity: 1 }] };
  if (path === "/api/products") return { items: [{ sku: "TEA-1" }] };
  return { name: "Taken over" };
};

const CONTACT = "cnt_mine";
const MAIL = "mal_mine";

const idIn = (path: string, owner: Minted, orderId: string): string => {
  if (path.startsWith("/api/orders")) return orderId;
  if (path.startsWith("/api/contacts")) return CONTACT;
  if (path.startsWith("/api/dead-letters")) return letterOf(owner);
  return path.startsWith("/api/outbox") ? MAIL : owner.cartId;
};

async function world() {
  const deps = testDeps({ http: healthyVendors() });
  const mine = await mintMerchant(deps);
  const orderId = stableId("ord", mine.cartId, "1");
  await commit(await deps.databases.of(mine.merchantId), [
    insertOrders(mine.merchantId, [newOrder(orderId, mine.cartId, "CANARY-1001")]),
  ]);
  const db = await deps.databases.of(mine.merchantId);
  const owner = { owner_id: mine.merchantId, created_at: deps.clock.now() };
  await commit(db, [
    insertContact({
      ...owner,
      id: CONTACT,
      email: "canary@example.com",
      name: "CANARY",
      frequency: "hourly",
      kinds: {},
      active: true,
      off_reason: null,
      off_key: "CANARY",
    }),
    insertMail({
      ...owner,
      id: MAIL,
      contact_id: CONTACT,
      to: "canary@example.com",
      subject: "CANARY",
      text: "CANARY",
      html: "CANARY",
      off_url: "https://dray.test/CANARY",
      tells: [],
    }),
  ]);
  await keepDeadLetter(deps, "dray-jobs", { merchant_id: mine.merchantId, reference: "CANARY" });
  return { deps, mine, orderId };
}

/** The one that `world` made. */
const letterOf = ({ merchantId }: Minted): string =>
  stableId("dlt", "dray-jobs", JSON.stringify({ merchant_id: merchantId, reference: "CANARY" }));

const pathFor = (path: string, owner: Minted, orderId: string): string =>
  path
    .replace(":id", idIn(path, owner, orderId))
    .replace(":job", "order-download")
    .replace(":sku", "TEA-1")
    .replace(":code", "9")
    .replace(":user", owner.keys.merchant.user);

async function keyOf(deps: TestDeps, by: KeyPair, wanted: object): Promise<KeyPair> {
  const made = await call(deps, "POST", "/api/keys", {
    key: by,
    body: { name: "Test", ...wanted },
  });
  expect(made.status).toBe(201);
  return made.json.key;
}

test("the routes under test are the routes there are", () => {
  expect(behindKeys.length).toBeGreaterThan(15);
  expect(writing.length).toBeGreaterThan(8);
  expect(routes.length).toBe(behindKeys.length + 1);
});

test.each(behindKeys)("$name without a key is 401 and asks for Basic", async ({ method, path }) => {
  const { deps, mine, orderId } = await world();
  const target = pathFor(path, mine, orderId);
  const refused = await call(deps, method, target, { body: bodyFor(method, path) });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toContain("Basic");
  expect(refused.text).not.toContain("CANARY");
});

test.each(writing)("$name with a key that may only read is 403", async ({ method, path }) => {
  const { deps, mine, orderId } = await world();
  for (const level of ["merchant", "warehouse"]) {
    const key = await keyOf(deps, mine.keys.warehouse, { level, access: "read" });
    const target = pathFor(path, mine, orderId);
    const refused = await call(deps, method, target, { key, body: bodyFor(method, path) });
    expect([refused.status, refused.json.error.code]).toEqual([403, "forbidden"]);
  }
});

test.each(ofRecord)(
  "$name of another merchant is 404 and changes nothing",
  async ({ method, path }) => {
    const { deps, mine, orderId } = await world();
    const other = await mintMerchant(deps);
    const before = await call(deps, "GET", `/api/connections/${mine.cartId}`, {
      key: mine.keys.merchant,
    });
    deps.calls.length = 0;
    for (const key of [other.keys.merchant, other.keys.warehouse]) {
      const target = pathFor(path, mine, orderId);
      const refused = await call(deps, method, target, { key, body: bodyFor(method, path) });
      const isBelow = path.startsWith("/api/dead-letters") && key === other.keys.merchant;
      expect([refused.status, refused.json.error.code]).toEqual(
        isBelow ? [403, "forbidden"] : [404, "not_found"],
      );
      expect(refused.text).not.toContain("CANARY");
    }
    expect(deps.calls).toEqual([]);
    expect(deps.queues.jobs.sent).toEqual([]);
    const after = await call(deps, "GET", `/api/connections/${mine.cartId}`, {
      key: mine.keys.merchant,
    });
    expect(after.status).toBe(200);
    expect(after.json).toEqual(before.json);
  },
);

test.each(ofMerchant)("$name with another merchant named is 404", async ({ method, path }) => {
  const { deps, mine, orderId } = await world();
  const other = await mintMerchant(deps);
  const target = pathFor(path, mine, orderId);
  for (const key of [other.keys.merchant, other.keys.warehouse]) {
    const body = bodyFor(method, path);
    const headers = { "x-dray-merchant": mine.merchantId };
    const byHeader = await call(deps, method, target, { key, headers, body });
    const byQuery = await call(deps, method, `${target}?merchant=${mine.merchantId}`, {
      key,
      body,
    });
    expect([byHeader.status, byQuery.status]).toEqual([404, 404]);
    expect(byHeader.text + byQuery.text).not.toContain("CANARY");
  }
});

test("lists hold what is one's own and nothing else", async () => {
  const { deps, mine } = await world();
  const other = await mintMerchant(deps);
  for (const path of [
    "/api/orders",
    "/api/connections",
    "/api/keys",
    "/api/merchants",
    "/api/audit",
    "/api/contacts",
    "/api/outbox",
    "/api/dead-letters",
  ]) {
    const theirs = await call(deps, "GET", path, { key: other.keys.warehouse });
    expect(theirs.status).toBe(200);
    for (const secret of ["CANARY", mine.cartId, mine.merchantId, mine.keys.merchant.user]) {
      expect(theirs.text).not.toContain(secret);
    }
    const own = await call(deps, "GET", path, { key: mine.keys.warehouse });
    expect(own.json.items.length).toBeGreaterThan(0);
  }
});

test("an unknown user, a wrong key, a revoked key and no pair at all look alike", async () => {
  const { deps, mine } = await world();
  const gone = await keyOf(deps, mine.keys.warehouse, { level: "merchant", access: "write" });
  expect(
    (await call(deps, "DELETE", `/api/keys/${gone.user}`, { key: mine.keys.warehouse })).status,
  ).toBe(204);
  const wrong: KeyPair[] = [
    { user: "merchant_nobody", key: mine.keys.merchant.key },
    { user: mine.keys.merchant.user, key: "wrong" },
    { user: mine.keys.merchant.user, key: mine.keys.warehouse.key },
    gone,
  ];
  const texts = new Set<string>();
  for (const key of wrong) {
    const refused = await call(deps, "GET", "/api/orders", { key });
    expect(refused.status).toBe(401);
    texts.add(JSON.stringify(refused.json.error));
  }
  expect(texts.size).toBe(1);
  for (const authorization of ["Basic", "Basic !!", `Basic ${btoa("nocolon")}`, "Bearer x"]) {
    const refused = await call(deps, "GET", "/api/orders", { headers: { authorization } });
    expect(refused.status).toBe(401);
  }
});

test("a cart's key reads the orders of its cart, and nothing that belongs to the merchant", async () => {
  const { deps, mine, orderId } = await world();
  const second = await call(deps, "POST", "/api/connections", {
    key: mine.keys.merchant,
    body: { ...cartWanted, name: "Second shop", key: true },
  });
  const own = await keyOf(deps, mine.keys.merchant, {
    level: "cart",
    access: "write",
    connection_id: mine.cartId,
  });
  const foreign: KeyPair = second.json.key;
  expect((await call(deps, "GET", "/api/orders", { key: own })).json.items).toHaveLength(1);
  expect((await call(deps, "GET", `/api/orders/${orderId}`, { key: own })).status).toBe(200);
  expect((await call(deps, "GET", "/api/orders", { key: foreign })).json.items).toEqual([]);
  expect((await call(deps, "GET", `/api/orders/${orderId}`, { key: foreign })).status).toBe(404);
  const elsewhere = await call(deps, "GET", `/api/orders?cart=${mine.cartId}`, { key: foreign });
  expect(elsewhere.status).toBe(404);
  for (const { method, path } of behindKeys.filter(({ path }) =>
    /connections|keys|carts|ship-methods|carriers|audit|recheck|contacts|outbox|dead-letters|retention|products|alias/.test(
      path,
    ),
  )) {
    const target = pathFor(path, mine, orderId);
    const refused = await call(deps, method, target, { key: own, body: bodyFor(method, path) });
    expect(refused.status, `${method} ${path}`).toBe(403);
  }
  const merchants = await call(deps, "POST", "/api/merchants", { key: own, body: { name: "X" } });
  expect(merchants.status).toBe(403);
});

test("no key makes one that reaches further than itself", async () => {
  const { deps, mine } = await world();
  const other = await mintMerchant(deps);
  const make = (body: object) =>
    call(deps, "POST", "/api/keys", {
      key: mine.keys.merchant,
      body: { name: "Reach", access: "write", ...body },
    });
  expect((await make({ level: "warehouse" })).status).toBe(403);
  expect((await make({ level: "merchant", merchant_id: other.merchantId })).status).toBe(404);
  expect((await make({ level: "cart", connection_id: other.cartId })).status).toBe(422);
  expect((await make({ level: "cart", connection_id: mine.wmsId })).status).toBe(422);
  const seen = await call(deps, "GET", "/api/keys", { key: mine.keys.merchant });
  expect(seen.text).not.toContain(mine.keys.warehouse.user);
  const ended = await call(deps, "DELETE", `/api/keys/${mine.keys.warehouse.user}`, {
    key: mine.keys.merchant,
  });
  expect(ended.status).toBe(404);
  const itself = await call(deps, "DELETE", `/api/keys/${mine.keys.merchant.user}`, {
    key: mine.keys.merchant,
  });
  expect(itself.status).toBe(409);
});

test("an account's key names the merchant once there are several", async () => {
  const { deps, mine } = await world();
  const key = mine.keys.warehouse;
  expect((await call(deps, "GET", "/api/connections", { key })).status).toBe(200);
  const made = await call(deps, "POST", "/api/merchants", { key, body: { name: "Second" } });
  const unnamed = await call(deps, "GET", "/api/connections", { key });
  expect([unnamed.status, unnamed.json.error.fields[0].path]).toEqual([422, "X-Dray-Merchant"]);
  const first = await call(deps, "GET", `/api/connections?merchant=${mine.merchantId}`, { key });
  expect(first.json.items).toHaveLength(2);
  const headers = { "x-dray-merchant": made.json.merchant.id };
  const second = await call(deps, "GET", "/api/connections", { key, headers });
  expect(second.json.items).toEqual([]);
});

test("a browser that remembers the key changes nothing for another site's page", async () => {
  const { deps, mine } = await world();
  const path = `/api/connections/${mine.cartId}/pause`;
  const authorization = basic(mine.keys.merchant);
  const elsewhere: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { origin: "https://elsewhere.test" },
  ];
  for (const from of elsewhere) {
    const refused = await call(deps, "POST", path, { headers: { authorization, ...from } });
    expect(refused.status).toBe(403);
  }
  const own = { authorization, "sec-fetch-site": "same-origin", origin: "https://dray.test" };
  expect((await call(deps, "POST", path, { headers: own })).status).toBe(200);
});
