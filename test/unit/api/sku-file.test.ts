import fc from "fast-check";
import { expect, test } from "vitest";
import { skusFromCsv, skusToCsv } from "../../../src/api/sku-file.ts";

test("SKUs come back as they went out, formulas and the blank SKU included", () => {
  const sku = fc
    .string({
      maxLength: 60,
      unit: fc.constantFrom("=", "-", "'", ",", ";", '"', "a", "1", "ü", " "),
    })
    .map((text) => text.trim());
  fc.assert(
    fc.property(fc.uniqueArray(sku, { maxLength: 30 }), (skus) => {
      const file = skusToCsv(skus);
      expect(skusFromCsv(file)).toEqual(skus);
      expect(skusFromCsv(new TextEncoder().encode(file))).toEqual(skus);
    }),
  );
});

test.each([
  ["a list without a header", "MUG\nCAP\n\nMUG\n", ["MUG", "CAP"]],
  ["a column of several", "name;SKU;price\r\nMug;MUG;1,5\r\nCap;CAP;2,5", ["MUG", "CAP"]],
  ["a list with delimiters and nothing behind them", "MUG;\nCAP;\n", ["MUG", "CAP"]],
  ["a list of SKUs in brackets", "sku\n[MUG]\n<CAP>\n{TEE}", ["[MUG]", "<CAP>", "{TEE}"]],
])("%s is read", (_name, file, skus) => {
  expect(skusFromCsv(file)).toEqual(skus);
});

test.each([
  ["a quote never closed", 'sku\nMUG\n"CAP', /Row 3 opens a quote/],
  ["a SKU of 201 characters", `sku\n${"x".repeat(201)}`, /Row 2 has a SKU of more than 200/],
  ["a spreadsheet", Uint8Array.from([0x50, 0x4b, 3, 4]), /spreadsheet/],
  ["several columns without a header", "MUG,Mug\nCAP,Cap", /the header `sku`/],
  ["columns with other headers", "code;name\nMUG;Mug", /the header `sku`/],
  ["a row with more cells than the others", "MUG\nCAP,Cap\n", /the header `sku`/],
  ["a page of HTML", "\n <!doctype html><html></html>", /HTML/],
  ["an object of JSON", '{"skus":["MUG"]}', /JSON/],
  ["a list of JSON", '["MUG","CAP"]', /JSON/],
  ["more than 50,000", Array.from({ length: 50_001 }, (_, n) => n).join("\n"), /more than 50000/],
])("%s is refused with its cause", (_name, file, cause) => {
  expect(() => skusFromCsv(file)).toThrow(cause);
});
