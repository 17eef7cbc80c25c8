import { expect, test } from "vitest";
import { PARAMETER_BYTES, pagesOf } from "../../../src/store/statement.ts";

for (const [what, char] of [
  ["ASCII", "a"],
  ["umlauts", "\u00e4"],
  ["Japanese", "\u8336"],
  ["emoji", "\u{1f375}"],
] as const)
  test(`a page of rows in ${what} is at most a megabyte of UTF-8, and nearly that`, () => {
    const rows = Array.from({ length: 60 }, (_, id) => ({ id, name: char.repeat(20_000) }));
    const pages = pagesOf(rows, 1_000);
    expect(pages.flat()).toEqual(rows);
    const bytes = pages.map((page) => new TextEncoder().encode(JSON.stringify(page)).byteLength);
    // The brackets and commas are not counted.
    for (const size of bytes) expect(size).toBeLessThanOrEqual(PARAMETER_BYTES + 100);
    for (const size of bytes.slice(0, -1)) expect(size).toBeGreaterThan(PARAMETER_BYTES - 90_000);
  });
