import { sql } from "drizzle-orm";
import type { MerchantId } from "../domain/ids.ts";
import type { OrderStatus } from "../domain/order.ts";
import type { TimelineEntry } from "../domain/timeline.ts";

/** One step of a stored order. */
export interface OrderStep {
  id: string;
  /** Null: as it is. */
  status: OrderStatus | null;
  error_reason: string | null;
  entries: readonly TimelineEntry[];
  at: number;
}

export const stepsOf = (merchantId: MerchantId, steps: readonly OrderStep[]) =>
  JSON.stringify(steps.map((step) => ({ ...step, m: merchantId })));

// The merchant stands inside the JSON so that SQLite takes the list, not the table, as its outer loop.
// A timeline is never empty; text is joined to text because json_each would read a row per entry.
export const appended = sql`CASE j.value->>'entries' WHEN '[]' THEN orders.timeline
  ELSE substr(orders.timeline, 1, length(orders.timeline) - 1) || ',' || substr(j.value->>'entries', 2) END`;

/** Whether the cart shows every shipment of an order that was not voided, and at least one. */
export const allShown = sql`(SELECT max(s.state = 'confirmed') AND NOT max(s.voided = 0 AND s.state NOT IN ('confirmed', 'none'))
            FROM shipments s WHERE s.merchant_id = orders.merchant_id AND s.order_id = orders.id)`;
