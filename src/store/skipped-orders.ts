import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { FailedCheck, SkipReason } from "../domain/intake.ts";
import { id, json } from "./shapes.ts";
import { jsonRows, read, readOne } from "./statement.ts";

/** An order seen in a cart and not loaded, with the reason. */
export interface NewSkip {
  /** The cart's id; of a further part or a renewal with its tail, see `skipKey`. */
  source_id: string;
  /** The id that the order has here, or would have. */
  order_id: OrderId;
  number: string | null;
  reason: SkipReason;
  checks: readonly FailedCheck[];
  message: string | null;
  /** When the cart last changed it; 0 where it could not be read. */
  source_modified_at: number;
}

/**
 * Lists skips. One that is listed already writes nothing, unless the cart changed the order or the
 * reason is another; `times` counts the order's versions. Nor does one of an older version than is
 * listed, or of an order that was loaded meanwhile. Returns those that it wrote.
 */
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
      FROM ${jsonRows(skips)} j WHERE NOT EXISTS
        (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId} AND o.id = j.value->>'order_id')
      ON CONFLICT (merchant_id, cart_id, source_id) DO UPDATE SET number = excluded.number,
        reason = excluded.reason, checks = excluded.checks, message = excluded.message,
        last_seen_at = excluded.last_seen_at, order_id = NULL,
        times = skipped_orders.times + (skipped_orders.source_modified_at < excluded.source_modified_at),
        source_modified_at = max(skipped_orders.source_modified_at, excluded.source_modified_at)
      WHERE (skipped_orders.reason <> excluded.reason OR skipped_orders.checks <> excluded.checks
          OR skipped_orders.message IS NOT excluded.message
          OR skipped_orders.order_id IS NOT NULL
          OR skipped_orders.source_modified_at < excluded.source_modified_at)
        AND (excluded.source_modified_at = 0
          OR excluded.source_modified_at >= skipped_orders.source_modified_at)
      RETURNING source_id AS source_id`;

/**
 * Orders that were skipped once and are loaded now: the skip names the order. Of a cart without skips
 * nothing is read.
 */
export const linkSkips = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  loaded: readonly { source_id: string; id: string }[],
): SQL | null =>
  loaded.length === 0
    ? null
    : sql`WITH loaded AS (SELECT key, value FROM json_each(CASE WHEN EXISTS (SELECT 1 FROM skipped_orders
          WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}) THEN ${JSON.stringify(
            Object.fromEntries(loaded.map(({ source_id, id: order }) => [source_id, order])),
          )} ELSE '{}' END))
      UPDATE skipped_orders SET order_id = (SELECT value FROM loaded WHERE key = source_id)
      WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND source_id IN (SELECT key FROM loaded)`;

/** What cannot be asked for any more, because the cart has it no more; keeps it in the list. */
export const markGoneSkips = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceIds: readonly string[],
  message: string,
): SQL | null =>
  sourceIds.length === 0
    ? null
    : sql`UPDATE skipped_orders SET reason = 'gone', checks = '[]', message = ${message}
      WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}
        AND source_id IN (SELECT value FROM json_each(${JSON.stringify(sourceIds)}))
        AND order_id IS NULL AND reason <> 'gone'`;

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
  order_id: id<OrderId>().nullable(),
});
export type SkippedOrder = z.infer<typeof skipShape>;

const columns = sql`cart_id AS cart_id, source_id AS source_id, number AS number, reason AS reason,
  checks AS checks, message AS message, first_seen_at AS first_seen_at, last_seen_at AS last_seen_at,
  times AS times, order_id AS order_id`;

/** One skip, by the key it is filed under. */
export const readSkip = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceId: string,
): Promise<SkippedOrder | null> =>
  readOne(
    db,
    skipShape,
    sql`SELECT ${columns} FROM skipped_orders
        WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND source_id = ${sourceId}`,
  );

/** Which skips are wanted; what is left out says nothing. */
export interface SkipQuery {
  cart_id?: ConnectionId | undefined;
  reason?: SkipReason | undefined;
  /** The beginning of the number; the list goes by number then. */
  number?: string | undefined;
  /** Last seen, milliseconds, both ends included. */
  from?: number | undefined;
  to?: number | undefined;
  /** Also those that were loaded since. */
  loaded?: boolean | undefined;
  /** Only what the cart can be asked for. */
  present?: boolean | undefined;
}

/** A place in a list: what it goes by (number, or when it was last seen), cart and source id. */
export type SkipPlace = readonly [by: string | number, cartId: string, sourceId: string];

const fitting = (merchantId: MerchantId, query: SkipQuery): SQL => {
  const { cart_id, reason, number, from, to, loaded, present } = query;
  const parts = [sql`merchant_id = ${merchantId}`];
  if (number !== undefined)
    parts.push(sql`number >= ${number} AND number < ${`${number}\u{10FFFF}`}`);
  if (from !== undefined) parts.push(sql`last_seen_at >= ${from}`);
  if (to !== undefined) parts.push(sql`last_seen_at <= ${to}`);
  // The plus keeps SQLite from sorting what the index has in order.
  if (cart_id !== undefined) parts.push(sql`+cart_id = ${cart_id}`);
  if (reason !== undefined) parts.push(sql`reason = ${reason}`);
  if (!loaded) parts.push(sql`order_id IS NULL`);
  if (present) parts.push(sql`reason <> 'gone'`);
  return sql.join(parts, sql` AND `);
};

/** The index that a list walks: else SQLite would sort all skips of a cart. */
const walked = ({ number }: SkipQuery): SQL =>
  number === undefined
    ? sql`skipped_orders INDEXED BY skipped_orders_by_seen`
    : sql`skipped_orders INDEXED BY skipped_orders_by_number`;

/**
 * Skips after a place, newest seen first; those of a number by it. Walks past what does not fit, at
 * worst all skips of the merchant.
 */
export const listSkips = (
  db: D1Database,
  merchantId: MerchantId,
  query: SkipQuery,
  page: { limit: number; after: SkipPlace | null },
): Promise<SkippedOrder[]> => {
  const byNumber = query.number !== undefined;
  const [by, cart, source] = page.after ?? [null, null, null];
  const after =
    by === null
      ? sql``
      : byNumber
        ? sql`AND (number, cart_id, source_id) > (${by}, ${cart}, ${source})`
        : sql`AND (last_seen_at, cart_id, source_id) < (${by}, ${cart}, ${source})`;
  return read(
    db,
    skipShape,
    sql`SELECT ${columns} FROM ${walked(query)} WHERE ${fitting(merchantId, query)} ${after}
        ORDER BY ${byNumber ? sql`number, cart_id, source_id` : sql`last_seen_at DESC, cart_id DESC, source_id DESC`}
        LIMIT ${page.limit}`,
  );
};

/** How many skips fit, counted up to `most`. */
export const countSkips = async (
  db: D1Database,
  merchantId: MerchantId,
  query: SkipQuery,
  most: number,
): Promise<number> =>
  (
    await readOne(
      db,
      z.object({ count: z.int() }),
      sql`SELECT count(*) AS count FROM
            (SELECT 1 FROM ${walked(query)} WHERE ${fitting(merchantId, query)} LIMIT ${most})`,
    )
  )?.count ?? 0;
