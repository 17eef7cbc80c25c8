import { z } from "zod";

/**
 * What WooCommerce sends (REST v3), as far as Dray needs it. Unknown keys are ignored and plugins
 * change types now and then, so only identity, status, currency, date and lines are required.
 */
const text = z.string().nullish();
/** Decimal strings in the store's currency; some plugins send numbers. */
const amount = z.union([z.string(), z.number()]).nullish();
/** Whatever is there, if anything is. */
const anything = z.unknown().optional();
const id = z.union([z.int(), z.string().regex(/^\d+$/)]);

const meta = z.object({ key: z.string(), value: anything });
/** PHP turns a filtered list into an object with number keys; what is neither is no loss. */
const metaData = z
  .union([z.array(meta), z.record(z.string(), meta).transform((entries) => Object.values(entries))])
  .catch([]);
export type WooMeta = z.infer<typeof meta>;

const address = z
  .object({
    first_name: text,
    last_name: text,
    company: text,
    address_1: text,
    address_2: text,
    city: text,
    state: text,
    postcode: text,
    country: text,
    phone: text,
    email: text,
  })
  .nullish();
export type WooAddress = z.infer<typeof address>;

const line = z.object({
  id,
  name: text,
  sku: text,
  /** Judged by the mapping, which says what is wrong with it. */
  quantity: anything,
  product_id: anything,
  variation_id: anything,
  subtotal: amount,
  total: amount,
  total_tax: amount,
  global_unique_id: text,
  meta_data: metaData,
});
export type WooLine = z.infer<typeof line>;

const shippingLine = z.object({
  method_id: text,
  method_title: text,
  instance_id: z.union([z.string(), z.number()]).nullish(),
  total: amount,
  meta_data: metaData,
});
export type WooShippingLine = z.infer<typeof shippingLine>;

const feeLine = z.object({ name: text, total: amount, total_tax: amount });
const couponLine = z.object({ code: text, discount: amount });
const refund = z.object({ id, reason: text, total: amount });

export const wooOrder = z.object({
  id,
  number: z.union([z.string(), z.number()]).nullish(),
  parent_id: anything,
  status: z.string().min(1),
  currency: z.string(),
  /** UTC without a zone. */
  date_created_gmt: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/),
  date_paid_gmt: text,
  discount_total: amount,
  shipping_total: amount,
  shipping_tax: amount,
  total: amount,
  total_tax: amount,
  customer_id: anything,
  customer_note: text,
  created_via: text,
  needs_processing: z.boolean().nullish().catch(null),
  billing: address,
  shipping: address,
  meta_data: metaData,
  line_items: z.array(line),
  shipping_lines: z.array(shippingLine).nullish(),
  fee_lines: z.array(feeLine).nullish(),
  coupon_lines: z.array(couponLine).nullish(),
  refunds: z.array(refund).nullish(),
});
export type WooOrder = z.infer<typeof wooOrder>;

/** What names a row that does not fit, and moves the cursor past it. */
export const wooRow = z.object({
  id: id.nullish().catch(null),
  number: z.union([z.string(), z.number()]).nullish().catch(null),
  date_created_gmt: text.catch(null),
  date_modified_gmt: text.catch(null),
  refunds: z.array(z.unknown()).nullish().catch(null),
});

/** `GET /orders/{id}/refunds`; a refund of money alone has no lines, or lines of none. */
export const wooRefund = z.object({
  line_items: z.array(z.object({ quantity: anything, meta_data: metaData })).nullish(),
});

export const wooError = z.object({
  code: z.union([z.string(), z.number()]).nullish().catch(null),
  message: z.string().nullish().catch(null),
});

/** `GET /products?sku=...`: products, and variations with the product that they belong to. */
export const wooProduct = z.object({
  id,
  sku: text,
  type: text,
  parent_id: id.nullish().catch(null),
});
export type WooProduct = z.infer<typeof wooProduct>;

/** A row of a batch: the product as it is now, or why it was not changed. */
const batchRow = z.object({
  id,
  manage_stock: anything,
  stock_quantity: anything,
  error: wooError.nullish(),
});
export type WooBatchRow = z.infer<typeof batchRow>;
export const wooBatch = z.object({ update: z.array(batchRow) });

export const wooFulfillment = z.object({
  id,
  is_fulfilled: z.boolean().nullish(),
  date_deleted: text,
  meta_data: z.array(
    z.object({ id: z.int().nullish().catch(null), key: z.string(), value: anything }),
  ),
});
export type WooFulfillment = z.infer<typeof wooFulfillment>;

export const wooNote = z.object({ id: z.int(), note: z.string() });
export type WooNote = z.infer<typeof wooNote>;

export const wooWebhook = z.object({
  id,
  name: z.string(),
  status: z.string(),
  topic: z.string(),
  delivery_url: z.string(),
});
export type WooWebhook = z.infer<typeof wooWebhook>;

/** The body of a delivery: the order as it is now, or nothing but its id when it was deleted. */
export const wooDelivery = z.object({ id });
