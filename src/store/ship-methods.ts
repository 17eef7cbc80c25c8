import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AlertDetails } from "../domain/alert-rules.ts";
import type { AlertId, ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import {
  holdChoices,
  type MethodMatch,
  type MethodRow,
  type SeenMethod,
} from "../domain/ship-methods.ts";
import { flag, id, json } from "./shapes.ts";
import { pagesOf, read } from "./statement.ts";

/** A list of values as parameters: a JSON list would be read, and billed, row by row. */
const listed = (values: readonly string[]): SQL =>
  sql`(${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;

const rowShape = z.object({
  match: id<MethodMatch>(),
  value: z.string(),
  wms_method: z.string().nullable(),
  passes: flag,
});

const cartShape = z.object({
  id: id<ConnectionId>(),
  name: z.string(),
  hold: z.enum(holdChoices),
  updated_at: z.int(),
  has_methods: flag,
});
/** How a cart wants unmapped methods to be taken, and whether the WMS has methods. */
export type MethodCart = z.infer<typeof cartShape>;

/** A row of a cart's map, with what its WMS says of its method. */
export interface MethodFactRow extends MethodRow {
  /** The WMS has it. */
  is_listed: boolean;
  carrier: string | null;
}

const factShape = cartShape.extend({
  match: id<MethodMatch>().nullable(),
  value: z.string().nullable(),
  wms_method: z.string().nullable(),
  passes: z.int().nullable(),
  is_listed: flag,
  carrier: z.string().nullable(),
});

/**
 * Carts with the rows of their maps that these methods may go by: exact ones by key, and all patterns.
 * Each method is a parameter of its own, of which D1 takes 100.
 */
export const methodFacts = async (
  db: D1Database,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  methods: ReadonlyMap<ConnectionId, readonly string[]>,
): Promise<{ cart: MethodCart; row: MethodFactRow | null }[]> => {
  if (methods.size === 0) return [];
  const rows = [...methods].flatMap(([cart, keys]) => [
    sql`SELECT cart_id, match, value, wms_method, passes FROM ship_methods
          WHERE merchant_id = ${merchantId} AND cart_id = ${cart} AND match = 'exact' AND value IN ${listed(keys)}`,
    sql`SELECT cart_id, match, value, wms_method, passes FROM ship_methods INDEXED BY ship_methods_patterns
          WHERE merchant_id = ${merchantId} AND cart_id = ${cart} AND match <> 'exact'`,
  ]);
  const found = await read(
    db,
    factShape,
    sql`SELECT c.id AS id, c.name AS name, coalesce(c.policy->>'hold_unmapped', 'auto') AS hold,
          c.updated_at AS updated_at,
          EXISTS (SELECT 1 FROM wms_methods x WHERE x.merchant_id = ${merchantId} AND x.wms_id = ${wmsId}) AS has_methods,
          s.match AS match, s.value AS value, s.wms_method AS wms_method, s.passes AS passes,
          w.code IS NOT NULL AS is_listed, w.carrier AS carrier
        FROM connections c LEFT JOIN (${sql.join(rows, sql` UNION ALL `)}) s ON s.cart_id = c.id
        LEFT JOIN wms_methods w ON w.merchant_id = ${merchantId} AND w.wms_id = ${wmsId} AND w.code = s.wms_method
        WHERE c.merchant_id = ${merchantId} AND c.id IN ${listed([...methods.keys()])}`,
  );
  return found.map(({ match, value, wms_method, passes, is_listed, carrier, ...cart }) => ({
    cart,
    row:
      match === null || value === null
        ? null
        : { match, value, wms_method, passes: passes === 1, is_listed, carrier },
  }));
};

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

const alertShape = z.object({ id: id<AlertId>(), waiting: z.int(), details: json<AlertDetails>() });

/** Those of the alerts that are open, or that orders wait on. */
export const methodAlerts = (
  db: D1Database,
  merchantId: MerchantId,
  alertIds: readonly string[],
): Promise<z.infer<typeof alertShape>[]> =>
  read(
    db,
    alertShape,
    sql`SELECT a.id AS id, a.waiting AS waiting, a.details AS details
        FROM json_each(${JSON.stringify(alertIds)}) j CROSS JOIN alerts a
        WHERE a.merchant_id = ${merchantId} AND a.id = j.value AND (a.waiting > 0 OR a.state = 'open')`,
  );

const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? "");
const waitingShape = z.object({
  order_id: id<OrderId>(),
  ship_code: absent,
  ship_code_description: absent,
});

/** The orders that wait on an alert with the methods that they say, by id, after one. */
export const methodsOfWaiting = (
  db: D1Database,
  merchantId: MerchantId,
  alertId: string,
  after: string | null,
  limit: number,
): Promise<z.infer<typeof waitingShape>[]> =>
  read(
    db,
    waitingShape,
    sql`SELECT l.order_id AS order_id, o.body->>'ship_code' AS ship_code,
          o.body->>'ship_code_description' AS ship_code_description
        FROM alert_orders l CROSS JOIN orders o
        WHERE l.merchant_id = ${merchantId} AND l.alert_id = ${alertId} AND l.order_id > ${after ?? ""}
          AND o.merchant_id = ${merchantId} AND o.id = l.order_id
        ORDER BY l.order_id LIMIT ${limit}`,
  );
