import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import { keepingHolds, type CartWays } from "../domain/holds.ts";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { nextHold, readyHold } from "./next-hold.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";
import { among, chosen } from "./steps.ts";

const shape = z.object({
  merchant_id: id<MerchantId>(),
  cart_id: id<ConnectionId>(),
  order_id: id<OrderId>(),
});
/** An order whose hold ends by itself. */
export type EndingHold = z.infer<typeof shape>;

/** Orders of any merchant whose hold has come to its end, the longest ended first. */
export const endingHolds = (db: D1Database, now: number, limit: number): Promise<EndingHold[]> =>
  read(
    db,
    shape,
    sql`SELECT merchant_id AS merchant_id, cart_id AS cart_id, id AS order_id
        FROM orders WHERE hold_until IS NOT NULL AND hold_until <= ${now} ORDER BY hold_until LIMIT ${limit}`,
  );

/**
 * Ends the holds of orders of one merchant whose time has come. What else holds one does so then; what
 * is not to be sent has nothing to wait for; one that is about to be sent stays due until it is.
 */
export const endHolds = (
  merchantId: MerchantId,
  ids: readonly string[],
  ways: CartWays,
  entry: TimelineEntry,
): SQL => {
  const waits = sql`orders.status = 'new' AND orders.sending_canceled = 0`;
  const isKept = sql`orders.on_hold IN ${among(keepingHolds)}`;
  const next = nextHold(ways, entry.at);
  return sql`UPDATE orders SET
        on_hold = CASE WHEN NOT (${waits}) THEN NULL WHEN ${isKept} THEN ${next.hold} ELSE ${readyHold(ways)} END,
        hold_until = CASE WHEN NOT (${waits}) THEN NULL WHEN ${isKept} THEN ${next.until}
          WHEN ${readyHold(ways)} = 'released' THEN orders.hold_until END,
        timeline = CASE WHEN ${isKept} THEN json_insert(orders.timeline, '$[#]', json(${JSON.stringify(entry)}))
          ELSE orders.timeline END,
        updated_at = ${entry.at}
      WHERE ${chosen(merchantId, ids)} AND orders.hold_until <= ${entry.at}`;
};

/** Moves the end of holds that nobody can end, of a merchant who is gone. */
export const putOffHolds = (merchantId: MerchantId, ids: readonly string[], until: number): SQL =>
  sql`UPDATE orders SET hold_until = ${until} WHERE ${chosen(merchantId, ids)}`;
