import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Edits } from "../domain/edits.ts";
import { keepingHolds, type CartWays } from "../domain/holds.ts";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { Standing } from "../domain/order-actions.ts";
import { orderStatuses, type Order } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { nextHold, readyHold, readyUntil } from "./next-hold.ts";
import { notBeingSent } from "./order-changes.ts";
import { edits, flag, id, json } from "./shapes.ts";
import { read } from "./statement.ts";
import { among, appended, chosen, told } from "./steps.ts";

/**
 * What people do with orders. Each is one conditional UPDATE, which decides by what is stored at that
 * moment and returns the orders that it changed: whoever commits first wins.
 */

/** Neither a WMS has it, nor a worker in hand, nor is it cleared or redacted. */
const free = sql`orders.status IN ('new', 'error') AND orders.cleared_at IS NULL AND orders.redacted_at IS NULL AND ${notBeingSent}`;

/** Keeps orders from being sent, until a moment (null: until somebody lets them go). */
export const holdUnsent = (
  merchantId: MerchantId,
  ids: readonly string[],
  until: number | null,
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET on_hold = 'person', hold_until = ${until}, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND ${free} AND orders.sending_canceled = 0
        AND NOT (orders.on_hold IS 'person' AND orders.hold_until IS ${until})
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

/**
 * Lets orders go: what is held, what is not to be sent, what a WMS refused or was given up, and what
 * only waits out its cart's time. A dispatch that is due later than `soon` and that nobody claimed is waiting out.
 */
export const releaseUnsent = (
  merchantId: MerchantId,
  ids: readonly string[],
  ways: CartWays,
  soon: number,
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET status = 'new', error_reason = NULL, sending_canceled = 0, canceled_by = NULL,
        waved_through = CASE orders.no_longer_passes WHEN 1 THEN 1 ELSE orders.waved_through END,
        no_longer_passes = 0, possible_duplicate = 0,
        on_hold = ${readyHold(ways)}, hold_until = ${readyUntil(ways, entry.at)}, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND ${free} AND orders.cancel_wanted IS NULL
        AND (orders.on_hold IN ${among(keepingHolds)} OR orders.hold_until IS NOT NULL
          OR orders.sending_canceled = 1 OR orders.status = 'error'
          OR EXISTS (SELECT 1 FROM deliveries d CROSS JOIN dispatches x
            WHERE d.merchant_id = orders.merchant_id AND d.order_id = orders.id AND d.state = 'queued'
              AND x.merchant_id = d.merchant_id AND x.id = d.dispatch_id AND x.fence = 0 AND x.due_at > ${soon}))
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

const editableShape = z.object({
  id: id<OrderId>(),
  body: json<Order>(),
  edits,
  version: z.int(),
});
/** An order as somebody is about to change it. A timeline only grows, so its length is the order's version. */
export type EditableOrder = z.infer<typeof editableShape>;

export const ordersToEdit = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<EditableOrder[]> =>
  read(
    db,
    editableShape,
    sql`SELECT o.id AS id, o.body AS body, o.edits AS edits, length(o.timeline) AS version
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );

/** An order with what a person changed in it. */
export interface OrderEditing {
  id: string;
  version: number;
  body: Order;
  edits: Edits;
  /** The edit says when it is to ship. */
  dated: boolean;
  entries: readonly TimelineEntry[];
}

/**
 * Stores edits of orders that nobody changed since they were read. One in `error` is tried anew; a
 * person's hold stays, and one for a day follows the day.
 */
export const editUnsent = (
  merchantId: MerchantId,
  editings: readonly OrderEditing[],
  ways: CartWays,
  at: number,
): SQL => {
  const next = nextHold(ways, at, { body: sql`j.value->'body'` });
  const again = sql`orders.on_hold IS NOT 'person' AND orders.sending_canceled = 0
          AND (j.value->>'dated' = 1 OR orders.status = 'error')`;
  return sql`UPDATE orders SET body = j.value->'body', edits = j.value->>'edits', status = 'new', error_reason = NULL,
        on_hold = CASE WHEN ${again} THEN ${next.hold} ELSE orders.on_hold END,
        hold_until = CASE WHEN ${again} THEN ${next.until} ELSE orders.hold_until END,
        timeline = ${appended}, updated_at = ${at}
      FROM json_each(${JSON.stringify(editings.map((one) => ({ ...one, dated: one.dated ? 1 : 0, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND length(orders.timeline) = j.value->>'version' AND orders.cancel_wanted IS NULL AND ${free}
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;
};

/** Orders that stay and are not to be sent, until somebody releases them. */
export const stopUnsent = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET sending_canceled = 1, canceled_by = 'person', status = 'new', error_reason = NULL,
        on_hold = NULL, hold_until = NULL, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND ${free} AND orders.sending_canceled = 0
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

/** After `stopUnsent` in the same batch: those that a worker has in hand, or that may have arrived. Their next attempt only asks. */
export const stopBeingSent = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET sending_canceled = 1, canceled_by = 'person', ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.status IN ('new', 'error') AND orders.cleared_at IS NULL
        AND orders.sending_canceled = 0
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

const unsent = sql`orders.status IN ('new', 'error')`;

/** Hides orders. An unsent one is canceled, and keeps what it was; one that is being sent stays as it is. */
export const hideOrders = (
  merchantId: MerchantId,
  ids: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET cleared_at = ${entry.at},
        cleared_from = CASE WHEN ${unsent} THEN json_object('status', orders.status, 'on_hold', orders.on_hold,
          'hold_until', orders.hold_until, 'error_reason', orders.error_reason,
          'sending_canceled', orders.sending_canceled) END,
        status = CASE WHEN ${unsent} THEN 'canceled' ELSE orders.status END,
        canceled_by = CASE WHEN ${unsent} THEN 'person' ELSE orders.canceled_by END,
        cancel_wanted = CASE WHEN ${unsent} THEN NULL ELSE orders.cancel_wanted END,
        sending_canceled = CASE WHEN ${unsent} THEN 0 ELSE orders.sending_canceled END,
        error_reason = CASE WHEN ${unsent} THEN NULL ELSE orders.error_reason END,
        on_hold = CASE WHEN ${unsent} THEN NULL ELSE orders.on_hold END,
        hold_until = CASE WHEN ${unsent} THEN NULL ELSE orders.hold_until END, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.cleared_at IS NULL AND (NOT (${unsent}) OR ${notBeingSent})
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;

const was = (field: string): SQL => sql`orders.cleared_from->>${sql.raw(`'${field}'`)}`;
/** It was unsent when it was cleared, and no WMS turned out to have it. */
const comesBack = sql`orders.status = 'canceled' AND orders.cleared_from IS NOT NULL`;
const wasKept = sql`${was("on_hold")} IN ${among(keepingHolds)}`;

/**
 * Shows orders again that were cleared after `since`. An unsent one that was held or stopped is so
 * again; any other waits as `reopened` to be looked at in its cart and released, by the sweep at `dueAt` at
 * the latest: what was wrong with it is found again, if it still is.
 */
export const showOrders = (
  merchantId: MerchantId,
  ids: readonly string[],
  since: number,
  dueAt: number,
  entry: TimelineEntry,
): SQL => {
  const isKept = sql`(${was("sending_canceled")} = 1 OR ${wasKept})`;
  return sql`UPDATE orders SET cleared_at = NULL, cleared_from = NULL,
        status = CASE WHEN ${comesBack} THEN 'new' ELSE orders.status END,
        sending_canceled = CASE WHEN ${comesBack} THEN ${was("sending_canceled")} ELSE orders.sending_canceled END,
        canceled_by = CASE WHEN NOT (${comesBack}) THEN orders.canceled_by
          WHEN ${was("sending_canceled")} = 1 THEN 'person' END,
        on_hold = CASE WHEN NOT (${comesBack}) THEN orders.on_hold
          WHEN ${isKept} THEN ${was("on_hold")} ELSE 'reopened' END,
        hold_until = CASE WHEN NOT (${comesBack}) THEN orders.hold_until
          WHEN ${isKept} THEN ${was("hold_until")} ELSE ${dueAt} END, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.cleared_at > ${since} AND orders.redacted_at IS NULL
      RETURNING orders.id AS id, orders.cart_id AS cart_id, orders.source_id AS source_id,
        orders.status IN ('new', 'error') AS is_unsent`;
};

/**
 * After `showOrders` in the same batch: the deliveries of those that are unsent again. All are held, so
 * that nothing goes before its cart was asked. What a WMS called off goes under a new key.
 */
export const showDeliveries = (merchantId: MerchantId, ids: readonly string[]): SQL =>
  sql`UPDATE deliveries SET generation = generation + (wms_order_id IS NOT NULL),
        state = 'held', failed_sends = 0, first_failed_at = NULL, last_error = NULL
      FROM orders o
      WHERE deliveries.merchant_id = ${merchantId}
        AND deliveries.order_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
        AND deliveries.state = 'canceled' AND o.merchant_id = ${merchantId} AND o.id = deliveries.order_id
        AND o.status IN ('new', 'error') AND o.cleared_at IS NULL`;

/** Restored orders that were on their way, once their cart was asked: they go on, if they are still meant to. */
export const goOnUnsent = (
  merchantId: MerchantId,
  ids: readonly string[],
  ways: CartWays,
  at: number,
): SQL => {
  const next = nextHold(ways, at);
  return sql`UPDATE orders SET on_hold = ${next.hold}, hold_until = ${next.until}
      WHERE ${chosen(merchantId, ids)} AND orders.status = 'new' AND orders.on_hold = 'reopened'
        AND orders.hold_until IS NOT NULL`;
};

const standingShape = z.object({
  id: id<OrderId>(),
  cart_id: id<ConnectionId>(),
  status: z.enum(orderStatuses),
  on_hold: z.string().nullable(),
  sending_canceled: flag,
  cancel_wanted: z.string().nullable(),
  cleared_at: z.int().nullable(),
  redacted: flag,
  being_sent: flag,
  unknown: flag,
});

/** Where orders stand, as far as it decides what may be done with them. */
export const standingsOf = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<(Standing & { id: OrderId; cart_id: ConnectionId })[]> =>
  read(
    db,
    standingShape,
    sql`SELECT o.id AS id, o.cart_id AS cart_id, o.status AS status, o.on_hold AS on_hold,
          o.sending_canceled AS sending_canceled, o.cancel_wanted AS cancel_wanted, o.cleared_at AS cleared_at,
          o.redacted_at IS NOT NULL AS redacted, coalesce(d.state = 'queued' AND x.working = 1, 0) AS being_sent, coalesce(d.unknown, 0) AS unknown
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        LEFT JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id
        LEFT JOIN dispatches x ON x.merchant_id = d.merchant_id AND x.id = d.dispatch_id
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );
