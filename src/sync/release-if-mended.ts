import { DRAY } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { mendedSince } from "../store/changes.ts";
import type { Statement } from "../store/statement.ts";
import { insertTask } from "../store/tasks.ts";
import type { Held } from "./check-orders.ts";
import type { Deps } from "./deps.ts";
import { releaseTask } from "./release-alerts.ts";

/**
 * For the batch that holds orders for what our own checks found: whoever mended something between the
 * check and this did not see them wait, so then the task that lets them go begins here.
 */
export function releaseIfMended(
  deps: Deps,
  merchantId: MerchantId,
  held: readonly Held[],
): Statement {
  if (held.length === 0) return null;
  const alerts = held.flatMap(({ causes }) => causes.map((cause) => alertIdOf(merchantId, cause)));
  const text = "What kept it was mended meanwhile.";
  const of = { alerts: [...new Set(alerts)].toSorted() };
  const task = releaseTask(deps, { text, of, rows: [] }, DRAY);
  const seen = Math.min(...held.map((one) => one.seen));
  return insertTask(merchantId, task, mendedSince(merchantId, seen));
}
