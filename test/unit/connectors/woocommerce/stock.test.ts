import { describe, expect, test } from "vitest";
import { woocommerce } from "../../../../src/connectors/carts/woocommerce/index.ts";
import type { CartLevel } from "../../../../src/connectors/contract.ts";
import { createShop } from "./shop.ts";

interface Product {
  id: number;
  sku: string;
  /** The product that it is a variation of. */
  of?: number;
  /** What the shop answers of it when it is changed. */
  says?: object;
}

/** A shop with these products; answers what it was asked and what became of the levels. */
async function set(products: readonly Product[], levels: readonly CartLevel[]) {
  const shop = createShop();
  const asked: { skus: string[]; page: string | null }[] = [];
  const batches: { path: string; ids: unknown[] }[] = [];
  shop.state.instead = (method, path) => {
    const { query, body } = shop.state.asked.at(-1) ?? {};
    if (method === "GET") {
      const sku = query?.get("sku") ?? "";
      asked.push({ skus: sku.split(","), page: query?.get("page") ?? null });
      const wanted = new Set([...sku.split(","), sku].map((one) => one.toLowerCase()));
      const found = products.filter((one) => wanted.has(one.sku.toLowerCase()));
      const page = Number(query?.get("page"));
      return Response.json(
        found.slice((page - 1) * 100, page * 100).map((one) => ({
          id: one.id,
          sku: one.sku,
          type: one.of === undefined ? "simple" : "variation",
          // A product may have a parent too: one of a group.
          parent_id: one.of ?? 5,
        })),
      );
    }
    const rows = (body?.["update"] ?? []) as { id: number }[];
    batches.push({ path, ids: rows.map(({ id }) => id) });
    return Response.json({
      update: rows.map((row) => ({ ...row, ...products.find(({ id }) => id === row.id)?.says })),
    });
  };
  const outcomes = await woocommerce.stock?.set(shop.call(), levels);
  return { outcomes, asked, batches };
}

const level = (sku: string, quantity = 4): CartLevel => ({ sku, quantity });
const done = { kind: "set" };

describe("setting levels in the shop", () => {
  test("products go in one batch, variations in one for each product they belong to", async () => {
    const { outcomes, batches } = await set(
      [
        { id: 1, sku: "A" },
        { id: 2, sku: "B", of: 20 },
        { id: 3, sku: "C", of: 30 },
        { id: 4, sku: "D", of: 20 },
        { id: 5, sku: "E" },
      ],
      ["A", "B", "C", "D", "E"].map((sku) => level(sku)),
    );
    expect(outcomes).toEqual([done, done, done, done, done]);
    expect(batches).toEqual([
      { path: "/products/batch", ids: [1, 5] },
      { path: "/products/20/variations/batch", ids: [2, 4] },
      { path: "/products/30/variations/batch", ids: [3] },
    ]);
  });

  test("a SKU of no product and one of several are refused, and nothing is written", async () => {
    const twins = [
      { id: 1, sku: "TWIN" },
      { id: 2, sku: "twin", of: 9 },
    ];
    const { outcomes, batches } = await set(twins, [level("Twin"), level("NONE")]);
    expect(outcomes).toEqual([
      { kind: "refused", message: "The shop has several products with this SKU." },
      { kind: "refused", message: "The shop has no product with this SKU." },
    ]);
    expect(batches).toEqual([]);
  });

  test("a SKU counts whatever its case, and one with a comma is asked by itself", async () => {
    const products = [
      { id: 1, sku: "Mug" },
      { id: 2, sku: "RED,L" },
      { id: 3, sku: "RED" },
    ];
    const { outcomes, asked } = await set(products, [level("MUG"), level("RED,L"), level("RED")]);
    expect(outcomes).toEqual([done, done, done]);
    expect(asked.map(({ skus }) => skus)).toEqual([
      ["MUG", "RED"],
      ["RED", "L"],
    ]);
  });

  test("a blank SKU is never asked for, as the shop would list all that it has", async () => {
    const { outcomes, asked } = await set([{ id: 1, sku: "" }], [level(" ")]);
    expect(outcomes).toMatchObject([{ kind: "refused" }]);
    expect(asked).toEqual([]);
  });

  test("long SKUs are asked for in several questions, and none is left out", async () => {
    const products = Array.from({ length: 100 }, (_, at) => ({
      id: at + 1,
      sku: `Ü${at}`.padEnd(200, "x"),
    }));
    const { outcomes, asked } = await set(
      products,
      products.map(({ sku }) => level(sku)),
    );
    expect(outcomes).toEqual(products.map(() => done));
    expect(asked.flatMap(({ skus }) => skus)).toEqual(products.map(({ sku }) => sku));
    for (const { skus } of asked)
      expect(encodeURIComponent(skus.join(",")).length).toBeLessThan(2_001);
  });

  test("products beyond the first page of an answer are read too", async () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ id: at + 1, sku: "TWIN" }));
    const { outcomes, asked } = await set(
      [...many, { id: 900, sku: "LAST" }],
      [level("TWIN"), level("LAST")],
    );
    expect(outcomes).toMatchObject([{ kind: "refused" }, done]);
    expect(asked.map(({ page }) => page)).toEqual(["1", "2"]);
  });

  test("a row that fails is refused in the shop's words, the rows beside it are set", async () => {
    const error = { code: "woocommerce_rest_product_invalid_id", message: "Invalid ID." };
    const { outcomes } = await set(
      [
        { id: 1, sku: "A" },
        { id: 2, sku: "B", says: { error } },
        { id: 3, sku: "C", says: { error: { code: "mute" } } },
      ],
      [level("A"), level("B"), level("C")],
    );
    expect(outcomes).toEqual([
      done,
      { kind: "refused", message: "Invalid ID." },
      { kind: "refused", message: "The shop refused it (mute)." },
    ]);
  });

  test.each([
    ["manages no stock", { manage_stock: false, stock_quantity: null }],
    ["shows another level", { stock_quantity: 3 }],
    ["shows none", { stock_quantity: null }],
    ["has the variation share its product's stock", { manage_stock: "parent" }],
  ])("a shop that answers well and %s has refused it", async (_, says) => {
    for (const quantity of [4, 0]) {
      const { outcomes } = await set([{ id: 1, sku: "A", says }], [level("A", quantity)]);
      expect(outcomes).toEqual([{ kind: "refused", message: "The shop did not keep the level." }]);
    }
  });

  test("a level that comes back as a text is the level", async () => {
    const says = { stock_quantity: "4.00" };
    expect((await set([{ id: 1, sku: "A", says }], [level("A")])).outcomes).toEqual([done]);
  });

  test("a batch that is refused whole is a refusal of each of its rows", async () => {
    const shop = createShop();
    shop.state.instead = (method) =>
      method === "GET"
        ? Response.json([{ id: 1, sku: "A", type: "simple", parent_id: 0 }])
        : Response.json({ code: "locked", message: "Stock is locked" }, { status: 400 });
    expect(await woocommerce.stock?.set(shop.call(), [level("A")])).toEqual([
      { kind: "refused", message: "Stock is locked" },
    ]);
  });

  test.each(["GET", "POST"])(
    "a key that may read orders and is refused at the %s of products is a no, any other is rejected",
    async (refusedMethod) => {
      const shop = createShop();
      const no = () =>
        Response.json(
          { code: "woocommerce_rest_cannot_batch", message: "You are not allowed to batch this" },
          { status: 403 },
        );
      let mayReadOrders = true;
      shop.state.instead = (method, path) => {
        if (path === "/orders") return mayReadOrders ? Response.json([]) : no();
        return method === refusedMethod
          ? no()
          : Response.json([{ id: 1, sku: "A", type: "simple", parent_id: 0 }]);
      };
      expect(await woocommerce.stock?.set(shop.call(), [level("A")])).toEqual([
        { kind: "refused", message: expect.stringContaining("not allowed to batch") },
      ]);
      mayReadOrders = false;
      await expect(woocommerce.stock?.set(shop.call(), [level("A")])).rejects.toMatchObject({
        kind: "unauthorized",
      });
    },
  );

  test.each([
    ["a page", () => new Response("<html>Hello</html>", { status: 404 })],
    ["an answer without the row", () => Response.json({ update: [] })],
    ["an answer of another shape", () => Response.json({ rows: [] })],
  ])("%s in the place of a batch's answer is a bad response", async (_, answer) => {
    const shop = createShop();
    shop.state.instead = (method) =>
      method === "GET"
        ? Response.json([{ id: 1, sku: "A", type: "simple", parent_id: 0 }])
        : answer();
    await expect(woocommerce.stock?.set(shop.call(), [level("A")])).rejects.toMatchObject({
      kind: "bad_response",
    });
  });

  test("a shop that lists whatever it has is not asked for ever", async () => {
    const shop = createShop();
    const all = Array.from({ length: 100 }, (_, at) => ({ id: at, sku: "X", type: "simple" }));
    shop.state.instead = () => Response.json(all);
    await expect(woocommerce.stock?.set(shop.call(), [level("A")])).rejects.toMatchObject({
      kind: "bad_response",
    });
    expect(shop.state.asked).toHaveLength(10);
  });
});
