import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AlertDetails } from "../domain/alert-rules.ts";
import { ruleOf, alertKindNames } from "../domain/alerts.ts";
import type { FailedCheck } from "../domain/filters.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Places } from "../domain/retention.ts";
import type { StoredRefusal } from "./imports.ts";
import { json } from "./shapes.ts";
import { read } from "./statement.ts";
import { among } from "./steps.ts";

/** Rows beside orders that hold customers' data, oldest first, and what is left of them when they are old. */

type Place<N extends keyof Places> = NonNullable<Places[N]>;

const skipShape = z.object({
  cart_id: z.string(),
  source_id: z.string(),
  last_seen_at: z.int(),
  checks: json<FailedCheck[]>(),
});
export type AgedSkip = z.infer<typeof skipShape>;

/** Skips after a place that were last seen until `horizon`. */
export const agedSkips = (
  db: D1Database,
  merchantId: MerchantId,
  after: Place<"skips"> | null,
  horizon: number,
  limit: number,
): Promise<AgedSkip[]> => {
  const [at, cart, source] = after ?? [0, "", ""];
  return read(
    db,
    skipShape,
    sql`SELECT cart_id AS cart_id, source_id AS source_id, last_seen_at AS last_seen_at, checks AS checks
        FROM skipped_orders INDEXED BY skipped_orders_by_seen
        WHERE merchant_id = ${merchantId} AND last_seen_at <= ${horizon}
          AND (last_seen_at, cart_id, source_id) > (${at}, ${cart}, ${source})
        ORDER BY last_seen_at, cart_id, source_id LIMIT ${limit}`,
  );
};

/** Stores redacted checks of skips that were not seen again since they were read. */
export const redactSkips = (merchantId: MerchantId, skips: readonly AgedSkip[]): SQL | null =>
  skips.length === 0
    ? null
    : sql`UPDATE skipped_orders SET checks = j.value->'checks'
      FROM json_each(${JSON.stringify(skips.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE skipped_orders.merchant_id = j.value->>'m' AND skipped_orders.cart_id = j.value->>'cart_id'
        AND skipped_orders.source_id = j.value->>'source_id'
        AND skipped_orders.last_seen_at = j.value->>'last_seen_at'`;

const chunkShape = z.object({
  task_id: z.string(),
  seq: z.int(),
  refused: json<StoredRefusal[]>().nullable(),
});
export type AgedChunk = z.infer<typeof chunkShape>;

/** Pieces of files after a place, of tasks before one; `refused` null: it was not worked. */
export const agedChunks = (
  db: D1Database,
  merchantId: MerchantId,
  after: Place<"files"> | null,
  until: string,
  limit: number,
): Promise<AgedChunk[]> =>
  read(
    db,
    chunkShape,
    sql`SELECT task_id AS task_id, seq AS seq, refused AS refused FROM import_chunks
        WHERE merchant_id = ${merchantId} AND task_id < ${until}
          AND (task_id, seq) > (${after?.[0] ?? ""}, ${after?.[1] ?? -1})
        ORDER BY task_id, seq LIMIT ${limit}`,
  );

/** Stores what is left of refused rows. */
export const redactChunk = (
  merchantId: MerchantId,
  taskId: string,
  seq: number,
  refused: readonly (readonly [row: number, reason: string])[],
): SQL =>
  sql`UPDATE import_chunks SET refused = ${JSON.stringify(refused)}
      WHERE merchant_id = ${merchantId} AND task_id = ${taskId} AND seq = ${seq} AND refused IS NOT NULL`;

const alertShape = z.object({
  id: z.string(),
  closed_at: z.int(),
  details: json<AlertDetails>(),
});
export type AgedAlert = z.infer<typeof alertShape>;

/** Alerts after a place that were closed until `horizon`. */
export const agedAlerts = (
  db: D1Database,
  merchantId: MerchantId,
  after: Place<"alerts"> | null,
  horizon: number,
  limit: number,
): Promise<AgedAlert[]> =>
  read(
    db,
    alertShape,
    sql`SELECT id AS id, closed_at AS closed_at, details AS details FROM alerts INDEXED BY alerts_closed
        WHERE merchant_id = ${merchantId} AND closed_at IS NOT NULL AND closed_at <= ${horizon}
          AND (closed_at, id) > (${after?.[0] ?? 0}, ${after?.[1] ?? ""})
        ORDER BY closed_at, id LIMIT ${limit}`,
  );

/** Takes the words of other systems and of people out of alerts that were not opened again since they were read. */
export const redactAlerts = (merchantId: MerchantId, alerts: readonly AgedAlert[]): SQL | null =>
  alerts.length === 0
    ? null
    : sql`UPDATE alerts SET message = NULL, note = NULL, details = j.value->'details'
      FROM json_each(${JSON.stringify(alerts.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE alerts.merchant_id = j.value->>'m' AND alerts.id = j.value->>'id'
        AND alerts.closed_at = j.value->>'closed_at'`;

const ofOneOrder = alertKindNames.filter((kind) =>
  ["order", "shipment"].includes(ruleOf(kind).subject),
);

/** After `redactOrders` in the same batch: alerts that are still open about those that were, and about no others. */
export const redactOpenAlerts = (merchantId: MerchantId, orderIds: readonly string[]): SQL | null =>
  orderIds.length === 0
    ? null
    : sql`UPDATE alerts SET message = NULL WHERE merchant_id = ${merchantId}
        AND id IN (SELECT l.alert_id FROM json_each(${JSON.stringify(orderIds)}) j
          CROSS JOIN alert_orders l INDEXED BY alert_orders_by_order CROSS JOIN orders o
          WHERE l.merchant_id = ${merchantId} AND l.order_id = j.value
            AND o.merchant_id = ${merchantId} AND o.id = j.value AND o.redacted_at IS NOT NULL)
        AND kind IN ${among(ofOneOrder)} AND message IS NOT NULL`;
