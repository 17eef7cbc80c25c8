import { actorText, type Actor } from "../domain/actor.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { RESTORE_MS, type ActionResult } from "../domain/order-actions.ts";
import { noteChange } from "../store/changes.ts";
import { deleteTombstones } from "../store/cleared-orders.ts";
import { showDeliveries, showOrders } from "../store/order-actions.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { fetchOrders } from "./fetch-orders.ts";
import { openCart } from "./open-connection.ts";
import { releaseWaiting } from "./release-waiting.ts";

/** As long as a cart is asked for an order. */
const ASKED_MS = 2 * 60 * 60_000;

/**
 * Puts back what was cleared within 30 days. An unsent order is what it was; one that was on its way is
 * looked at in its cart first, which may have called it off meanwhile, and then goes on.
 */
export async function restoreOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  const entry = { at: now, event: "restored" as const, text: "Restored.", by: actorText(by) };
  const [shown] = await commit(await deps.databases.of(merchantId), [
    showOrders(merchantId, ids, now - RESTORE_MS, now + ASKED_MS, entry),
    showDeliveries(merchantId, ids),
    deleteTombstones(merchantId, ids),
    noteChange(merchantId, "revised", ids, now),
  ]);
  const rows = changedBy(shown);
  const going = Map.groupBy(
    rows.filter(({ goes_on }) => goes_on === 1),
    ({ cart_id }) => cart_id,
  );
  for (const [cartId, orders] of going)
    await goOn(
      deps,
      merchantId,
      cartId,
      orders.flatMap(({ source_id }) => source_id ?? []),
    );
  return resultsOf(deps, merchantId, "restore", ids, allDone(rows, "Restored."));
}

/** Looks at orders in their cart and sends them; what fails is logged, as the sweep takes them up. */
async function goOn(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceIds: readonly string[],
): Promise<void> {
  try {
    const { connector } = await openCart(deps, merchantId, cartId);
    const asked = connector.orders && (await fetchOrders(deps, merchantId, cartId, sourceIds));
    if (!asked) await releaseWaiting(deps, merchantId, cartId);
  } catch (error) {
    deps.log.error("release_failed", { merchant_id: merchantId, connection_id: cartId, error });
  }
}
