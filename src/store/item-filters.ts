import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ItemFilter } from "../domain/filters.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { json } from "./shapes.ts";
import { readOne } from "./statement.ts";

/** A cart's item filter, or null where none was ever set. */
export const readItemFilter = async (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<ItemFilter | null> =>
  (
    await readOne(
      db,
      z.object({ filter: json<ItemFilter>() }),
      sql`SELECT filter AS filter FROM item_filters WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}`,
    )
  )?.filter ?? null;

export const writeItemFilter = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  filter: ItemFilter,
): SQL =>
  sql`INSERT INTO item_filters (merchant_id, cart_id, filter)
      VALUES (${merchantId}, ${cartId}, ${JSON.stringify(filter)})
      ON CONFLICT (merchant_id, cart_id) DO UPDATE SET filter = excluded.filter`;
