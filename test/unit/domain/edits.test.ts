import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addEdit,
  cartSays,
  editText,
  isEmptyEdit,
  orderEditShape,
  sameContents,
  withEdits,
  type OrderEdit,
} from "../../../src/domain/edits.ts";
import { handOrderShape } from "../../../src/domain/hand-order.ts";
import { line, order } from "./samples.ts";

const edited = (edit: OrderEdit, from = order()) => {
  const { edits } = addEdit({}, edit, from);
  return withEdits(from, edits);
};

test("an edit changes what it names and nothing else", () => {
  expect(edited({ ship_to: { city: "Dallas" }, ship_code: "express" })).toEqual(
    order({ ship_to: { ...order().ship_to, city: "Dallas" }, ship_code: "express" }),
  );
});

test("a country that does not exist is edited into no order, and given with none", () => {
  const issues = (
    read: ReturnType<typeof orderEditShape.safeParse | typeof handOrderShape.safeParse>,
  ) => read.error?.issues.map(({ path }) => path.join("."));
  expect(issues(orderEditShape.safeParse({ ship_to: { country: "ZZ" } }))).toEqual([
    "ship_to.country",
  ]);
  const { currency: _, lines: __, ...fields } = order({ ship_to: { country: "ZZ" } });
  const given = { ...fields, lines: [{ sku: "MUG", quantity: 1, country_of_origin: "QQ" }] };
  expect(issues(handOrderShape.safeParse(given))).toEqual([
    "ship_to.country",
    "lines.0.country_of_origin",
  ]);
  expect(orderEditShape.parse({ ship_to: { country: "CA" } }).ship_to).toEqual({ country: "CA" });
});

test("null takes a field away, and quantity 0 a line", () => {
  const from = order({ gift_message: "Hi" });
  const after = edited(
    { gift_message: null, ship_to: { last_name: null }, lines: { "2": { quantity: 0 } } },
    from,
  );
  expect(after).not.toHaveProperty("gift_message");
  expect(after.ship_to).not.toHaveProperty("last_name");
  expect(after.lines.map(({ left_out }) => left_out)).toEqual([undefined, true]);
});

test("a line is edited by its id, also one with dots in it", () => {
  const from = order({ lines: [line("a.b.c", "OLD", 2)] });
  expect(edited({ lines: { "a.b.c": { sku: "NEW", quantity: 5 } } }, from).lines).toEqual([
    line("a.b.c", "NEW", 5),
  ]);
});

test("an edit of a line that the order does not have is told", () => {
  expect(addEdit({}, { lines: { "9": { quantity: 1 } } }, order()).unknownLines).toEqual(["9"]);
});

test("edits hold against a later version of the cart, and its news is named once", () => {
  const { edits } = addEdit({}, { ship_to: { city: "Dallas" } }, order());
  const moved = order({ ship_to: { ...order().ship_to, city: "Waco" }, ship_code: "slow" });
  expect(withEdits(moved, edits)).toMatchObject({ ship_to: { city: "Dallas" }, ship_code: "slow" });
  const said = cartSays(edits, moved);
  expect(said.news).toEqual(["ship_to.city"]);
  expect(cartSays(said.edits, moved).news).toEqual([]);
});

test("a second edit of a field keeps what the cart said of it", () => {
  const first = addEdit({}, { ship_code: "a" }, order({ ship_code: "cart" })).edits;
  const second = addEdit(first, { ship_code: "b" }, order({ ship_code: "a" })).edits;
  expect(second).toEqual({ ship_code: { value: "b", cart: "cart" } });
});

test("laying edits over an order twice is laying them over it once", () => {
  const text = fc.string({ minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(
      fc.record(
        { ship_code: fc.option(text), city: text, quantity: fc.integer({ min: 0, max: 9 }) },
        { requiredKeys: [] },
      ),
      ({ ship_code, city, quantity }) => {
        const edit: OrderEdit = {
          ...(ship_code === undefined ? {} : { ship_code }),
          ...(city === undefined ? {} : { ship_to: { city } }),
          ...(quantity === undefined ? {} : { lines: { "1": { quantity } } }),
        };
        const { edits } = addEdit({}, edit, order());
        const once = withEdits(order(), edits);
        expect(withEdits(once, edits)).toEqual(once);
      },
    ),
  );
});

test("a field that a person may not edit is refused by name", () => {
  const read = orderEditShape.safeParse({ grand_total: 1 });
  expect(JSON.stringify(read.error?.issues)).toContain("grand_total");
  expect(orderEditShape.safeParse({ ship_to: { planet: "Mars" } }).success).toBe(false);
});

test("an edit is told in words", () => {
  expect(editText({ ship_to: { city: "Dallas" }, gift_message: null })).toBe(
    "gift_message is empty now, ship_to.city is Dallas now",
  );
});

test("a second edit of a field that the cart leaves out knows that it does", () => {
  const first = addEdit({}, { gift_message: "Hi" }, order()).edits;
  const { edits } = addEdit(first, { gift_message: "Ho" }, withEdits(order(), first));
  expect(edits).toEqual({ gift_message: { value: "Ho", cart: null } });
});

test("an edit is empty when it names no field, however deep", () => {
  const empty: OrderEdit[] = [{}, { ship_to: {} }, { lines: {} }, { lines: { "1": {} } }];
  for (const edit of empty) expect(isEmptyEdit(edit)).toBe(true);
  for (const edit of [{ po_number: null }, { ship_to: { city: null } }])
    expect(isEmptyEdit(edit)).toBe(false);
});

test("orders say the same whatever the sequence of their fields, and not when a value differs", () => {
  const one = order({ ship_code: "express" });
  const { ship_code, ...rest } = one;
  expect(sameContents(one, { ...rest, gift_message: undefined, ship_code })).toBe(true);
  expect(sameContents(one, rest)).toBe(false);
  expect(sameContents(rest, one)).toBe(false);
  expect(sameContents(one, { ...one, lines: one.lines.slice(1) })).toBe(false);
  expect(sameContents(one, { ...one, ship_to: { ...one.ship_to, city: "Waco" } })).toBe(false);
});
