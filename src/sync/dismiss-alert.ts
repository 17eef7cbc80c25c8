import { actorText, type Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { isOpenAlert } from "../store/alert-orders.ts";
import { dismissAlert as dismissed } from "../store/alerts.ts";
import { insertAudit } from "../store/audit.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { getAlert, type ShownAlert } from "./list-alerts.ts";

/**
 * A person says that an alert needs nothing. It is silent until the other system says something else,
 * or the trouble becomes another, such as given up. Throws `not_found`; `conflict` for one that is not open.
 */
export async function dismissAlert(
  deps: Deps,
  merchantId: MerchantId,
  alertId: string,
  note: string | null,
  by: Actor,
): Promise<ShownAlert> {
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const [, done] = await commit(db, [
    insertAudit(
      merchantId,
      {
        id: deps.ids.next("aud"),
        at: now,
        by,
        act: "alert_dismissed",
        subject: alertId,
        before: { state: "open" },
        after: { state: "dismissed", note },
      },
      isOpenAlert(merchantId, alertId),
    ),
    dismissed(merchantId, alertId, actorText(by), note, now),
  ]);
  const after = await getAlert(deps, merchantId, alertId);
  if (done?.rows.length !== 1)
    throw new DrayError(
      "conflict",
      `The alert is ${after.state} already: there is nothing to dismiss`,
    );
  return after;
}
