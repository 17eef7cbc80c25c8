import { expect, test } from "vitest";
import { cartLinesOf, inCart } from "../../../src/domain/cart-lines.ts";
import { line, order } from "./samples.ts";

test("lines are the cart's by SKU, whatever its case and blanks, one by one", () => {
  const given = order({ lines: [line("1", "MUG", 2), line("2", "TEE", 1), line("3", "CAP", 1)] });
  const shown = order({ lines: [line("1", "tee", 1), line("2", " Mug ", 2), line("9", "MUG", 1)] });
  expect(cartLinesOf(given, shown)).toEqual({ 1: "2", 2: "1" });
});

test("among lines of one SKU those of the same quantity are the same", () => {
  const given = order({ lines: [line("a", "MUG", 5), line("b", "MUG", 1), line("c", "MUG", 3)] });
  const shown = order({ lines: [line("7", "MUG", 1), line("8", "MUG", 5)] });
  expect(cartLinesOf(given, shown)).toEqual({ a: "8", b: "7" });
});

test("lines without a SKU are nobody's, and lines with the very same ids need nothing", () => {
  const blank = order({ lines: [line("1", "", 1)] });
  expect(cartLinesOf(blank, order({ lines: [line("7", "", 1)] }))).toEqual({});
  const same = order({ lines: [line("1", "MUG", 1)] });
  expect(cartLinesOf(same, same)).toBeNull();
});

test("a cart hears of its own lines only, by its own ids", () => {
  const parcel = [
    { line_id: "1", sku: "MUG", quantity: 2 },
    { line_id: "2", sku: "TEE", quantity: 1 },
    { line_id: "toString", sku: "CAP", quantity: 1 },
  ];
  expect(inCart({}, parcel)).toEqual(parcel);
  expect(inCart({ cart_lines: { 1: "77" } }, parcel)).toEqual([
    { line_id: "77", sku: "MUG", quantity: 2 },
  ]);
});
