import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { FailedCall } from "../domain/failed-call.ts";
import type { CallId, ConnectionId, MerchantId } from "../domain/ids.ts";
import { vendorCalls } from "./schema.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";

const callShape = z.object({
  id: id<CallId>(),
  at: z.int(),
  method: z.string(),
  url: z.string(),
  status: z.int().nullable(),
  duration_ms: z.int(),
  message: z.string(),
  request: z.string().nullable(),
  response: z.string().nullable(),
});
export type StoredCall = z.infer<typeof callShape>;

/**
 * Stores a call that failed, already redacted, unless the connection has as many as `most` of the time
 * since `since`: an outage leaves its first ones.
 */
export const insertVendorCall = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  call: FailedCall & { id: CallId },
  { since, most }: { since: number; most: number },
): SQL =>
  sql`INSERT INTO ${vendorCalls} (merchant_id, connection_id, id, at, method, url, status, duration_ms,
        message, request, response)
      SELECT ${merchantId}, ${connectionId}, ${call.id}, ${call.at}, ${call.method}, ${call.url},
        ${call.status}, ${call.duration_ms}, ${call.message}, ${call.request}, ${call.response}
      WHERE (SELECT count(*) FROM (SELECT at FROM ${vendorCalls}
          WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId}
          ORDER BY id DESC LIMIT ${most}) WHERE at > ${since}) < ${most}`;

/** A connection's failed calls, newest first, before an id (null: from the newest). */
export const listVendorCalls = (
  db: D1Database,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  page: { before: string | null; limit: number },
): Promise<StoredCall[]> =>
  read(
    db,
    callShape,
    sql`SELECT id AS id, at AS at, method AS method, url AS url, status AS status,
          duration_ms AS duration_ms, message AS message, request AS request, response AS response
        FROM ${vendorCalls} WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId}
          ${page.before === null ? sql`` : sql`AND id < ${page.before}`}
        ORDER BY id DESC LIMIT ${page.limit}`,
  );

/** Deletes up to `most` calls of any merchant that are older than `before`, oldest first. */
export const deleteVendorCalls = (before: number, most: number): SQL =>
  sql`DELETE FROM ${vendorCalls} WHERE (merchant_id, connection_id, id) IN (
        SELECT merchant_id, connection_id, id FROM ${vendorCalls} INDEXED BY vendor_calls_by_at
        WHERE at < ${before} ORDER BY at LIMIT ${most})`;
