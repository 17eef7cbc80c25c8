import { actorText, type Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import { followTroubles } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { releaseUnsent } from "../store/order-actions.ts";
import { followHolds } from "../store/order-changes.ts";
import { commit } from "../store/statement.ts";
import { changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { HINT_GRACE_MS } from "./dispatch-pages.ts";
import { cartWays, releaseCarts } from "./release-waiting.ts";

/**
 * Lets orders go that are held, whose sending was canceled, that are in error, or that wait out their
 * cart's time, and sends them where delivery is on and there is a WMS. Whoever releases an order that
 * does not pass its cart's settings waves it through.
 */
export async function releaseHeldOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  const ways = await cartWays(deps, merchantId);
  const entry = { at: now, event: "released" as const, text: "Released.", by: actorText(by) };
  const [released] = await commit(await deps.databases.of(merchantId), [
    releaseUnsent(merchantId, ids, ways, now + HINT_GRACE_MS, entry),
    followHolds(merchantId, ids),
    ...followTroubles(merchantId, ids, { at: now, by: "The order was released." }),
    noteChange(merchantId, "revised", ids, now),
  ]);
  const rows = changedBy(released);
  await releaseCarts(
    deps,
    merchantId,
    rows.map(({ cart_id }) => cart_id),
  );
  const done = new Map(rows.map(({ id, cart_id }) => [id, releasedText(ways[cart_id]?.ready)]));
  return resultsOf(deps, merchantId, "release", ids, done);
}

function releasedText(ready: string | undefined): string {
  if (ready === "released") return "Released to be sent.";
  return ready === "no_warehouse"
    ? "Released; it waits until its cart has a WMS to send it to."
    : "Released; it waits until delivery is turned on for its cart.";
}
