import { z } from "zod";
import { demoAddress, demoLines } from "./demo.ts";
import { nextNumber } from "./state.ts";
import type { SandboxState, ShopAddress, ShopOrder } from "./state.ts";
import { changed, setMeta, setStatus } from "./woo-orders.ts";
import { refund, whyNoRefund } from "./woo-refunds.ts";
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
  /** Another word for `zip`. */
  postcode: z.string().optional(),
  country: z.string().optional(),
  phone: z.string().optional(),
};

const number = z.union([z.string().min(1), z.int()]);

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
  /** What people know the order by, where that is not its id; several orders may share it. */
  number: number.optional(),
  /** Left out, an order is paid when it is in work. In work and not paid is cash on delivery. */
  paid: z.boolean().optional(),
  /** Nobody ships it: no way to ship and nothing to process. */
  digital: z.boolean().default(false),
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
  /** Which orders: these, or all. */
  number: number.optional(),
  numbers: z.array(number).optional(),
  status: slug.optional(),
  shipMethod: z.string().optional(),
  email: z.string().optional(),
  note: z.string().optional(),
  meta: z.record(z.string(), z.json()).optional(),
  /** Line quantities by SKU. */
  quantities: z.record(z.string(), z.int().min(1)).optional(),
  /** Pieces to take back. */
  refund: z
    .array(z.object({ sku: z.string(), quantity: z.int().min(1) }))
    .min(1)
    .optional(),
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
  const shipping = { ...demoAddress(n, wish.country), ...given(wish) };
  const lines: {
    sku: string;
    quantity: number;
    price?: string | undefined;
    name?: string | undefined;
  }[] =
    wish.lines ??
    (wish.sku === undefined ? demoLines(n) : [{ sku: wish.sku, quantity: wish.quantity ?? 1 }]);
  const inWork = ["processing", "completed"].includes(wish.status);
  const order: ShopOrder = {
    id,
    number: String(wish.number ?? id),
    order_key: `wc_order_demo${id}`,
    status: wish.status,
    status_before_trash: null,
    currency: wish.currency,
    created: now,
    modified: now,
    paid: (wish.paid ?? inWork) ? now : null,
    on_delivery: inWork && wish.paid === false,
    digital: wish.digital,
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
      method_id: methodId(wish.digital ? "" : wish.shipMethod),
      method_title: wish.digital ? "" : wish.shipMethod,
      total: wish.digital ? 0 : 5 * 10 ** exponent,
    },
    fee: null,
    meta: [],
    notes: [],
    fulfillments: [],
    refunds: [],
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
  if (wish.refund) refund(state, order, wish.refund, now);
}

/** The orders that a patch is for, or what stands against it. */
export function patched(
  state: SandboxState,
  { number: one, numbers, refund: pieces = [] }: z.output<typeof patchOrders>,
): ShopOrder[] | { status: number; message: string } {
  const all = state.shop_orders.all();
  if (one === undefined && numbers === undefined) {
    return all.filter((order) => whyNoRefund(order, pieces) === null);
  }
  const wanted = [...(one === undefined ? [] : [one]), ...(numbers ?? [])].map(String);
  const missing = wanted.find((number) => !all.some((order) => order.number === number));
  if (missing !== undefined) return { status: 404, message: `The shop has no order ${missing}` };
  const orders = all.filter((order) => wanted.includes(order.number));
  const problem = orders.map((order) => whyNoRefund(order, pieces)).find((why) => why !== null);
  return problem === undefined ? orders : { status: 409, message: problem };
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
  const said: Partial<ShopAddress> = {};
  for (const name of Object.keys(addressFields) as (keyof typeof addressFields)[]) {
    const value = wish[name];
    if (value !== undefined) said[name === "zip" ? "postcode" : name] = value;
  }
  return said;
}
