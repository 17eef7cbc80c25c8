import { wallTime } from "./site-clock.ts";
import type {
  Meta,
  ShopFulfillment,
  ShopOrder,
  ShopProduct,
  ShopRefund,
  ShopWebhook,
} from "./state.ts";

/** Shop rows as WooCommerce 10.9 spells them: decimal strings, local dates beside `_gmt` twins. */

export const wooDate = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

const wooTime = (ms: number): string => `${wooDate(ms)}Z`;

const exponents = new Map<string, number>();

export function exponentOf(currency: string): number {
  const known = exponents.get(currency);
  if (known !== undefined) return known;
  const exponent =
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions()
      .maximumFractionDigits ?? 2;
  exponents.set(currency, exponent);
  return exponent;
}

const decimal = (units: number, exponent: number): string =>
  (units / 10 ** exponent).toFixed(exponent);

export const totalOf = (order: ShopOrder): number =>
  order.lines.reduce((sum, line) => sum + line.price * line.quantity, 0) +
  order.shipping_line.total +
  (order.fee?.total ?? 0);

const unitsOf = (order: ShopOrder, refund: ShopRefund): number =>
  refund.lines.reduce((sum, { line_id, quantity }) => {
    const line = order.lines.find((one) => one.id === line_id);
    return sum + (line?.price ?? 0) * quantity;
  }, 0);

export const refundedUnits = (order: ShopOrder): number =>
  (order.refunds ?? []).reduce((sum, refund) => sum + unitsOf(order, refund), 0);

const both = (name: string, ms: number | null, zone = "UTC") => ({
  [name]: ms === null ? null : wooDate(wallTime(zone, ms)),
  [`${name}_gmt`]: ms === null ? null : wooDate(ms),
});

/** `zone`: where the site lives. */
export function wooOrder(order: ShopOrder, api: string, zone = "UTC") {
  const exponent = exponentOf(order.currency);
  const money = (units: number) => decimal(units, exponent);
  const zero = money(0);
  return {
    id: order.id,
    parent_id: 0,
    status: order.status,
    currency: order.currency,
    version: "10.9.1",
    prices_include_tax: false,
    discount_total: zero,
    discount_tax: zero,
    shipping_total: money(order.shipping_line.total),
    shipping_tax: zero,
    cart_tax: zero,
    total: money(totalOf(order)),
    total_tax: zero,
    customer_id: 0,
    order_key: order.order_key,
    billing: { email: "", ...order.billing },
    shipping: order.shipping,
    payment_method: order.on_delivery ? "cod" : "demo",
    payment_method_title: order.on_delivery ? "Cash on delivery" : "Demo payment",
    transaction_id: "",
    customer_ip_address: "",
    customer_user_agent: "",
    created_via: "sandbox",
    customer_note: order.customer_note,
    ...both("date_created", order.created, zone),
    ...both("date_modified", order.modified, zone),
    ...both("date_completed", order.completed, zone),
    ...both("date_paid", order.paid, zone),
    cart_hash: "",
    number: order.number,
    meta_data: order.meta,
    line_items: order.lines.map((line) => ({
      id: line.id,
      name: line.name,
      product_id: line.product_id,
      variation_id: 0,
      quantity: line.quantity,
      tax_class: "",
      subtotal: money(line.price * line.quantity),
      subtotal_tax: zero,
      total: money(line.price * line.quantity),
      total_tax: zero,
      taxes: [],
      meta_data: line.meta,
      sku: line.sku,
      global_unique_id: "",
      price: Number(money(line.price)),
      image: { id: "", src: "" },
      parent_name: null,
    })),
    tax_lines: [],
    shipping_lines:
      order.shipping_line.method_title === ""
        ? []
        : [
            {
              id: order.shipping_line.id,
              method_title: order.shipping_line.method_title,
              method_id: order.shipping_line.method_id,
              instance_id: "",
              total: money(order.shipping_line.total),
              total_tax: zero,
              taxes: [],
              tax_status: "taxable",
              meta_data: [],
            },
          ],
    fee_lines: order.fee
      ? [
          {
            id: order.fee.id,
            name: order.fee.name,
            tax_class: "",
            tax_status: "taxable",
            amount: "",
            total: money(order.fee.total),
            total_tax: zero,
            taxes: [],
            meta_data: [],
          },
        ]
      : [],
    coupon_lines: [],
    refunds: (order.refunds ?? []).map((one) => ({
      id: one.id,
      reason: "",
      total: `-${money(unitsOf(order, one))}`,
    })),
    payment_url: "",
    is_editable: false,
    needs_payment: order.status === "pending" || order.status === "failed",
    needs_processing: !order.digital,
    currency_symbol: order.currency === "USD" ? "$" : order.currency,
    _links: links(api, `orders/${order.id}`, "orders"),
  };
}

export function wooRefund(order: ShopOrder, refund: ShopRefund, api: string) {
  const money = (units: number) => decimal(units, exponentOf(order.currency));
  return {
    id: refund.id,
    ...both("date_created", refund.at),
    amount: money(unitsOf(order, refund)),
    reason: "",
    refunded_by: 1,
    refunded_payment: false,
    meta_data: [],
    line_items: refund.lines.flatMap(({ id, line_id, quantity }) => {
      const line = order.lines.find((one) => one.id === line_id);
      const total = `-${money((line?.price ?? 0) * quantity)}`;
      if (!line) return [];
      return [
        {
          id,
          name: line.name,
          product_id: line.product_id,
          variation_id: 0,
          quantity: -quantity,
          subtotal: total,
          total,
          total_tax: money(0),
          meta_data: [{ id, key: "_refunded_item_id", value: String(line_id) }],
          sku: line.sku,
          price: line.price / 10 ** exponentOf(order.currency),
        },
      ];
    }),
    shipping_lines: [],
    tax_lines: [],
    fee_lines: [],
    _links: links(api, `orders/${order.id}/refunds/${refund.id}`, `orders/${order.id}/refunds`),
  };
}

export const wooFulfillment = (order: ShopOrder, one: ShopFulfillment) => ({
  id: one.id,
  entity_type: "WC_Order",
  entity_id: String(order.id),
  status: one.status,
  is_fulfilled: one.is_fulfilled,
  date_updated: wooTime(one.updated),
  date_deleted: one.deleted === null ? null : wooTime(one.deleted),
  meta_data: one.meta.map(({ key, value, id }) => ({ key, value, id })),
});

export const isVariation = ({ parent_id }: ShopProduct): boolean => parent_id !== undefined;

export const wooProduct = (product: ShopProduct, api: string) => ({
  id: product.id,
  name: product.name,
  slug: product.sku.toLowerCase(),
  permalink: "",
  ...both("date_created", product.modified),
  ...both("date_modified", product.modified),
  type: isVariation(product) ? "variation" : product.external ? "external" : "simple",
  status: "publish",
  sku: product.sku,
  price: decimal(product.price, 2),
  regular_price: decimal(product.price, 2),
  sale_price: "",
  manage_stock: product.manage_stock,
  stock_quantity: product.stock_quantity,
  stock_status: (product.stock_quantity ?? 1) > 0 ? "instock" : "outofstock",
  backorders: "no",
  weight: product.weight,
  parent_id: product.parent_id ?? 0,
  variations: [],
  meta_data: [],
  global_unique_id: "",
  _links: links(api, `products/${product.id}`, "products"),
});

export const wooWebhook = (hook: ShopWebhook, api: string) => ({
  id: hook.id,
  name: hook.name,
  status: hook.status,
  topic: hook.topic,
  resource: hook.topic.split(".")[0],
  event: hook.topic.split(".")[1],
  hooks: [`woocommerce_${hook.topic.replace(".", "_")}`],
  delivery_url: hook.delivery_url,
  ...both("date_created", hook.created),
  ...both("date_modified", hook.modified),
  _links: links(api, `webhooks/${hook.id}`, "webhooks"),
});

const links = (api: string, self: string, collection: string) => ({
  self: [{ href: `${api}/${self}` }],
  collection: [{ href: `${api}/${collection}` }],
});

export const metaValue = (meta: readonly Meta[], key: string): unknown =>
  meta.find((one) => one.key === key)?.value;
