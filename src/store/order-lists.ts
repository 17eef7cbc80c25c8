import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { MerchantId, OrderId } from "../domain/ids.ts";
import type { OrderStatus } from "../domain/order.ts";
import { numbersMeant } from "../domain/references.ts";
import { detailColumns, detailShape, type OrderDetail } from "./orders.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";

/** Which orders of a list are wanted; null: all. */
export interface OrderFilter {
  cart_id: string | null;
  status: OrderStatus | null;
  /** Those that people cleared are hidden unless this says so. */
  cleared?: boolean;
}

const fitting = ({ cart_id, status, cleared }: OrderFilter): SQL => {
  const shown = cleared ? sql`` : sql`AND o.cleared_at IS NULL`;
  const cart = cart_id ? sql`${shown} AND o.cart_id = ${cart_id}` : shown;
  return status ? sql`${cart} AND o.status = ${status}` : cart;
};

const namedShape = z.object({ id: id<OrderId>(), number: z.string(), status: id<OrderStatus>() });

/** What these orders are called, and where they stand; in the order of the ids. */
export const ordersNamed = (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<z.infer<typeof namedShape>[]> =>
  read(
    db,
    namedShape,
    sql`SELECT o.id AS id, o.number AS number, o.status AS status
        FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );

/**
 * Orders after a place in the list, newest first; those of one download by reference. A filter walks
 * past what does not fit it, at worst all orders of the merchant: an index with the status would cost
 * a row at each of its moves.
 */
export const listOrderRows = (
  db: D1Database,
  merchantId: MerchantId,
  page: OrderFilter & { limit: number; after: { created_at: number; cust_ref: string } | null },
): Promise<OrderDetail[]> => {
  const after = page.after
    ? sql`AND (o.created_at, o.cust_ref) < (${page.after.created_at}, ${page.after.cust_ref})`
    : sql``;
  return read(
    db,
    detailShape,
    sql`SELECT ${detailColumns} WHERE o.merchant_id = ${merchantId} ${after} ${fitting(page)}
        ORDER BY o.created_at DESC, o.cust_ref DESC LIMIT ${page.limit}`,
  );
};

/** Orders whose reference begins with `text`: what a person types who has the number at hand. */
export const findOrderRows = (
  db: D1Database,
  merchantId: MerchantId,
  text: string,
  filter: OrderFilter,
  limit: number,
): Promise<OrderDetail[]> =>
  read(
    db,
    detailShape,
    sql`SELECT ${detailColumns} WHERE o.merchant_id = ${merchantId}
          AND o.cust_ref >= ${text} AND o.cust_ref < ${`${text}\u{10FFFF}`}
          ${fitting(filter)}
        ORDER BY o.cust_ref LIMIT ${limit}`,
  );

/** Those of the orders with these ids that fit. */
export const readOrderRows = (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly OrderId[],
  filter: OrderFilter,
): Promise<OrderDetail[]> =>
  read(
    db,
    detailShape,
    sql`SELECT ${detailColumns} WHERE o.merchant_id = ${merchantId}
          AND o.id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)})) ${fitting(filter)}`,
  );

/** Which orders somebody means; null: any. */
export interface OrderMatch {
  ids: readonly string[] | null;
  cart_id: string | null;
  status: OrderStatus | null;
  on_hold: string | null;
  error_reason: string | null;
  /** When they were loaded, both ends included. */
  from: number | null;
  to: number | null;
  /** How their number or their reference begins, perhaps with a `#` before it. */
  number: string | null;
  /** Those that were cleared, and only those; otherwise none of them. */
  cleared: boolean;
}

/** The ids of matching orders, the oldest first. Without ids or times it walks past all orders of the merchant. */
export const matchingOrders = async (
  db: D1Database,
  merchantId: MerchantId,
  match: OrderMatch,
  limit: number,
): Promise<OrderId[]> => {
  const begins = (text: string) =>
    sql`substr(o.number, 1, length(${text})) = ${text} OR substr(o.cust_ref, 1, length(${text})) = ${text}`;
  const conditions = [
    sql`o.merchant_id = ${merchantId}`,
    match.cleared ? sql`o.cleared_at IS NOT NULL` : sql`o.cleared_at IS NULL`,
    match.ids === null ? null : sql`o.id = j.value`,
    match.cart_id === null ? null : sql`o.cart_id = ${match.cart_id}`,
    match.status === null ? null : sql`o.status = ${match.status}`,
    match.on_hold === null ? null : sql`o.on_hold = ${match.on_hold} AND o.status <> 'canceled'`,
    match.error_reason === null ? null : sql`o.error_reason = ${match.error_reason}`,
    match.from === null ? null : sql`o.created_at >= ${match.from}`,
    match.to === null ? null : sql`o.created_at <= ${match.to}`,
    match.number === null
      ? null
      : sql`(${sql.join(numbersMeant(match.number, []).map(begins), sql` OR `)})`,
  ].filter((condition) => condition !== null);
  const rows = await read(
    db,
    z.object({ id: id<OrderId>() }),
    sql`SELECT o.id AS id FROM ${
      match.ids === null
        ? sql`orders o`
        : sql`json_each(${JSON.stringify(match.ids)}) j CROSS JOIN orders o`
    } WHERE ${sql.join(conditions, sql` AND `)}
        ${match.ids === null ? sql`ORDER BY o.created_at, o.cust_ref` : sql``} LIMIT ${limit}`,
  );
  return rows.map((row) => row.id);
};

/** The numbers of orders, by id. */
export const numbersOf = async (
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<Map<string, string>> => {
  const rows = await read(
    db,
    z.object({ id: z.string(), number: z.string() }),
    sql`SELECT o.id AS id, o.number AS number FROM json_each(${JSON.stringify(ids)}) j CROSS JOIN orders o
        WHERE o.merchant_id = ${merchantId} AND o.id = j.value`,
  );
  return new Map(rows.map(({ id: order, number }) => [order, number]));
};
