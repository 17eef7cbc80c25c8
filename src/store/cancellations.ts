import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, DispatchId, MerchantId, OrderId } from "../domain/ids.ts";
import { orderStatuses } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { underFence } from "./fence.ts";
import { notBeingSent, type SourceStep } from "./order-changes.ts";
import { allShown, appended, chosen, stepsOf, told, type OrderStep } from "./steps.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";

/** Who calls an order off; null: its cart. */
export type CanceledBy = "person" | "wms" | null;

/** What calls an order off: the cart's status with its time, or a person. */
export type CancelStep = OrderStep & Partial<Pick<SourceStep, "source_status" | "modified_at">>;

// A person's step says nothing of the cart, and is never older than it.
const fromWhom = sql`source_status = coalesce(j.value->>'source_status', orders.source_status),
        source_modified_at = coalesce(j.value->>'modified_at', orders.source_modified_at),
        timeline = ${appended}, updated_at = j.value->>'at'`;
const notOlder = sql`orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND orders.source_modified_at <= coalesce(j.value->>'modified_at', orders.source_modified_at)`;

const thenInCart = (carts: readonly string[], when: SQL): SQL =>
  sql`CASE WHEN ${when} AND orders.cart_id IN (SELECT value FROM json_each(${JSON.stringify(carts)})) THEN 'cart' END`;

/**
 * Calls off orders that no WMS can have; those of `carts` are to be called off there too. That a person
 * held one, or did not want it sent, is remembered, should its cart mean it after all. Returns the ids
 * that it stopped.
 */
export const cancelUnsentOrders = (
  merchantId: MerchantId,
  steps: readonly CancelStep[],
  by: CanceledBy,
  carts: readonly string[] = [],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET status = 'canceled', hold_until = NULL, canceled_by = ${by}, sending_canceled = 0,
        on_hold = CASE WHEN orders.on_hold = 'person'
          OR (orders.sending_canceled = 1 AND orders.canceled_by = 'person') THEN 'person' END,
        cancel_wanted = ${thenInCart(carts, sql`1`)}, ${fromWhom}
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error') AND ${notBeingSent}
      RETURNING orders.id AS id`;

/**
 * After `cancelUnsentOrders` in the same batch: what it could not stop, because the WMS has it or may
 * have it. It is to be called off there; one that is being sent goes no further than the question
 * whether the WMS has it. Returns the ids.
 */
export const wantCancel = (
  merchantId: MerchantId,
  steps: readonly CancelStep[],
  by: CanceledBy,
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET cancel_wanted = 'wms', canceled_by = ${by},
        sending_canceled = CASE WHEN orders.status IN ('new', 'error') THEN 1 ELSE orders.sending_canceled END, ${fromWhom}
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error', 'at_wms', 'partial') AND orders.cancel_wanted IS NULL
      RETURNING orders.id AS id`;

/**
 * After attempts in the same batch: orders that were called off and that their WMS is known not to have
 * are canceled, and to be called off in those of `carts` where their cart did not do it. Returns the ids.
 */
export const cancelStopped = (
  merchantId: MerchantId,
  ids: readonly string[],
  carts: readonly string[],
  entry: TimelineEntry,
): SQL =>
  sql`UPDATE orders SET status = 'canceled', error_reason = NULL, on_hold = NULL, hold_until = NULL,
        cancel_wanted = ${thenInCart(carts, sql`orders.canceled_by IS NOT NULL`)}, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.status IN ('new', 'error') AND orders.sending_canceled = 1
        AND orders.cancel_wanted = 'wms' AND ${notBeingSent}
      RETURNING orders.id AS id`;

/** Likewise orders whose sending was canceled: what the WMS said to them does not matter any more. */
export const keepStopped = (merchantId: MerchantId, ids: readonly string[]): SQL =>
  sql`UPDATE orders SET status = 'new', error_reason = NULL
      WHERE ${chosen(merchantId, ids)} AND orders.status = 'error' AND orders.sending_canceled = 1
        AND orders.cancel_wanted IS NULL AND ${notBeingSent}`;

/** Pages of work, one per connection, that are made only if there is work for them. */
export interface CancelPages {
  pages: readonly { id: DispatchId; connection_id: ConnectionId }[];
  created_at: number;
  due_at: number;
}

/**
 * Puts those of the orders whose cancellation is wanted somewhere on a page per connection there. By
 * the index of what is wanted: mostly nothing is, and then nothing is read and no page is made.
 */
const queueCancels = (
  merchantId: MerchantId,
  ids: readonly string[],
  { pages, created_at, due_at }: CancelPages,
  where: "wms" | "cart",
  there: SQL,
): SQL | null =>
  ids.length === 0 || pages.length === 0
    ? null
    : sql`INSERT INTO dispatches (merchant_id, id, kind, connection_id, items, due_at, created_at)
      SELECT ${merchantId}, p.value->>'id', ${`${where}_cancel`}, p.value->>'connection_id',
        json_group_array(o.id), ${due_at}, ${created_at}
      FROM json_each(${JSON.stringify(pages)}) p CROSS JOIN orders o INDEXED BY orders_to_cancel
      WHERE o.merchant_id = ${merchantId} AND o.cancel_wanted = ${where}
        AND o.id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND ${there}
      GROUP BY p.value->>'id' RETURNING id`;

/** Those that are to be called off at a WMS and are there. Goes after whatever made them wanted, or made them be there, in the same batch. */
export const queueWmsCancels = (
  merchantId: MerchantId,
  ids: readonly string[],
  pages: CancelPages,
): SQL | null =>
  queueCancels(
    merchantId,
    ids,
    pages,
    "wms",
    sql`o.status IN ('at_wms', 'partial', 'shipped', 'confirmed') AND EXISTS (
        SELECT 1 FROM deliveries d WHERE d.merchant_id = ${merchantId} AND d.order_id = o.id
          AND d.wms_id = p.value->>'connection_id')`,
  );

/** Those that are to be called off in their cart; goes after what made them wanted there. */
export const queueCartCancels = (
  merchantId: MerchantId,
  ids: readonly string[],
  pages: CancelPages,
): SQL | null =>
  queueCancels(merchantId, ids, pages, "cart", sql`o.cart_id = p.value->>'connection_id'`);

const toCancelShape = z.object({
  id: id<OrderId>(),
  number: z.string(),
  cust_ref: z.string(),
  source_id: z.string(),
  status: z.enum(orderStatuses),
});
/** An order that is to be called off over there. */
export type OrderToCancel = z.infer<typeof toCancelShape>;

/** Those of the orders that are still to be called off at the WMS, or in the cart. */
export const ordersToCancel = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
  where: "wms" | "cart",
): Promise<OrderToCancel[]> =>
  read(
    db,
    toCancelShape,
    sql`SELECT o.id AS id, o.number AS number, o.cust_ref AS cust_ref, o.source_id AS source_id, o.status AS status
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value AND o.cancel_wanted = ${where}`,
  );

/** What came of calling one off. */
export interface CancelResult extends Omit<OrderStep, "status" | "error_reason"> {
  result: "canceled" | "too_late";
}

/** What an order is of which nothing more will ship. */
const done = sql`CASE WHEN ${allShown} THEN 'confirmed' ELSE 'shipped' END`;

/**
 * What calling off at the WMS came to; taken only while `fence` is the newest claim. Of an order that
 * had shipped in part nothing more will ship. One that its cart had not called off is to be called
 * off there too, if it is one of `carts`.
 */
export const settleWmsCancels = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  carts: readonly string[],
  results: readonly CancelResult[],
): SQL | null =>
  results.length === 0
    ? null
    : sql`UPDATE orders SET
        status = CASE WHEN j.value->>'result' = 'too_late' THEN orders.status
          WHEN orders.status = 'at_wms' THEN 'canceled'
          WHEN orders.status = 'partial' THEN ${done} ELSE orders.status END,
        too_late_to_cancel = CASE j.value->>'result' WHEN 'too_late' THEN 1 ELSE 0 END,
        cancel_wanted = ${thenInCart(carts, sql`j.value->>'result' = 'canceled' AND orders.canceled_by IS NOT NULL`)},
        timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${JSON.stringify(results.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.cancel_wanted = 'wms'
        AND ${underFence(merchantId, dispatchId, fence)}`;

/** What calling off in the cart came to, likewise. */
export const settleCartCancels = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  results: readonly CancelResult[],
): SQL | null =>
  results.length === 0
    ? null
    : sql`UPDATE orders SET cancel_wanted = NULL,
        kept_in_cart = CASE j.value->>'result' WHEN 'too_late' THEN 1 ELSE 0 END,
        timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${JSON.stringify(results.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.cancel_wanted = 'cart'
        AND ${underFence(merchantId, dispatchId, fence)}`;

/** Orders that the WMS called off by itself; in those of `carts` they are to be called off too. Returns the ids that it stopped. */
export const cancelByWms = (
  merchantId: MerchantId,
  carts: readonly string[],
  steps: readonly OrderStep[],
): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET status = CASE orders.status WHEN 'partial' THEN ${done} ELSE 'canceled' END,
        canceled_by = CASE orders.cancel_wanted WHEN 'wms' THEN orders.canceled_by ELSE 'wms' END,
        cancel_wanted = ${thenInCart(carts, sql`(orders.cancel_wanted IS NULL OR orders.canceled_by IS NOT NULL)`)}, sending_canceled = 0, on_hold = NULL, hold_until = NULL,
        timeline = ${appended}, updated_at = j.value->>'at'
      FROM json_each(${stepsOf(merchantId, steps)}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND orders.status IN ('at_wms', 'partial')
      RETURNING orders.id AS id`;
