import { sql } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { flag, id } from "./shapes.ts";
import { read } from "./statement.ts";

const policy = cartPolicyShape.shape;
const rulesShape = z.object({
  id: id<ConnectionId>(),
  name: z.string(),
  item_code_in: policy.item_code_in,
  item_code_out: policy.item_code_out,
  hold_unknown_codes: z
    .string()
    .nullable()
    .transform((stored) => policy.hold_unknown_codes.parse(stored ?? undefined)),
  has_products: flag,
});
/** How a cart's codes are read and written, and whether its merchant has products. */
export type CartCodeRules = z.infer<typeof rulesShape>;

/** The rules of some carts, and whether the merchant has any product: at most a row of it is read. */
export const cartCodeRules = (
  db: D1Database,
  merchantId: MerchantId,
  cartIds: readonly ConnectionId[],
): Promise<CartCodeRules[]> =>
  read(
    db,
    rulesShape,
    sql`SELECT c.id AS id, c.name AS name, c.policy->>'item_code_in' AS item_code_in,
          c.policy->>'item_code_out' AS item_code_out, c.policy->>'hold_unknown_codes' AS hold_unknown_codes,
          EXISTS (SELECT 1 FROM products p WHERE p.merchant_id = ${merchantId}) AS has_products
        FROM connections c WHERE c.merchant_id = ${merchantId}
          AND c.id IN (${sql.join(
            cartIds.map((cartId) => sql`${cartId}`),
            sql`, `,
          )})`,
  );
