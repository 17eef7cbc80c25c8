import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";

/** Takes the one try of a connection that fails for everybody. Returns a row when it is ours. */
export const claimProbe = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  now: number,
  next: number,
): SQL =>
  sql`UPDATE connections SET probe_at = ${next}
      WHERE merchant_id = ${merchantId} AND id = ${connectionId} AND probe_at <= ${now} RETURNING id AS id`;

const dueShape = z.object({ merchant_id: id<MerchantId>(), connection_id: id<ConnectionId>() });

/** Connections of any merchant that may be tried again and do not rest, the longest due first. */
export const dueProbes = (
  db: D1Database,
  now: number,
  limit: number,
): Promise<z.infer<typeof dueShape>[]> =>
  read(
    db,
    dueShape,
    sql`SELECT merchant_id AS merchant_id, id AS connection_id FROM connections
        WHERE probe_at IS NOT NULL AND probe_at <= ${now} AND EXISTS (SELECT 1 FROM jobs j
          WHERE j.merchant_id = connections.merchant_id AND j.connection_id = connections.id
            AND j.job IN ('order-delivery', 'tracking-upload') AND j.enabled = 1 AND j.suspended = 0)
        ORDER BY probe_at LIMIT ${limit}`,
  );

const parked = (merchantId: MerchantId, connectionId: ConnectionId): SQL =>
  sql`SELECT id FROM dispatches INDEXED BY dispatches_parked
        WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId} AND due_at IS NULL`;

/** Makes one parked page of a connection due, and names it. */
export const unparkOne = (merchantId: MerchantId, connectionId: ConnectionId, now: number): SQL =>
  sql`UPDATE dispatches SET due_at = ${now} WHERE merchant_id = ${merchantId}
        AND id = (${parked(merchantId, connectionId)} LIMIT 1) RETURNING id AS id`;

/** Nothing waits for the try: the next record goes as if nothing had been. */
export const endProbing = (merchantId: MerchantId, connectionId: ConnectionId): SQL =>
  sql`UPDATE connections SET probe_at = NULL WHERE merchant_id = ${merchantId} AND id = ${connectionId}
        AND NOT EXISTS (${parked(merchantId, connectionId)})`;
