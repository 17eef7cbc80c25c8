import { describe, expect, test } from "vitest";
import { isUnreadable, readOrder } from "../../../../src/connectors/carts/woocommerce/map.ts";
import type { IncomingOrder } from "../../../../src/domain/incoming.ts";
import { capturedDeliveries, capturedOrders, richOrder } from "./shop.ts";

/** Put `probe` into the field and `is` appears at `at`; `at` starts at the IncomingOrder. */
interface Used {
  probe: unknown;
  at: string;
  is: unknown;
}
type Verdict =
  | ({ verdict: "mapped" } & Used)
  | ({ verdict: "kept" } & Used)
  | { verdict: "dropped"; because: string };

const mapped = (probe: unknown, at: string, is: unknown = probe): Verdict => ({
  verdict: "mapped",
  probe,
  at,
  is,
});
const kept = (probe: unknown, at: string, is: unknown = probe): Verdict => ({
  verdict: "kept",
  probe,
  at: `order.${at}`,
  is,
});
const dropped = (because: string): Verdict => ({ verdict: "dropped", because });

const address = (side: "ship_to" | "bill_to", woo: string): Record<string, Verdict> => ({
  [`${woo}.first_name`]: mapped("Zoë", `order.${side}.first_name`),
  [`${woo}.last_name`]: mapped("Ng", `order.${side}.last_name`),
  [`${woo}.company`]: mapped("Co", `order.${side}.company`),
  [`${woo}.address_1`]: mapped("2 Oak", `order.${side}.address_1`),
  [`${woo}.address_2`]: mapped("Rear", `order.${side}.address_2`),
  [`${woo}.city`]: mapped("Waco", `order.${side}.city`),
  [`${woo}.state`]: mapped("OK", `order.${side}.state`),
  [`${woo}.postcode`]: mapped("73301", `order.${side}.zip`),
  [`${woo}.country`]: mapped("ca", `order.${side}.country`, "CA"),
  [`${woo}.phone`]: mapped("0123", `order.${side}.phone`),
});

const payment = "payment data stays in the shop";
const local = "the same time is read from its _gmt twin";
const presentation = "how the shop shows it, not what it is";
const taxDetail = "how the shop works out tax; the amounts are taken";
const shopOwn = "belongs to the shop's own running";

/** Every field WooCommerce sent. Arrays are written `[]`; a name stands for all that is under it. */
const table: Record<string, Verdict> = {
  id: mapped(99, "source_id", "99"),
  parent_id: kept(7, "extra_fields.parent_id", "7"),
  status: mapped("on-hold", "source_status"),
  currency: mapped("eur", "order.currency.code", "EUR"),
  version: dropped("the plugin's version, not the order's"),
  prices_include_tax: dropped("line amounts are before tax either way"),
  date_created: dropped(local),
  date_modified: dropped(local),
  date_completed: dropped(local),
  date_paid: dropped(local),
  date_created_gmt: mapped("2026-01-02T03:04:05", "order.order_date", "2026-01-02T03:04:05Z"),
  date_modified_gmt: mapped("2026-01-02T03:04:05", "modified_at", Date.UTC(2026, 0, 2, 3, 4, 5)),
  date_completed_gmt: dropped("the status says it, and it changes by our own doing"),
  date_paid_gmt: kept("2026-01-02T03:04:05", "extra_fields.date_paid", "2026-01-02T03:04:05Z"),
  discount_total: kept("4.00", "extra_fields.discount_total"),
  discount_tax: dropped("inside the lines' tax"),
  shipping_total: mapped("7.25", "order.shipping_handling", 875),
  shipping_tax: kept("0.50", "extra_fields.shipping_tax"),
  cart_tax: dropped("inside total_tax"),
  total: mapped("50.01", "order.grand_total", 5001),
  total_tax: mapped("3.21", "order.sales_tax", 321),
  customer_id: mapped(42, "order.customer_id", "42"),
  order_key: dropped("opens the order's payment page to whoever has it"),
  ...address("bill_to", "billing"),
  "billing.email": mapped("z@example.com", "order.ship_to.email"),
  ...address("ship_to", "shipping"),
  payment_method: dropped(payment),
  payment_method_title: dropped(payment),
  transaction_id: dropped(payment),
  customer_ip_address: dropped("personal data no warehouse needs"),
  customer_user_agent: dropped("personal data no warehouse needs"),
  created_via: mapped("checkout", "order.order_source"),
  customer_note: mapped("Ring twice 🔔", "order.shipping_instructions"),
  cart_hash: dropped(shopOwn),
  number: mapped("W-1001", "order.number"),
  "meta_data[].id": dropped("the row number of the meta"),
  "meta_data[].key": kept("gate_code", "extra_fields.gate_code", "yes"),
  "meta_data[].value": dropped("kept with a public key; this one starts with _"),
  "line_items[].id": mapped(77, "order.lines.0.line_id", "77"),
  "line_items[].name": mapped("Gadget 🎁", "order.lines.0.description"),
  "line_items[].product_id": kept(11, "lines.0.extra_fields.product_id", "11"),
  "line_items[].variation_id": kept(12, "lines.0.extra_fields.variation_id", "12"),
  "line_items[].quantity": mapped(1, "order.lines.0.quantity"),
  "line_items[].tax_class": dropped(taxDetail),
  "line_items[].subtotal": mapped("60.00", "order.lines.0.price", 2000),
  "line_items[].subtotal_tax": dropped("tax before coupons; total_tax is what is paid"),
  "line_items[].total": mapped("30.00", "order.lines.0.extended_amount", 3000),
  "line_items[].total_tax": mapped("1.11", "order.lines.0.tax", 111),
  "line_items[].taxes": dropped(taxDetail),
  "line_items[].meta_data[].id": dropped("the row number of the meta"),
  "line_items[].meta_data[].key": kept("Engraving", "lines.0.extra_fields.Engraving", "3"),
  "line_items[].meta_data[].value": dropped("kept with a public key; this one starts with _"),
  "line_items[].meta_data[].display_key": dropped(presentation),
  "line_items[].meta_data[].display_value": dropped(presentation),
  "line_items[].sku": mapped("GADGET-9", "order.lines.0.sku"),
  "line_items[].global_unique_id": kept("4006381333931", "lines.0.extra_fields.global_unique_id"),
  "line_items[].price": dropped("total / quantity, a number; worked out from the decimal strings"),
  "line_items[].image": dropped(presentation),
  "line_items[].parent_name": dropped("part of the line's name"),
  tax_lines: dropped(taxDetail),
  "shipping_lines[].id": dropped("nothing is addressed by it"),
  "shipping_lines[].method_title": mapped("Express", "order.ship_code_description"),
  "shipping_lines[].method_id": mapped("free_shipping", "order.ship_code"),
  "shipping_lines[].instance_id": mapped("3", "order.ship_code", "flat_rate:3"),
  "shipping_lines[].total": dropped("inside shipping_total; kept when there are several"),
  "shipping_lines[].total_tax": dropped("inside total_tax"),
  "shipping_lines[].taxes": dropped(taxDetail),
  "shipping_lines[].tax_status": dropped(taxDetail),
  "shipping_lines[].meta_data": kept(
    [{ id: 1, key: "Pickup point", value: "P 12" }],
    "extra_fields.shipping_lines.0.Pickup point",
    "P 12",
  ),
  "fee_lines[].id": dropped("nothing is addressed by it"),
  "fee_lines[].name": kept("Gift wrap", "extra_fields.fee_lines.0.name"),
  "fee_lines[].tax_class": dropped(taxDetail),
  "fee_lines[].tax_status": dropped(taxDetail),
  "fee_lines[].amount": dropped("what was typed in; total is what is paid"),
  "fee_lines[].total": mapped("2.00", "order.shipping_handling", 700),
  "fee_lines[].total_tax": kept("0.17", "extra_fields.fee_lines.0.total_tax"),
  "fee_lines[].taxes": dropped(taxDetail),
  "fee_lines[].meta_data": dropped(shopOwn),
  coupon_lines: mapped([{ code: "TEN", discount: "1.00" }], "order.promo_code", "TEN"),
  refunds: kept([{ id: 5, reason: "broken", total: "-2.00" }], "extra_fields.refunds"),
  payment_url: dropped(payment),
  is_editable: dropped(shopOwn),
  needs_payment: dropped("the status says it"),
  needs_processing: kept(false, "extra_fields.needs_processing"),
  currency_symbol: dropped(presentation),
  _links: dropped("the shop's own addresses"),
};

const fieldsOf = (value: unknown, path: string): string[] => {
  if (path === "_links" || path.endsWith("meta_data[].value")) return [path];
  if (Array.isArray(value)) {
    return value.length === 0 ? [path] : value.flatMap((item) => fieldsOf(item, `${path}[]`));
  }
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) =>
    fieldsOf(item, path === "" ? key : `${path}.${key}`),
  );
};

/** The table's name for a field: its own, that of what it is in, or, for an empty list, of what would be in it. */
const covering = (field: string): string | undefined => {
  const inside = Object.keys(table).find((name) => name.startsWith(`${field}[]`));
  if (inside !== undefined) return inside;
  for (let name = field; ; name = name.replace(/(\.[^.]+|\[\])$/, "")) {
    if (name in table) return name;
    if (!/[.\]]/.test(name)) return undefined;
  }
};

const put = (row: unknown, path: string, value: unknown): void => {
  const steps = path.replaceAll("[]", ".0").split(".");
  const last = steps.pop() ?? "";
  const target = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], row);
  (target as Record<string, unknown>)[last] = value;
};

const at = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (found, step) => (found as Record<string, unknown> | undefined)?.[step],
      value,
    );

const read = (row: unknown): IncomingOrder => {
  const order = readOrder(row);
  if (isUnreadable(order)) throw new Error(order.message);
  return order;
};

const captured = (): unknown[] => [
  ...capturedOrders(),
  ...capturedDeliveries().deliveries.map(({ body }) => JSON.parse(body) as unknown),
];

describe("every field of the captured orders", () => {
  test("is mapped, kept or dropped with a reason", () => {
    const fields = new Set(captured().flatMap((row) => fieldsOf(row, "")));
    expect(fields.size).toBeGreaterThan(90);
    expect([...fields].filter((field) => covering(field) === undefined)).toEqual([]);
    const used = new Set([...fields].map(covering));
    expect(Object.keys(table).filter((name) => !used.has(name))).toEqual([]);
  });

  for (const [field, verdict] of Object.entries(table)) {
    if (verdict.verdict === "dropped") {
      test(`${field} is dropped: ${verdict.because}`, () => {
        expect(verdict.because).not.toBe("");
        const row = richOrder();
        const before = read(row);
        put(row, field, field.endsWith("_gmt") ? "2020-01-01T00:00:00" : "probe");
        if (field.startsWith("_links") || field === "tax_lines") put(row, field, [{ id: 1 }]);
        expect(read(row)).toEqual(before);
      });
    } else {
      test(`${field} is ${verdict.verdict} at ${verdict.at}`, () => {
        const row = richOrder();
        expect(at(read(row), verdict.at)).not.toEqual(verdict.is);
        put(row, field, verdict.probe);
        expect(at(read(row), verdict.at)).toEqual(verdict.is);
      });
    }
  }
});
