import { z } from "zod";
import { isCountry } from "./countries.ts";

/**
 * The order in Dray's own words, the same for every cart and every WMS. Field names are the
 * trade's (CartRover's field groups, without payment data). An absent field is left out: it is
 * never an empty string and never a zero that nobody said.
 */
const text = z.string().min(1, { error: "is empty: leave it out, or give null in an edit" });
/** Integer minor units of the order's currency; see `money.ts`. */
const amount = z.int();
const grams = z.int().nonnegative();
/** ISO 3166-1 alpha-2, upper case. */
const country = z
  .string()
  .refine(isCountry, { error: "is no country code of two capitals, such as US" });
/** `YYYY-MM-DD`. */
const date = z.iso.date();

export const addressShape = z.object({
  company: text.optional(),
  title: text.optional(),
  first_name: text.optional(),
  last_name: text.optional(),
  address_1: text.optional(),
  address_2: text.optional(),
  address_3: text.optional(),
  city: text.optional(),
  state: text.optional(),
  zip: text.optional(),
  country: country.optional(),
  phone: text.optional(),
  email: text.optional(),
  type: z.enum(["residential", "commercial"]).optional(),
});
export type Address = z.infer<typeof addressShape>;

/**
 * What address services said of the two addresses, in their own codes: `code` and `error` of a check
 * against the post's list (CASS), `ncoa` of one against its list of those who moved.
 */
const addressCheckShape = z.object({
  ship_code: text.optional(),
  ship_error: text.optional(),
  ship_ncoa: text.optional(),
  bill_code: text.optional(),
  bill_error: text.optional(),
  bill_ncoa: text.optional(),
});

/** What the cart sent and Dray has no field for; values as the cart wrote them. */
const extraFieldsShape = z.record(z.string(), z.json());

export const orderLineShape = z.object({
  /** The cart's id of the line; shipments are matched by it. */
  line_id: text,
  line_no: z.int().positive(),
  /** The code the cart gives; may be blank, which a later check reports. */
  sku: z.string(),
  description: text.optional(),
  quantity: z.int().positive(),
  /** Per unit, before tax. */
  price: amount.optional(),
  /** Per unit, before tax. */
  discount: amount.optional(),
  /** For the whole line, after tax. */
  addl_discount: amount.optional(),
  /** `(price - discount) * quantity`. */
  extended_amount: amount.optional(),
  /** For the whole line. */
  tax: amount.optional(),
  shipping_surcharge: amount.optional(),
  comment: text.optional(),
  /** An item filter dropped it: it is kept, and not sent. */
  filtered: z.literal(true).optional(),
  /** Nobody ships it. */
  digital: z.literal(true).optional(),
  /** A person left it out: it is kept, and not sent. */
  left_out: z.literal(true).optional(),
  lot_number: text.optional(),
  /** Per unit. */
  weight_g: grams.optional(),
  hs_code: text.optional(),
  country_of_origin: country.optional(),
  /** Per unit, for customs. */
  declared_value: amount.optional(),
  extra_fields: extraFieldsShape.optional(),
});
export type OrderLine = z.infer<typeof orderLineShape>;

export const orderShape = z.object({
  /** The number people read. */
  number: text,
  /** The buyer's own purchase order number. */
  po_number: text.optional(),
  customer_id: text.optional(),

  ship_to: addressShape,
  /** Left out where it says the same as `ship_to`; then `ship_is_billing` is true. */
  bill_to: addressShape.optional(),
  ship_is_billing: z.boolean().optional(),

  ship_code: text.optional(),
  ship_code_description: text.optional(),
  carrier: text.optional(),
  ship_account_no: text.optional(),
  ship_account_zip: text.optional(),
  shipping_instructions: text.optional(),
  special_services: text.optional(),
  weight_g: grams.optional(),
  location: text.optional(),

  /** When the customer ordered, ISO 8601 with `Z`. */
  order_date: z.iso.datetime(),
  requested_ship_date: date.optional(),
  expected_delivery_date: date.optional(),
  latest_ship_date: date.optional(),

  currency: z.object({ code: z.string().length(3), exponent: z.int().min(0).max(4) }),
  sub_total: amount.optional(),
  order_discount: amount.optional(),
  sales_tax: amount.optional(),
  shipping_handling: amount.optional(),
  grand_total: amount.optional(),
  balance: amount.optional(),
  tax_exempt: z.boolean().optional(),

  gift_message: text.optional(),
  gift_wrap: z.boolean().optional(),

  promo_code: text.optional(),
  order_source: text.optional(),
  media_week: text.optional(),

  /** These three are passed on as the cart says them; Dray decides nothing by them. */
  address_check: addressCheckShape.optional(),
  /** On the scale of whoever gave it. */
  fraud_score: z.number().optional(),
  black_listed: z.boolean().optional(),

  custom_fields: z.array(z.string()).max(5).optional(),
  extra_fields: extraFieldsShape.optional(),

  lines: z.array(orderLineShape).min(1),
  /**
   * Of an order by hand that a cart brought too: the ids that the cart has for its lines, by ours. A
   * line that is not there is not the cart's.
   */
  cart_lines: z.record(z.string(), z.string()).optional(),
});
export type Order = z.infer<typeof orderShape>;
export type CartLines = NonNullable<Order["cart_lines"]>;

/** As CartRover names them; see `docs/architecture.md`. Status never moves backwards. */
export const orderStatuses = [
  "new",
  "error",
  "at_wms",
  "partial",
  "shipped",
  "confirmed",
  "canceled",
] as const;
export type OrderStatus = (typeof orderStatuses)[number];
