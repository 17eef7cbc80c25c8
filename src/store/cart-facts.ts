import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { holdChoices, type MethodMatch, type MethodRow } from "../domain/ship-methods.ts";
import { flag, id } from "./shapes.ts";
import { read } from "./statement.ts";

/** A list of values as parameters: a JSON list would be read, and billed, row by row. */
const listed = (values: readonly string[]): SQL =>
  sql`(${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;

const policy = cartPolicyShape.shape;
const cartShape = z.object({
  id: id<ConnectionId>(),
  name: z.string(),
  /** How unmapped methods are taken. */
  hold: z.enum(holdChoices),
  /** The WMS has methods. */
  has_methods: flag,
  item_code_in: policy.item_code_in,
  item_code_out: policy.item_code_out,
  hold_unknown_codes: z
    .string()
    .nullable()
    .transform((stored) => policy.hold_unknown_codes.parse(stored ?? undefined)),
  /** The merchant has products. */
  has_products: flag,
  /** The number of the newest change in the merchant's feed; see `mendedSince`. */
  seen: z.int(),
});
/** How a cart wants methods and codes to be taken, and what there is to take them by. */
export type FactCart = z.infer<typeof cartShape>;

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
export const cartFactRows = async (
  db: D1Database,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  methods: ReadonlyMap<ConnectionId, readonly string[]>,
): Promise<{ cart: FactCart; row: MethodFactRow | null }[]> => {
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
          EXISTS (SELECT 1 FROM wms_methods x WHERE x.merchant_id = ${merchantId} AND x.wms_id = ${wmsId}) AS has_methods,
          c.policy->>'item_code_in' AS item_code_in, c.policy->>'item_code_out' AS item_code_out,
          c.policy->>'hold_unknown_codes' AS hold_unknown_codes,
          EXISTS (SELECT 1 FROM products p WHERE p.merchant_id = ${merchantId}) AS has_products,
          coalesce((SELECT max(f.seq) FROM changes f WHERE f.merchant_id = ${merchantId}), 0) AS seen,
          s.match AS match, s.value AS value, s.wms_method AS wms_method, s.passes AS passes,
          w.code IS NOT NULL AS is_listed, coalesce(w.typed->>'carrier', w.carrier) AS carrier
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
