import { sql, type SQL } from "drizzle-orm";
import { passingHolds, type ReadyHold } from "../domain/holds.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { CartLines } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { among } from "./steps.ts";

/**
 * What becomes of orders by hand or by file once the cart brings what they stand for: order, delivery
 * and shipments are that cart's from then on. These go into one batch, in this sequence.
 */

/** An order that is to be a cart's. */
export interface Adoption {
  id: string;
  source_id: string;
  /** Null: its lines have the cart's ids. */
  cart_lines: CartLines | null;
  entry: TimelineEntry;
}

const passes = sql`orders.on_hold IN ${among(passingHolds)}`;

/** `ready`: what those that may go wait for there; who is about to be sent is due for the sweep, should nobody come to send it. */
export const adoptOrders = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  adopted: readonly Adoption[],
  ready: ReadyHold,
  now: number,
): SQL | null =>
  adopted.length === 0
    ? null
    : sql`UPDATE orders SET cart_id = ${cartId}, source_id = j.value->>'source_id', source_modified_at = 0,
        on_hold = CASE WHEN ${passes} THEN ${ready} ELSE orders.on_hold END,
        hold_until = CASE WHEN ${passes} THEN ${ready === "released" ? now : null} ELSE orders.hold_until END,
        body = CASE WHEN j.value->>'cart_lines' IS NULL THEN orders.body
          ELSE json_set(orders.body, '$.cart_lines', json(j.value->'cart_lines')) END,
        timeline = json_insert(orders.timeline, '$[#]', json(j.value->'entry')), updated_at = ${now}
      FROM json_each(${JSON.stringify(adopted.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.cart_id <> ${cartId}`;

/** Their deliveries: one that nobody has tried goes where the cart's orders go. */
export const adoptDeliveries = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  wmsId: ConnectionId | null,
  orderIds: readonly string[],
): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`UPDATE deliveries SET cart_id = ${cartId},
        wms_id = CASE WHEN state IN ('waiting', 'held') AND attempts = '[]' AND unknown = 0
          THEN ${wmsId} ELSE wms_id END
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))`;

/** A cart would have heard of it, but the one that the order was given to hears of none. */
const untold = sql`shipments.state = 'none' AND shipments.voided = 0
  AND json_array_length(shipments.body, '$.lines') > 0`;

/** How a cart wants to hear of shipments; see `CartPolicy`. */
export interface Telling {
  post_shipments: "each" | "last";
  untracked_counts: boolean;
}

/** Their shipments; those that nobody was to be told of the sweep tells the cart, or they wait as its settings say. `telling` null: the cart takes none. */
export const adoptShipments = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  telling: Telling | null,
  orderIds: readonly string[],
  now: number,
): SQL | null => {
  if (orderIds.length === 0) return null;
  const isTold = sql`${telling ? 1 : 0} AND ${untold}`;
  const isTurn = sql`(${telling?.untracked_counts ? 1 : 0} OR body->>'$.tracking_number' IS NOT NULL)
    AND (${telling?.post_shipments === "each" ? 1 : 0} OR EXISTS (SELECT 1 FROM orders o
      WHERE o.merchant_id = shipments.merchant_id AND o.id = shipments.order_id
        AND o.status IN ('shipped', 'confirmed')))`;
  return sql`UPDATE shipments SET cart_id = ${cartId},
        next_at = CASE WHEN ${isTold} AND ${isTurn} THEN ${now} ELSE next_at END,
        state = CASE WHEN NOT (${isTold}) THEN state WHEN ${isTurn} THEN 'due' ELSE 'waiting' END
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))`;
};

/**
 * Shipments that were stored for the cart that an order was given to while another cart brought it:
 * they are that one's, and it is told of them if it is one of `told`.
 */
export const followAdoption = (
  merchantId: MerchantId,
  orderIds: readonly string[],
  told: readonly string[],
  now: number,
): SQL | null => {
  if (orderIds.length === 0) return null;
  const isDue = sql`${untold} AND o.cart_id IN (SELECT value FROM json_each(${JSON.stringify(told)}))`;
  return sql`UPDATE shipments SET cart_id = o.cart_id,
        next_at = CASE WHEN ${isDue} THEN ${now} ELSE shipments.next_at END,
        state = CASE WHEN ${isDue} THEN 'due' ELSE shipments.state END
      FROM orders o
      WHERE shipments.merchant_id = ${merchantId}
        AND shipments.order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND o.merchant_id = ${merchantId} AND o.id = shipments.order_id AND o.cart_id <> shipments.cart_id`;
};
