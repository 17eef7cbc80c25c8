import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { MerchantId } from "../domain/ids.ts";
import { DEFAULT_DAYS, NOWHERE, type Places } from "../domain/retention.ts";
import { insertAudit, type AuditEntry } from "./audit.ts";
import { retention, retentionLeft } from "./schema.ts";
import { read, readOne } from "./statement.ts";

/** How long a merchant's customers' data is kept, and how far it was gone through. */
export interface Retention {
  days: number;
  /** Orders loaded until then were looked at. */
  done_until: number;
  places: Places;
}

const shape = z.object({
  days: z.int(),
  done_until: z.int(),
  places: z
    .string()
    .transform((text): Places => ({ ...NOWHERE, ...(JSON.parse(text) as Partial<Places>) })),
});

/** As it was set, or as it is where nobody set it. */
export const readRetention = async (db: D1Database, merchantId: MerchantId): Promise<Retention> =>
  (await readOne(
    db,
    shape,
    sql`SELECT days AS days, done_until AS done_until, places AS places
        FROM ${retention} WHERE merchant_id = ${merchantId}`,
  )) ?? { days: DEFAULT_DAYS, done_until: 0, places: NOWHERE };

/** Sets the days with their audit entry; changes nothing if they are not `seen` any more. */
export const setRetentionDays = (
  merchantId: MerchantId,
  seen: number,
  days: number,
  entry: AuditEntry,
): SQL[] => {
  const unchanged = sql`coalesce((SELECT days FROM ${retention} WHERE merchant_id = ${merchantId}), ${DEFAULT_DAYS}) = ${seen}`;
  return [
    insertAudit(merchantId, entry, unchanged),
    sql`INSERT INTO ${retention} (merchant_id, days) SELECT ${merchantId}, ${days} WHERE ${unchanged}
        ON CONFLICT (merchant_id) DO UPDATE SET days = excluded.days`,
  ];
};

/** Remembers how far a merchant's data was gone through. It is never looked at again what was. */
export const saveRetention = (
  merchantId: MerchantId,
  { done_until, places }: Pick<Retention, "done_until" | "places">,
): SQL =>
  sql`INSERT INTO ${retention} (merchant_id, days, done_until, places)
      VALUES (${merchantId}, ${DEFAULT_DAYS}, ${done_until}, ${JSON.stringify(places)})
      ON CONFLICT (merchant_id) DO UPDATE SET done_until = max(retention.done_until, excluded.done_until),
        places = excluded.places`;

/** Orders that were walked past and are not redacted: they are looked at by themselves from now on. */
export const leaveOrders = (merchantId: MerchantId, orderIds: readonly string[]): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`INSERT INTO ${retentionLeft} (merchant_id, order_id)
      SELECT o.merchant_id, o.id FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN orders o
      WHERE o.merchant_id = ${merchantId} AND o.id = j.value AND o.redacted_at IS NULL
      ON CONFLICT (merchant_id, order_id) DO NOTHING`;

/** Those of them that are redacted now, or gone, need not be looked at any more. */
export const dropLeft = (merchantId: MerchantId, orderIds: readonly string[]): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`DELETE FROM ${retentionLeft} WHERE merchant_id = ${merchantId}
        AND order_id IN (SELECT value FROM json_each(${JSON.stringify(orderIds)}))
        AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.merchant_id = ${merchantId}
          AND o.id = retention_left.order_id AND o.redacted_at IS NULL)`;

/** Ids after one, in order. */
export const listLeft = async (
  db: D1Database,
  merchantId: MerchantId,
  after: string | null,
  limit: number,
): Promise<string[]> => {
  const rows = await read(
    db,
    z.object({ order_id: z.string() }),
    sql`SELECT order_id AS order_id FROM ${retentionLeft}
        WHERE merchant_id = ${merchantId} AND order_id > ${after ?? ""} ORDER BY order_id LIMIT ${limit}`,
  );
  return rows.map(({ order_id }) => order_id);
};
