import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, DispatchId, MerchantId, OrderId, ShipmentId } from "../domain/ids.ts";
import type { Shipment, ShipmentBody, ShipmentState } from "../domain/shipping.ts";
import type { DueRecord } from "./deliveries.ts";
import { underFence } from "./fence.ts";
import { flag, id, json } from "./shapes.ts";
import { jsonRows, read } from "./statement.ts";

const shipmentShape = z.object({
  order_id: id<OrderId>(),
  id: id<ShipmentId>(),
  state: id<ShipmentState>(),
  voided: flag,
  version: z.int(),
  body: json<ShipmentBody>(),
  cart_shipment_id: z.string().nullable(),
  dispatch_id: id<DispatchId>().nullable(),
  unknown: flag,
  failed_posts: z.int(),
  first_failed_at: z.int().nullable(),
  last_error: z.string().nullable(),
  next_at: z.int().nullable(),
  created_at: z.int(),
  confirmed_at: z.int().nullable(),
});
/** A shipment as stored. */
export type ShipmentRow = z.infer<typeof shipmentShape>;

const columns = sql`s.order_id AS order_id, s.id AS id, s.state AS state, s.voided AS voided,
  s.version AS version, s.body AS body, s.cart_shipment_id AS cart_shipment_id,
  s.dispatch_id AS dispatch_id, s.unknown AS unknown, s.failed_posts AS failed_posts,
  s.first_failed_at AS first_failed_at, s.last_error AS last_error, s.next_at AS next_at,
  s.created_at AS created_at, s.confirmed_at AS confirmed_at`;

/** All shipments of these orders, oldest first. */
export const shipmentsOf = async (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly string[],
): Promise<ShipmentRow[]> => {
  const rows = await read(
    db,
    shipmentShape,
    sql`SELECT ${columns} FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN shipments s
        WHERE s.merchant_id = ${merchantId} AND s.order_id = j.value`,
  );
  // Not by ORDER BY: D1 counts the rows that it sorts as read, twice.
  return rows.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
};

/** A shipment to be stored; `dispatch_id` null keeps the page of work it may already be on. */
export interface ShipmentToStore extends Shipment {
  order_id: OrderId;
  cart_id: ConnectionId;
  wms_id: ConnectionId;
  dispatch_id: DispatchId | null;
  created_at: number;
}

/** Settled since the plan was made: the page that it counted on is gone. */
const placeless = sql`excluded.state = 'queued' AND excluded.dispatch_id IS NULL AND shipments.state <> 'queued'`;

/** Stores new shipments and new versions of known ones, whose tries are counted anew. */
export const upsertShipments = (
  merchantId: MerchantId,
  shipments: readonly ShipmentToStore[],
): SQL | null =>
  shipments.length === 0
    ? null
    : sql`INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, voided, version, body,
        dispatch_id, created_at)
      SELECT ${merchantId}, j.value->>'order_id', j.value->>'id', j.value->>'cart_id', j.value->>'wms_id',
        j.value->>'state', j.value->>'voided', j.value->>'version', j.value->'body',
        j.value->>'dispatch_id', j.value->>'created_at'
      FROM ${jsonRows(shipments)} j WHERE true
      ON CONFLICT (merchant_id, order_id, id) DO UPDATE SET
        state = CASE WHEN ${placeless} THEN 'due' ELSE excluded.state END, voided = excluded.voided,
        version = excluded.version, body = excluded.body,
        dispatch_id = coalesce(excluded.dispatch_id, shipments.dispatch_id), next_at = CASE WHEN ${placeless} THEN excluded.created_at END,
        failed_posts = 0, first_failed_at = NULL, last_error = NULL`;

/** How posting one shipment ended. */
export interface ShipmentProgress {
  order_id: OrderId;
  id: ShipmentId;
  /** The version that was posted; when a newer one is stored, that one is still to be posted. */
  version: number;
  state: ShipmentState;
  cart_shipment_id: string | null;
  unknown: boolean;
  failed_posts: number;
  first_failed_at: number | null;
  last_error: string | null;
  next_at: number | null;
  confirmed_at: number | null;
}

const theseOf = (shipments: readonly { order_id: OrderId; id: ShipmentId }[]): SQL =>
  sql`order_id IN (SELECT value FROM json_each(${JSON.stringify(shipments.map((one) => one.order_id))}))
        AND id IN (SELECT value FROM json_each(${JSON.stringify(shipments.map((one) => one.id))}))`;

/** Results of confirmations; taken only while `fence` is the newest claim of the dispatch. */
export const settleShipments = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  settled: readonly ShipmentProgress[],
  now: number,
): SQL | null =>
  settled.length === 0
    ? null
    : sql`UPDATE shipments SET
        state = CASE shipments.version WHEN j.value->>'version' THEN j.value->>'state' ELSE 'due' END,
        next_at = CASE shipments.version WHEN j.value->>'version' THEN j.value->>'next_at' ELSE ${now} END,
        cart_shipment_id = j.value->>'cart_shipment_id',
        unknown = j.value->>'unknown', failed_posts = j.value->>'failed_posts',
        first_failed_at = j.value->>'first_failed_at', last_error = j.value->>'last_error',
        confirmed_at = coalesce(j.value->>'confirmed_at', shipments.confirmed_at), dispatch_id = NULL
      FROM json_each(${JSON.stringify(settled.map((row) => ({ ...row, m: merchantId })))}) j
      WHERE shipments.merchant_id = j.value->>'m' AND shipments.order_id = j.value->>'order_id'
        AND shipments.id = j.value->>'id' AND shipments.state = 'queued'
        AND ${underFence(merchantId, dispatchId, fence)}`;

/** Takes shipments off their page until `until`; `doubted`: the cart may show them already. Nothing else of them changes. */
export const putOffShipments = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  shipments: readonly { order_id: OrderId; id: ShipmentId }[],
  { until, doubted }: { until: number; doubted: boolean },
): SQL | null =>
  shipments.length === 0
    ? null
    : sql`UPDATE shipments SET state = 'due', next_at = ${until}, dispatch_id = NULL,
        unknown = max(unknown, ${doubted ? 1 : 0})
      WHERE merchant_id = ${merchantId} AND state = 'queued' AND dispatch_id = ${dispatchId}
        AND ${theseOf(shipments)} AND ${underFence(merchantId, dispatchId, fence)}`;

/** Notes of shipments that stay on their page that the cart may show them already. */
export const doubtShipments = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  shipments: readonly { order_id: OrderId; id: ShipmentId }[],
): SQL | null =>
  shipments.length === 0
    ? null
    : sql`UPDATE shipments SET unknown = 1
      WHERE merchant_id = ${merchantId} AND state = 'queued' AND unknown = 0
        AND ${theseOf(shipments)} AND ${underFence(merchantId, dispatchId, fence)}`;

/** Shipments of any merchant, or of `only` one connection, whose next try is due; oldest first. */
export const dueShipments = (
  db: D1Database,
  now: number,
  limit: number,
  only: Pick<DueRecord, "merchant_id" | "connection_id"> | null = null,
): Promise<DueRecord[]> =>
  read(
    db,
    z.object({
      merchant_id: id<MerchantId>(),
      order_id: id<OrderId>(),
      connection_id: id<ConnectionId>(),
    }),
    sql`SELECT merchant_id AS merchant_id, order_id AS order_id, cart_id AS connection_id
        FROM shipments WHERE next_at IS NOT NULL AND next_at <= ${now}
          ${only ? sql`AND +merchant_id = ${only.merchant_id} AND cart_id = ${only.connection_id}` : sql``}
        ORDER BY next_at LIMIT ${limit}`,
  );

/** Puts due shipments of these orders on a dispatch. */
export const queueShipments = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  orderIds: readonly string[],
): SQL =>
  sql`UPDATE shipments SET state = 'queued', dispatch_id = ${dispatchId}, next_at = NULL
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND state = 'due'`;

/** Parcels that waited for the last one of orders of which nothing more will ship: the next sweep tells the cart. */
export const releaseLastParcels = (
  merchantId: MerchantId,
  orderIds: readonly string[],
  now: number,
): SQL =>
  sql`UPDATE shipments SET state = 'due', next_at = ${now}
      WHERE merchant_id = ${merchantId} AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND state = 'waiting' AND voided = 0 AND body->>'$.tracking_number' IS NOT NULL
        AND EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId}
          AND o.id = shipments.order_id AND o.status = 'shipped')`;
