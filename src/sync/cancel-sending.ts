import { actorText, type Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import { followTroubles } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { stopBeingSent, stopUnsent } from "../store/order-actions.ts";
import { followHolds } from "../store/order-changes.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";

const STOPPED = "Its sending is canceled; it stays here until somebody releases it.";
const MAYBE_LATE =
  "It is being sent or may have arrived, so this may be too late: if the WMS does not take it now, it is not sent again.";

/**
 * Keeps orders here and does not send them, until somebody releases them. What is being sent, or may
 * have arrived, is sent no further than the question whether the WMS has it.
 */
export async function cancelSending(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  const entry = (text: string) => ({
    at: now,
    event: "sending_canceled" as const,
    text,
    by: actorText(by),
  });
  const [stopped, late] = await commit(await deps.databases.of(merchantId), [
    stopUnsent(merchantId, ids, entry("Its sending was canceled.")),
    stopBeingSent(merchantId, ids, entry("Its sending was canceled, while it may be too late.")),
    followHolds(merchantId, ids),
    ...followTroubles(merchantId, ids, { at: now, by: "Its sending was canceled." }),
    noteChange(merchantId, "revised", ids, now),
  ]);
  const done = new Map([
    ...allDone(changedBy(stopped), STOPPED),
    ...allDone(changedBy(late), MAYBE_LATE),
  ]);
  return resultsOf(deps, merchantId, "cancel-sending", ids, done);
}
