import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Attempt, DeliveryProgress } from "../domain/delivery.ts";
import type { ConnectionId, DispatchId, MerchantId, OrderId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import { underFence } from "./fence.ts";
import { flag, id, json } from "./shapes.ts";
import { read } from "./statement.ts";

/** The outbox rows of new orders of one cart: on a dispatch, or waiting for one. An order that has a delivery already keeps it. */
export const insertDeliveries = (
  merchantId: MerchantId,
  orderIds: readonly OrderId[],
  of: {
    cart_id: ConnectionId;
    /** Null while the merchant has no WMS to send it to. */
    wms_id: ConnectionId | null;
    /** Null: it waits, or is held. */
    dispatch_id: DispatchId | null;
    held?: boolean;
  },
): SQL =>
  sql`INSERT INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, dispatch_id)
      SELECT ${merchantId}, j.value, ${of.cart_id}, ${of.wms_id},
        ${of.held ? "held" : of.dispatch_id === null ? "waiting" : "queued"}, ${of.dispatch_id}
      FROM json_each(${JSON.stringify(orderIds)}) j WHERE true
      ON CONFLICT (merchant_id, order_id) DO NOTHING`;

const workShape = z.object({
  order_id: id<OrderId>(),
  cart_id: id<ConnectionId>(),
  number: z.string(),
  cust_ref: z.string(),
  generation: z.int(),
  wms_order_id: z.string().nullable(),
  unknown: flag,
  failed_sends: z.int(),
  first_failed_at: z.int().nullable(),
  last_error: z.string().nullable(),
  next_at: z.int().nullable(),
  attempts: json<Attempt[]>(),
  body: json<Order>(),
  stopped: flag,
  is_test: flag,
});
/** A delivery that is to be sent now, with its order. */
export type DeliveryWork = z.infer<typeof workShape>;

/** What of a dispatch is still to be sent: an order that was stopped meanwhile is not. */
export const deliveriesToSend = (
  db: D1Database,
  merchantId: MerchantId,
  dispatchId: DispatchId,
  orderIds: readonly string[],
): Promise<DeliveryWork[]> =>
  read(
    db,
    workShape,
    sql`SELECT d.order_id AS order_id, d.cart_id AS cart_id, o.number AS number, o.cust_ref AS cust_ref, d.generation AS generation,
          d.wms_order_id AS wms_order_id, d.unknown AS unknown, d.failed_sends AS failed_sends,
          d.first_failed_at AS first_failed_at, d.last_error AS last_error, d.next_at AS next_at,
          d.attempts AS attempts, o.body AS body, o.sending_canceled AS stopped, o.is_test AS is_test
        FROM json_each(${JSON.stringify(orderIds)}) j
        CROSS JOIN deliveries d CROSS JOIN orders o
        WHERE d.merchant_id = ${merchantId} AND d.order_id = j.value
          AND d.dispatch_id = ${dispatchId} AND d.state = 'queued'
          AND o.merchant_id = ${merchantId} AND o.id = j.value
          AND o.status = 'new' AND o.on_hold IS NULL AND o.redacted_at IS NULL`,
  );

/** Results of attempts; taken only while `fence` is the newest claim of the dispatch. */
export const settleDeliveries = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  settled: readonly { order_id: string; progress: DeliveryProgress }[],
): SQL | null =>
  settled.length === 0
    ? null
    : sql`UPDATE deliveries SET state = j.value->>'state', wms_order_id = j.value->>'wms_order_id',
        unknown = j.value->>'unknown', failed_sends = j.value->>'failed_sends',
        first_failed_at = j.value->>'first_failed_at', last_error = j.value->>'last_error',
        next_at = j.value->>'next_at', attempts = j.value->'attempts', dispatch_id = NULL
      FROM json_each(${JSON.stringify(
        settled.map(({ order_id, progress }) => ({ m: merchantId, order_id, ...progress })),
      )}) j
      WHERE deliveries.merchant_id = j.value->>'m' AND deliveries.order_id = j.value->>'order_id'
        AND deliveries.state = 'queued'
        AND ${underFence(merchantId, dispatchId, fence)}`;

const dueShape = z.object({
  merchant_id: id<MerchantId>(),
  order_id: id<OrderId>(),
  connection_id: id<ConnectionId>(),
});
/** One record whose next try is due. */
export type DueRecord = z.infer<typeof dueShape>;

/**
 * Deliveries of any merchant, or of `only` one connection, whose next try is due; oldest first. The
 * plus keeps SQLite to the index of what is due: by the key it would read every delivery ever made.
 */
export const dueDeliveries = (
  db: D1Database,
  now: number,
  limit: number,
  only: Pick<DueRecord, "merchant_id" | "connection_id"> | null = null,
): Promise<DueRecord[]> =>
  read(
    db,
    dueShape,
    sql`SELECT merchant_id AS merchant_id, order_id AS order_id, wms_id AS connection_id
        FROM deliveries WHERE next_at IS NOT NULL AND next_at <= ${now}
          ${only ? sql`AND +merchant_id = ${only.merchant_id} AND wms_id = ${only.connection_id}` : sql``}
        ORDER BY next_at LIMIT ${limit}`,
  );

/** Puts due or waiting deliveries on a dispatch of a WMS. */
export const queueDeliveries = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  wmsId: ConnectionId,
  orderIds: readonly string[],
): SQL =>
  sql`UPDATE deliveries SET state = 'queued', dispatch_id = ${dispatchId}, wms_id = ${wmsId}, next_at = NULL
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND state IN ('due', 'waiting')`;

/** Deliveries of orders that were stopped. */
export const cancelDeliveries = (merchantId: MerchantId, orderIds: readonly string[]): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`UPDATE deliveries SET state = 'canceled', dispatch_id = NULL, next_at = NULL
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId}
          AND o.id = deliveries.order_id AND o.status = 'canceled')`;

/** Deliveries of orders that the cart means after all: they wait to be released. What the WMS called off goes under a new key. */
export const reopenDeliveries = (merchantId: MerchantId, orderIds: readonly string[]): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`UPDATE deliveries SET generation = generation + (wms_order_id IS NOT NULL),
        failed_sends = 0, first_failed_at = NULL, last_error = NULL,
        state = CASE (SELECT o.on_hold FROM orders o WHERE o.merchant_id = ${merchantId}
          AND o.id = deliveries.order_id) WHEN 'person' THEN 'held' ELSE 'waiting' END
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND state = 'canceled'`;

/** Deliveries that a shipment proves accepted, although no answer ever said so. */
export const proveDeliveries = (merchantId: MerchantId, orderIds: readonly string[]): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`UPDATE deliveries SET state = 'accepted', unknown = 0, next_at = NULL, dispatch_id = NULL
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND state <> 'accepted'`;

/** Deliveries of a cart that wait to be put on a dispatch, in pages: after an order, null from the first. */
export const waitingDeliveries = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  after: string | null,
  limit: number,
): Promise<{ order_id: OrderId }[]> =>
  read(
    db,
    z.object({ order_id: id<OrderId>() }),
    sql`SELECT order_id AS order_id FROM deliveries
        WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND state = 'waiting' AND order_id > ${after ?? ""}
        ORDER BY order_id LIMIT ${limit}`,
  );

/** How many deliveries of a cart wait for its delivery to be turned on. */
export const countWaitingDeliveries = async (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<number> => {
  const [row] = await read(
    db,
    z.object({ waiting: z.int() }),
    sql`SELECT count(*) AS waiting FROM deliveries
        WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND state = 'waiting'`,
  );
  return row?.waiting ?? 0;
};
