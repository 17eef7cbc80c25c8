import { z } from "zod";
import { demoAddress, demoLines } from "./demo.ts";
import { nextNumber } from "./state.ts";
import type { SandboxState, ShopAddress, ShopOrder } from "./state.ts";
import { changed, setMeta, setStatus } from "./woo-orders.ts";
import { announce } from "./woo-webhooks.ts";
import { exponentOf, totalOf } from "./woo-wire.ts";

const slug = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, { error: "a status such as processing or on-hold" });
const currencies = new Set(Intl.supportedValuesOf("currency"));
/** "43.97" or 43.97, as people write it. */
const money = z
  .union([z.string(), z.number().transform(String)])
  .refine((value) => /^\d{1,9}(\.\d{1,3})?$/.test(value), { error: "an amount such as 43.97" });

const addressFields = {
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  company: z.string().optional(),
  address_1: z.string().optional(),
  address_2: z.string().optional(),
  city: z.string().optional(),
  state: z.string().optional(),
  zip: z.string().optional(),
  country: z.string().optional(),
  phone: z.string().optional(),
};

export const newOrders = z.object({
  count: z.int().min(1).max(5000).default(1),
  status: slug.default("processing"),
  sku: z.string().optional(),
  quantity: z.int().min(1).max(100_000).optional(),
  lines: z
    .array(
      z.object({
        sku: z.string(),
        quantity: z.int().min(1).max(100_000).default(1),
        price: money.optional(),
        name: z.string().optional(),
      }),
    )
    .max(10_000)
    .optional(),
  shipMethod: z.string().default("Flat rate"),
  total: money.optional(),
  currency: z
    .string()
    .refine((code) => currencies.has(code), { error: "an ISO 4217 code" })
    .default("USD"),
  email: z.string().optional(),
  note: z.string().default(""),
  meta: z.record(z.string(), z.json()).default({}),
  ...addressFields,
});

export const patchOrders = z.object({
  number: z.union([z.string(), z.int()]).optional(),
  status: slug.optional(),
  shipMethod: z.string().optional(),
  email: z.string().optional(),
  note: z.string().optional(),
  meta: z.record(z.string(), z.json()).optional(),
  /** Line quantities by SKU. */
  quantities: z.record(z.string(), z.int().min(1)).optional(),
  ...addressFields,
});

/** Orders of demo customers, as somebody bought them this second. Answers which ones. */
export function makeOrders(state: SandboxState, wish: z.output<typeof newOrders>, now: number) {
  return Array.from({ length: wish.count }, () => {
    const order = build(state, wish, now);
    state.shop_orders.put(order.id, order);
    announce(state, "order.created", order, now);
    return { id: order.id, number: order.number, status: order.status };
  });
}

function build(state: SandboxState, wish: z.output<typeof newOrders>, now: number): ShopOrder {
  const id = nextNumber(state, "order", 1001);
  const n = id - 1000;
  const exponent = exponentOf(wish.currency);
  const units = (amount: string) => Math.round(Number(amount) * 10 ** exponent);
  const shipping = { ...demoAddress(n), ...given(wish) };
  const lines: {
    sku: string;
    quantity: number;
    price?: string | undefined;
    name?: string | undefined;
  }[] =
    wish.lines ??
    (wish.sku === undefined ? demoLines(n) : [{ sku: wish.sku, quantity: wish.quantity ?? 1 }]);
  const paid = ["processing", "completed"].includes(wish.status);
  const order: ShopOrder = {
    id,
    number: String(id),
    order_key: `wc_order_demo${id}`,
    status: wish.status,
    status_before_trash: null,
    currency: wish.currency,
    created: now,
    modified: now,
    paid: paid ? now : null,
    completed: wish.status === "completed" ? now : null,
    customer_note: wish.note,
    shipping,
    billing: { ...shipping, email: wish.email ?? `demo.customer.${n}@example.com` },
    lines: lines.map((line) => {
      const product = state.shop_products.all().find((one) => one.sku === line.sku);
      return {
        id: nextNumber(state, "item"),
        name: line.name ?? product?.name ?? "Demo item",
        product_id: product?.id ?? 0,
        sku: line.sku,
        quantity: line.quantity,
        price:
          line.price === undefined
            ? Math.round(((product?.price ?? 1000) / 100) * 10 ** exponent)
            : units(line.price),
        meta: [],
      };
    }),
    shipping_line: {
      id: nextNumber(state, "item"),
      method_id: methodId(wish.shipMethod),
      method_title: wish.shipMethod,
      total: 5 * 10 ** exponent,
    },
    fee: null,
    meta: [],
    notes: [],
    fulfillments: [],
    mails: 0,
  };
  for (const [key, value] of Object.entries(wish.meta)) setMeta(state, order, key, value);
  if (wish.total !== undefined && units(wish.total) !== totalOf(order)) {
    const total = units(wish.total) - totalOf(order);
    order.fee = { id: nextNumber(state, "item"), name: "Demo adjustment", total };
  }
  return order;
}

/** Changes an order as a shop's own people would: the order is bumped and the webhooks hear of it. */
export function patchOrder(
  state: SandboxState,
  order: ShopOrder,
  wish: z.output<typeof patchOrders>,
  now: number,
): void {
  const address = given(wish);
  let touched = Object.keys(address).length > 0;
  Object.assign(order.shipping, address);
  if (wish.email !== undefined) order.billing.email = wish.email;
  if (wish.note !== undefined) order.customer_note = wish.note;
  if (wish.shipMethod !== undefined) {
    order.shipping_line.method_title = wish.shipMethod;
    order.shipping_line.method_id = methodId(wish.shipMethod);
  }
  for (const line of order.lines) line.quantity = wish.quantities?.[line.sku] ?? line.quantity;
  for (const [key, value] of Object.entries(wish.meta ?? {})) setMeta(state, order, key, value);
  touched ||= [wish.email, wish.note, wish.shipMethod, wish.quantities].some(
    (one) => one !== undefined,
  );
  state.shop_orders.put(order.id, order);
  if (wish.status !== undefined && wish.status !== order.status) {
    setStatus(state, order, wish.status, now);
  } else if (touched) {
    changed(state, order, now);
  }
}

const methodId = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");

/** The parts of an address that were said. */
function given(
  wish: Partial<Record<keyof typeof addressFields, string | undefined>>,
): Partial<ShopAddress> {
  const { zip, ...rest } = wish;
  const said: Partial<ShopAddress> = {};
  for (const name of Object.keys(addressFields)) {
    if (name === "zip") continue;
    const key = name as Exclude<keyof typeof addressFields, "zip">;
    if (rest[key] !== undefined) said[key] = rest[key];
  }
  if (zip !== undefined) said.postcode = zip;
  return said;
}
