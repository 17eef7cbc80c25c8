import { demoProducts } from "./demo.ts";
import { createTable } from "./table.ts";
import type { Table } from "./table.ts";

/** Everything the sandbox knows: plain rows in tables. Times are milliseconds since the epoch. */
export interface SandboxState {
  shop_orders: Table<ShopOrder>;
  shop_products: Table<ShopProduct>;
  shop_webhooks: Table<ShopWebhook>;
  warehouse_orders: Table<WarehouseOrder>;
  warehouse_shipments: Table<WarehouseShipment>;
  warehouse_cancellations: Table<WarehouseCancellation>;
  warehouse_stock: Table<WarehouseStock>;
  warehouse_products: Table<WarehouseProduct>;
  outbox: Table<Outgoing>;
  faults: Table<Fault>;
  /** Counters, switches and addresses. */
  values: Table<string | number | boolean>;
}

export interface Meta {
  id: number;
  key: string;
  value: unknown;
}

export interface ShopAddress {
  first_name: string;
  last_name: string;
  company: string;
  address_1: string;
  address_2: string;
  city: string;
  state: string;
  postcode: string;
  country: string;
  phone: string;
  email?: string;
}

/** Amounts are integer minor units of `currency`. */
export interface ShopOrder {
  id: number;
  number: string;
  order_key: string;
  status: string;
  /** What it was before it went into the trash. */
  status_before_trash: string | null;
  currency: string;
  created: number;
  modified: number;
  paid: number | null;
  /** Who pays on delivery has not paid while the order is in work. */
  on_delivery?: boolean;
  /** Nobody ships it. */
  digital?: boolean;
  completed: number | null;
  customer_note: string;
  billing: ShopAddress;
  shipping: ShopAddress;
  lines: {
    id: number;
    name: string;
    product_id: number;
    sku: string;
    quantity: number;
    price: number;
    meta: Meta[];
  }[];
  shipping_line: { id: number; method_id: string; method_title: string; total: number };
  fee: { id: number; name: string; total: number } | null;
  meta: Meta[];
  notes: ShopNote[];
  fulfillments: ShopFulfillment[];
  /** Missing in orders that an older sandbox made, as are `digital` and `on_delivery`. */
  refunds?: ShopRefund[];
  mails: number;
}

/** Pieces that were taken back, and their money. */
export interface ShopRefund {
  id: number;
  at: number;
  lines: { id: number; line_id: number; quantity: number }[];
}

interface ShopNote {
  id: number;
  author: string;
  at: number;
  note: string;
  customer_note: boolean;
}

export interface ShopFulfillment {
  id: number;
  status: string;
  is_fulfilled: boolean;
  updated: number;
  deleted: number | null;
  meta: Meta[];
}

export interface ShopProduct {
  id: number;
  name: string;
  sku: string;
  /** Minor units of USD. */
  price: number;
  weight: string;
  manage_stock: boolean;
  stock_quantity: number | null;
  modified: number;
  /** The product that a variation belongs to. Missing in products, as are the next two unless they were wished for. */
  parent_id?: number;
  /** What the shop says to every change of it. */
  refusal?: string;
  /** Of a kind that has no stock: a level that is set is not kept. */
  external?: boolean;
}

export interface ShopWebhook {
  id: number;
  name: string;
  status: "active" | "paused" | "disabled";
  topic: string;
  delivery_url: string;
  secret: string;
  failures: number;
  created: number;
  modified: number;
}

export interface WarehouseOrder {
  id: string;
  reference: string;
  key: string;
  status: "open" | "shipped" | "cancelled";
  received_at: number;
  /** As it came. */
  order: Record<string, unknown>;
  number: string;
  lines: { line_id: string; sku: string; quantity: number; shipped: number }[];
}

export interface WarehouseShipment {
  id: string;
  /** Its place in the feed; a change moves it to the end. */
  seq: number;
  order_id: string;
  reference: string;
  status: "shipped" | "voided";
  tracking_number: string | null;
  tracking_url: string | null;
  carrier: string | null;
  service: string | null;
  shipped_at: number;
  lines: { line_id: string; sku: string; quantity: number }[];
  closes_order: boolean;
}

/** An order that the warehouse called off by itself, as its feed tells it. */
interface WarehouseCancellation {
  id: string;
  seq: number;
  reference: string;
  status: "cancelled";
  reason: string | null;
}

interface WarehouseStock {
  seq: number;
  sku: string;
  warehouse: string;
  quantity: number;
  as_of: number;
}

interface WarehouseProduct {
  seq: number;
  sku: string;
  name: string;
  barcodes: string[];
}

/** A message on its way out. A shop renders what it says when it sends it. */
export type Outgoing = { id: string; attempts: number; due: number } & (
  | { kind: "ping"; webhook_id: number }
  | { kind: "order"; webhook_id: number; topic: string; order_id: number; run: number }
  | { kind: "nudge"; type: string; at: number; data: Record<string, string> }
);

export const faultKinds = [
  "timeout",
  "http500",
  "http429",
  "unauthorized",
  "lost_answer",
  "reject",
  "ignore_key",
] as const;
export type FaultKind = (typeof faultKinds)[number];
export type FaultTarget = "shop" | "warehouse";

export interface Fault {
  id: string;
  target: FaultTarget;
  kind: FaultKind;
  /** Null: until deleted. */
  left: number | null;
  message: string;
  /** Only requests whose `METHOD /path` contains this. */
  match: string | null;
}

/** A sandbox as it is on its first day: demo products, nothing sold. */
export function createState(now: number): SandboxState {
  const state = emptyState();
  stockShelves(state, now);
  return state;
}

export const emptyState = (): SandboxState => ({
  shop_orders: createTable(),
  shop_products: createTable(),
  shop_webhooks: createTable(),
  warehouse_orders: createTable(),
  warehouse_shipments: createTable(),
  warehouse_cancellations: createTable(),
  warehouse_stock: createTable(),
  warehouse_products: createTable(),
  outbox: createTable(),
  faults: createTable(),
  values: createTable(),
});

/** Fills shop and warehouse with the demo products. */
function stockShelves(state: SandboxState, now: number): void {
  demoProducts.forEach((product, at) => {
    const id = 11 + at;
    state.shop_products.put(id, {
      id,
      name: product.name,
      sku: product.sku,
      price: product.price,
      weight: product.weight,
      manage_stock: true,
      stock_quantity: 100,
      modified: now,
    });
    state.warehouse_products.put(product.sku, {
      seq: nextNumber(state, "feed"),
      sku: product.sku,
      name: product.name,
      barcodes: [product.barcode],
    });
    state.warehouse_stock.put(`${product.sku} main`, {
      seq: nextNumber(state, "feed"),
      sku: product.sku,
      warehouse: "main",
      quantity: 100,
      as_of: now,
    });
  });
}

/** The next number of a counter. Counters outlive a reset, so that no id is ever used twice. */
export function nextNumber(state: SandboxState, counter: string, first = 1): number {
  const stored = state.values.get(`next_${counter}`);
  const number = typeof stored === "number" ? stored : first;
  state.values.put(`next_${counter}`, number + 1);
  return number;
}

/** Empties the sandbox; webhooks and addresses stay, as do counters, unless everything is to go. */
export function reset(state: SandboxState, now: number, everything: boolean): void {
  for (const table of [
    state.shop_orders,
    state.shop_products,
    state.warehouse_orders,
    state.warehouse_shipments,
    state.warehouse_cancellations,
    state.warehouse_stock,
    state.warehouse_products,
    state.outbox,
    state.faults,
  ]) {
    table.clear();
  }
  for (const name of ["received", "fulfillments_off"]) state.values.delete(name);
  if (everything) {
    state.shop_webhooks.clear();
    for (const name of ["nudge_url", "nudge_secret"]) state.values.delete(name);
  }
  stockShelves(state, now);
}
