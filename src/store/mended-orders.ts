import { sql, type SQL } from "drizzle-orm";
import type { CartWays } from "../domain/holds.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { nextHold } from "./next-hold.ts";
import { notBeingSent } from "./order-changes.ts";
import { appended } from "./steps.ts";

/** An order whose trouble was mended, with what to say about it. */
export interface MendedOrder {
  id: string;
  entries: readonly TimelineEntry[];
}

/**
 * Lets orders in `error` be tried anew, once something that a check held them for is mended elsewhere.
 * A person's hold stays. What else is wrong with one is found when it is about to be sent.
 */
export const releaseMended = (
  merchantId: MerchantId,
  orders: readonly MendedOrder[],
  ways: CartWays,
  at: number,
): SQL | null => {
  if (orders.length === 0) return null;
  const next = nextHold(ways, at);
  const isHeld = sql`orders.on_hold IS 'person'`;
  return sql`UPDATE orders SET status = 'new', error_reason = NULL,
        on_hold = CASE WHEN ${isHeld} THEN orders.on_hold ELSE ${next.hold} END,
        hold_until = CASE WHEN ${isHeld} THEN orders.hold_until ELSE ${next.until} END,
        timeline = ${appended}, updated_at = ${at}
      FROM json_each(${JSON.stringify(orders.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'id' AND orders.status = 'error'
        AND orders.error_reason IN ('address', 'ship_method', 'code') AND orders.cleared_at IS NULL
        AND orders.sending_canceled = 0 AND orders.cancel_wanted IS NULL AND ${notBeingSent}
      RETURNING orders.id AS id`;
};
