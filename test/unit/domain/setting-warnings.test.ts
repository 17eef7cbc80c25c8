import fc from "fast-check";
import { expect, test } from "vitest";
import { matchKinds } from "../../../src/domain/filter-fields.ts";
import {
  failedChecks,
  NO_ITEM_FILTER,
  orderFilterShape,
  type OrderFilter,
} from "../../../src/domain/filters.ts";
import { cartPolicyShape } from "../../../src/domain/policy.ts";
import { settingWarnings, type CartSituation } from "../../../src/domain/setting-warnings.ts";
import { incomingOrder, NOW, order } from "./samples.ts";

const policy = cartPolicyShape.parse({
  delivery: true,
  order_statuses: ["processing"],
  earliest_order_at: NOW,
});
const sound: CartSituation = {
  policy,
  items: NO_ITEM_FILTER,
  known: {
    order_statuses: ["processing", "cancelled", "refunded", "failed"],
    payment_statuses: ["paid"],
    fulfilment_statuses: ["unfulfilled"],
  },
  downloads: true,
  paused: false,
  needs_reauth: false,
  wms: "found",
  unknown_aliases: [],
  now: NOW,
};

const paths = (more: Partial<CartSituation>) =>
  settingWarnings({ ...sound, ...more }).map(({ path }) => path);
const withPolicy = (more: Partial<typeof policy>) => paths({ policy: { ...policy, ...more } });

test("settings that load and send have no warning", () => {
  expect(settingWarnings(sound)).toEqual([]);
  expect(withPolicy({ order_statuses: [], payment_statuses: ["paid"] })).toEqual([]);
  expect(paths({ downloads: null })).toEqual([]);
  expect(paths({ items: { mode: "allow", level: "line", skus: [""] } })).toEqual([]);
  expect(paths({ items: { mode: "deny", level: "line", skus: [] } })).toEqual([]);
});

test.each([
  [{ paused: true }, "connection"],
  [{ needs_reauth: true }, "connection"],
  [{ downloads: false }, "download.on"],
  [{ wms: "none" as const }, "wms_id"],
  [{ wms: "several" as const }, "wms_id"],
  [{ wms: "gone" as const }, "wms_id"],
  [{ items: { mode: "allow" as const, level: "order" as const, skus: [] } }, "item_filters.skus"],
  [{ policy: { ...policy, delivery: false } }, "delivery"],
  [{ policy: { ...policy, earliest_order_at: NOW + 1 } }, "earliest_order_at"],
  [{ policy: { ...policy, order_statuses: ["cancelled", "refunded"] } }, "order_statuses"],
  [{ policy: { ...policy, order_statuses: ["processing", "shop-own"] } }, "order_statuses"],
  [{ policy: { ...policy, payment_statuses: ["shop-own"] } }, "payment_statuses"],
  [{ policy: { ...policy, fulfilment_statuses: ["shop-own"] } }, "fulfilment_statuses"],
])("%j is warned of at %s, once", (more, path) => {
  expect(paths(more)).toEqual([path]);
});

test("statuses of which one is not called off load something", () => {
  expect(withPolicy({ order_statuses: ["processing", "cancelled"] })).toEqual([]);
});

test("statuses that were called off beside ones that nobody knows are warned of, and so is each that nobody knows", () => {
  expect(withPolicy({ order_statuses: ["cancelled", "procesing"] })).toEqual([
    "order_statuses",
    "order_statuses",
  ]);
  expect(withPolicy({ order_statuses: ["cancelled", "procesing", "processing"] })).toEqual([
    "order_statuses",
  ]);
});

const of = (
  mode: OrderFilter["mode"],
  field: string,
  values: string[],
  match: OrderFilter["match"] = "whole",
): OrderFilter => ({ mode, field, match, values });

test.each([
  [
    "required twice, nothing in common",
    of("required", "country", ["US"]),
    of("required", "country", ["CA"]),
    true,
  ],
  [
    "required twice, one in common",
    of("required", "country", ["US", "CA"]),
    of("required", "country", ["ca"]),
    false,
  ],
  [
    "required of two fields",
    of("required", "country", ["US"]),
    of("required", "state", ["TX"]),
    false,
  ],
  [
    "two tags, as an order may have both",
    of("required", "tag", ["a"]),
    of("required", "tag", ["b"]),
    false,
  ],
  [
    "beginnings, which may both be",
    of("required", "zip", ["7"], "starts"),
    of("required", "zip", ["1"], "ends"),
    false,
  ],
  [
    "required and restricted",
    of("required", "country", ["US"]),
    of("restricted", "country", ["us"]),
    true,
  ],
  [
    "restricted and required, of tags too",
    of("restricted", "tag", ["a"]),
    of("required", "tag", ["a", "b"]),
    true,
  ],
  [
    "required and another restricted",
    of("required", "country", ["US"]),
    of("restricted", "country", ["CA"]),
    false,
  ],
  [
    "restricted twice",
    of("restricted", "country", ["US"]),
    of("restricted", "country", ["US"]),
    false,
  ],
  [
    "more than at least and at most allow",
    of("required", "total", ["50"], "at_least"),
    of("required", "total", ["40"], "at_most"),
    true,
  ],
  [
    "at most before at least",
    of("required", "total", ["40"], "at_most"),
    of("required", "total", ["50"], "at_least"),
    true,
  ],
  [
    "one field under two names",
    of("required", "country", ["US"]),
    of("required", "ship_to.country", ["CA"]),
    true,
  ],
  [
    "an amount under two names",
    of("required", "total", ["10"], "at_least"),
    of("restricted", "grand_total", ["10.00"], "at_least"),
    true,
  ],
  [
    "another address's country",
    of("required", "country", ["US"]),
    of("required", "bill_to.country", ["CA"]),
    false,
  ],
  [
    "a whole value whose beginning is restricted",
    of("required", "zip", ["78701"]),
    of("restricted", "zip", ["787"], "starts"),
    true,
  ],
  [
    "a whole value a part of which is restricted",
    of("restricted", "ship_method", ["ground"], "contains"),
    of("required", "ship_code", ["UPS Ground"]),
    true,
  ],
  [
    "whole values of which one is restricted by its beginning",
    of("required", "zip", ["78701", "10001"]),
    of("restricted", "zip", ["787"], "starts"),
    true,
  ],
  [
    "a beginning that is restricted in a part",
    of("required", "ship_method", ["UPS"], "starts"),
    of("restricted", "ship_method", ["ups"], "contains"),
    true,
  ],
  [
    "a beginning that is restricted as a whole",
    of("required", "ship_method", ["UPS"], "starts"),
    of("restricted", "ship_method", ["UPS"]),
    false,
  ],
  [
    "a country by its beginning, of which all are restricted",
    of("required", "country", ["U"], "starts"),
    of("restricted", "country", ["UA", "UG", "UM", "US", "UY", "UZ"]),
    true,
  ],
  [
    "true and false both restricted",
    of("restricted", "gift_wrap", ["true"]),
    of("required", "gift_wrap", ["true", "false"]),
    true,
  ],
  [
    "two parts, which may both be in it",
    of("required", "ship_method", ["UPS"], "contains"),
    of("required", "ship_method", ["Ground"], "contains"),
    false,
  ],
  [
    "two beginnings, which cannot both be",
    of("required", "zip", ["7"], "starts"),
    of("required", "zip", ["1", "2"], "starts"),
    true,
  ],
  [
    "at least what is restricted from less on",
    of("required", "total", ["10"], "at_least"),
    of("restricted", "total", ["5"], "at_least"),
    true,
  ],
  [
    "at least more than the whole",
    of("required", "total", ["10"], "at_least"),
    of("required", "total", ["5"]),
    true,
  ],
  [
    "at least what is restricted from more on",
    of("required", "total", ["10"], "at_least"),
    of("restricted", "total", ["20"], "at_least"),
    false,
  ],
  [
    "at least, and the digits of a number",
    of("required", "total", ["10"], "at_least"),
    of("restricted", "total", ["1"], "contains"),
    false,
  ],
  [
    "an amount that may be below nothing",
    of("required", "balance", ["-1"], "at_most"),
    of("restricted", "balance", ["-5"], "at_most"),
    false,
  ],
  [
    "two of a field that may have several values",
    of("required", "extra.colour", ["red"]),
    of("required", "extra.colour", ["blue"]),
    false,
  ],
  [
    "a tag by its beginning, and restricted",
    of("required", "tag", ["vip"], "starts"),
    of("restricted", "tag", ["v"], "starts"),
    true,
  ],
  [
    "a span",
    of("required", "total", ["40"], "at_least"),
    of("required", "total", ["50"], "at_most"),
    false,
  ],
])("two filters, %s: warned of %#", (_, one, other, isWarned) => {
  expect(withPolicy({ filters: [one, other] })).toEqual(isWarned ? ["filters.1"] : []);
});

test("an amount that no order has is warned of by itself", () => {
  const below = of("required", "total", ["-0.01"], "at_most");
  expect(withPolicy({ filters: [below] })).toEqual(["filters.0"]);
  expect(withPolicy({ filters: [{ ...below, mode: "restricted" }] })).toEqual([]);
  expect(withPolicy({ filters: [of("required", "total", ["0"], "at_most")] })).toEqual([]);
});

test("of several filters the first with which none passes is named, once", () => {
  const filters = [
    of("required", "state", ["TX"]),
    of("required", "zip", ["7"], "starts"),
    of("required", "zip", ["78701", "78702"]),
    of("restricted", "zip", ["78"], "starts"),
    of("restricted", "zip", ["9"], "starts"),
  ];
  expect(withPolicy({ filters })).toEqual(["filters.3"]);
});

test("whatever an order, if it passes filters, they are not said to let none pass", () => {
  const anyFilter = fc
    .record({
      mode: fc.constantFrom("required" as const, "restricted" as const),
      field: fc.constantFrom("zip", "total", "country", "ship_to.country", "tag", "gift_wrap"),
      match: fc.constantFrom(...matchKinds),
      values: fc.array(fc.constantFrom("1", "12", "21", "2", "US", "U", "true"), {
        minLength: 1,
        maxLength: 3,
      }),
    })
    .filter((given) => orderFilterShape.safeParse(given).success);
  const anyOrder = fc.record({
    zip: fc.constantFrom("1", "12", "121", "21", "3"),
    total: fc.constantFrom(0, 100, 101, 1_200, 2_100),
    country: fc.constantFrom("US", "UA", "CA"),
    tags: fc.subarray(["1", "12", "2"]),
    gift_wrap: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyFilter, { maxLength: 5 }), anyOrder, (filters, wanted) => {
      const { zip, country, total: grand_total, gift_wrap, tags } = wanted;
      const ship_to = { ...order().ship_to, zip, country };
      const incoming = incomingOrder({ tags, order: order({ ship_to, grand_total, gift_wrap }) });
      const rules = { order_statuses: [], payment_statuses: [], fulfilment_statuses: [], filters };
      fc.pre(failedChecks(incoming, rules).length === 0);
      const said = settingWarnings({ ...sound, policy: { ...policy, filters } });
      expect(said.filter(({ message }) => /no order passes|none passes/.test(message))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("a setting that names a code which no product has is told, before it holds every order", () => {
  const [warning] = settingWarnings({
    ...sound,
    policy: { ...policy, item_code_out: "Nope" },
    unknown_aliases: ["item_code_out"],
  });
  expect(warning).toEqual({
    path: "item_code_out",
    message: 'No product has a code called "Nope": orders are held for it.',
  });
});
