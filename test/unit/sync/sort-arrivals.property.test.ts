import fc from "fast-check";
import { expect, test } from "vitest";
import { itemRules } from "../../../src/domain/filters.ts";
import type { OrderId } from "../../../src/domain/ids.ts";
import { skipReasons, type KnownOrder } from "../../../src/domain/intake.ts";
import { orderStatuses } from "../../../src/domain/order.ts";
import { cartPolicyShape } from "../../../src/domain/policy.ts";
import {
  sortArrivals,
  type Arrival,
  type IntakeCart,
  type Sightings,
} from "../../../src/sync/sort-arrivals.ts";
import { incomingOrder, line, NOW, order } from "../domain/samples.ts";

type Rules = Parameters<typeof sortArrivals>[0];

const statuses = ["processing", "on-hold", "pending"];
const skus = ["MUG", "TEE", ""];

const anyRules: fc.Arbitrary<Rules> = fc
  .record({
    order_statuses: fc.subarray(statuses),
    payment_statuses: fc.subarray(["paid"]),
    earliest_order_at: fc.constantFrom(0, NOW, NOW + 1),
    countries: fc.subarray(["US", "FR"]),
    mode: fc.constantFrom("off" as const, "allow" as const, "deny" as const),
    level: fc.constantFrom("line" as const, "order" as const),
    listed: fc.subarray(skus),
    delivery: fc.boolean(),
    anyAge: fc.boolean(),
  })
  .map(({ countries, mode, level, listed, anyAge, ...policy }) => {
    const cart: IntakeCart = {
      merchant_id: "mer_1",
      cart_id: "con_1",
      wms_id: "con_2",
      wms_ids: ["con_2"],
      policy: cartPolicyShape.parse({
        ...policy,
        filters:
          countries.length === 0
            ? []
            : [{ field: "country", mode: "restricted", values: countries }],
      }),
      siblings: [],
      anyAge,
    };
    return { ...cart, items: itemRules({ mode, level, skus: listed }) };
  });

const anyArrival: fc.Arbitrary<Arrival> = fc
  .record({
    source_status: fc.constantFrom(...statuses),
    payment_status: fc.constantFrom("paid", "unpaid", null),
    state: fc.constantFrom("open" as const, "cancelled" as const, "trashed" as const),
    placed_at: fc.constantFrom(NOW - 1, NOW),
    is_contract: fc.boolean(),
    country: fc.constantFrom("US", "FR"),
    sold: fc.array(fc.constantFrom(...skus), { minLength: 1, maxLength: 3 }),
    digital: fc.boolean(),
  })
  .map(({ country, sold, digital, ...more }) =>
    incomingOrder({
      ...more,
      order: order({
        ship_to: { ...order().ship_to, country },
        lines: sold.map((sku, at) => ({
          ...line(String(at), sku, 1, at),
          ...(digital ? { digital } : {}),
        })),
      }),
    }),
  );

const anyKnown: fc.Arbitrary<KnownOrder> = fc.record({
  id: fc.constant("ord"),
  status: fc.constantFrom(...orderStatuses),
  source_status: fc.constantFrom(...statuses),
  source_modified_at: fc.constant(NOW),
  is_test: fc.constant(false),
  sending_canceled: fc.boolean(),
  canceled_by: fc.constantFrom(null, "person"),
  cancel_wanted: fc.constantFrom(null, "wms", "cart"),
  too_late_to_cancel: fc.boolean(),
  kept_in_cart: fc.boolean(),
  on_hold: fc.constantFrom(null, "no_longer_passes", "person"),
  error_reason: fc.constantFrom(null, "address"),
  no_longer_passes: fc.boolean(),
  waved_through: fc.boolean(),
  cleared: fc.boolean(),
  redacted: fc.boolean(),
  body: fc.constantFrom(order(), order({ lines: [line("1", "MUG", 9)] })),
  edits: fc.constant({}),
  timeline: fc.constant([]),
});

const anySeen = fc.array(
  fc.record({
    arrival: anyArrival,
    known: fc.option(anyKnown, { freq: 2 }),
    wasCleared: fc.boolean(),
  }),
  { maxLength: 8 },
);

test("whatever the settings and the orders, each order seen is exactly one of loaded, skipped with a reason, already here, too old or cleared", () => {
  fc.assert(
    fc.property(anyRules, anySeen, (rules, seen) => {
      const named = seen.map((one, at) => ({ ...one, id: `ord_${at}` as OrderId }));
      const sightings: Sightings = {
        readable: new Map(
          named.map(({ id, arrival }) => [id, { ...arrival, source_id: id.slice(4) }]),
        ),
        unreadable: new Map(),
        gone: [],
      };
      const stored = {
        known: new Map(
          named.flatMap(({ id, known }): [string, KnownOrder][] =>
            known ? [[id, { ...known, id }]] : [],
          ),
        ),
        tombstones: new Set(named.filter(({ wasCleared }) => wasCleared).map(({ id }) => id)),
      };
      const sorted = sortArrivals(rules, sightings, stored, NOW);
      const { decisions, too_old, same, cleared, unread: _, ...lists } = sorted;
      const listed = Object.values(lists).reduce((sum, list) => sum + list.length, 0);
      expect(listed + too_old + same + cleared).toBe(seen.length);
      expect(decisions.size).toBe(seen.length);
      for (const skip of sorted.skips) expect(skipReasons).toContain(skip.reason);
      for (const { id, known, wasCleared } of named) {
        const kind = decisions.get(id)?.kind ?? "";
        const isNew = ["load", "skip", "too_old"].includes(kind);
        if (known) expect(isNew).toBe(false);
        else expect(kind === "cleared").toBe(wasCleared);
        if (!known && !wasCleared) expect(isNew).toBe(true);
      }
      const loads = new Set(sorted.loads.map(({ id }) => id));
      expect(loads).toEqual(
        new Set(named.map(({ id }) => id).filter((id) => decisions.get(id)?.kind === "load")),
      );
    }),
    { numRuns: 500 },
  );
});
