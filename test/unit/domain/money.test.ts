import fc from "fast-check";
import { expect, test } from "vitest";
import { currencyOf, decimalString, minorUnits } from "../../../src/domain/money.ts";

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

test("every amount survives being written for a vendor and read back", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 4 }), (units, exponent) => {
      fc.pre(!Object.is(units, -0));
      expect(minorUnits(decimalString(units, exponent), exponent)).toBe(units);
    }),
  );
});

test("digits beyond the currency's own round half away from zero, on both sides alike", () => {
  expect(minorUnits("0.5", 0)).toBe(1);
  expect(minorUnits("-0.5", 0)).toBe(-1);
  expect(minorUnits("1.0049999", 2)).toBe(100);
  expect(minorUnits("1.005", 2)).toBe(101);
  expect(minorUnits("9.999", 2)).toBe(1000);
  expect(Object.is(minorUnits("-0.001", 2), 0)).toBe(true);
});

test("an amount too large to be exact is absent, not wrong", () => {
  expect(minorUnits("99999999999999999999", 2)).toBeNull();
});

test("a number is read as its decimal spelling", () => {
  expect(minorUnits(19.99, 2)).toBe(1999);
  expect(minorUnits(1.1, 3)).toBe(1100);
  expect(minorUnits(Number.NaN, 2)).toBeNull();
  expect(minorUnits(1e21, 2)).toBeNull();
});

test("a currency knows how many digits it has, whatever the case of its code", () => {
  expect(currencyOf("usd")).toEqual({ code: "USD", exponent: 2 });
  expect(currencyOf("JPY")).toEqual({ code: "JPY", exponent: 0 });
  expect(currencyOf("kwd")).toEqual({ code: "KWD", exponent: 3 });
});

test("a currency that does not exist is none", () => {
  for (const code of ["", "XX", "ZZZ", "US Dollar", "$"]) expect(currencyOf(code)).toBeNull();
});
