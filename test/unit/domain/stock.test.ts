import { expect, test } from "vitest";
import { itemRules, takesItem } from "../../../src/domain/filters.ts";
import { codesOf, type Product } from "../../../src/domain/product.ts";
import { codeForCart, stockCause, stockSubject } from "../../../src/domain/stock.ts";

const products: Product[] = [
  { sku: "Mug", name: null, aliases: { UPC: ["0123"], EAN: ["E-1", "E-2"], Shop: ["cup!"] } },
  { sku: "TEE", name: null, aliases: {} },
];
const codes = products.flatMap(codesOf);
const facts = {
  owner: (code: string) => codes.find((one) => one.code === code),
  claims: (code: string) => (code === "cup!" ? ["Mug", "TEE"] : []),
  codesOf: (sku: string) => codes.filter((one) => one.sku === sku),
};
const asked = (sku: string, item_code_in: string | null) =>
  codeForCart(sku, { item_code_in }, facts);

test.each<[string, string | null, string]>([
  ["a cart that may give any code gets the SKU as it is said", null, "mug"],
  ["a cart that gives SKUs gets it as the product has it", "sku", "Mug"],
  ["a cart that gives an alias gets that", "upc", "0123"],
])("%s", (_, wanted, code) => {
  expect(asked("mug", wanted)).toEqual({ code });
});

test("a SKU of no product, and another product's code, go as they are to a cart that gives SKUs", () => {
  expect(asked("NEW", "SKU")).toEqual({ code: "NEW" });
  expect(asked("0123", "SKU")).toEqual({ code: "0123" });
});

test.each([
  ["NEW", "UPC", "No product has this SKU, and the cart knows products by UPC."],
  ["0123", "UPC", "No product has this SKU, and the cart knows products by UPC."],
  ["TEE", "UPC", "The product has no UPC, by which the cart knows products."],
  ["Mug", "EAN", "The product has several codes called EAN, and the cart one."],
  ["Mug", "Shop", 'Its Shop "cup!" was given to several products (Mug, TEE).'],
])("%s where the cart gives %s cannot be said, and why", (sku, wanted, problem) => {
  expect(asked(sku, wanted)).toEqual({ problem });
});

test("an item is taken by the cart's code of it or by its product's SKU, whatever their case", () => {
  const rules = (mode: "allow" | "deny" | "off") =>
    itemRules({ mode, level: "line", skus: ["MUG", " cup! "] }, (code) =>
      code === "0123" ? "mug" : undefined,
    );
  const taken = (mode: "allow" | "deny" | "off") =>
    ["0123", "Cup!", "TEE"].map((code) => takesItem(rules(mode), code));
  expect(taken("allow")).toEqual([true, true, false]);
  expect(taken("deny")).toEqual([false, false, true]);
  expect(taken("off")).toEqual([true, true, true]);
});

test("the alert of a SKU is the same however the SKU is written, and keeps what it was to be", () => {
  const shop = { id: "con_1", name: "My shop", connector: "woocommerce" };
  const level = { sku: "Mug", quantity: 7 };
  expect(stockSubject("con_1", " MUG ")).toEqual(stockSubject("con_1", "mug"));
  expect(stockCause(shop, level, { message: "No" })).toEqual({
    kind: "stock",
    parts: ["con_1", "mug"],
    message: "No",
    details: { cart: "My shop", connector: "woocommerce", sku: "Mug", quantity: 7 },
  });
  expect(stockCause(shop, level, { problem: "It has none." })).toMatchObject({
    message: null,
    details: { problem: "It has none." },
  });
});
