import fc from "fast-check";
import { expect, test } from "vitest";
import {
  dateFormats,
  dateOf,
  decimalOf,
  flagOf,
  namesOf,
  quotedCell,
  wholeOf,
} from "../../../src/domain/cells.ts";
import { countryOf } from "../../../src/domain/countries.ts";

test.each([
  ["2026-11-21", "YYYY-MM-DD", "2026-11-21T00:00:00.000Z"],
  ["2026-1-2", "YYYY-MM-DD", "2026-01-02T00:00:00.000Z"],
  ["20261121", "YYYYMMDD", "2026-11-21T00:00:00.000Z"],
  ["21.11.2026 14:05", "DD.MM.YYYY", "2026-11-21T14:05:00.000Z"],
  ["21/11/2026 14:05:09", "DD/MM/YYYY", "2026-11-21T14:05:09.000Z"],
  ["11/21/2026 2:05 PM", "MM/DD/YYYY", "2026-11-21T14:05:00.000Z"],
  ["11/21/2026, 12:00 am", "MM/DD/YYYY", "2026-11-21T00:00:00.000Z"],
  ["2026-11-21T10:00:00Z", "YYYY-MM-DD", "2026-11-21T10:00:00.000Z"],
  ["2026-11-21T10:00:00.123+02:00", "YYYY-MM-DD", "2026-11-21T08:00:00.000Z"],
  ["2026-11-21 10:00 -0530", "YYYY-MM-DD", "2026-11-21T15:30:00.000Z"],
] as const)("%s is a date in %s", (text, format, iso) => {
  expect(new Date(dateOf(text, format)?.at ?? 0).toISOString()).toBe(iso);
});

test.each([
  ["2026-02-29", "YYYY-MM-DD"],
  ["31.04.2026", "DD.MM.YYYY"],
  ["21/11/2026", "MM/DD/YYYY"],
  ["21.11.26", "DD.MM.YYYY"],
  ["2026-11-21 24:00", "YYYY-MM-DD"],
  ["2026-11-21 13:00 PM", "YYYY-MM-DD"],
  ["0050-01-01", "YYYY-MM-DD"],
  ["46000", "YYYYMMDD"],
  ["tomorrow", "YYYY-MM-DD"],
  ["", "YYYY-MM-DD"],
] as const)("%j is no date in %s", (text, format) => {
  expect(dateOf(text, format)).toBeNull();
});

test("a day is the one that was written, whatever its time and offset", () => {
  expect(dateOf("2026-11-21T00:30:00+02:00", "YYYY-MM-DD")?.date).toBe("2026-11-21");
});

test.each([
  ["12.50", false, "12.50"],
  ["1,234.50", false, "1234.50"],
  ["$1,234", false, "1234"],
  ["US$ 5.00", false, "5.00"],
  ["5.00 USD", false, "5.00"],
  ["1'234.5", false, "1234.5"],
  ["-7.5", false, "-7.5"],
  ["-$7.5", false, "-7.5"],
  ["+3", false, "3"],
  [".5", false, ".5"],
  ["12,50", true, "12.50"],
  ["1.234,50 €", true, "1234.50"],
  ["1 234,50", true, "1234.50"],
  ["1\u202f234,5", true, "1234.5"],
])("%j with a decimal comma: %j is %s", (text, comma, plain) => {
  expect(decimalOf(text, comma)).toBe(plain);
});

test.each([
  ["12,50", false],
  ["1,23,456", false],
  ["1.2.3", false],
  ["12.50", true],
  ["1e5", false],
  ["0x10", false],
  ["abc", false],
  ["", false],
  ["-", false],
  ["1,234'567", false],
])("%j with a decimal comma: %j is no number, rather than another one", (text, comma) => {
  expect(decimalOf(text, comma)).toBeNull();
});

test("an amount that was written with thousands set apart is read as it was meant", () => {
  fc.assert(
    fc.property(fc.integer({ min: -99_999_999, max: 99_999_999 }), (cents) => {
      const amount = cents / 100;
      const options = { minimumFractionDigits: 2 };
      expect(Number(decimalOf(amount.toLocaleString("en-US", options), false))).toBe(amount);
      expect(Number(decimalOf(amount.toLocaleString("de-DE", options), true))).toBe(amount);
    }),
  );
});

test("quantities are whole numbers", () => {
  expect([wholeOf("3", false), wholeOf("3.0", false), wholeOf("1.000", true)]).toEqual([
    3, 3, 1_000,
  ]);
  expect([wholeOf("2.5", false), wholeOf("", false), wholeOf("many", false)]).toEqual([
    null,
    null,
    null,
  ]);
});

test("names are split into first and last", () => {
  expect(namesOf("Jane  Ann Doe")).toEqual({ first_name: "Jane Ann", last_name: "Doe" });
  expect(namesOf("Doe, Jane Ann")).toEqual({ first_name: "Jane Ann", last_name: "Doe" });
  expect(namesOf("Madonna")).toEqual({ last_name: "Madonna" });
});

test("yes and no in the words that files have", () => {
  expect(["YES", "x", "1", "no", "0", "maybe"].map(flagOf)).toEqual([
    true,
    true,
    true,
    false,
    false,
    null,
  ]);
});

test("a message repeats 60 characters of a cell at the most, and no half of one", () => {
  expect(quotedCell("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
  expect(quotedCell("😀".repeat(60)).isWellFormed()).toBe(true);
  expect(quotedCell("x".repeat(10_000))).toHaveLength(62);
});

test("a date in one format is never read as another day in it", () => {
  const dates = fc.date({
    min: new Date("1900-01-01"),
    max: new Date("2100-01-01"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(dates, fc.constantFrom(...dateFormats), (date, format) => {
      const day = date.toISOString().slice(0, 10);
      const [year = "", month = "", of = ""] = day.split("-");
      const text = format.replace("YYYY", year).replace("MM", month).replace("DD", of);
      expect(dateOf(text, format)?.date).toBe(day);
    }),
  );
});

test.each([
  ["US", "us", "USA", "United States", "united states of america", "U.S.A."],
  ["GB", "GBR", "UK", "United Kingdom", "Great Britain", "England"],
  ["DE", "DEU", "Germany", "Deutschland", "Allemagne"],
  ["CH", "CHE", "Switzerland", "Schweiz", "Suisse"],
  ["AT", "AUT", "Austria", "Österreich"],
  ["CI", "Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast"],
  ["TR", "TUR", "Turkey", "Türkiye"],
  ["CZ", "Czech Republic", "Czechia"],
  ["BA", "Bosnia and Herzegovina", "Bosnia & Herzegovina"],
  ["XK", "Kosovo"],
])("%s by its codes and names", (code, ...names) => {
  expect(names.map(countryOf)).toEqual(names.map(() => code));
});

test.each(["", "XX", "EU", "ZZZ", "Nowhere", "12"])("%j is no country", (text) => {
  expect(countryOf(text)).toBeNull();
});
