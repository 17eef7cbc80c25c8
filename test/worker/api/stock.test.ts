import { expect, test } from "vitest";
import { makeWorld, type World } from "../world.ts";
import { openAlerts, secondShop, stored } from "../sync/between-steps.ts";
import { mintMerchant } from "../deps.ts";
import { call, client } from "./client.ts";

const level = (sku: string, quantity: unknown = 3) => ({ sku, quantity });
const body = (world: World, ...items: object[]) => ({ cart_id: world.merchant.cartId, items });
const put = (world: World, sent: unknown, key = world.merchant.keys.merchant) =>
  client(world.deps, key)("PUT", "/api/stock", sent);
const stockOf = (world: World, sku: string) =>
  world.view().shop.products.find((one) => one.sku === sku)?.stock;

test("PUT /api/stock answers what became of each level, in the order in which they were given", async () => {
  const world = await makeWorld();
  const sent = body(world, level("DEMO-MUG"), level(" NONE "), level("DEMO-BAG", 0));
  const { status, body: said } = await put(world, sent);
  expect(status).toBe(200);
  const fine = { result: "set", message: null, alert_id: null };
  expect(said).toEqual({
    set: 2,
    refused: 1,
    filtered: 0,
    items: [
      { sku: "DEMO-MUG", quantity: 3, ...fine },
      {
        sku: "NONE",
        quantity: 3,
        result: "refused",
        message: "The shop has no product with this SKU.",
        alert_id: expect.stringMatching(/^alr_/),
      },
      { sku: "DEMO-BAG", quantity: 0, ...fine },
    ],
  });
  expect(said.items[1].alert_id).toBe((await openAlerts(world))[0]?.id);
});

test.each([
  ["a negative level", [level("DEMO-MUG", -1)], "items.0.quantity"],
  ["half a piece", [level("DEMO-MUG", 1.5)], "items.0.quantity"],
  ["a number as text", [level("DEMO-MUG", "3")], "items.0.quantity"],
  ["more than a shop can keep", [level("DEMO-MUG", 1e12)], "items.0.quantity"],
  ["a blank SKU", [level(" ")], "items.0.sku"],
  ["a SKU twice", [level("DEMO-MUG"), level("X"), level(" demo-mug")], "items.2.sku"],
  ["no level", [], "items"],
  ["more than a hundred", Array.from({ length: 101 }, (_, at) => level(`S-${at}`)), "items"],
  ["a field that is not known", [{ ...level("DEMO-MUG"), warehouse: "main" }], "items.0.warehouse"],
])("%s is refused, names its place and sets nothing", async (_, items, path) => {
  const world = await makeWorld();
  const { status, body: said } = await put(world, body(world, ...items));
  expect([status, said.error.fields[0].path]).toEqual([422, path]);
  expect(stockOf(world, "DEMO-MUG")).toBe(100);
});

test("a SKU that stands twice is named", async () => {
  const world = await makeWorld();
  const { body: said } = await put(world, body(world, level("Demo-Mug"), level("DEMO-MUG")));
  expect(said.error.fields[0].message).toContain("DEMO-MUG stands twice");
});

test("another merchant's cart is 404, for its key and for an account's", async () => {
  const world = await makeWorld();
  const other = await mintMerchant(world.deps);
  for (const key of [other.keys.merchant, other.keys.warehouse]) {
    const { status, body: said } = await put(world, body(world, level("DEMO-MUG")), key);
    expect([status, said.error.code]).toEqual([404, "not_found"]);
  }
  expect(stockOf(world, "DEMO-MUG")).toBe(100);
  expect(await stored("SELECT 1 FROM audit WHERE act = 'stock_set'")).toEqual([]);
  expect(await stored("SELECT 1 FROM alerts WHERE kind = 'stock'")).toEqual([]);
});

test("a cart's key sets levels of its own cart and of no other, and only with write access", async () => {
  const world = await makeWorld();
  await secondShop(world);
  const { merchantId, cartId, keys } = world.merchant;
  const [other] = await stored(
    `SELECT id FROM connections WHERE merchant_id = '${merchantId}' AND name = 'Second shop'`,
  );
  const keyOf = async (connection_id: unknown, access: string) =>
    (
      await call(world.deps, "POST", "/api/keys", {
        key: keys.merchant,
        body: { name: "Test", level: "cart", access, connection_id },
      })
    ).json.key;
  const sent = body(world, level("DEMO-MUG"));
  const refusals = [
    [await keyOf(other?.["id"], "write"), 404],
    [await keyOf(cartId, "read"), 403],
  ] as const;
  for (const [key, status] of refusals) expect((await put(world, sent, key)).status).toBe(status);
  expect(stockOf(world, "DEMO-MUG")).toBe(100);
  expect((await put(world, sent, await keyOf(cartId, "write"))).status).toBe(200);
  expect(stockOf(world, "DEMO-MUG")).toBe(3);
});

test("a shop that gives no answer is 503 with its words, and says that the same again does no harm", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "shop", kind: "http500", message: "Out of memory" });
  const { status, body: said } = await put(world, body(world, level("DEMO-MUG")));
  expect([status, said.error.code]).toEqual([503, "unavailable"]);
  expect(said.error.message).toContain("Out of memory");
  expect(said.error.message).toContain("no harm");
});

test("the audit names the first fifty SKUs and counts all", async () => {
  const world = await makeWorld();
  const items = Array.from({ length: 100 }, (_, at) => level(`S-${at}`));
  expect((await put(world, body(world, ...items))).body).toMatchObject({ refused: 100 });
  const { body: said } = await client(world.deps, world.merchant.keys.merchant)(
    "GET",
    "/api/audit",
  );
  const entry = said.items.find(({ act }: { act: string }) => act === "stock_set");
  expect(entry).toMatchObject({ subject: world.merchant.cartId, after: { set: 0, refused: 100 } });
  expect(entry.after.skus).toEqual(items.slice(0, 50).map(({ sku }) => sku));
});
