import { expect, test } from "vitest";
import { writeItemFilter } from "../../../src/store/item-filters.ts";
import { commit } from "../../../src/store/statement.ts";
import { createMerchant } from "../../../src/accounts/merchants.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { makeWorld, run } from "../world.ts";
import { client } from "./client.ts";

const mug = { sku: "MUG", name: "Mug", aliases: { UPC: ["0123"], "Amazon SKU": ["AMZ-MUG"] } };

test("products are kept with their codes, and listed by SKU in pages", async () => {
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  const tee = { sku: "TEE", name: null, aliases: {} };
  expect(await api("PUT", "/api/products", { items: [tee, mug] })).toMatchObject({ status: 200 });
  const first = await api("GET", "/api/products?limit=1");
  expect(first.body).toEqual({ items: [mug], next: "MUG" });
  const second = await api("GET", "/api/products?limit=1&after=MUG");
  expect(second.body.items).toEqual([tee]);
  await api("DELETE", "/api/products/MUG");
  expect((await api("GET", "/api/products")).body.items).toEqual([tee]);
});

test("a code is one product's: one that another has is refused with that product's name, and nothing is stored", async () => {
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PUT", "/api/products", { items: [mug] });
  for (const aliases of [{ UPC: ["0123"] }, { EAN: ["mug"] }, { EAN: [" amz-mug "] }]) {
    const { status, body } = await api("PUT", "/api/products", {
      items: [
        { sku: "OTHER", aliases },
        { sku: "FREE", aliases: {} },
      ],
    });
    expect(status).toBe(409);
    expect(body.error.message).toContain("MUG");
  }
  const twice = [
    { sku: "A", aliases: { UPC: ["9"] } },
    { sku: "B", aliases: { UPC: ["9"] } },
  ];
  expect((await api("PUT", "/api/products", { items: twice })).status).toBe(409);
  expect((await api("GET", "/api/products")).body.items).toEqual([mug]);
});

test("an alias cannot be called as what a product itself has, and the answer says so", async () => {
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  const items = [{ sku: "MUG", aliases: { SKU: ["1"] } }];
  const { status, body } = await api("PUT", "/api/products", { items });
  expect(status).toBe(422);
  expect(body.error.fields).toEqual([
    { path: "items.0.aliases.SKU", message: expect.stringContaining("called otherwise") },
  ]);
});

test("a code may move from one product to another when both are given", async () => {
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PUT", "/api/products", { items: [mug] });
  const items = [
    { sku: "MUG", aliases: {} },
    { sku: "CUP", aliases: { UPC: ["0123"] } },
  ];
  expect((await api("PUT", "/api/products", { items })).status).toBe(200);
});

test("an item filter that names a product's SKU finds it under the cart's own code", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PUT", "/api/products", { items: [mug, { sku: "TEE" }] });
  const db = await world.deps.databases.of(merchantId);
  const filter = { mode: "deny" as const, level: "line" as const, skus: ["MUG"] };
  await commit(db, [writeItemFilter(merchantId, cartId, filter)]);
  await world.control("POST orders", { lines: [{ sku: "AMZ-MUG", quantity: 1 }] });
  await world.control("POST orders", {
    lines: [
      { sku: "AMZ-MUG", quantity: 1 },
      { sku: "TEE", quantity: 1 },
    ],
  });
  await run(world, "order-download");
  const { items } = await listOrders(world.deps, merchantId, { limit: 10 });
  expect(items).toHaveLength(1);
  const sent = JSON.stringify(world.state.warehouse_orders.all());
  expect(sent).toContain("TEE");
  expect(sent).not.toContain("AMZ-MUG");
});

test("a stranger sees none of a merchant's products, and its codes do not stand in the way", async () => {
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PUT", "/api/products", { items: [mug] });
  const { key } = await createMerchant(world.deps, world.merchant.accountId, "Neighbour");
  const neighbour = client(world.deps, key);
  expect((await neighbour("GET", "/api/products")).body.items).toEqual([]);
  expect((await neighbour("PUT", "/api/products", { items: [mug] })).status).toBe(200);
  await neighbour("DELETE", "/api/products/MUG");
  expect((await api("GET", "/api/products")).body.items).toEqual([mug]);
});
