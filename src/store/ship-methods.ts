import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { MethodMatch, MethodRow, SeenMethod } from "../domain/ship-methods.ts";
import { flag, id } from "./shapes.ts";
import { pagesOf, read } from "./statement.ts";

const rowShape = z.object({
  match: id<MethodMatch>(),
  value: z.string(),
  wms_method: z.string().nullable(),
  passes: flag,
});

/** Methods list themselves when a cart first sends them; those that are there write nothing. */
export const seeMethods = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  seen: readonly SeenMethod[],
  at: number,
): SQL | null =>
  seen.length === 0
    ? null
    : sql`INSERT INTO ship_methods (merchant_id, cart_id, match, value, as_written, description, seen_at)
      SELECT ${merchantId}, ${cartId}, 'exact', j.value->>'value', j.value->>'as_written', j.value->>'description', ${at}
      FROM json_each(${JSON.stringify(seen)}) j WHERE true
      ON CONFLICT (merchant_id, cart_id, match, value) DO UPDATE SET seen_at = excluded.seen_at,
        description = coalesce(ship_methods.description, excluded.description)
      WHERE ship_methods.seen_at IS NULL`;

/** A row of a map as a person writes it down. */
export interface MethodMapping extends MethodRow {
  as_written: string;
  description: string | null;
}

/** Maps methods; what the cart was seen to send keeps how it writes it. `when` is what it depends on. */
export const putMethods = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  rows: readonly MethodMapping[],
  when: SQL,
): SQL[] =>
  pagesOf(rows, 1_000).map(
    (page) =>
      sql`INSERT INTO ship_methods (merchant_id, cart_id, match, value, as_written, description, wms_method, passes)
      SELECT ${merchantId}, ${cartId}, j.value->>'match', j.value->>'value', j.value->>'as_written',
        j.value->>'description', j.value->>'wms_method', j.value->>'passes'
      FROM json_each(${JSON.stringify(page)}) j WHERE ${when}
      ON CONFLICT (merchant_id, cart_id, match, value) DO UPDATE SET wms_method = excluded.wms_method,
        passes = excluded.passes, description = coalesce(excluded.description, ship_methods.description),
        as_written = CASE WHEN ship_methods.seen_at IS NULL THEN excluded.as_written ELSE ship_methods.as_written END`,
  );

/** Takes a mapping away; a method that the cart was seen to send stays listed. */
export const dropMethod = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  { match, value }: Pick<MethodRow, "match" | "value">,
  when: SQL,
): SQL[] => {
  const one = sql`merchant_id = ${merchantId} AND cart_id = ${cartId} AND match = ${match} AND value = ${value}`;
  return [
    sql`UPDATE ship_methods SET wms_method = NULL, passes = 0 WHERE ${one} AND seen_at IS NOT NULL AND ${when}`,
    sql`DELETE FROM ship_methods WHERE ${one} AND seen_at IS NULL AND ${when}`,
  ];
};

const shownShape = rowShape.extend({
  as_written: z.string(),
  description: z.string().nullable(),
  seen_at: z.int().nullable(),
});
/** A row of a cart's map. */
export type ShipMethod = z.infer<typeof shownShape>;

const columns = sql`s.match AS match, s.value AS value, s.as_written AS as_written, s.description AS description,
  s.wms_method AS wms_method, s.passes AS passes, s.seen_at AS seen_at`;

/** A cart's map by match and value, after one (null: from the first). */
export const listMethods = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  after: Pick<MethodRow, "match" | "value"> | null,
  limit: number,
): Promise<ShipMethod[]> =>
  read(
    db,
    shownShape,
    sql`SELECT ${columns} FROM ship_methods s WHERE s.merchant_id = ${merchantId} AND s.cart_id = ${cartId}
          ${after === null ? sql`` : sql`AND (s.match, s.value) > (${after.match}, ${after.value})`}
        ORDER BY s.match, s.value LIMIT ${limit}`,
  );

/** Those of the rows that there are. */
export const methodRows = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  keys: readonly Pick<MethodRow, "match" | "value">[],
): Promise<ShipMethod[]> =>
  read(
    db,
    shownShape,
    sql`SELECT ${columns} FROM json_each(${JSON.stringify(keys)}) j CROSS JOIN ship_methods s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = ${cartId}
          AND s.match = j.value->>'match' AND s.value = j.value->>'value'`,
  );

const namesMethods = z.object({ cart_id: id<ConnectionId>(), wms_method: z.string() });

/** The methods of their WMS that carts' maps name, once per cart. */
export const namedMethods = (
  db: D1Database,
  merchantId: MerchantId,
  cartIds: readonly string[],
): Promise<z.infer<typeof namesMethods>[]> =>
  read(
    db,
    namesMethods,
    sql`SELECT DISTINCT s.cart_id AS cart_id, s.wms_method AS wms_method
        FROM json_each(${JSON.stringify(cartIds)}) j CROSS JOIN ship_methods s
        WHERE s.merchant_id = ${merchantId} AND s.cart_id = j.value AND s.wms_method IS NOT NULL`,
  );
