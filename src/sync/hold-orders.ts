import { actorText, type Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { LONGEST_HOLD_MS, type ActionResult } from "../domain/order-actions.ts";
import { noteChange } from "../store/changes.ts";
import { holdUnsent } from "../store/order-actions.ts";
import { followHolds } from "../store/order-changes.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";

/**
 * Keeps orders that no WMS can have from being sent, until a moment or until somebody releases them.
 * Throws `invalid` for a moment that is over or more than a year away.
 */
export async function holdOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  until: number | null,
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  refuseUntil(until, now);
  const text = until === null ? "Held." : `Held until ${iso(until)}.`;
  const entry = { at: now, event: "held" as const, text, by: actorText(by) };
  const [held] = await commit(await deps.databases.of(merchantId), [
    holdUnsent(merchantId, ids, until, entry),
    followHolds(merchantId, ids),
    noteChange(merchantId, "revised", ids, now),
  ]);
  return resultsOf(deps, merchantId, "hold", ids, allDone(changedBy(held), text));
}

/** Throws `invalid` for a hold that would end in the past, or that nobody would live to see the end of. */
export function refuseUntil(until: number | null, now: number): void {
  if (until === null || (until > now && until <= now + LONGEST_HOLD_MS)) return;
  const message = until > now ? "at most a year from now" : "must be in the future";
  throw new DrayError("invalid", "A hold ends in the future, within a year", [
    { path: "until", message },
  ]);
}
