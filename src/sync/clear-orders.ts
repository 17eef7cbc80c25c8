import { actorText, type Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import { followTroubles } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { insertTombstones } from "../store/cleared-orders.ts";
import { cancelDeliveries } from "../store/deliveries.ts";
import { hideOrders } from "../store/order-actions.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";

/**
 * Hides orders, and leaves behind that they are never loaded again. What no WMS can have is canceled
 * in the same batch; what a WMS has is only hidden, and its tracking goes on. What is being sent is
 * refused.
 */
export async function clearOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  const entry = { at: now, event: "cleared" as const, text: "Cleared.", by: actorText(by) };
  const [hidden] = await commit(await deps.databases.of(merchantId), [
    hideOrders(merchantId, ids, entry),
    cancelDeliveries(merchantId, ids),
    insertTombstones(merchantId, ids, now),
    ...followTroubles(merchantId, ids, { at: now, by: "The order was cleared." }),
    noteChange(merchantId, "revised", ids, now),
  ]);
  const done = allDone(changedBy(hidden), "Cleared; it can be restored for 30 days.");
  return resultsOf(deps, merchantId, "clear", ids, done);
}
