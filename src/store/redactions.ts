import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Attempt } from "../domain/delivery.ts";
import type { Edits } from "../domain/edits.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import type { ShipmentBody } from "../domain/shipping.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { edits, flag, json } from "./shapes.ts";
import { read } from "./statement.ts";

/** Reading and redacting orders whose time is over. What that is, `sync/redact-orders.ts` says. */

/**
 * An order `o` that nothing will be done with any more, and with which nothing happened since `horizon`:
 * at its end, or cleared while the WMS had it; nothing of it is on its way to a WMS or a cart.
 */
const isOver = (horizon: number): SQL => sql`CASE
    WHEN o.redacted_at IS NOT NULL OR o.updated_at > ${horizon} OR o.cancel_wanted IS NOT NULL THEN 0
    WHEN NOT (o.status IN ('confirmed', 'canceled', 'shipped')
      OR (o.cleared_at IS NOT NULL AND o.status IN ('at_wms', 'partial'))) THEN 0
    WHEN o.status NOT IN ('confirmed', 'canceled') AND EXISTS (SELECT 1 FROM shipments s WHERE s.merchant_id = o.merchant_id
      AND s.order_id = o.id AND s.state IN ('waiting', 'queued', 'due')) THEN 0
    ELSE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.merchant_id = o.merchant_id AND d.order_id = o.id
      AND (d.unknown = 1 OR d.state IN ('queued', 'due'))) END`;

const walkedShape = z.object({
  id: z.string(),
  created_at: z.int(),
  cust_ref: z.string(),
  over: flag,
});
export type WalkedOrder = z.infer<typeof walkedShape>;

/** Orders loaded after a place and until `horizon`, oldest first. */
export const walkOrders = (
  db: D1Database,
  merchantId: MerchantId,
  after: readonly [created_at: number, cust_ref: string],
  horizon: number,
  limit: number,
): Promise<WalkedOrder[]> =>
  read(
    db,
    walkedShape,
    sql`SELECT o.id AS id, o.created_at AS created_at, o.cust_ref AS cust_ref, ${isOver(horizon)} AS over
        FROM orders o INDEXED BY orders_by_created
        WHERE o.merchant_id = ${merchantId} AND o.created_at <= ${horizon}
          AND (o.created_at, o.cust_ref) > (${after[0]}, ${after[1]})
        ORDER BY o.created_at, o.cust_ref LIMIT ${limit}`,
  );

const dueShape = z.object({
  id: z.string(),
  body: json<Order>(),
  edits,
  timeline: json<TimelineEntry[]>(),
  updated_at: z.int(),
  version: z.int(),
});
/** An order that is to be redacted, as it was when that was decided. */
export type OrderToRedact = z.infer<typeof dueShape>;

/** Those of the orders whose time is over. */
export const ordersToRedact = (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly string[],
  horizon: number,
): Promise<OrderToRedact[]> =>
  read(
    db,
    dueShape,
    sql`SELECT o.id AS id, o.body AS body, o.edits AS edits, o.timeline AS timeline,
          o.updated_at AS updated_at, length(o.timeline) AS version
        FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value AND ${isOver(horizon)} = 1`,
  );

export interface RedactedOrder extends Pick<OrderToRedact, "id" | "updated_at" | "version"> {
  body: Order;
  edits: Edits | null;
  timeline: readonly TimelineEntry[];
}

/** Stores redacted orders, unless something happened with them since they were read. */
export const redactOrders = (
  merchantId: MerchantId,
  orders: readonly RedactedOrder[],
  now: number,
): SQL =>
  sql`UPDATE orders SET body = j.value->'body', edits = j.value->'edits', timeline = j.value->'timeline',
        redacted_at = ${now}
      FROM json_each(${JSON.stringify(orders.map((order) => ({ ...order, edits: order.edits ?? undefined, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.redacted_at IS NULL
        AND orders.updated_at = j.value->>'updated_at' AND length(orders.timeline) = j.value->>'version'`;

const isRedacted = (merchantId: MerchantId, orderId: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId} AND o.id = ${orderId}
        AND o.redacted_at IS NOT NULL)`;

/** Deliveries of the orders that keep words of the WMS. */
export const deliveriesToRedact = (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly string[],
): Promise<{ order_id: string; attempts: Attempt[] }[]> =>
  read(
    db,
    z.object({ order_id: z.string(), attempts: json<Attempt[]>() }),
    sql`SELECT d.order_id AS order_id, d.attempts AS attempts
        FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN deliveries d
        WHERE d.merchant_id = ${merchantId} AND d.order_id = j.value
          AND (d.last_error IS NOT NULL OR instr(d.attempts, '"message":') > 0)`,
  );

/** After `redactOrders` in the same batch: the deliveries of those that were. */
export const redactDeliveries = (
  merchantId: MerchantId,
  deliveries: readonly { order_id: string; attempts: readonly Attempt[] }[],
): SQL | null =>
  deliveries.length === 0
    ? null
    : sql`UPDATE deliveries SET last_error = NULL, attempts = j.value->'attempts'
      FROM json_each(${JSON.stringify(deliveries.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE deliveries.merchant_id = j.value->>'m' AND deliveries.order_id = j.value->>'order_id'
        AND ${isRedacted(merchantId, sql`deliveries.order_id`)}`;

/** Shipments of the orders that keep words of the cart, or an address with a query. */
export const shipmentsToRedact = (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly string[],
): Promise<{ order_id: string; id: string; version: number; body: ShipmentBody }[]> =>
  read(
    db,
    z.object({
      order_id: z.string(),
      id: z.string(),
      version: z.int(),
      body: json<ShipmentBody>(),
    }),
    sql`SELECT s.order_id AS order_id, s.id AS id, s.version AS version, s.body AS body
        FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN shipments s
        WHERE s.merchant_id = ${merchantId} AND s.order_id = j.value
          AND (s.last_error IS NOT NULL OR instr(s.body->>'$.tracking_url', '?') > 0)`,
  );

/** After `redactOrders` in the same batch: the shipments of those that were. */
export const redactShipments = (
  merchantId: MerchantId,
  shipments: readonly { order_id: string; id: string; version: number; body: ShipmentBody }[],
): SQL | null =>
  shipments.length === 0
    ? null
    : sql`UPDATE shipments SET last_error = NULL, body = j.value->'body'
      FROM json_each(${JSON.stringify(shipments.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE shipments.merchant_id = j.value->>'m' AND shipments.order_id = j.value->>'order_id'
        AND shipments.id = j.value->>'id' AND shipments.version = j.value->>'version'
        AND ${isRedacted(merchantId, sql`shipments.order_id`)}`;
