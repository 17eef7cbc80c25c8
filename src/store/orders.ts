import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { passingHolds, type Hold } from "../domain/holds.ts";
import type { KnownOrder } from "../domain/intake.ts";
import { orderStatuses, type Order } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { underFence } from "./fence.ts";
import { edits, flag, id, json } from "./shapes.ts";
import { jsonTexts, read, readOne } from "./statement.ts";
import { allShown, among, appended, chosen, stepsOf, type OrderStep } from "./steps.ts";

/** An order to be stored for the first time. */
export interface NewOrder {
  id: OrderId;
  cart_id: ConnectionId;
  source_id: string;
  part: number;
  number: string;
  cust_ref: string;
  on_hold: Hold | null;
  hold_until: number | null;
  possible_duplicate: 0 | 1;
  period: string | null;
  is_test: 0 | 1;
  source_status: string;
  source_modified_at: number;
  placed_at: number;
  created_at: number;
  /** The order as JSON: written out once, however often it is measured and moved. */
  body: string;
  timeline: readonly TimelineEntry[];
}

const status = z.enum(orderStatuses);

const knownShape: z.ZodType<KnownOrder> = z.object({
  id: z.string(),
  status,
  source_status: z.string(),
  source_modified_at: z.int(),
  is_test: flag,
  sending_canceled: flag,
  canceled_by: z.string().nullable(),
  cancel_wanted: z.string().nullable(),
  too_late_to_cancel: flag,
  kept_in_cart: flag,
  on_hold: z.string().nullable(),
  error_reason: z.string().nullable(),
  no_longer_passes: flag,
  waved_through: flag,
  cleared: flag,
  redacted: flag,
  body: json<Order>(),
  edits,
  timeline: json<TimelineEntry[]>(),
});

/** Those of the ids that are stored. CROSS JOIN keeps the list outside: two rows read per order found. */
export const knownOrders = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly OrderId[],
): Promise<KnownOrder[]> =>
  read(
    db,
    knownShape,
    sql`SELECT o.id AS id, o.status AS status, o.source_status AS source_status,
          o.source_modified_at AS source_modified_at, o.is_test AS is_test,
          o.sending_canceled AS sending_canceled, o.canceled_by AS canceled_by, o.cancel_wanted AS cancel_wanted,
          o.too_late_to_cancel AS too_late_to_cancel, o.kept_in_cart AS kept_in_cart, o.on_hold AS on_hold, o.error_reason AS error_reason, o.waved_through AS waved_through,
          o.no_longer_passes AS no_longer_passes,
          o.cleared_at IS NOT NULL AS cleared, o.redacted_at IS NOT NULL AS redacted,
          o.body AS body, o.edits AS edits, o.timeline AS timeline
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );

const atRefShape = z.object({
  cust_ref: z.string(),
  number: z.string(),
  cart_id: z.string(),
  zip: z.string().nullable(),
  created_at: z.int(),
  status,
  cleared: flag,
});
export type OrderAtRef = z.infer<typeof atRefShape>;

/** The orders of the merchant that bear one of these references already. */
export const ordersAtRefs = (
  db: D1Database,
  merchantId: MerchantId,
  refs: readonly string[],
): Promise<OrderAtRef[]> =>
  read(
    db,
    atRefShape,
    sql`SELECT o.cust_ref AS cust_ref, o.number AS number, o.cart_id AS cart_id,
          o.body->>'$.ship_to.zip' AS zip, o.created_at AS created_at, o.status AS status,
          o.cleared_at IS NOT NULL AS cleared
        FROM json_each(${JSON.stringify(refs)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.cust_ref = j.value`,
  );

/** A number of a cart, and the references from one to another that an order with it may bear. */
export interface NumberSpan {
  cart_id: string;
  number: string;
  from: string;
  to: string;
}

const ofNumberShape = z.object({
  id: id<OrderId>(),
  cust_ref: z.string(),
  number: z.string(),
  cart_id: z.string(),
});

/** Whether an order `o` lies in a span `j.value`. */
export const isOfNumber = sql`o.cust_ref >= j.value->>'from' AND o.cust_ref <= j.value->>'to'
  AND o.number = j.value->>'number' AND o.cart_id = j.value->>'cart_id'`;

/** The orders that carts brought under these numbers. */
export const ordersOfNumbers = (
  db: D1Database,
  merchantId: MerchantId,
  spans: readonly NumberSpan[],
): Promise<z.infer<typeof ofNumberShape>[]> =>
  read(
    db,
    ofNumberShape,
    sql`SELECT o.id AS id, o.cust_ref AS cust_ref, o.number AS number, o.cart_id AS cart_id
        FROM json_each(${JSON.stringify(spans)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND ${isOfNumber}`,
  );

/** The columns of a new order but for its body. */
const newColumns = [
  "id",
  "cart_id",
  "source_id",
  "part",
  "number",
  "cust_ref",
  "on_hold",
  "hold_until",
  "possible_duplicate",
  "period",
  "is_test",
  "source_status",
  "source_modified_at",
  "placed_at",
  "created_at",
  "timeline",
] as const satisfies readonly (keyof NewOrder)[];

/**
 * Stores orders that are not there yet; `changes` says how many. A reference that is taken meanwhile
 * fails the batch on purpose: skipping the row would lose the order. What all orders share, such as
 * the cart, is said once: an insert of many is as fast as its JSON is short. `allNew`: one that is
 * there already fails the batch, too.
 */
export const insertOrders = (
  merchantId: MerchantId,
  orders: readonly NewOrder[],
  allNew = false,
): SQL => {
  const own = newColumns.filter((name) =>
    orders.some((order) => order[name] !== orders[0]?.[name] || name === "id"),
  );
  // Lists, not objects: the names of the columns would be a tenth of all that is sent.
  const rowOf = (order: NewOrder): string =>
    `[${own.map((name) => JSON.stringify(order[name])).join(",")},${order.body}]`;
  const column = (name: (typeof newColumns)[number]): SQL => {
    const at = own.indexOf(name);
    if (at >= 0) return sql.raw(`j.value->>${at}`);
    const shared = orders[0]?.[name] ?? null;
    return sql`${typeof shared === "object" && shared !== null ? JSON.stringify(shared) : shared}`;
  };
  return sql`INSERT INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, on_hold,
        hold_until, possible_duplicate, period, is_test, source_status, source_modified_at, placed_at, created_at, timeline, updated_at, status, body)
      SELECT ${merchantId}, ${sql.join(newColumns.map(column), sql`, `)}, ${column("created_at")}, 'new', ${sql.raw(`j.value->${own.length}`)}
      FROM ${jsonTexts(orders.map(rowOf))} j WHERE true
      ${allNew ? sql`` : sql`ON CONFLICT (merchant_id, id) DO NOTHING`}`;
};

/** What deliveries made of their orders: an order that was stopped meanwhile stays stopped, unless the WMS took it; then it is to be called off there. */
export const updateSentOrders = (
  merchantId: MerchantId,
  dispatchId: string,
  fence: number,
  steps: readonly OrderStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET status = coalesce(j.value->>'status', orders.status),
        sending_canceled = CASE j.value->>'status' WHEN 'at_wms' THEN 0 ELSE orders.sending_canceled END,
        cancel_wanted = CASE WHEN orders.status = 'canceled' THEN 'wms' ELSE orders.cancel_wanted END,
        canceled_by = CASE WHEN j.value->>'status' = 'at_wms' AND orders.status <> 'canceled'
          AND orders.cancel_wanted IS NULL THEN NULL ELSE orders.canceled_by END,
        error_reason = j.value->>'error_reason', timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND (orders.status IN ('new', 'error') OR (orders.status = 'canceled' AND j.value->>'status' = 'at_wms'))
        AND ${underFence(merchantId, dispatchId, fence)}`;

const rank = (status: SQL) => sql`instr('at_wms partial shipped confirmed', ${status})`;

/** What shipments made of their orders, which never moves one back: the plan may be older than the row. */
export const updateShippedOrders = (
  merchantId: MerchantId,
  steps: readonly OrderStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET
        status = CASE WHEN ${rank(sql`coalesce(j.value->>'status', orders.status)`)} < ${rank(sql`orders.status`)}
          THEN orders.status ELSE coalesce(j.value->>'status', orders.status) END,
        timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'`;

/** Timeline entries of confirmations; an order whose every shipment the cart shows becomes `confirmed`. */
export const updateConfirmedOrders = (
  merchantId: MerchantId,
  dispatchId: string,
  fence: number,
  steps: readonly OrderStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET
        status = CASE WHEN orders.status = 'shipped' AND ${allShown}
          THEN 'confirmed' ELSE orders.status END,
        timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND ${underFence(merchantId, dispatchId, fence)}`;

/** Orders that are sent now: whatever passing hold they had is over. Who was released with a date was told so. */
export const releaseOrders = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET on_hold = NULL, hold_until = NULL,
        timeline = CASE WHEN orders.on_hold = 'released' AND orders.hold_until IS NOT NULL THEN orders.timeline
          ELSE json_insert(orders.timeline, '$[#]', json(${JSON.stringify(entry)})) END,
        updated_at = ${entry.at}
      WHERE ${chosen(merchantId, ids)} AND orders.on_hold IN ${among(passingHolds)}`;

const shippingShape = z.object({
  id: id<OrderId>(),
  cust_ref: z.string(),
  cart_id: id<ConnectionId>(),
  status,
  source_id: z.string(),
  number: z.string(),
  body: json<Order>(),
});
export type OrderForShipping = z.infer<typeof shippingShape>;

const shippingColumns = sql`o.id AS id, o.cust_ref AS cust_ref, o.cart_id AS cart_id, o.status AS status,
  o.source_id AS source_id, o.number AS number, o.body AS body`;

/** The merchant's orders with these references. */
export const ordersByRef = (
  db: D1Database,
  merchantId: MerchantId,
  refs: readonly string[],
): Promise<OrderForShipping[]> =>
  read(
    db,
    shippingShape,
    sql`SELECT ${shippingColumns} FROM json_each(${JSON.stringify(refs)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.cust_ref = j.value`,
  );

/** The merchant's orders with these ids. */
export const ordersById = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<OrderForShipping[]> =>
  read(
    db,
    shippingShape,
    sql`SELECT ${shippingColumns} FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );

export const detailShape = z.object({
  id: id<OrderId>(),
  cart_id: id<ConnectionId>(),
  source_id: z.string(),
  part: z.int(),
  number: z.string(),
  cust_ref: z.string(),
  status,
  sending_canceled: flag,
  on_hold: z.string().nullable(),
  error_reason: z.string().nullable(),
  changed_after_sending: flag,
  hold_until: z.int().nullable(),
  period: z.string().nullable(),
  is_test: flag,
  cleared_at: z.int().nullable(),
  redacted_at: z.int().nullable(),
  canceled_by: z.string().nullable(),
  cancel_wanted: z.string().nullable(),
  too_late_to_cancel: flag,
  waved_through: flag,
  source_status: z.string(),
  placed_at: z.int(),
  created_at: z.int(),
  updated_at: z.int(),
  edits,
  body: json<Order>(),
  timeline: json<TimelineEntry[]>(),
  wms_id: id<ConnectionId>().nullable(),
  wms_order_id: z.string().nullable(),
  failed_sends: z.int().nullable(),
  last_error: z.string().nullable(),
  next_at: z.int().nullable(),
  goes_at: z.int().nullable(),
});
export type OrderDetail = z.infer<typeof detailShape>;

export const detailColumns = sql`o.id AS id, o.cart_id AS cart_id, o.source_id AS source_id, o.part AS part,
  o.number AS number, o.cust_ref AS cust_ref, o.status AS status, o.sending_canceled AS sending_canceled,
  o.on_hold AS on_hold, o.error_reason AS error_reason, o.changed_after_sending AS changed_after_sending,
  o.hold_until AS hold_until, o.period AS period, o.is_test AS is_test, o.cleared_at AS cleared_at,
  o.redacted_at AS redacted_at, o.canceled_by AS canceled_by, o.cancel_wanted AS cancel_wanted,
  o.too_late_to_cancel AS too_late_to_cancel, o.waved_through AS waved_through,
  o.source_status AS source_status, o.placed_at AS placed_at, o.created_at AS created_at,
  o.updated_at AS updated_at, o.edits AS edits, o.body AS body, o.timeline AS timeline, d.wms_id AS wms_id,
  d.wms_order_id AS wms_order_id, d.failed_sends AS failed_sends, d.last_error AS last_error, d.next_at AS next_at,
  CASE WHEN d.state = 'queued' AND x.fence = 0 AND x.due_at > x.created_at + 60000 THEN x.due_at END AS goes_at
  FROM orders o LEFT JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id
  LEFT JOIN dispatches x ON x.merchant_id = d.merchant_id AND x.id = d.dispatch_id`;

/** One order with the state of its delivery. */
export const readOrder = (
  db: D1Database,
  merchantId: MerchantId,
  orderId: string,
): Promise<OrderDetail | null> =>
  readOne(
    db,
    detailShape,
    sql`SELECT ${detailColumns} WHERE o.merchant_id = ${merchantId} AND o.id = ${orderId}`,
  );
