import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ItemFilter } from "../domain/filters.ts";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { flag, id, json } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

/** Which rare things a page of orders has to be held against. */
export interface Rarities {
  /** Orders of the merchant were cleared. */
  tombstones: boolean;
  /** Orders by hand or by file stand for some of the cart's. */
  stand_ins: boolean;
  /** The cart's item filter, where one was set. */
  item_filter: ItemFilter | null;
}

/** What there is of what there mostly is not: three rows read at the most. */
export const rarities = async (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<Rarities> =>
  (await readOne(
    db,
    z.object({
      tombstones: flag,
      stand_ins: flag,
      item_filter: json<ItemFilter>().nullable(),
    }),
    sql`SELECT
      EXISTS (SELECT 1 FROM tombstones WHERE merchant_id = ${merchantId}) AS tombstones,
      EXISTS (SELECT 1 FROM stand_ins WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}) AS stand_ins,
      (SELECT filter FROM item_filters WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}) AS item_filter`,
  )) ?? { tombstones: false, stand_ins: false, item_filter: null };

/** What is left of cleared orders, so that they never load again. */
export const insertTombstones = (
  merchantId: MerchantId,
  orderIds: readonly string[],
  at: number,
): SQL =>
  sql`INSERT INTO tombstones (merchant_id, order_id, at)
      SELECT ${merchantId}, o.id, ${at} FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN orders o
      WHERE o.merchant_id = ${merchantId} AND o.id = j.value AND o.cleared_at IS NOT NULL
      ON CONFLICT (merchant_id, order_id) DO NOTHING`;

/** For orders that are restored; goes after that in the same batch. */
export const deleteTombstones = (merchantId: MerchantId, orderIds: readonly string[]): SQL =>
  sql`DELETE FROM tombstones WHERE merchant_id = ${merchantId}
      AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
      AND EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId}
        AND o.id = tombstones.order_id AND o.cleared_at IS NULL)`;

/** Those of the ids that were cleared. */
export const tombstonesOf = async (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly OrderId[],
): Promise<Set<string>> => {
  const rows = await read(
    db,
    z.object({ order_id: id<OrderId>() }),
    sql`SELECT t.order_id AS order_id FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN tombstones t
        WHERE t.merchant_id = ${merchantId} AND t.order_id = j.value`,
  );
  return new Set(rows.map((row) => row.order_id));
};
