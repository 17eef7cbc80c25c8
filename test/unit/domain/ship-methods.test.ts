import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  judgeMethod,
  mappingOf,
  methodKey,
  methodMatches,
  methodOf,
  methodsIn,
  nearMethods,
  shortMethod,
  unmappedText,
  type MethodFacts,
  type MethodMatch,
  type MethodRow,
} from "../../../src/domain/ship-methods.ts";

const row = (
  match: MethodMatch,
  value: string,
  wms_method: string | null = `${match} ${value}`,
): MethodRow => ({
  match,
  value: methodKey(value),
  wms_method,
  passes: false,
});
const coded = (ship_code: string, ship_code_description?: string) => ({
  ship_code,
  ...(ship_code_description === undefined ? {} : { ship_code_description }),
});
const goesBy = (order: Parameters<typeof mappingOf>[0], rows: readonly MethodRow[]) =>
  mappingOf(order, rows)?.wms_method ?? null;

describe("the row that an order goes by", () => {
  const rows = [
    row("default", ""),
    row("contains", "ground"),
    row("contains", "ground (3"),
    row("starts", "ups"),
    row("starts", "ups g"),
    row("exact", "ups ground"),
  ];

  test.each([
    ["UPS Ground", "exact ups ground"],
    ["  ups   GROUND ", "exact ups ground"],
    ["UPS Ground Saver", "starts ups g"],
    ["UPS 2nd Day Air, ground (3)", "starts ups"],
    ["FedEx Ground (3 days)", "contains ground (3"],
    ["FedEx Ground", "contains ground"],
    ["DHL", "default "],
  ])("of %s is %s", (code, wanted) => {
    expect(goesBy(coded(code), rows)).toBe(wanted);
  });

  test("is found in the description too, but exact means the code where there is one", () => {
    expect(goesBy(coded("table_rate:3", "UPS Ground"), rows)).toBe("starts ups g");
    expect(goesBy({ ship_code_description: "UPS Ground" }, rows)).toBe("exact ups ground");
  });

  test("is the default for an order without any method, or exact with an empty value", () => {
    expect(goesBy({}, rows)).toBe("default ");
    expect(goesBy({ ship_code: " " }, [...rows, row("exact", "")])).toBe("exact ");
    expect(goesBy({}, rows.slice(1))).toBeNull();
  });

  test("is never one that was only seen", () => {
    expect(
      goesBy(coded("UPS Ground"), [row("exact", "ups ground", null), row("default", "")]),
    ).toBe("default ");
  });

  test("does not depend on the sequence of the rows, and no less particular row wins", () => {
    const texts = fc.constantFrom(
      "ups",
      "ups ground",
      "ground",
      "ups g",
      "GROUND ",
      "u",
      "express",
      "ü",
    );
    const anyRow = fc
      .tuple(fc.constantFrom(...methodMatches), texts, fc.boolean())
      .map(([match, value, mapped]): MethodRow =>
        row(match, match === "default" ? "" : value, mapped ? `${match} ${value}` : null),
      );
    const particular = { exact: 0, starts: 1, contains: 2, default: 3 };
    fc.assert(
      fc.property(
        fc.uniqueArray(anyRow, { selector: ({ match, value }) => `${match} ${value}` }),
        texts,
        fc.option(texts, { nil: undefined }),
        (all, code, description) => {
          const order = coded(code, description);
          const found = mappingOf(order, all);
          expect(mappingOf(order, all.toReversed())).toEqual(found);
          const said = [code, description ?? ""].map(methodKey);
          const fits = all.filter(
            (one) =>
              one.wms_method !== null &&
              {
                exact: methodKey(code) === one.value,
                starts: said.some((text) => text.startsWith(one.value)),
                contains: said.some((text) => text.includes(one.value)),
                default: true,
              }[one.match],
          );
          if (found === null) {
            expect(fits).toEqual([]);
            return;
          }
          expect(fits).toContainEqual(found);
          for (const other of fits) {
            expect(particular[found.match]).toBeLessThanOrEqual(particular[other.match]);
            if (other.match === found.match)
              expect(found.value.length).toBeGreaterThanOrEqual(other.value.length);
          }
        },
      ),
    );
  });
});

describe("whether an order goes", () => {
  const facts = (more: Partial<MethodFacts>): MethodFacts => ({
    rows: [],
    listed: new Map(),
    has_methods: true,
    hold: "auto",
    ...more,
  });

  test.each([
    ["auto", true, "unmapped"],
    ["auto", false, "passes"],
    ["on", true, "unmapped"],
    ["on", false, "unmapped"],
    ["off", true, "passes"],
    ["off", false, "passes"],
  ] as const)("unmapped, with hold %s and methods %s: it %s", (hold, has_methods, kind) => {
    expect(judgeMethod(coded("x"), facts({ hold, has_methods })).kind).toBe(kind);
  });

  test("mapped, it bears the WMS's code and carrier", () => {
    const rows = [row("exact", "x", "UPS-GND")];
    const listed = new Map([["UPS-GND", "UPS"]]);
    expect(judgeMethod(coded("x"), facts({ rows, listed }))).toMatchObject({
      kind: "mapped",
      ship_code: "UPS-GND",
      carrier: "UPS",
    });
  });

  test("mapped to what the WMS does not have, it waits, unless the WMS has no methods or nothing is held", () => {
    const rows = [row("exact", "x", "OLD")];
    expect(judgeMethod(coded("x"), facts({ rows })).kind).toBe("unmapped");
    expect(judgeMethod(coded("x"), facts({ rows, has_methods: false })).kind).toBe("mapped");
    expect(judgeMethod(coded("x"), facts({ rows, hold: "off" })).kind).toBe("mapped");
    expect(unmappedText("x", rows[0] ?? null)).toContain('mapped to "OLD"');
  });

  test("with a row that passes, it goes as the cart writes it", () => {
    const rows = [{ ...row("exact", "x", null), passes: true }];
    expect(judgeMethod(coded("x"), facts({ rows })).kind).toBe("passes");
  });
});

test("methods are compared without regard to case and blanks, also long ones and broken ones", () => {
  expect(methodKey("  Cafe\u0301   EXPRESS\n")).toBe("café express");
  expect(methodKey("😀".repeat(300))).toBe("😀".repeat(200));
  expect(shortMethod("\ud800x")).toBe("\ufffdx");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      expect(methodKey(methodKey(text))).toBe(methodKey(text));
    }),
  );
});

test("the methods of a page stand once, as first written, and none of an order without one", () => {
  expect(
    methodsIn([
      coded("Express", "Tomorrow"),
      coded("EXPRESS"),
      {},
      { ship_code_description: "Slow" },
    ]),
  ).toEqual([
    { value: "express", as_written: "Express", description: "Tomorrow" },
    { value: "slow", as_written: "Slow", description: null },
  ]);
  expect(methodOf({ ship_code: "  ", ship_code_description: " Slow " })).toBe("Slow");
});

test("codes that may have been meant are named, nearest first, and nothing that is far", () => {
  const known = ["UPS-GND", "UPS-2DA", "USPS-PRI", "FDX-INTL"].map((code) => ({
    code,
    name: null,
  }));
  expect(nearMethods("ups_gnd", known)[0]).toBe("UPS-GND");
  expect(nearMethods("UPS", known)).toEqual(["UPS-GND", "UPS-2DA"]);
  expect(nearMethods("Pigeon", known)).toEqual([]);
  expect(nearMethods("ups ground", [{ code: "G1", name: "UPS Ground" }])).toEqual(["G1"]);
});
