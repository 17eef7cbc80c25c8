import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { KnownOrder } from "../domain/intake.ts";
import { orderStatuses, type Order, type OrderStatus } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { underFence } from "./fence.ts";
import { flag, id, json } from "./shapes.ts";
import { jsonTexts, read, readOne } from "./statement.ts";

/** An order to be stored for the first time. */
export interface NewOrder {
  id: OrderId;
  cart_id: ConnectionId;
  source_id: string;
  part: number;
  number: string;
  cust_ref: string;
  on_hold: string | null;
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
  sending_canceled: flag,
  body: json<Order>(),
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
          o.source_modified_at AS source_modified_at, o.sending_canceled AS sending_canceled,
          o.body AS body, o.timeline AS timeline
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );

/** Those of the references that an order of the merchant already bears. */
export const takenRefs = async (
  db: D1Database,
  merchantId: MerchantId,
  refs: readonly string[],
): Promise<Set<string>> => {
  const rows = await read(
    db,
    z.object({ cust_ref: z.string() }),
    sql`SELECT o.cust_ref AS cust_ref
        FROM json_each(${JSON.stringify(refs)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.cust_ref = j.value`,
  );
  return new Set(rows.map((row) => row.cust_ref));
};

/** The columns of a new order but for its body. */
const newColumns = [
  "id",
  "cart_id",
  "source_id",
  "part",
  "number",
  "cust_ref",
  "on_hold",
  "source_status",
  "source_modified_at",
  "placed_at",
  "created_at",
  "timeline",
] as const satisfies readonly (keyof NewOrder)[];

/**
 * Stores orders that are not there yet; `changes` says how many. A reference that is taken meanwhile
 * fails the batch on purpose: skipping the row would lose the order. What all orders share, such as
 * the cart, is said once: an insert of many is as fast as its JSON is short.
 */
export const insertOrders = (merchantId: MerchantId, orders: readonly NewOrder[]): SQL => {
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
        source_status, source_modified_at, placed_at, created_at, timeline, updated_at, status, body)
      SELECT ${merchantId}, ${sql.join(newColumns.map(column), sql`, `)}, ${column("created_at")}, 'new', ${sql.raw(`j.value->${own.length}`)}
      FROM ${jsonTexts(orders.map(rowOf))} j WHERE true
      ON CONFLICT (merchant_id, id) DO NOTHING`;
};

/** One step of a stored order. */
export interface OrderStep {
  id: string;
  /** Null: as it is. */
  status: OrderStatus | null;
  error_reason: string | null;
  entries: readonly TimelineEntry[];
  at: number;
}

const stepsOf = (merchantId: MerchantId, steps: readonly OrderStep[]) =>
  JSON.stringify(steps.map((step) => ({ ...step, m: merchantId })));

// The merchant stands inside the JSON so that SQLite takes the list, not the table, as its outer loop.
// A timeline is never empty; text is joined to text because json_each would read a row per entry.
const appended = sql`CASE j.value->>'entries' WHEN '[]' THEN orders.timeline
  ELSE substr(orders.timeline, 1, length(orders.timeline) - 1) || ',' || substr(j.value->>'entries', 2) END`;

/** What deliveries made of their orders: an order that was stopped meanwhile stays stopped, unless the WMS took it. */
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
        status = CASE WHEN orders.status = 'shipped' AND (
            SELECT max(s.state = 'confirmed') AND NOT max(s.voided = 0 AND s.state NOT IN ('confirmed', 'none'))
            FROM shipments s WHERE s.merchant_id = orders.merchant_id AND s.order_id = orders.id)
          THEN 'confirmed' ELSE orders.status END,
        timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND ${underFence(merchantId, dispatchId, fence)}`;

/** What the cart changed in an order that was not sent yet. */
export interface OrderRevision {
  id: string;
  body: Order;
  source_status: string;
  modified_at: number;
  entries: readonly TimelineEntry[];
  at: number;
}

/** A step that the cart's own status led to. */
export interface SourceStep extends OrderStep {
  source_status: string;
  modified_at: number;
}

const revised = (merchantId: MerchantId, revisions: readonly OrderRevision[]) =>
  JSON.stringify(revisions.map((revision) => ({ ...revision, m: merchantId })));

/** What the cart says of an order, where it is not older than what is stored: a page may have been read before a newer webhook. */
const fromCart = sql`source_status = j.value->>'source_status', source_modified_at = j.value->>'modified_at',
        timeline = ${appended}, updated_at = j.value->>'at'`;
const notOlder = sql`orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND orders.source_modified_at <= j.value->>'modified_at'`;

/** No worker has the order in hand, and no earlier attempt ended unknown. */
const notBeingSent = sql`NOT EXISTS (
    SELECT 1 FROM deliveries d LEFT JOIN dispatches x ON x.merchant_id = d.merchant_id AND x.id = d.dispatch_id
    WHERE d.merchant_id = orders.merchant_id AND d.order_id = orders.id
      AND (d.unknown = 1 OR (d.state = 'queued' AND x.working = 1)))`;

/** Follows the cart into orders that no WMS can have. Returns the ids that it changed. */
export const reviseOrders = (
  merchantId: MerchantId,
  revisions: readonly OrderRevision[],
): SQL | null =>
  revisions.length === 0
    ? null
    : sql`UPDATE orders SET body = j.value->'body', ${fromCart}
      FROM json_each(${revised(merchantId, revisions)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error') AND ${notBeingSent}
      RETURNING orders.id AS id`;

/** A cancellation in the cart, of orders that no WMS can have. Returns the ids that it stopped. */
export const cancelUnsentOrders = (
  merchantId: MerchantId,
  steps: readonly SourceStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET status = 'canceled', on_hold = NULL, ${fromCart}
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error') AND ${notBeingSent}
      RETURNING orders.id AS id`;

/**
 * After `cancelUnsentOrders` in the same batch: what it could not stop, because the WMS may have it.
 * It is flagged, and nothing is sent any more: the next attempt only asks whether the WMS has it.
 */
export const flagUnstoppedOrders = (
  merchantId: MerchantId,
  steps: readonly SourceStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET changed_after_sending = 1, sending_canceled = 1, ${fromCart}
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error')`;

/** After `reviseOrders` in the same batch: what it could not follow, because the WMS may have the old version. */
export const flagUnrevisedOrders = (
  merchantId: MerchantId,
  revisions: readonly OrderRevision[],
): SQL | null =>
  revisions.length === 0
    ? null
    : sql`UPDATE orders SET changed_after_sending = 1, timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${revised(merchantId, revisions)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error') AND orders.body <> j.value->>'body'
        AND orders.changed_after_sending = 0`;

/** Orders that the cart had called off, and means after all: they wait to be released, or are simply not stopped any more. */
export const reopenOrders = (
  merchantId: MerchantId,
  revisions: readonly OrderRevision[],
): SQL | null =>
  revisions.length === 0
    ? null
    : sql`UPDATE orders SET status = 'new', on_hold = CASE orders.status WHEN 'canceled' THEN 'reopened' END,
        sending_canceled = 0, body = CASE orders.status WHEN 'canceled' THEN j.value->'body' ELSE orders.body END,
        ${fromCart}
      FROM json_each(${revised(merchantId, revisions)}) j
      WHERE ${notOlder} AND (orders.status = 'canceled' OR (orders.status = 'new' AND orders.sending_canceled = 1))`;

/** Something changed in the cart that the WMS does not know of: flagged once, with the difference. */
export const flagChangedOrders = (
  merchantId: MerchantId,
  steps: readonly SourceStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET changed_after_sending = 1, ${fromCart}
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE ${notOlder} AND orders.status <> 'canceled'`;

/** Orders whose cart may send them now. */
export const releaseOrders = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET on_hold = NULL, timeline = json_insert(timeline, '$[#]', json(${JSON.stringify(entry)})),
        updated_at = ${entry.at}
      WHERE merchant_id = ${merchantId} AND id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
        AND on_hold IS NOT NULL`;

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
  source_status: z.string(),
  placed_at: z.int(),
  created_at: z.int(),
  updated_at: z.int(),
  body: json<Order>(),
  timeline: json<TimelineEntry[]>(),
  wms_id: id<ConnectionId>().nullable(),
  wms_order_id: z.string().nullable(),
  failed_sends: z.int().nullable(),
  last_error: z.string().nullable(),
  next_at: z.int().nullable(),
});
export type OrderDetail = z.infer<typeof detailShape>;

export const detailColumns = sql`o.id AS id, o.cart_id AS cart_id, o.source_id AS source_id, o.part AS part,
  o.number AS number, o.cust_ref AS cust_ref, o.status AS status, o.sending_canceled AS sending_canceled,
  o.on_hold AS on_hold, o.error_reason AS error_reason, o.changed_after_sending AS changed_after_sending,
  o.source_status AS source_status, o.placed_at AS placed_at, o.created_at AS created_at,
  o.updated_at AS updated_at, o.body AS body, o.timeline AS timeline, d.wms_id AS wms_id,
  d.wms_order_id AS wms_order_id, d.failed_sends AS failed_sends, d.last_error AS last_error, d.next_at AS next_at
  FROM orders o LEFT JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id`;

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
