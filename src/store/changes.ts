import { sql, type SQL } from "drizzle-orm";
import type { MerchantId } from "../domain/ids.ts";

/** The feed: one row per batch, numbered when the batch commits. */
export const noteChange = (
  merchantId: MerchantId,
  kind: "loaded" | "revised" | "sent" | "shipped" | "confirmed" | "released" | "canceled",
  ids: readonly string[],
  at: number,
): SQL | null =>
  ids.length === 0
    ? null
    : sql`INSERT INTO changes (merchant_id, seq, at, kind, ids)
      SELECT ${merchantId}, coalesce(max(seq), 0) + 1, ${at}, ${kind}, ${JSON.stringify(ids)}
      FROM changes WHERE merchant_id = ${merchantId}`;

/** Says in the feed that something was mended which orders may wait on, in the batch that mends it. */
export const noteMending = (merchantId: MerchantId, at: number, when: SQL = sql`true`): SQL =>
  sql`INSERT INTO changes (merchant_id, seq, at, kind, ids)
      SELECT ${merchantId}, (SELECT coalesce(max(seq), 0) + 1 FROM changes WHERE merchant_id = ${merchantId}),
        ${at}, 'mended', '[]'
      WHERE ${when}`;

/** A condition that anything was mended since the feed was at `seen`, for the batch that holds orders. */
export const mendedSince = (merchantId: MerchantId, seen: number): SQL =>
  sql`EXISTS (SELECT 1 FROM changes f WHERE f.merchant_id = ${merchantId} AND f.seq > ${seen} AND f.kind = 'mended')`;
