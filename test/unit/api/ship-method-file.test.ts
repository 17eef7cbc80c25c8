import fc from "fast-check";
import { expect, test } from "vitest";
import { mappingsFromCsv, mappingsToCsv } from "../../../src/api/ship-method-file.ts";
import { DrayError } from "../../../src/domain/errors.ts";
import { methodMatches } from "../../../src/domain/ship-methods.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const shown = {
  match: "exact" as const,
  value: "Express",
  description: null,
  wms_method: "UPS-2DA",
  passes: false,
  mapped: true,
  seen_at: null,
  waiting: 0,
};

test("a map that was written is read as it was, and no cell of it runs as a formula", () => {
  const evil = { ...shown, value: "=HYPERLINK(1)", description: '+1\n"x"' };
  const text = mappingsToCsv([shown, evil]);
  expect(text).toContain("'=HYPERLINK(1)");
  const { items, unmapped } = mappingsFromCsv(bytes(text));
  expect(unmapped).toBe(0);
  expect(items.map(({ value, description }) => [value, description])).toEqual([
    ["Express", null],
    ["=HYPERLINK(1)", '+1\n"x"'],
  ]);
});

test("any map comes back", () => {
  const cell = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .map((text) => `a${text.replaceAll("\0", "")}b`);
  const any = fc.record({
    match: fc.constantFrom(...methodMatches),
    value: cell,
    description: fc.option(cell),
    wms_method: fc.option(cell),
    passes: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 8 }), (rows) => {
      const { items, unmapped } = mappingsFromCsv(
        bytes(mappingsToCsv(rows.map((row) => ({ ...shown, ...row })))),
      );
      expect(items.length + unmapped).toBe(rows.length);
      expect(items.map(({ place: _, ...item }) => item)).toEqual(
        rows.filter(({ wms_method, passes }) => wms_method !== null || passes),
      );
    }),
  );
});

test("columns may stand in any sequence, a row without match is exact, and one without a method is to be mapped", () => {
  const file = "wms_method;value\nUPS-GND;Ground\n;Slow\n";
  expect(mappingsFromCsv(bytes(file))).toEqual({
    items: [
      {
        match: "exact",
        value: "Ground",
        description: null,
        wms_method: "UPS-GND",
        passes: false,
        place: "row 2",
      },
    ],
    unmapped: 1,
    bad: [],
  });
});

test.each([
  ["wms_method\nX\n", "row 1", "header"],
  ['value,wms_method\n"x,Y\n', "row 2", "quote"],
  ["", "file", "empty"],
])("%j is refused at %s for its %s", (file, path, words) => {
  try {
    mappingsFromCsv(bytes(file));
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(DrayError);
    expect((error as DrayError).fields[0]?.path).toBe(path);
    expect((error as DrayError).message).toContain(words);
  }
});

test("each row that cannot be read is named with its line, and the others are read", () => {
  const file = "match,value,wms_method,passes\nlike,a,A,\n,b,,perhaps\n,c,C,\nas,d,,so\n";
  const { items, bad } = mappingsFromCsv(bytes(file));
  expect(items.map(({ value }) => value)).toEqual(["c"]);
  expect(bad.map(({ path, message }) => `${path} ${message}`)).toEqual([
    "row 2 has an unknown `match`: one of exact, starts, contains, default",
    "row 3 has neither yes nor no in `passes`",
    "row 5 has an unknown `match`: one of exact, starts, contains, default",
    "row 5 has neither yes nor no in `passes`",
  ]);
});
