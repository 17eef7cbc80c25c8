import fc from "fast-check";
import { expect, test } from "vitest";
import { filterFields } from "../../../src/domain/filter-fields.ts";
import {
  failedChecks,
  filterLines,
  itemRules,
  orderFilterShape,
  orderFiltersShape,
  storedFiltersShape,
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
    sub_total: 4500,
    order_discount: -50,
    gift_wrap: true,
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
  ["grand_total", "required", ["49.9"], "whole", true],
  ["grand_total", "required", ["4990"], "whole", false],
  ["sub_total", "required", ["45"], "at_least", true],
  ["sub_total", "required", ["44.99"], "at_most", false],
  ["order_discount", "required", ["-0.50"], "whole", true],
  ["order_discount", "required", ["-0.5"], "at_most", true],
  ["order_discount", "required", ["-"], "starts", true],
  ["balance", "required", ["0"], "at_least", false],
  ["gift_wrap", "required", ["TRUE"], "whole", true],
  ["order_date", "required", ["2026-11"], "starts", true],
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
  [{ field: "country", values: ["US", "ZZ"] }, "values.1"],
  [{ field: "country", values: ["U"] }, "values.0"],
  [{ field: "country", match: "starts", values: ["Q", "QQ"] }, "values.1"],
  [{ field: "country", match: "starts", values: ["USA"] }, "values.0"],
  [{ field: "ship_to.type", values: ["home"] }, "values.0"],
  [{ field: "gift_wrap", values: ["yes"] }, "values.0"],
  [{ field: "tax_exempt", values: ["1"] }, "values.0"],
  [{ field: "ship_is_billing", values: ["x"] }, "values.0"],
  [{ field: "black_listed", match: "starts", values: ["y"] }, "values.0"],
  [{ field: "currency", values: ["USS"] }, "values.0"],
  [{ field: "currency", match: "at_least", values: ["1"] }, "match"],
  [{ field: "order_date", values: ["2026-11-26"] }, "values.0"],
  [{ field: "order_date", match: "starts", values: ["26.11.2026"] }, "values.0"],
  [{ field: "order_date", match: "starts", values: ["2026-13"] }, "values.0"],
  [{ field: "order_date", match: "contains", values: ["November"] }, "values.0"],
  [{ field: "requested_ship_date", values: ["2026-02-30"] }, "values.0"],
  [{ field: "latest_ship_date", values: ["2026-11"] }, "values.0"],
  [{ field: "latest_ship_date", match: "starts", values: ["2026-11-26T"] }, "values.0"],
  [{ field: "total", values: ["Infinity"] }, "values.0"],
  [{ field: "total", values: ["0x10"] }, "values.0"],
  [{ field: "weight", values: ["1e3"] }, "values.0"],
  [{ field: "balance", values: ["1,50"] }, "values.0"],
  [{ field: "sub_total", match: "at_most", values: ["."] }, "values.0"],
  [{ field: "zip", values: [""] }, "values.0"],
  [{ field: "zip", values: [] }, "values"],
  [{ field: "zip", mode: "perhaps", values: ["1"] }, "mode"],
])("the filter %j is refused at %s", (given, path) => {
  const read = orderFilterShape.safeParse({ mode: "required", ...given });
  expect(read.error?.issues.map((issue) => issue.path.join("."))).toContain(path);
});

test.each([
  ["country", "starts", "u"],
  ["country", "starts", "US"],
  ["bill_to.country", "contains", "S"],
  ["currency", "whole", "usd"],
  ["gift_wrap", "whole", "False"],
  ["ship_to.type", "whole", "residential"],
  ["order_date", "whole", "2026-11-26T08:00:00Z"],
  ["order_date", "starts", "2"],
  ["order_date", "starts", "2026-1"],
  ["order_date", "starts", "2026-11-3"],
  ["order_date", "starts", "2024-02-29T2"],
  ["order_date", "starts", "2026-11-26t08:00"],
  ["order_date", "ends", "00Z"],
  ["expected_delivery_date", "whole", "2026-11-26"],
  ["expected_delivery_date", "contains", "-11-"],
  ["total", "whole", "49.90"],
  ["total", "starts", "49."],
  ["fraud_score", "at_least", ".5"],
  ["extra.paid", "whole", "yes"],
])("the filter %s %s %j may match, so it is taken", (field, match, value) => {
  const given = { field, match, mode: "required", values: [value] };
  expect(orderFilterShape.safeParse(given).error?.issues).toBeUndefined();
});

test("a filter that was stored before it was refused can still be read", () => {
  const filters = [{ field: "country", mode: "required", match: "whole", values: ["ZZ"] }];
  expect(orderFiltersShape.safeParse(filters).success).toBe(false);
  expect(storedFiltersShape.parse(filters)).toEqual(filters);
});

const anyFilter: fc.Arbitrary<OrderFilter> = fc
  .record({
    field: fc.constantFrom(...filterFields, "extra.channel"),
    mode: fc.constantFrom("required" as const, "restricted" as const),
    match: fc.constantFrom("whole", "starts", "ends", "contains", "at_least", "at_most"),
    values: fc.array(fc.constantFrom("US", "us", "7", "49.90", "78701", "FR", "true", "2026"), {
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
