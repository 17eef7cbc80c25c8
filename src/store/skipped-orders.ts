import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { FailedCheck, SkipReason } from "../domain/intake.ts";
import { id, json } from "./shapes.ts";
import { jsonRows, read } from "./statement.ts";

/** An order seen in a cart and not loaded, with the reason. */
export interface NewSkip {
  /** The cart's id; of a further part or a renewal with its tail, see `skipKey`. */
  source_id: string;
  number: string | null;
  reason: SkipReason;
  checks: readonly FailedCheck[];
  message: string | null;
  /** When the cart last changed it; 0 where it could not be read. */
  source_modified_at: number;
}

/** Lists skips. One that is listed already writes nothing, unless the cart changed the order or the reason is another. Returns those that it wrote. */
export const upsertSkips = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  skips: readonly NewSkip[],
  now: number,
): SQL | null =>
  skips.length === 0
    ? null
    : sql`INSERT INTO skipped_orders (merchant_id, cart_id, source_id, number, reason, checks, message,
        first_seen_at, last_seen_at, times, source_modified_at)
      SELECT ${merchantId}, ${cartId}, j.value->>'source_id', j.value->>'number', j.value->>'reason',
        j.value->'checks', j.value->>'message', ${now}, ${now}, 1, j.value->>'source_modified_at'
      FROM ${jsonRows(skips)} j WHERE true
      ON CONFLICT (merchant_id, cart_id, source_id) DO UPDATE SET number = excluded.number,
        reason = excluded.reason, checks = excluded.checks, message = excluded.message,
        last_seen_at = excluded.last_seen_at, times = skipped_orders.times + 1, order_id = NULL,
        source_modified_at = excluded.source_modified_at
      WHERE skipped_orders.reason <> excluded.reason OR skipped_orders.checks <> excluded.checks
        OR skipped_orders.order_id IS NOT NULL
        OR skipped_orders.source_modified_at < excluded.source_modified_at
      RETURNING source_id AS source_id`;

/** Orders that were skipped once and are loaded now: the skip names the order. */
export const linkSkips = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  loaded: readonly { source_id: string; id: string }[],
): SQL | null =>
  loaded.length === 0
    ? null
    : sql`WITH loaded AS (SELECT key, value FROM json_each(${JSON.stringify(
        Object.fromEntries(loaded.map(({ source_id, id: order }) => [source_id, order])),
      )}))
      UPDATE skipped_orders SET order_id = (SELECT value FROM loaded WHERE key = source_id)
      WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND source_id IN (SELECT key FROM loaded)`;

const skipShape = z.object({
  cart_id: id<ConnectionId>(),
  source_id: z.string(),
  number: z.string().nullable(),
  reason: id<SkipReason>(),
  checks: json<FailedCheck[]>(),
  message: z.string().nullable(),
  first_seen_at: z.int(),
  last_seen_at: z.int(),
  times: z.int(),
});
export type SkippedOrder = z.infer<typeof skipShape>;

/** Skipped orders of a cart that were not loaded since. */
export const listSkips = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  limit: number,
): Promise<SkippedOrder[]> =>
  read(
    db,
    skipShape,
    sql`SELECT cart_id AS cart_id, source_id AS source_id, number AS number, reason AS reason,
          checks AS checks, message AS message, first_seen_at AS first_seen_at,
          last_seen_at AS last_seen_at, times AS times
        FROM skipped_orders WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND order_id IS NULL
        ORDER BY source_id LIMIT ${limit}`,
  );
