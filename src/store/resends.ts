import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { CartWays } from "../domain/holds.ts";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { orderStatuses } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { readyHold } from "./next-hold.ts";
import { notBeingSent } from "./order-changes.ts";
import { flag, id } from "./shapes.ts";
import { read } from "./statement.ts";
import { chosen, told } from "./steps.ts";

/** What people have tried again: sends that failed, orders that a WMS lost, tracking that a cart does not show. */

const toResendShape = z.object({
  id: id<OrderId>(),
  cart_id: id<ConnectionId>(),
  status: z.enum(orderStatuses),
  cust_ref: z.string(),
  /** Where it was sent last; null: nowhere. */
  wms_id: id<ConnectionId>().nullable(),
  wms_order_id: z.string().nullable(),
  generation: z.int(),
  unknown: flag,
});
export type OrderToResend = z.infer<typeof toResendShape>;

export const ordersToResend = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<OrderToResend[]> =>
  read(
    db,
    toResendShape,
    sql`SELECT o.id AS id, o.cart_id AS cart_id, o.status AS status, o.cust_ref AS cust_ref, d.wms_id AS wms_id,
          d.wms_order_id AS wms_order_id, d.generation AS generation, d.unknown AS unknown
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o CROSS JOIN deliveries d
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value
          AND d.merchant_id = ${merchantId} AND d.order_id = j.value`,
  );

/** A worker has it in hand right now; that its last attempt ended unknown is no reason not to ask again. */
const beingSent = sql`EXISTS (SELECT 1 FROM deliveries d CROSS JOIN dispatches x
    WHERE d.merchant_id = orders.merchant_id AND d.order_id = orders.id AND d.state = 'queued'
      AND x.merchant_id = d.merchant_id AND x.id = d.dispatch_id AND x.working = 1)`;

/** Their sending failed or they are in error, and nothing holds them. Returns the orders that it changed. */
export const retryUnsent = (
  merchantId: MerchantId,
  ids: readonly string[],
  ways: CartWays,
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET status = 'new', error_reason = NULL, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.status IN ('new', 'error') AND orders.cleared_at IS NULL
        AND orders.on_hold IS NULL AND orders.sending_canceled = 0 AND orders.redacted_at IS NULL
        AND ${readyHold(ways)} = 'released' AND NOT ${beingSent}
        AND EXISTS (SELECT 1 FROM deliveries d WHERE d.merchant_id = orders.merchant_id AND d.order_id = orders.id
          AND d.state IN ('due', 'error', 'given_up'))
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

/**
 * Those of which nobody knows any more whether their WMS has them, and that are to be called off: it is
 * asked again, for what it does not have is canceled. Returns the orders that it changed.
 */
export const retryStopped = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET status = 'new', error_reason = NULL, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.status = 'error' AND orders.cancel_wanted = 'wms'
        AND orders.on_hold IS NULL AND orders.cleared_at IS NULL AND orders.redacted_at IS NULL
        AND EXISTS (SELECT 1 FROM deliveries d WHERE d.merchant_id = orders.merchant_id AND d.order_id = orders.id
          AND d.state = 'given_up')
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

/** After these in the same batch: their 15 days begin anew, and they are due at once. */
export const retryDeliveries = (merchantId: MerchantId, ids: readonly string[], now: number): SQL =>
  sql`UPDATE deliveries SET state = 'due', next_at = ${now}, dispatch_id = NULL, failed_sends = 0,
        first_failed_at = NULL
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
        AND state IN ('due', 'error', 'given_up')
        AND EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId} AND o.id = deliveries.order_id
          AND o.status = 'new' AND o.on_hold IS NULL AND o.cleared_at IS NULL
          AND (o.sending_canceled = 0 OR (o.cancel_wanted = 'wms' AND deliveries.state = 'given_up')))`;

/** An order at a WMS that is to be sent there again, as it was when that was decided. */
export interface LostOrder {
  id: string;
  generation: number;
  /** It goes without asking the WMS once more, as that cannot tell. */
  unasked: boolean;
}

/** Orders that their WMS turned out not to have: they are sent again. Returns the orders that it changed. */
export const sendAnew = (
  merchantId: MerchantId,
  lost: readonly LostOrder[],
  ways: CartWays,
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET status = 'new', ${told(entry)}
      FROM json_each(${JSON.stringify(lost.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.status = 'at_wms'
        AND orders.cancel_wanted IS NULL AND orders.cleared_at IS NULL AND orders.redacted_at IS NULL
        AND ${readyHold(ways)} = 'released' AND ${notBeingSent}
        AND EXISTS (SELECT 1 FROM deliveries d WHERE d.merchant_id = j.value->>'m' AND d.order_id = orders.id
          AND d.state = 'accepted' AND d.generation = j.value->>'generation')
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

/** After `sendAnew` in the same batch: a new generation, so that no key of before stands for it. */
export const renewDeliveries = (
  merchantId: MerchantId,
  lost: readonly LostOrder[],
  now: number,
): SQL =>
  sql`UPDATE deliveries SET state = 'due', next_at = ${now}, generation = deliveries.generation + 1, wms_order_id = NULL,
        failed_sends = 0, first_failed_at = NULL, last_error = NULL,
        attempts = CASE j.value->>'unasked' WHEN 1 THEN '[]' ELSE deliveries.attempts END
      FROM json_each(${JSON.stringify(lost.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE deliveries.merchant_id = j.value->>'m' AND deliveries.order_id = j.value->>'id'
        AND deliveries.state = 'accepted' AND deliveries.generation = j.value->>'generation'
        AND EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = j.value->>'m' AND o.id = j.value->>'id'
          AND o.status = 'new')`;

/** Parcels that their cart does not show, or that it is to be shown again: due at once, tries anew. Returns their orders. */
export const repostShipments = (merchantId: MerchantId, ids: readonly string[], now: number): SQL =>
  sql`UPDATE shipments SET state = 'due', next_at = ${now}, dispatch_id = NULL, failed_posts = 0, first_failed_at = NULL
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
        AND (state IN ('due', 'given_up') OR (state = 'confirmed' AND voided = 0))
      RETURNING order_id AS id, cart_id AS cart_id`;

/** Says on the timelines of orders that their tracking is posted again. */
export const noteReposts = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET ${told(entry)} WHERE ${chosen(merchantId, ids)}
        AND EXISTS (SELECT 1 FROM shipments s WHERE s.merchant_id = orders.merchant_id AND s.order_id = orders.id
          AND s.state = 'due' AND s.next_at = ${entry.at})`;
