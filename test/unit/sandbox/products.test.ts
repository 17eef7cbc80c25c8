import { expect, test } from "vitest";
import { open } from "./open.ts";

async function shelf() {
  const sandbox = open();
  const make = async (product: object) =>
    (await sandbox.control("POST", "products", product)).json.products[0].id as number;
  const stockOf = async () => {
    const { shop } = (await sandbox.control("GET", "state")).json;
    return Object.fromEntries(
      shop.products.map(({ sku, stock }: { sku: string; stock: number | null }) => [sku, stock]),
    );
  };
  const batch = async (path: string, ...ids: number[]) => {
    const update = ids.map((id) => ({ id, manage_stock: true, stock_quantity: 3 }));
    const { json } = await sandbox.shop("POST", `products/${path}`, { update });
    return json.update.map(
      (row: { error?: { message: string }; stock_quantity: unknown }) =>
        row.error?.message ?? row.stock_quantity,
    );
  };
  return { ...sandbox, make, stockOf, batch };
}

test("a variation is listed by its SKU alone, with the product it belongs to", async () => {
  const { make, shop } = await shelf();
  const parent = await make({ sku: "SHIRT" });
  const id = await make({ sku: "SHIRT-L", variation_of: "SHIRT" });
  const found = await shop("GET", "products?sku=shirt-l,NONE");
  expect(found.json).toMatchObject([{ id, type: "variation", parent_id: parent }]);
  const all = (await shop("GET", "products?per_page=100")).json;
  expect(all.map((one: { id: number }) => one.id)).not.toContain(id);
});

test("a SKU with a comma is found by itself", async () => {
  const { make, shop } = await shelf();
  const id = await make({ sku: "RED,L" });
  expect((await shop("GET", "products?sku=RED,L")).json).toMatchObject([{ id }]);
});

test("a variation is changed below its product and nowhere else", async () => {
  const { make, batch, stockOf } = await shelf();
  const parent = await make({ sku: "SHIRT" });
  const other = await make({ sku: "CAP" });
  const id = await make({ sku: "SHIRT-L", variation_of: "SHIRT" });
  expect(await batch("batch", id, other)).toEqual([expect.stringContaining("variations"), 3]);
  expect(await batch(`${other}/variations/batch`, id)).toEqual(["Invalid ID."]);
  expect(await stockOf()).toMatchObject({ "SHIRT-L": null, CAP: 3 });
  expect(await batch(`${parent}/variations/batch`, id)).toEqual([3]);
  expect(await stockOf()).toMatchObject({ "SHIRT-L": 3, SHIRT: null });
});

test("a product refuses changes in its words until it is told not to, and one without stock keeps none", async () => {
  const { make, batch, control, shop, stockOf } = await shelf();
  const mug = await make({ sku: "CUP" });
  const guide = await make({ sku: "GUIDE", external: true });
  await control("PATCH", "products", { sku: "CUP", refuses: "Locked" });
  expect(await batch("batch", mug, guide)).toEqual(["Locked", null]);
  expect((await shop("PUT", `products/${mug}`, { stock_quantity: 1 })).status).toBe(400);
  expect(await stockOf()).toMatchObject({ CUP: null, GUIDE: null });
  await control("PATCH", "products", { sku: "CUP", refuses: null });
  expect(await batch("batch", mug)).toEqual([3]);
});

test.each([
  ["POST", { name: "No SKU" }, 400],
  ["POST", { sku: "X", variation_of: "NONE" }, 404],
  ["PATCH", { sku: "NONE", refuses: "No" }, 404],
  ["PATCH", { sku: "DEMO-MUG" }, 400],
])("%s products %j is %i", async (method, body, status) => {
  const { control } = open();
  expect((await control(method, "products", body)).status).toBe(status);
});
