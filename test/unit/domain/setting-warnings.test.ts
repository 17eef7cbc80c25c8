import { expect, test } from "vitest";
import { NO_ITEM_FILTER, type OrderFilter } from "../../../src/domain/filters.ts";
import { cartPolicyShape } from "../../../src/domain/policy.ts";
import { settingWarnings, type CartSituation } from "../../../src/domain/setting-warnings.ts";
import { NOW } from "./samples.ts";

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
    "a span",
    of("required", "total", ["40"], "at_least"),
    of("required", "total", ["50"], "at_most"),
    false,
  ],
])("two filters, %s: warned of %#", (_, one, other, isWarned) => {
  expect(withPolicy({ filters: [one, other] })).toEqual(isWarned ? ["filters.1"] : []);
});
