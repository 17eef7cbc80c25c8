import { actorText, type Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import { noteReposts, repostShipments } from "../store/resends.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { queueRecords } from "./queue-records.ts";

/**
 * Has the tracking of orders posted to their cart again now: what failed or was given up, and what the
 * cart shows already, which is corrected there and not shown twice. Its tries begin anew.
 */
export async function resendTracking(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  const [reposted] = await commit(await deps.databases.of(merchantId), [
    repostShipments(merchantId, ids, now),
    noteReposts(merchantId, ids, {
      at: now,
      event: "resent",
      text: "Its tracking is to be posted again.",
      by: actorText(by),
    }),
  ]);
  const rows = [...new Map(changedBy(reposted).map((row) => [row.id, row])).values()];
  for (const [cartId, group] of Map.groupBy(rows, ({ cart_id }) => cart_id)) {
    const orderIds = group.map(({ id }) => id);
    try {
      const pages = await queueRecords(deps, "confirmation", merchantId, cartId, orderIds);
      await hintDispatches(deps, merchantId, pages);
    } catch (error) {
      deps.log.error("resend_failed", { merchant_id: merchantId, connection_id: cartId, error });
    }
  }
  const settled = new Map(
    ids.map((id): [string, ActionResult] => [
      id,
      {
        id,
        result: "unchanged",
        message: "It has no shipment whose tracking could be posted again now.",
      },
    ]),
  );
  return resultsOf(
    deps,
    merchantId,
    "resend-tracking",
    ids,
    allDone(rows, "Its tracking is posted again now."),
    settled,
  );
}
