import fc from "fast-check";
import { expect, test } from "vitest";
import type { AlertFacts } from "../../../src/domain/alert-rules.ts";
import {
  aboutOf,
  alertKinds,
  partsOfSubject,
  ruleOf,
  subjectOf,
  type AlertKind,
} from "../../../src/domain/alerts.ts";
import { changeText, orderCause } from "../../../src/domain/order-alerts.ts";

const kinds = Object.keys(alertKinds) as AlertKind[];

/** The parts that a subject of each sort has. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  cart_method: ["con_cart", "FREE & fast / 2"],
  cart_code: ["con_cart", "A-1 / ü"],
  cart_sku: ["con_cart", "mug / ü"],
  code: ["0123"],
  order: ["ord_1"],
  shipment: ["ord_1", "shp_1"],
  connection: ["con_1"],
  merchant: [],
  installation: ["dlt_1"],
};

const facts = (kind: AlertKind): AlertFacts => ({
  id: "alr_1",
  parts: partsOf[ruleOf(kind).subject] ?? [],
  details: { order_number: "1001", cart: "My shop", connection: "My shop", line: 2, line_id: "9" },
});

test("every kind says what is wrong, what to do, on which screen and by which call", () => {
  for (const kind of kinds) {
    const rule = ruleOf(kind);
    const { path, api } = rule.fix(facts(kind));
    expect(rule.title(facts(kind)).length, kind).toBeGreaterThan(10);
    expect(rule.todo, kind).toMatch(/\.$/);
    expect(path, kind).toMatch(/^\/[a-z]/);
    expect(api.path, kind).toMatch(/^\/api\/[a-z]/);
    expect(`${path} ${api.path}`, kind).not.toMatch(/undefined|\/\//);
    // Whatever is to be chosen is a place in the body.
    for (const name of api.fill)
      expect(name.split(/[.[]/)[0] ?? "", kind).toSatisfy(isIn(api.body));
  }
});

const isIn = (body: Readonly<Record<string, unknown>>) => (name: string) => name in body;

test("an alert of an address says what is wrong with it, and one of a method what customers call it", () => {
  const given = (kind: AlertKind, details: AlertFacts["details"]) => ({
    ...facts(kind),
    details: { ...facts(kind).details, ...details },
  });
  const problem = "The city is missing: enter it in city.";
  expect(ruleOf("address").title(given("address", { problem }))).toBe(`Order 1001: ${problem}`);
  const named = { method: "flat_rate:3", description: "UPS Ground" };
  expect(ruleOf("ship_method").title(given("ship_method", named))).toBe(
    'Ship method "flat_rate:3" (UPS Ground) of My shop has no mapping',
  );
});

test("a code that a WMS refuses is mended by naming the lines, as nobody said which it is", () => {
  const refused = { ...facts("line_code"), details: { order_number: "1001", refused: 1 } };
  expect(ruleOf("line_code").fix(refused).api).toMatchObject({
    body: { lines: {} },
    fill: ["lines"],
  });
});

test("what only a person mends about mapping, address, code and credentials is told at once", () => {
  const atOnce = kinds.filter((kind) => ruleOf(kind).at_once);
  expect(atOnce).toEqual([
    "ship_method",
    "code",
    "line_code",
    "duplicate_code",
    "address",
    "given_up",
    "tracking_given_up",
    "unauthorized",
    "dead_letter",
  ]);
  for (const kind of atOnce) expect(ruleOf(kind).retry).toBe("person");
});

test("a subject gives its parts back, whatever is in them", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }), (parts) => {
      expect(partsOfSubject(subjectOf(...parts))).toEqual(
        parts.length === 1 && parts[0] === "" ? [] : parts,
      );
    }),
  );
  expect(subjectOf("a", "b c")).not.toBe(subjectOf("a/b", "c"));
});

test("an order is listed for the reason that its kind of alert has", () => {
  expect(kinds.map((kind) => [kind, aboutOf(kind)])).toMatchSnapshot();
});

test("what the cart changed is told without what it was and is, and each change is another message", () => {
  const text = 'Changed in the cart after it was sent: ship-to city "Aus\\"tin" to "Waco".';
  const first = changeText({ at: 0, event: "changed_after_sending", text });
  expect(first).toBe(
    "Changed in the cart after it was sent: ship-to city … to …, at 1970-01-01T00:00Z.",
  );
  expect(changeText({ at: 60_000, event: "changed_after_sending", text })).not.toBe(first);
  const cause = orderCause("changed_after_sending", { id: "ord_1", number: "7" }, first);
  expect(cause).toMatchObject({ parts: ["ord_1"], orders: ["ord_1"] });
});
