import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isShipped,
  partsOf,
  referenceTail,
  skipKey,
  sourceIdOfSkip,
} from "../../../src/domain/parts.ts";
import { incomingOrder, line, order } from "./samples.ts";

const lines = [line("1", "MUG", 2, 1), line("2", "TEE", 1, 2), line("3", "CARD", 1, 3)];
const elsewhere = { address_1: "9 Other Rd", city: "Waco", country: "US" };
const shape = (parts: ReturnType<typeof partsOf>) =>
  parts.map(({ part, order: { ship_to, lines: own } }) => [
    part,
    ship_to.city,
    own.map(({ line_id }) => line_id).join(),
  ]);

test("an ordinary order is one part, and the very same order", () => {
  const incoming = incomingOrder();
  expect(partsOf(incoming)).toEqual([{ ...incoming, part: 1 }]);
  expect(partsOf(incoming)[0]?.order).toBe(incoming.order);
});

test("each ship-to address is an order of its own, the order's own first", () => {
  const parts = partsOf(
    incomingOrder({
      order: order({ lines }),
      other_addresses: [{ ship_to: elsewhere, line_ids: ["2"] }],
    }),
  );
  expect(shape(parts)).toEqual([
    [1, "Austin", "1,3"],
    [2, "Waco", "2"],
  ]);
});

test("an order of which nothing goes to its own address has no part for it", () => {
  const parts = partsOf(
    incomingOrder({
      order: order({ lines: lines.slice(0, 2) }),
      other_addresses: [
        { ship_to: elsewhere, line_ids: ["1"] },
        { ship_to: { ...elsewhere, city: "Hico" }, line_ids: ["2"] },
      ],
    }),
  );
  expect(shape(parts)).toEqual([
    [1, "Waco", "1"],
    [2, "Hico", "2"],
  ]);
});

test("who pays stays the same for every part", () => {
  const [, second] = partsOf(
    incomingOrder({
      order: order({ lines, ship_is_billing: true }),
      other_addresses: [{ ship_to: elsewhere, line_ids: ["2"] }],
    }),
  );
  expect(second?.order).toMatchObject({
    ship_to: elsewhere,
    bill_to: order().ship_to,
    ship_is_billing: false,
  });
});

test("digital lines are kept, marked, and not shipped", () => {
  const [only] = partsOf(incomingOrder({ order: order({ lines }), digital_lines: ["3"] }));
  expect(only?.order.lines.map(isShipped)).toEqual([true, true, false]);
});

test("the reference of a part or a renewal says which it is, and a skip is filed under the same", () => {
  const tail = (part: number, period?: string) =>
    referenceTail(period === undefined ? { part } : { part, period });
  expect([tail(1), tail(3), tail(1, "2026-11"), tail(2, "2026-11")]).toEqual([
    "",
    "-3",
    "-2026-11",
    "-2026-11-2",
  ]);
  expect(skipKey({ source_id: "77", part: 1 })).toBe("77");
  expect(sourceIdOfSkip(skipKey({ source_id: "77", part: 2, period: "2026-11" }))).toBe("77");
});

test("however an order is split, every line is in exactly one part", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 }),
      (addressOf) => {
        const all = addressOf.map((_, at) => line(String(at), `SKU-${at}`, 1, at + 1));
        const other_addresses = [1, 2, 3].map((n) => ({
          ship_to: { ...elsewhere, city: `City ${n}` },
          line_ids: all.map(({ line_id }) => line_id).filter((_, at) => addressOf[at] === n),
        }));
        const parts = partsOf(incomingOrder({ order: order({ lines: all }), other_addresses }));
        const ids = parts.flatMap((one) => one.order.lines.map(({ line_id }) => line_id));
        expect(ids.toSorted()).toEqual(all.map(({ line_id }) => line_id).toSorted());
        expect(parts.map(({ part }) => part)).toEqual(parts.map((_, at) => at + 1));
      },
    ),
  );
});
