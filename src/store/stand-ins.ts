import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { isOfNumber, type NumberSpan } from "./orders.ts";
import { flag, id } from "./shapes.ts";
import { read } from "./statement.ts";

/** A number of a cart. */
export interface CartNumber {
  cart_id: ConnectionId;
  number: string;
}

/** An order by hand or by file that stands for one of a cart. */
export interface StandIn extends CartNumber {
  order_id: OrderId;
}

const shape = z.object({
  cart_id: id<ConnectionId>(),
  number: z.string(),
  order_id: id<OrderId>(),
  source_id: z.string().nullable(),
  cust_ref: z.string().nullable(),
  stands: flag,
});
/** `source_id` null: the cart has not brought it. `stands` false: it was called off or cleared before that. */
export type KnownStandIn = z.infer<typeof shape>;

/** What a person called off or cleared before its cart brought it stands for nothing any more. */
const stands = sql`(s.source_id IS NOT NULL OR EXISTS (SELECT 1 FROM orders a
  WHERE a.merchant_id = s.merchant_id AND a.id = s.order_id AND a.cleared_at IS NULL
    AND NOT (a.status = 'canceled' AND a.canceled_by IS 'person')))`;

/** Files stand-ins; a number that has one already fails the batch on purpose. */
export const insertStandIns = (merchantId: MerchantId, rows: readonly StandIn[]): SQL | null =>
  rows.length === 0
    ? null
    : sql`INSERT INTO stand_ins (merchant_id, cart_id, number, order_id)
      SELECT ${merchantId}, j.value->>'cart_id', j.value->>'number', j.value->>'order_id'
      FROM json_each(${JSON.stringify(rows)}) j`;

/**
 * Fails the batch, as a key that is taken, if the cart brought meanwhile what these are to stand for:
 * it files them a second time. Goes after `insertStandIns`.
 */
export const failIfBrought = (
  merchantId: MerchantId,
  rows: readonly (StandIn & NumberSpan)[],
): SQL | null =>
  rows.length === 0
    ? null
    : sql`INSERT INTO stand_ins (merchant_id, cart_id, number, order_id)
      SELECT ${merchantId}, o.cart_id, o.number, o.id
      FROM json_each(${JSON.stringify(rows)}) j CROSS JOIN orders o
      WHERE o.merchant_id = ${merchantId} AND ${isOfNumber} AND o.id <> j.value->>'order_id'`;

/**
 * Fails the batch, as a key that is taken, if somebody gave us meanwhile an order that stands for one of
 * these numbers of the cart: it files it a second time. Reads nothing where none was ever given.
 */
export const failIfStoodFor = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  numbers: readonly string[],
): SQL | null =>
  numbers.length === 0
    ? null
    : sql`INSERT INTO stand_ins (merchant_id, cart_id, number, order_id)
      SELECT s.merchant_id, s.cart_id, s.number, s.order_id
      FROM (SELECT 1 FROM stand_ins WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} LIMIT 1)
        CROSS JOIN json_each(${JSON.stringify(numbers)}) j CROSS JOIN stand_ins s
      WHERE s.merchant_id = ${merchantId} AND s.cart_id = ${cartId} AND s.number = j.value
        AND s.source_id IS NULL`;

/** Takes away those of the stand-ins that stand for nothing any more. */
export const dropFallenStandIns = (
  merchantId: MerchantId,
  numbers: readonly CartNumber[],
): SQL | null =>
  numbers.length === 0
    ? null
    : sql`DELETE FROM stand_ins WHERE (merchant_id, cart_id, number) IN (
        SELECT s.merchant_id, s.cart_id, s.number
        FROM json_each(${JSON.stringify(numbers)}) j CROSS JOIN stand_ins s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = j.value->>'cart_id'
          AND s.number = j.value->>'number' AND NOT ${stands})`;

/** The orders that stand, or stood, for those of carts with these numbers. */
export const standInsFor = (
  db: D1Database,
  merchantId: MerchantId,
  numbers: readonly CartNumber[],
): Promise<KnownStandIn[]> =>
  read(
    db,
    shape,
    sql`SELECT s.cart_id AS cart_id, s.number AS number, s.order_id AS order_id, s.source_id AS source_id,
          (SELECT o.cust_ref FROM orders o WHERE o.merchant_id = s.merchant_id AND o.id = s.order_id) AS cust_ref,
          ${stands} AS stands
        FROM json_each(${JSON.stringify(numbers)}) j CROSS JOIN stand_ins s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = j.value->>'cart_id' AND s.number = j.value->>'number'`,
  );

/** Orders that stand for one of these carts whose number there begins with `text`. */
export const standingOrders = async (
  db: D1Database,
  merchantId: MerchantId,
  cartIds: readonly string[],
  text: string,
  limit: number,
): Promise<OrderId[]> => {
  const rows = await read(
    db,
    z.object({ order_id: id<OrderId>() }),
    sql`SELECT s.order_id AS order_id FROM json_each(${JSON.stringify(cartIds)}) j CROSS JOIN stand_ins s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = j.value
          AND s.number >= ${text} AND s.number < ${`${text}\u{10FFFF}`}
        LIMIT ${limit}`,
  );
  return rows.map(({ order_id }) => order_id);
};

/** The orders that stood for what the cart brought under these ids. */
export const linkedStandIns = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceIds: readonly string[],
): Promise<{ source_id: string; order_id: OrderId }[]> =>
  read(
    db,
    z.object({ source_id: z.string(), order_id: id<OrderId>() }),
    sql`SELECT s.source_id AS source_id, s.order_id AS order_id FROM stand_ins s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = ${cartId}
          AND s.source_id IN (SELECT value FROM json_each(${JSON.stringify(sourceIds)}))`,
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
