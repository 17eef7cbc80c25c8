import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { read } from "./statement.ts";

const shape = z.object({
  key: z.string(),
  carrier: z.string(),
  service: z.string().nullable(),
  cart_name: z.string().nullable(),
  seen_at: z.int().nullable(),
});
/** What a WMS calls a carrier, and what a cart calls it. */
export type CarrierName = z.infer<typeof shape>;

const columns = sql`n.key AS key, n.carrier AS carrier, n.service AS service, n.cart_name AS cart_name,
  n.seen_at AS seen_at`;

/** Those of the rows that there are. */
export const carrierRows = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  keys: readonly string[],
): Promise<CarrierName[]> =>
  read(
    db,
    shape,
    sql`SELECT ${columns} FROM json_each(${JSON.stringify(keys)}) j CROSS JOIN carrier_names n
        WHERE n.merchant_id = ${merchantId} AND n.cart_id = ${cartId} AND n.key = j.value`,
  );

/** A cart's carriers by key. */
export const listCarrierNames = (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  limit: number,
): Promise<CarrierName[]> =>
  read(
    db,
    shape,
    sql`SELECT ${columns} FROM carrier_names n WHERE n.merchant_id = ${merchantId} AND n.cart_id = ${cartId}
        ORDER BY n.key LIMIT ${limit}`,
  );

/** Unknown carriers list themselves when they are first told to a cart; those that are there write nothing. */
export const seeCarriers = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  seen: readonly Pick<CarrierName, "key" | "carrier">[],
  at: number,
): SQL | null =>
  seen.length === 0
    ? null
    : sql`INSERT INTO carrier_names (merchant_id, cart_id, key, carrier, seen_at)
      SELECT ${merchantId}, ${cartId}, j.value->>'key', j.value->>'carrier', ${at}
      FROM json_each(${JSON.stringify(seen)}) j WHERE true
      ON CONFLICT (merchant_id, cart_id, key) DO NOTHING`;

/** Names carriers as a cart does; without a name, only those that were seen stay. `when` is what it depends on. */
export const putCarrierNames = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  rows: readonly Pick<CarrierName, "key" | "carrier" | "service" | "cart_name">[],
  when: SQL,
): SQL[] => [
  sql`INSERT INTO carrier_names (merchant_id, cart_id, key, carrier, service, cart_name)
      SELECT ${merchantId}, ${cartId}, j.value->>'key', j.value->>'carrier', j.value->>'service', j.value->>'cart_name'
      FROM json_each(${JSON.stringify(rows)}) j WHERE ${when}
      ON CONFLICT (merchant_id, cart_id, key) DO UPDATE SET cart_name = excluded.cart_name
      WHERE carrier_names.cart_name IS NOT excluded.cart_name`,
  sql`DELETE FROM carrier_names WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}
        AND key IN (SELECT j.value->>'key' FROM json_each(${JSON.stringify(rows)}) j)
        AND cart_name IS NULL AND seen_at IS NULL AND ${when}`,
];
