import { actorText, type Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { followTroubles } from "../store/alerts.ts";
import {
  cancelUnsentOrders,
  queueCartCancels,
  queueWmsCancels,
  wantCancel,
} from "../store/cancellations.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections } from "../store/connections.ts";
import { cancelDeliveries } from "../store/deliveries.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import { cartsThatCancel } from "./cancel-in-cart.ts";
import type { Deps } from "./deps.ts";
import { cancelPages, dispatchIds, hintDispatches } from "./dispatch-pages.ts";

const ASKED = "The WMS has it or may have it: it is asked to call it off.";

/**
 * Calls orders off: what no WMS can have at once, and in its cart where that wants to hear of it; what
 * a WMS has, or may have, by asking it. What has shipped is refused.
 */
export async function cancelOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const [carts, all] = await Promise.all([
    cartsThatCancel(deps, merchantId),
    listConnections(db, merchantId),
  ]);
  const wmsIds = all.filter(({ side }) => side === "wms").map(({ id }) => id);
  const steps = (event: TimelineEntry["event"], text: string) =>
    ids.map((id) => ({
      id,
      status: null,
      error_reason: null,
      entries: [{ at: now, event, text, by: actorText(by) }],
      at: now,
    }));
  const committed = await commit(db, [
    cancelUnsentOrders(merchantId, steps("canceled", "Canceled."), "person", carts),
    wantCancel(merchantId, steps("cancel_asked", ASKED), "person"),
    cancelDeliveries(merchantId, ids),
    queueWmsCancels(merchantId, ids, cancelPages(deps, wmsIds, now)),
    queueCartCancels(merchantId, ids, cancelPages(deps, carts, now)),
    ...followTroubles(merchantId, ids, { at: now, by: "The order was canceled." }),
    noteChange(merchantId, "canceled", ids, now),
  ]);
  await hintDispatches(
    deps,
    merchantId,
    committed.flatMap(({ rows }) => dispatchIds(rows)),
  );
  const [canceled, asked] = committed;
  const done = new Map([
    ...allDone(changedBy(canceled), "Canceled: it will not be sent."),
    ...allDone(changedBy(asked), ASKED),
  ]);
  return resultsOf(deps, merchantId, "cancel", ids, done);
}
