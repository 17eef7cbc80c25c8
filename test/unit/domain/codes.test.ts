import { expect, test } from "vitest";
import {
  codeCause,
  codeTroubleText,
  sentCodes,
  translateCodes,
  type CodeFacts,
  type CodeRules,
} from "../../../src/domain/codes.ts";
import { alertKinds, subjectOf } from "../../../src/domain/alerts.ts";
import { codesOf, type Product } from "../../../src/domain/product.ts";
import { line } from "./samples.ts";

const rules: CodeRules = {
  item_code_in: null,
  item_code_out: null,
  hold_unknown_codes: "auto",
};
const mug: Product = { sku: "MUG", name: null, aliases: { UPC: ["0123"], "Amazon SKU": ["AMZ"] } };

function factsOf(products: readonly Product[], claims: Record<string, string[]> = {}): CodeFacts {
  const codes = products.flatMap(codesOf);
  return {
    has_products: products.length > 0,
    owner: (code) => codes.find((one) => one.code === code),
    claims: (code) => claims[code] ?? [],
    codesOf: (sku) => codes.filter((one) => one.sku === sku),
  };
}

const made = (sku: string, more: Partial<CodeRules> = {}, facts = factsOf([mug])) => {
  const { lines, troubles } = translateCodes(
    { lines: [line("1", sku, 1)] },
    { ...rules, ...more },
    facts,
  );
  return troubles[0]?.kind ?? lines[0]?.sku;
};

test.each([
  [" 0123 ", null, " 0123 "],
  ["0123", "SKU", "MUG"],
  ["0123", "sku", "MUG"],
  ["mug", "SKU", "MUG"],
  ["0123", "Amazon SKU", "AMZ"],
  ["amz", "amazon sku", "AMZ"],
  ["0123", "GTIN", "no_alias"],
  ["none", "SKU", "unknown"],
  ["", null, "blank"],
  ["   ", "SKU", "blank"],
])("the code %j, sent as %s, is %s", (sku, item_code_out, wanted) => {
  expect(made(sku, { item_code_out })).toBe(wanted);
});

test("of several aliases of a name the one that the cart gave is sent, and none is guessed", () => {
  const facts = factsOf([{ ...mug, aliases: { UPC: ["1", "2"] } }]);
  expect(made("2", { item_code_out: "UPC" }, facts)).toBe("2");
  expect(made("MUG", { item_code_out: "UPC" }, facts)).toBe("several_aliases");
});

test("a blank or disputed code holds whatever the settings are, an unknown one as they say", () => {
  const none = factsOf([]);
  for (const hold_unknown_codes of ["auto", "on", "off"] as const) {
    expect(made("", { hold_unknown_codes }, none)).toBe("blank");
    expect(made("x", { hold_unknown_codes }, factsOf([mug], { x: ["A", "B"] }))).toBe("ambiguous");
  }
  expect(made("x", {}, none)).toBe("x");
  expect(made("x", { hold_unknown_codes: "on" }, none)).toBe("unknown");
  expect(made("x", { hold_unknown_codes: "off" })).toBe("x");
  expect(made("x", { hold_unknown_codes: "off", item_code_out: "SKU" })).toBe("x");
});

test("a cart of which the codes are of one kind is held for those of another", () => {
  expect(made("0123", { item_code_in: "upc", item_code_out: "SKU" })).toBe("MUG");
  expect(made("MUG", { item_code_in: "SKU" })).toBe("MUG");
  expect(made("AMZ", { item_code_in: "UPC" })).toBe("other_kind");
  expect(made("MUG", { item_code_in: "UPC" })).toBe("other_kind");
});

test("lines that are not sent are left alone, ids stay, and an order that needs no translation is not touched", () => {
  const lines = [
    { ...line("1", "", 1), filtered: true as const },
    { ...line("2", "none", 1), digital: true as const },
    line("3", "0123", 2),
  ];
  const out = translateCodes({ lines }, { ...rules, item_code_out: "SKU" }, factsOf([mug]));
  expect(out.troubles).toEqual([]);
  expect(out.lines).toEqual([lines[0], lines[1], { ...lines[2], sku: "MUG" }]);
  expect(sentCodes({ lines }, out)).toEqual({ "3": "MUG" });
  expect(sentCodes({ lines }, { lines })).toBeNull();
});

test("every trouble names its line and leads to an alert that says how to mend it", () => {
  const products = [mug, { sku: "CUP", name: null, aliases: { GTIN: ["1", "2"] } }];
  const facts = factsOf(products, { both: ["A", "B"] });
  const lines = ["", "both", "none", "AMZ", "0123", "CUP"].map((sku, at) =>
    line(`L${at}`, sku, 1, at + 1),
  );
  const found = [
    ...translateCodes({ lines: lines.slice(0, 4) }, { ...rules, item_code_in: "UPC" }, facts)
      .troubles,
    ...translateCodes({ lines: lines.slice(4) }, { ...rules, item_code_out: "GTIN" }, facts)
      .troubles,
  ];
  expect(found.map(({ kind }) => kind)).toEqual([
    "blank",
    "ambiguous",
    "unknown",
    "other_kind",
    "no_alias",
    "several_aliases",
  ]);
  const shown = found.map((trouble) => {
    const of = {
      order_id: "ord_1",
      cart_id: "con_1",
      details: { order_number: "7", cart: "Shop" },
    };
    const { kind, parts, details } = codeCause(trouble, of);
    const facts = { id: "alr_1", parts, details };
    const { title, fix } = alertKinds[kind];
    return [codeTroubleText(trouble), subjectOf(...parts), title(facts), fix(facts).api];
  });
  expect(shown).toMatchInlineSnapshot(`
    [
      [
        "Line 1 has no code.",
        "ord_1",
        "Order 7: line 1 has no code",
        {
          "body": {
            "lines": {
              "L0": {
                "sku": null,
              },
            },
          },
          "fill": [
            "lines.L0.sku",
          ],
          "method": "POST",
          "path": "/api/orders/ord_1/edit",
        },
      ],
      [
        "Line 2: the code "both" was given to several products (A, B).",
        "both",
        "Code "both" is given to several products",
        {
          "body": {
            "code": "both",
            "sku": null,
          },
          "fill": [
            "sku",
          ],
          "method": "POST",
          "path": "/api/alias-duplicates",
        },
      ],
      [
        "Line 3: the code "none" belongs to no product.",
        "con_1/none",
        "Code "none" of Shop belongs to no product",
        {
          "body": {
            "code": "none",
            "name": null,
            "sku": null,
          },
          "fill": [
            "name",
            "sku",
          ],
          "method": "POST",
          "path": "/api/aliases",
        },
      ],
      [
        "Line 4: the code "AMZ" is one of MUG, but no UPC, which is what this cart gives.",
        "con_1/amz",
        "Code "AMZ" of Shop is no UPC, but another code of MUG",
        {
          "body": {
            "code": "AMZ",
            "name": "UPC",
            "sku": "MUG",
          },
          "fill": [],
          "method": "POST",
          "path": "/api/aliases",
        },
      ],
      [
        "Line 5: the product MUG has no GTIN, which is what the WMS gets.",
        "con_1/0123",
        "Code "0123" of Shop is of MUG, which has no GTIN",
        {
          "body": {
            "code": null,
            "name": "GTIN",
            "sku": "MUG",
          },
          "fill": [
            "code",
          ],
          "method": "POST",
          "path": "/api/aliases",
        },
      ],
      [
        "Line 6: the product CUP has several codes called GTIN, and the WMS gets one.",
        "con_1/cup",
        "Code "CUP" of Shop is of CUP, which has several GTIN",
        {
          "body": {
            "code": null,
            "name": null,
            "sku": "CUP",
          },
          "fill": [
            "code",
            "name",
          ],
          "method": "POST",
          "path": "/api/aliases",
        },
      ],
    ]
  `);
});
