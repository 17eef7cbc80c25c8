import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import { jobOfDispatch, type DispatchKind } from "../domain/dispatch.ts";
import type { AlertId, ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import { connectionAlertIds } from "./alert-ids.ts";
import { flag, id, json } from "./shapes.ts";
import { jsonRows, read, readOne } from "./statement.ts";

/** One page of work: the orders of one connection that are to be sent or confirmed together. */
export interface NewDispatch {
  id: DispatchId;
  kind: DispatchKind;
  connection_id: ConnectionId;
  items: readonly string[];
  /** When the sweep sends the hint again, should it be lost. */
  due_at: number | null;
  created_at: number;
}

export const insertDispatches = (
  merchantId: MerchantId,
  dispatches: readonly NewDispatch[],
): SQL | null =>
  dispatches.length === 0
    ? null
    : sql`INSERT INTO dispatches (merchant_id, id, kind, connection_id, items, due_at, created_at)
      SELECT ${merchantId}, j.value->>'id', j.value->>'kind', j.value->>'connection_id', j.value->'items',
        j.value->>'due_at', j.value->>'created_at'
      FROM json_each(${JSON.stringify(dispatches)}) j`;

const dispatchShape = z.object({
  id: id<DispatchId>(),
  kind: id<DispatchKind>(),
  connection_id: id<ConnectionId>(),
  items: json<string[]>(),
  fence: z.int(),
  working: flag,
  created_at: z.int(),
});
export type Dispatch = z.infer<typeof dispatchShape>;

const columns = sql`id AS id, kind AS kind, connection_id AS connection_id, items AS items, fence AS fence,
  working AS working, created_at AS created_at`;

/** Null when it is settled. */
export const readDispatch = (
  db: D1Database,
  merchantId: MerchantId,
  dispatchId: DispatchId,
): Promise<Dispatch | null> =>
  readOne(
    db,
    dispatchShape,
    sql`SELECT ${columns} FROM dispatches WHERE merchant_id = ${merchantId} AND id = ${dispatchId}`,
  );

/** Claims the dispatch under a fence that only rises. Returns a row when it did. */
export const claimDispatch = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  until: number,
  now: number,
): SQL =>
  sql`UPDATE dispatches SET fence = ${fence}, due_at = ${until}, working = 1
      WHERE merchant_id = ${merchantId} AND id = ${dispatchId} AND fence < ${fence}
        AND (fence = 0 OR due_at IS NULL OR due_at <= ${now}) RETURNING id`;

/** Settled: gone, if `fence` is still the newest claim. */
export const deleteDispatch = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
): SQL =>
  sql`DELETE FROM dispatches WHERE merchant_id = ${merchantId} AND id = ${dispatchId} AND fence = ${fence}`;

/**
 * Not settled: due again later, or parked (null) until the connection works, which D1 decides, as it
 * may work again by now. `working`: what is not settled may be at the vendor.
 */
export const postponeDispatch = (
  merchantId: MerchantId,
  dispatchId: DispatchId,
  fence: number,
  to: { due_at: number | null; working: boolean },
  now: number,
): SQL =>
  sql`UPDATE dispatches SET working = ${to.working ? 1 : 0}, due_at = coalesce(${to.due_at}, CASE WHEN EXISTS (
        SELECT 1 FROM jobs j WHERE j.merchant_id = ${merchantId} AND j.connection_id = dispatches.connection_id
          AND j.job = json_extract(${JSON.stringify(jobOfDispatch)}, '$.' || dispatches.kind)
          AND j.enabled = 1 AND j.suspended = 0) AND NOT EXISTS (SELECT 1 FROM connections c
          WHERE c.merchant_id = ${merchantId} AND c.id = dispatches.connection_id AND c.probe_at IS NOT NULL)
          THEN ${now} END)
      WHERE merchant_id = ${merchantId} AND id = ${dispatchId} AND fence = ${fence}`;

/** Makes every parked dispatch of a connection due, and names them. */
export const unparkDispatches = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  now: number,
): SQL =>
  sql`UPDATE dispatches INDEXED BY dispatches_parked SET due_at = ${now}
      WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId} AND due_at IS NULL RETURNING id`;

/** Dispatches of any merchant whose hint is due to be sent again, oldest first. */
export const dueDispatches = (
  db: D1Database,
  now: number,
  limit: number,
): Promise<{ merchant_id: MerchantId; dispatch_id: DispatchId }[]> =>
  read(
    db,
    z.object({ merchant_id: id<MerchantId>(), dispatch_id: id<DispatchId>() }),
    sql`SELECT merchant_id AS merchant_id, id AS dispatch_id
        FROM dispatches WHERE due_at IS NOT NULL AND due_at <= ${now} ORDER BY due_at LIMIT ${limit}`,
  );

/** An alert about a connection itself. */
export interface ConnectionAlert {
  merchant_id: MerchantId;
  id: AlertId;
  /** The connection. */
  subject: string;
  last_at: number;
}

/**
 * What rests until a connection works is not listed one by one, but named by the connection's parked pages: the
 * orders `i` on those, whose delivery or shipment is still to be worked. Only the newest of a connection's
 * alerts `j` counts them.
 */
const parkedOn = (alerts: readonly ConnectionAlert[]): SQL => {
  const rows = alerts.map(({ merchant_id, id, subject, last_at }) => ({
    m: merchant_id,
    id,
    connection: subject,
    last_at,
    all: connectionAlertIds(merchant_id, subject as ConnectionId),
  }));
  return sql`FROM ${jsonRows(rows)} j CROSS JOIN dispatches x INDEXED BY dispatches_parked CROSS JOIN json_each(x.items) i
        WHERE x.merchant_id = j.value->>'m' AND x.connection_id = j.value->>'connection' AND x.due_at IS NULL
          AND (EXISTS (SELECT 1 FROM deliveries d WHERE d.merchant_id = x.merchant_id AND d.order_id = i.value
              AND d.dispatch_id = x.id AND d.state = 'queued')
            OR EXISTS (SELECT 1 FROM shipments s WHERE s.merchant_id = x.merchant_id AND s.order_id = i.value
              AND s.dispatch_id = x.id AND s.state = 'queued'))
          AND NOT EXISTS (SELECT 1 FROM alert_orders l WHERE l.merchant_id = x.merchant_id
            AND l.alert_id = j.value->>'id' AND l.order_id = i.value)
          AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.merchant_id = x.merchant_id
            AND a.id IN (SELECT value FROM json_each(j.value, '$.all'))
            AND a.state <> 'resolved' AND a.last_at > j.value->>'last_at')`;
};

/** The orders that rest and that an alert about their connection counts without listing them. */
export const parkedOrders = async (db: D1Database, alert: ConnectionAlert): Promise<string[]> => {
  const rows = await read(
    db,
    z.object({ order_id: z.string() }),
    sql`SELECT DISTINCT i.value AS order_id ${parkedOn([alert])}`,
  );
  return rows.map(({ order_id }) => order_id);
};

/** How many those are of each of these alerts; one that is not named has none. */
export const countParked = (
  db: D1Database,
  alerts: readonly ConnectionAlert[],
): Promise<{ id: AlertId; orders: number }[]> =>
  read(
    db,
    z.object({ id: id<AlertId>(), orders: z.int() }),
    sql`SELECT j.value->>'id' AS id, count(DISTINCT i.value) AS orders ${parkedOn(alerts)}
        GROUP BY j.value->>'id'`,
  );
