import { expect, test } from "vitest";
import { orderShape } from "../../../src/domain/order.ts";
import { line, order } from "./samples.ts";

const issues = (value: unknown) =>
  (orderShape.safeParse(value).error?.issues ?? []).map(({ path }) => path.join("."));

test("an order with the least that is needed is an order", () => {
  expect(issues(order())).toEqual([]);
});

test("an order without lines is none", () => {
  expect(issues(order({ lines: [] }))).toEqual(["lines"]);
});

test("a quantity is a whole number above zero", () => {
  for (const quantity of [0, -1, 1.5, Number.NaN, 2 ** 53])
    expect(issues(order({ lines: [line("1", "MUG", quantity)] }))).toEqual(["lines.0.quantity"]);
  const missing = { ...line("1", "MUG", 1), quantity: undefined };
  expect(issues({ ...order(), lines: [missing] })).toEqual(["lines.0.quantity"]);
});

test("a SKU may be blank, a line id may not", () => {
  expect(issues(order({ lines: [line("1", "", 1)] }))).toEqual([]);
  expect(issues(order({ lines: [line("", "MUG", 1)] }))).toEqual(["lines.0.line_id"]);
});

test("a text that nobody wrote is left out, not blank", () => {
  expect(issues(order({ po_number: "" }))).toEqual(["po_number"]);
  expect(issues(order({ ship_to: { city: "" } }))).toEqual(["ship_to.city"]);
});

test("money is whole minor units, of which discounts may be negative", () => {
  expect(issues(order({ grand_total: 43.97 }))).toEqual(["grand_total"]);
  expect(issues(order({ order_discount: -500, grand_total: 0 }))).toEqual([]);
});

test("a country is two capitals and exists, a date a day, a moment is UTC", () => {
  for (const country of ["usa", "us", "USA", "ZZ", "EU", ""])
    expect(issues(order({ ship_to: { country } }))).toEqual(["ship_to.country"]);
  expect(issues(order({ ship_to: { country: "XK" } }))).toEqual([]);
  expect(issues(order({ requested_ship_date: "2026-02-30" }))).toEqual(["requested_ship_date"]);
  expect(issues(order({ order_date: "2026-11-21T09:00:00+01:00" }))).toEqual(["order_date"]);
});

test("a name with emoji and ten thousand lines are nothing special", () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => line(String(at), `SKU ${at}`, 1, at + 1));
  const wide = order({ ship_to: { first_name: "Zoë 🦄👩‍👩‍👧" }, lines });
  expect(orderShape.parse(wide)).toEqual(wide);
});
