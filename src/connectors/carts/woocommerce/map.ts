import type { IncomingOrder, UnreadableOrder } from "../../../domain/incoming.ts";
import { type Currency, currencyOf, minorUnits } from "../../../domain/money.ts";
import type { Address, Order, OrderLine } from "../../../domain/order.ts";
import { sha256 } from "../../../platform/hash.ts";
import { shapeMiss } from "../../shape-miss.ts";
import { clean, hasEntries, idText, nonZero, present, sum, wholeNumber } from "./values.ts";
import {
  type WooAddress,
  type WooLine,
  type WooMeta,
  type WooOrder,
  type WooShippingLine,
  wooOrder,
  wooRow,
} from "./wire.ts";

type Extra = NonNullable<Order["extra_fields"]>;
type ExtraValue = Extra[string];

/**
 * A row of `GET /orders` in Dray's words. Pure; what cannot be understood comes back as an
 * UnreadableOrder that names the place and repeats none of the row's values.
 *
 * Money: Woo's line totals are after coupons and before tax, so `discount_total` is inside them.
 * `sub_total` = Σ line totals, `sales_tax` = `total_tax` (of shipping and fees too),
 * `shipping_handling` = shipping and surcharges (fee lines), `order_discount` = fee lines below
 * zero; then `grand_total = sub_total + sales_tax + shipping_handling - order_discount` is Woo's
 * `total`. `extended_amount` is exact; `price` and `discount` are a piece's share, rounded.
 *
 * `refunded` says how many pieces of a line were taken back, by line id: they leave the order with
 * their share of the money. When all of them are, the order counts as called off.
 */
export const readOrder = (
  row: unknown,
  refunded: ReadonlyMap<string, number> = new Map(),
): IncomingOrder | UnreadableOrder => {
  const parsed = wooOrder.safeParse(row);
  if (!parsed.success) {
    const { place, message } = shapeMiss(parsed.error.issues, row);
    return unreadable(row, "bad_response", `${place || "The row"}: ${message}.`);
  }
  const woo = parsed.data;
  const currency = currencyOf(woo.currency);
  if (!currency) return unreadable(row, "invalid", "currency: there is no such currency.");
  const placed = utcMs(woo.date_created_gmt);
  if (placed === null) {
    return unreadable(row, "invalid", "date_created_gmt: there is no such time.");
  }
  const lines: OrderLine[] = [];
  const leftOut: string[] = [];
  const takenBack = { amount: 0, tax: 0 };
  for (const [index, line] of woo.line_items.entries()) {
    const quantity = wholeNumber(line.quantity);
    if (typeof quantity === "string") {
      return unreadable(row, "invalid", `line_items[${index}].quantity: ${quantity}.`);
    }
    const left = Math.max(0, quantity - (refunded.get(String(line.id)) ?? 0));
    const lineNo = lines.length + 1;
    const kept = left === 0 ? null : mapLine(line, quantity, left, lineNo, currency);
    // A line that an edit set to 0 asks for nothing.
    if (kept === null) leftOut.push(String(line.id));
    else lines.push(kept);
    if (left < quantity) {
      const whole = mapLine(line, quantity, quantity, lineNo, currency);
      takenBack.amount += (whole.extended_amount ?? 0) - (kept?.extended_amount ?? 0);
      takenBack.tax += (whole.tax ?? 0) - (kept?.tax ?? 0);
    }
  }
  if (lines.length === 0 && refunded.size > 0) {
    const ordered = readOrder(row);
    if (isUnreadable(ordered)) return ordered;
    const all_refunded = ordered.state === "open";
    return { ...ordered, state: "cancelled", ...(all_refunded ? { all_refunded } : {}) };
  }
  if (lines.length === 0) {
    return unreadable(row, "no_lines", "line_items: the order has nothing to ship.");
  }
  return {
    source_id: String(woo.id),
    source_status: woo.status,
    payment_status: woo.date_paid_gmt ? "paid" : "unpaid",
    fulfilment_status: fulfilmentOf(woo.meta_data),
    state: stateOf(woo.status),
    placed_at: placed,
    modified_at: modifiedAt(row) ?? placed,
    ...(isDigital(woo) ? { digital_lines: lines.map((line) => line.line_id) } : {}),
    order: mapOrder(woo, lines, leftOut, currency, takenBack),
  };
};

export const isUnreadable = (read: IncomingOrder | UnreadableOrder): read is UnreadableOrder =>
  "reason" in read;

/** Milliseconds UTC of a row's `date_modified_gmt`, or null when it does not say. */
export const modifiedAt = (row: unknown): number | null => timeAt(row, "date_modified_gmt");

/** Milliseconds UTC of a row's `date_created_gmt`, or null when it does not say. */
export const placedAt = (row: unknown): number | null => timeAt(row, "date_created_gmt");

const timeAt = (row: unknown, field: "date_modified_gmt" | "date_created_gmt"): number | null => {
  const parsed = wooRow.safeParse(row);
  return parsed.success ? utcMs(parsed.data[field]) : null;
};

const utcMs = (text: string | null | undefined): number | null => {
  const at = Date.parse(`${text?.slice(0, 19)}Z`);
  return Number.isNaN(at) ? null : at;
};

/** How many refunds a row speaks of; which lines they are of, the shop tells elsewhere. */
export const refundsIn = (row: unknown): number => {
  const parsed = wooRow.safeParse(row);
  return parsed.success ? (parsed.data.refunds ?? []).length : 0;
};

/** The row as one that cannot be understood; `message` repeats none of its values. */
export const unreadable = (
  row: unknown,
  reason: UnreadableOrder["reason"],
  message: string,
): UnreadableOrder => {
  const parsed = wooRow.safeParse(row);
  const { id, number } = parsed.success ? parsed.data : { id: null, number: null };
  return {
    // The same unreadable row keeps its name, so that it is listed once.
    source_id: id == null ? `row-${sha256(JSON.stringify(row) ?? "").slice(0, 16)}` : String(id),
    number: number == null ? null : String(number),
    reason,
    message,
  };
};

const stateOf = (status: string): IncomingOrder["state"] =>
  status === "cancelled" || status === "refunded"
    ? "cancelled"
    : status === "trash"
      ? "trashed"
      : "open";

/** Core Fulfillments file it under this key; a shop without them has no word for it. */
const fulfilmentOf = (meta: readonly WooMeta[]): string => {
  const value = meta.find(({ key }) => key === "_fulfillment_status")?.value;
  return typeof value === "string" && value !== "" && value !== "no_fulfillments"
    ? value
    : "unfulfilled";
};

/** WooCommerce says "no processing needed" of deleted products too, so a way to ship must be missing as well. */
const isDigital = (woo: WooOrder): boolean =>
  woo.needs_processing === false && woo.shipping_lines?.length === 0;

const mapOrder = (
  woo: WooOrder,
  lines: readonly OrderLine[],
  leftOut: readonly string[],
  currency: Currency,
  takenBack: { amount: number; tax: number },
): Order => {
  const { exponent } = currency;
  const shipping = woo.shipping_lines ?? [];
  const fees = woo.fee_lines ?? [];
  const coupons = woo.coupon_lines ?? [];
  const refunds = woo.refunds ?? [];
  const first = shipping[0];
  const meta = publicMeta(woo.meta_data);
  const exempt = meta["is_vat_exempt"];

  const feeUnits = fees.map((fee) => minorUnits(fee.total, exponent) ?? 0);
  const surcharges = sum(feeUnits.filter((units) => units > 0));
  const allowances = -sum(feeUnits.filter((units) => units < 0));
  const carriage = minorUnits(woo.shipping_total, exponent);
  const tax = minorUnits(woo.total_tax, exponent);
  const total = minorUnits(woo.total, exponent);
  const extended = lines.map((line) => line.extended_amount);

  const shipTo = mapAddress(woo.shipping);
  const billTo = mapAddress(woo.billing);
  const shipsToBilling = !isPlace(woo.shipping);
  const recipient = shipsToBilling ? { ...billTo.address } : shipTo.address;
  const phone = recipient.phone ?? billTo.address.phone;
  const email = recipient.email ?? billTo.address.email;

  const ship_to = present<Address>({ ...recipient, phone, email });
  const bill_to = billTo.address;
  // Stored once where both say the same: addresses are a third of what an order weighs.
  const told = Object.keys(bill_to).length > 0 && !sameAddress(ship_to, bill_to);

  return present<Order>({
    number: clean(woo.number == null ? null : String(woo.number)) ?? String(woo.id),
    customer_id: idText(woo.customer_id),
    ship_to,
    bill_to: told ? bill_to : undefined,
    ship_is_billing: shipsToBilling || samePlace(shipTo.address, billTo.address),
    ship_code: first && shipCode(first),
    ship_code_description: clean(first?.method_title),
    shipping_instructions: clean(woo.customer_note),
    order_date: `${woo.date_created_gmt.slice(0, 19)}Z`,
    currency: { code: currency.code, exponent },
    sub_total: extended.every((units) => units !== undefined) ? sum(extended) : undefined,
    order_discount: allowances > 0 ? allowances : undefined,
    sales_tax: tax === null ? undefined : tax - takenBack.tax,
    shipping_handling:
      carriage === null && surcharges === 0 ? undefined : (carriage ?? 0) + surcharges,
    grand_total: total === null ? undefined : total - takenBack.amount - takenBack.tax,
    tax_exempt: exempt === "yes" ? true : exempt === "no" ? false : undefined,
    promo_code: clean(coupons.map((coupon) => coupon.code ?? "").join(", ")),
    order_source: clean(woo.created_via),
    extra_fields: extras(meta, {
      parent_id: idText(woo.parent_id),
      date_paid: woo.date_paid_gmt ? `${woo.date_paid_gmt.slice(0, 19)}Z` : undefined,
      needs_processing: woo.needs_processing ?? undefined,
      discount_total: nonZero(woo.discount_total),
      shipping_tax: nonZero(woo.shipping_tax),
      ship_country: shipTo.foreignCountry,
      bill_country: billTo.foreignCountry,
      shipping_lines:
        shipping.length > 1 || shipping.some((line) => hasEntries(publicMeta(line.meta_data)))
          ? shipping.map(shippingExtra)
          : undefined,
      fee_lines: fees.length > 0 ? fees.map((fee) => present<Extra>(fee)) : undefined,
      coupon_lines:
        coupons.length > 0 ? coupons.map((coupon) => present<Extra>(coupon)) : undefined,
      refunds: refunds.length > 0 ? refunds.map((refund) => present<Extra>(refund)) : undefined,
      lines_of_none: leftOut.length > 0 ? [...leftOut] : undefined,
    }),
    lines: [...lines],
  });
};

/** `left` pieces of a line of which `ordered` were bought. */
const mapLine = (
  line: WooLine,
  ordered: number,
  left: number,
  lineNo: number,
  { exponent }: Currency,
): OrderLine => {
  const subtotal = minorUnits(line.subtotal, exponent);
  const total = minorUnits(line.total, exponent);
  const tax = minorUnits(line.total_tax, exponent);
  const before = subtotal ?? total;
  const price = before === null ? undefined : Math.round(before / ordered);
  const share = (units: number) => Math.round((units * left) / ordered);
  return present<OrderLine>({
    line_id: String(line.id),
    line_no: lineNo,
    sku: line.sku?.trim() ?? "",
    description: clean(line.name),
    quantity: left,
    price,
    discount:
      price === undefined || total === null || before === total
        ? undefined
        : price - Math.round(total / ordered),
    extended_amount: total === null ? undefined : share(total),
    tax: tax === null ? undefined : share(tax),
    extra_fields: extras(publicMeta(line.meta_data), {
      product_id: idText(line.product_id),
      variation_id: idText(line.variation_id),
      global_unique_id: clean(line.global_unique_id),
    }),
  });
};

const mapAddress = (woo: WooAddress): { address: Address; foreignCountry: string | undefined } => {
  const country = clean(woo?.country);
  const isCode = country !== undefined && /^[a-z]{2}$/i.test(country);
  return {
    address: present<Address>({
      company: clean(woo?.company),
      first_name: clean(woo?.first_name),
      last_name: clean(woo?.last_name),
      address_1: clean(woo?.address_1),
      address_2: clean(woo?.address_2),
      city: clean(woo?.city),
      state: clean(woo?.state),
      zip: clean(woo?.postcode),
      country: isCode ? country.toUpperCase() : undefined,
      phone: clean(woo?.phone),
      email: clean(woo?.email),
    }),
    foreignCountry: isCode ? undefined : country,
  };
};

/** Country and state alone are the shop's defaults, no address. */
const isPlace = (woo: WooAddress): boolean =>
  [
    woo?.first_name,
    woo?.last_name,
    woo?.company,
    woo?.address_1,
    woo?.address_2,
    woo?.city,
    woo?.postcode,
  ].some((value) => clean(value) !== undefined);

const placeFields = [
  "company",
  "first_name",
  "last_name",
  "address_1",
  "address_2",
  "city",
  "state",
  "zip",
  "country",
] as const;

const samePlace = (a: Address, b: Address): boolean =>
  placeFields.every((field) => a[field] === b[field]);

const sameAddress = (a: Address, b: Address): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (field) => a[field as keyof Address] === b[field as keyof Address],
  );

const shipCode = (line: WooShippingLine): string | undefined => {
  const method = clean(line.method_id);
  const instance = clean(line.instance_id == null ? null : String(line.instance_id));
  return method !== undefined && instance !== undefined ? `${method}:${instance}` : method;
};

const shippingExtra = (line: WooShippingLine): Extra =>
  present<Extra>({
    method_id: clean(line.method_id),
    method_title: clean(line.method_title),
    total: line.total ?? undefined,
    ...publicMeta(line.meta_data),
  });

/** Checkout blocks file what the shop asks its customers for under these keys. */
const customerMeta = /^_wc_(other|shipping|billing)\//;

/**
 * Meta without keys that start with "_": those belong to the shop's plugins, are many and large,
 * and change without the order changing. A key that repeats becomes a list.
 */
const publicMeta = (entries: readonly WooMeta[]): Extra => {
  const kept = new Map<string, ExtraValue[]>();
  for (const { key, value } of entries) {
    if (key === "" || (key.startsWith("_") && !customerMeta.test(key))) continue;
    if (value === null || value === undefined || value === "") continue;
    kept.set(key, [...(kept.get(key) ?? []), value as ExtraValue]);
  }
  return Object.fromEntries(
    [...kept].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? null) : values]),
  );
};

/** Our names win; a meta key that is spelled like one of them is kept as `meta:<key>`. */
const extras = (
  meta: Extra,
  ours: Readonly<Record<string, ExtraValue | undefined>>,
): Extra | undefined => {
  const renamed = Object.entries(meta).map(([key, value]) => [
    Object.hasOwn(ours, key) ? `meta:${key}` : key,
    value,
  ]);
  const all: Extra = { ...present<Extra>(ours), ...Object.fromEntries(renamed) };
  return hasEntries(all) ? all : undefined;
};
