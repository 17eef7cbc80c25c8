import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";

/** An order by hand or by file that stands for one of a cart. */
export interface StandIn {
  cart_id: ConnectionId;
  number: string;
  order_id: OrderId;
}

const shape = z.object({
  number: z.string(),
  order_id: id<OrderId>(),
  source_id: z.string().nullable(),
});
export type KnownStandIn = z.infer<typeof shape>;

/** Files stand-ins; the first for a number stays. */
export const insertStandIns = (merchantId: MerchantId, rows: readonly StandIn[]): SQL | null =>
  rows.length === 0
    ? null
    : sql`INSERT INTO stand_ins (merchant_id, cart_id, number, order_id)
      SELECT ${merchantId}, j.value->>'cart_id', j.value->>'number', j.value->>'order_id'
      FROM json_each(${JSON.stringify(rows)}) j WHERE true
      ON CONFLICT (merchant_id, cart_id, number) DO NOTHING`;

/** The orders that stand for those of a cart with these numbers. */
export const standInsFor = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  numbers: readonly string[],
): Promise<KnownStandIn[]> =>
  read(
    db,
    shape,
    sql`SELECT s.number AS number, s.order_id AS order_id, s.source_id AS source_id
        FROM json_each(${JSON.stringify(numbers)}) j CROSS JOIN stand_ins s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = ${cartId} AND s.number = j.value`,
  );

/** The cart brought what they stand for, under these ids. */
export const linkStandIns = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  brought: readonly { number: string; source_id: string }[],
): SQL | null =>
  brought.length === 0
    ? null
    : sql`UPDATE stand_ins SET source_id = j.value->>'source_id'
      FROM json_each(${JSON.stringify(brought.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE stand_ins.merchant_id = j.value->>'m' AND stand_ins.cart_id = ${cartId}
        AND stand_ins.number = j.value->>'number' AND stand_ins.source_id IS NULL`;

/** In the same batch: the orders are the cart's from now on, so that it hears of their shipments. */
export const adoptOrders = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  adopted: readonly { id: string; source_id: string; entry: unknown }[],
): SQL | null =>
  adopted.length === 0
    ? null
    : sql`UPDATE orders SET cart_id = ${cartId}, source_id = j.value->>'source_id',
        source_modified_at = 0, timeline = json_insert(orders.timeline, '$[#]', json(j.value->'entry'))
      FROM json_each(${JSON.stringify(adopted.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.cart_id <> ${cartId}`;
