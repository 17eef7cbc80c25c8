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

/** Replaces a cart's item filter; `when` is what that depends on. */
export const writeItemFilter = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  filter: ItemFilter,
  when: SQL = sql`true`,
): SQL =>
  sql`INSERT INTO item_filters (merchant_id, cart_id, filter)
      SELECT ${merchantId}, ${cartId}, ${JSON.stringify(filter)} WHERE ${when}
      ON CONFLICT (merchant_id, cart_id) DO UPDATE SET filter = excluded.filter`;
