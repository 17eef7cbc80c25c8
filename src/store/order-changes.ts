import { sql, type SQL } from "drizzle-orm";
import type { Edits } from "../domain/edits.ts";
import { keepingHolds, type CartWays } from "../domain/holds.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { nextHold } from "./next-hold.ts";
import { among, appended, stepsOf, type OrderStep } from "./steps.ts";

/** What the cart or a person changed in an order that was not sent yet. */
export interface OrderRevision {
  id: string;
  body: Order;
  edits: Edits;
  /**
   * `hold`: it passes the cart's settings no more. `release`: it passes again, or what a WMS refused it
   * for is mended. `again`: what it waits for has changed.
   */
  hold: "keep" | "hold" | "release" | "again";
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
  JSON.stringify(
    revisions.map((revision) => ({
      ...revision,
      edits: Object.keys(revision.edits).length === 0 ? null : revision.edits,
      m: merchantId,
    })),
  );

/** What the cart says of an order, where it is not older than what is stored: a page may have been read before a newer webhook. It brings nothing back that was redacted. */
const fromCart = sql`source_status = j.value->>'source_status', source_modified_at = j.value->>'modified_at',
        timeline = ${appended}, updated_at = j.value->>'at'`;
const notOlder = sql`orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id'
        AND orders.source_modified_at <= j.value->>'modified_at' AND orders.redacted_at IS NULL`;

/** No worker has the order in hand, and no earlier attempt ended unknown. */
export const notBeingSent = sql`NOT EXISTS (
    SELECT 1 FROM deliveries d LEFT JOIN dispatches x ON x.merchant_id = d.merchant_id AND x.id = d.dispatch_id
    WHERE d.merchant_id = orders.merchant_id AND d.order_id = orders.id
      AND (d.unknown = 1 OR (d.state = 'queued' AND x.working = 1)))`;

/**
 * Follows the cart into orders that no WMS can have. A person's own hold outlives what the cart's
 * settings say, which is kept beside it. Returns the ids that it changed.
 */
export const reviseOrders = (
  merchantId: MerchantId,
  revisions: readonly OrderRevision[],
  ways: CartWays,
  now: number,
): SQL | null => {
  if (revisions.length === 0) return null;
  const hold = sql`j.value->>'hold'`;
  const fails = sql`CASE ${hold} WHEN 'hold' THEN 1 WHEN 'release' THEN 0 ELSE orders.no_longer_passes END`;
  const next = nextHold(ways, now, {
    body: sql`j.value->'body'`,
    no_longer_passes: sql`(${fails})`,
  });
  const stays = sql`${hold} = 'keep' OR orders.on_hold = 'person' OR orders.sending_canceled = 1`;
  return sql`UPDATE orders SET body = j.value->'body', edits = j.value->>'edits',
        status = CASE ${hold} WHEN 'release' THEN 'new' ELSE orders.status END,
        error_reason = CASE ${hold} WHEN 'release' THEN NULL ELSE orders.error_reason END,
        no_longer_passes = ${fails}, changed_after_sending = 0,
        waved_through = CASE WHEN ${hold} IN ('hold', 'release') THEN 0 ELSE orders.waved_through END,
        on_hold = CASE WHEN ${stays} THEN orders.on_hold ELSE ${next.hold} END,
        hold_until = CASE WHEN ${stays} THEN orders.hold_until ELSE ${next.until} END,
        ${fromCart}
      FROM json_each(${revised(merchantId, revisions)}) j
      WHERE ${notOlder} AND orders.status IN ('new', 'error') AND ${notBeingSent}
      RETURNING orders.id AS id`;
};

/** A worker has the delivery. */
const inHand = (merchantId: MerchantId): SQL =>
  sql`(deliveries.state = 'queued' AND EXISTS (SELECT 1 FROM dispatches x WHERE x.merchant_id = ${merchantId}
    AND x.id = deliveries.dispatch_id AND x.working = 1))`;

/**
 * After a change of orders' holds in the same batch: their deliveries follow. A kept order's delivery
 * is held, one that may go waits to be put on a dispatch; its tries begin anew where they had ended.
 */
export const followHolds = (merchantId: MerchantId, ids: readonly string[]): SQL | null =>
  ids.length === 0
    ? null
    : sql`UPDATE deliveries SET state = CASE WHEN o.on_hold IN ${among(keepingHolds)} OR o.sending_canceled = 1
          THEN 'held' ELSE 'waiting' END,
        dispatch_id = NULL, next_at = NULL,
        failed_sends = CASE WHEN deliveries.state IN ('error', 'given_up') THEN 0 ELSE deliveries.failed_sends END,
        first_failed_at = CASE WHEN deliveries.state IN ('error', 'given_up') THEN NULL ELSE deliveries.first_failed_at END,
        last_error = CASE o.sending_canceled WHEN 1 THEN NULL ELSE deliveries.last_error END
      FROM orders o
      WHERE deliveries.merchant_id = ${merchantId}
        AND deliveries.order_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
        AND o.merchant_id = ${merchantId} AND o.id = deliveries.order_id AND o.status = 'new'
        AND (o.on_hold IS NOT NULL OR o.sending_canceled = 1) AND deliveries.unknown = 0
        AND deliveries.state NOT IN ('accepted', 'canceled') AND NOT ${inHand(merchantId)}
        AND deliveries.state <> CASE WHEN o.on_hold IN ${among(keepingHolds)} OR o.sending_canceled = 1
          THEN 'held' ELSE 'waiting' END`;

/** After a change of orders' bodies in the same batch: what was tried before goes under a new key, as it is not the same any more. */
export const renewKeys = (merchantId: MerchantId, ids: readonly string[]): SQL | null =>
  ids.length === 0
    ? null
    : sql`UPDATE deliveries SET generation = generation + 1
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
        AND attempts <> '[]' AND unknown = 0 AND state <> 'accepted'
        AND NOT ${inHand(merchantId)}`;

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

/**
 * Orders that the cart had called off, also too late, and means after all: they are held by what held them
 * before, or wait to be sent, or are simply not stopped any more. One that the WMS has called off goes again only
 * when a person says so.
 */
export const reopenOrders = (
  merchantId: MerchantId,
  revisions: readonly OrderRevision[],
  ways: CartWays,
  now: number,
): SQL | null => {
  if (revisions.length === 0) return null;
  // What is reopened has just passed.
  const next = nextHold(ways, now, { body: sql`j.value->'body'`, no_longer_passes: sql`0` });
  const wasAtWms = sql`EXISTS (SELECT 1 FROM deliveries d WHERE d.merchant_id = orders.merchant_id
            AND d.order_id = orders.id AND d.wms_order_id IS NOT NULL)`;
  return sql`UPDATE orders SET status = CASE orders.status WHEN 'canceled' THEN 'new' ELSE orders.status END,
        on_hold = CASE WHEN orders.status <> 'canceled' THEN orders.on_hold
          WHEN orders.on_hold = 'person' OR ${wasAtWms} THEN 'person' ELSE ${next.hold} END,
        hold_until = CASE WHEN orders.status <> 'canceled' THEN orders.hold_until
          WHEN orders.on_hold = 'person' OR ${wasAtWms} THEN NULL ELSE ${next.until} END,
        no_longer_passes = CASE orders.status WHEN 'canceled' THEN 0 ELSE orders.no_longer_passes END,
        sending_canceled = 0, cancel_wanted = NULL, too_late_to_cancel = 0,
        changed_after_sending = CASE orders.status WHEN 'canceled' THEN 0 ELSE orders.changed_after_sending END,
        body = CASE orders.status WHEN 'canceled' THEN j.value->'body' ELSE orders.body END,
        ${fromCart}
      FROM json_each(${revised(merchantId, revisions)}) j
      WHERE ${notOlder} AND orders.cleared_at IS NULL AND orders.canceled_by IS NULL
        AND (orders.status = 'canceled' OR orders.cancel_wanted = 'wms' OR orders.too_late_to_cancel = 1
          OR (orders.status = 'new' AND orders.sending_canceled = 1))`;
};

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

/** `off`: it is off in its cart, too. */
export type NotedStep = SourceStep & { off: boolean };

/** Something to know about orders that have shipped, or are off; nothing is wrong with them. */
export const noteOrders = (merchantId: MerchantId, steps: readonly NotedStep[]): SQL | null =>
  steps.length === 0
    ? null
    : sql`UPDATE orders SET kept_in_cart = CASE WHEN j.value->>'off' THEN 0 ELSE orders.kept_in_cart END, ${fromCart}
      FROM json_each(${stepsOf(merchantId, steps)}) j WHERE ${notOlder}`;
