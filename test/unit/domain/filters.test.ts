import fc from "fast-check";
import { expect, test } from "vitest";
import {
  failedChecks,
  filterFields,
  filterLines,
  itemRules,
  orderFilterShape,
  type ItemFilter,
  type OrderFilter,
} from "../../../src/domain/filters.ts";
import type { IncomingOrder } from "../../../src/domain/incoming.ts";
import { incomingOrder, line, order } from "./samples.ts";

const all = { order_statuses: [], payment_statuses: [], fulfilment_statuses: [] };

const filter = (
  field: string,
  mode: OrderFilter["mode"],
  values: string[],
  match: OrderFilter["match"] = "whole",
): OrderFilter => orderFilterShape.parse({ field, mode, match, values });

const passes = (incoming: IncomingOrder, ...filters: OrderFilter[]): boolean =>
  failedChecks(incoming, { ...all, filters }).length === 0;

const sample = incomingOrder({
  tags: ["VIP", "gift"],
  order: order({
    ship_to: { ...order().ship_to, zip: "78701", state: "TX" },
    ship_code: "UPS Ground",
    grand_total: 4990,
    extra_fields: { channel: "eBay" },
    lines: [{ ...line("1", "MUG", 2), weight_g: 400 }],
  }),
});

test.each([
  ["country", "required", ["us"], "whole", true],
  ["country", "restricted", ["US", "CA"], "whole", false],
  ["country", "restricted", ["FR"], "whole", true],
  ["state", "required", [" tx "], "whole", true],
  ["zip", "required", ["787"], "starts", true],
  ["zip", "required", ["787"], "whole", false],
  ["zip", "restricted", ["01"], "ends", false],
  ["ship_method", "required", ["ground"], "contains", true],
  ["tag", "required", ["vip", "none"], "whole", true],
  ["tag", "restricted", ["gift"], "whole", false],
  ["customer_tag", "required", ["vip"], "whole", false],
  ["total", "required", ["49.9"], "whole", true],
  ["total", "required", ["49.90"], "at_least", true],
  ["total", "required", ["49.91"], "at_least", false],
  ["total", "restricted", ["50"], "at_least", true],
  ["weight", "required", ["800"], "at_most", true],
  ["weight", "required", ["799"], "at_most", false],
  ["extra.channel", "required", ["ebay"], "whole", true],
  ["extra.none", "required", ["ebay"], "whole", false],
  ["extra.none", "restricted", ["ebay"], "whole", true],
  ["currency", "required", ["USD"], "whole", true],
  ["ship_to.city", "required", ["austin"], "whole", true],
] as const)("%s %s %j (%s) passes: %s", (field, mode, values, match, expected) => {
  expect(passes(sample, filter(field, mode, [...values], match))).toBe(expected);
});

test("each failed check says what was looked at, what was wanted and what was there", () => {
  const checks = failedChecks(sample, {
    order_statuses: ["completed"],
    payment_statuses: ["unpaid"],
    fulfilment_statuses: ["fulfilled", "partial"],
    filters: [
      filter("country", "required", ["CA", "MX"]),
      filter("zip", "restricted", ["78"], "starts"),
      filter("customer_tag", "required", ["wholesale"]),
      filter("total", "required", ["1"], "at_least"),
    ],
  });
  expect(checks).toEqual([
    { field: "order_status", expected: "completed", actual: "processing" },
    { field: "payment_status", expected: "unpaid", actual: "paid" },
    { field: "fulfilment_status", expected: "fulfilled, partial", actual: "unfulfilled" },
    { field: "country", expected: "CA, MX", actual: "US" },
    { field: "zip", expected: "not starting with 78", actual: "78701" },
    { field: "customer_tag", expected: "wholesale", actual: "nothing" },
  ]);
});

test.each([
  [{ field: "colour", values: ["x"] }, "field"],
  [{ field: "extra.", values: ["x"] }, "field"],
  [{ field: "lines", values: ["x"] }, "field"],
  [{ field: "total", values: ["much"] }, "values.0"],
  [{ field: "zip", match: "at_most", values: ["1"] }, "match"],
  [{ field: "country", values: ["USA"] }, "values.0"],
  [{ field: "ship_to.country", values: ["1"] }, "values.0"],
  [{ field: "zip", values: [""] }, "values.0"],
  [{ field: "zip", values: [] }, "values"],
  [{ field: "zip", mode: "perhaps", values: ["1"] }, "mode"],
])("the filter %j is refused at %s", (given, path) => {
  const read = orderFilterShape.safeParse({ mode: "required", ...given });
  expect(read.error?.issues.map((issue) => issue.path.join("."))).toContain(path);
});

const anyFilter: fc.Arbitrary<OrderFilter> = fc
  .record({
    field: fc.constantFrom(...filterFields, "extra.channel"),
    mode: fc.constantFrom("required" as const, "restricted" as const),
    match: fc.constantFrom("whole", "starts", "ends", "contains", "at_least", "at_most"),
    values: fc.array(fc.constantFrom("US", "us", "7", "49.90", "78701", "FR"), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .filter((given) => orderFilterShape.safeParse(given).success)
  .map((given) => orderFilterShape.parse(given));

test("whatever the filters, an order fails exactly those that it fails alone, in their sequence", () => {
  fc.assert(
    fc.property(fc.array(anyFilter, { maxLength: 6 }), (filters) => {
      const together = failedChecks(sample, { ...all, filters });
      const alone = filters.flatMap((one) => failedChecks(sample, { ...all, filters: [one] }));
      expect(together).toEqual(alone);
    }),
  );
});

test("whatever a filter, either it or its opposite passes, never both; upper and lower case are the same", () => {
  fc.assert(
    fc.property(anyFilter, (one) => {
      const opposite = { ...one, mode: one.mode === "required" ? "restricted" : "required" };
      expect(passes(sample, one)).toBe(!passes(sample, opposite as OrderFilter));
      const upper = { ...one, values: one.values.map((value) => value.toUpperCase()) };
      expect(passes(sample, upper)).toBe(passes(sample, one));
    }),
  );
});

const skus = ["MUG", "mug", "TEE", "", "BAG"];
const anyItems: fc.Arbitrary<ItemFilter> = fc.record({
  mode: fc.constantFrom("off" as const, "allow" as const, "deny" as const),
  level: fc.constantFrom("line" as const, "order" as const),
  skus: fc.subarray(skus),
});

test("whatever the item filter, each line is kept, and marked exactly where a check failed", () => {
  fc.assert(
    fc.property(anyItems, fc.array(fc.constantFrom(...skus), { minLength: 1 }), (items, sold) => {
      const lines = sold.map((sku, at) => line(String(at), sku, 1, at));
      const { lines: kept, failed } = filterLines(lines, itemRules(items));
      expect(kept.map(({ line_id, sku, quantity }) => ({ line_id, sku, quantity }))).toEqual(
        lines.map(({ line_id, sku, quantity }) => ({ line_id, sku, quantity })),
      );
      expect(kept.filter(({ filtered }) => filtered)).toHaveLength(failed.length);
      const listed = new Set(items.skus.map((sku) => sku.toLowerCase()));
      for (const one of kept) {
        const isListed = listed.has(one.sku.toLowerCase());
        const taken = items.mode === "off" || isListed === (items.mode === "allow");
        expect(one.filtered ?? false).toBe(!taken);
      }
    }),
  );
});

test("a line that nobody ships is not filtered", () => {
  const digital = { ...line("1", "EBOOK", 1), digital: true as const };
  const rules = itemRules({ mode: "allow", level: "order", skus: ["MUG"] });
  expect(filterLines([digital], rules).failed).toEqual([]);
});
