import { sql, type SQL } from "drizzle-orm";
import type { MerchantId } from "../domain/ids.ts";
import type { OrderStatus } from "../domain/order.ts";
import { detailColumns, detailShape, type OrderDetail } from "./orders.ts";
import { read } from "./statement.ts";

/** Which orders of a list are wanted; null: all. */
export interface OrderFilter {
  cart_id: string | null;
  status: OrderStatus | null;
}

const fitting = ({ cart_id, status }: OrderFilter): SQL => {
  const cart = cart_id ? sql`AND o.cart_id = ${cart_id}` : sql``;
  return status ? sql`${cart} AND o.status = ${status}` : cart;
};

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
