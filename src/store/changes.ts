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
