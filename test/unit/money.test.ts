import { expect, test } from "vitest";
import { decimalString, minorUnits } from "../../src/domain/money.ts";

test("a decimal string becomes minor units, and back", () => {
  expect(minorUnits("43.97", 2)).toBe(4397);
  expect(minorUnits("12.995", 2)).toBe(1300);
  expect(minorUnits("-0.015", 2)).toBe(-2);
  expect(minorUnits("5", 0)).toBe(5);
  expect(minorUnits(".5", 3)).toBe(500);
  expect(decimalString(4397, 2)).toBe("43.97");
  expect(decimalString(-5, 2)).toBe("-0.05");
  expect(decimalString(500, 0)).toBe("500");
});

test("what is no amount is absent, never zero", () => {
  for (const value of ["", " ", null, undefined, "abc", "1e3", "1,5", ".", "-"])
    expect(minorUnits(value, 2)).toBeNull();
});
