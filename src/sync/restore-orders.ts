import { actorText, type Actor } from "../domain/actor.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { RESTORE_MS, type ActionResult } from "../domain/order-actions.ts";
import { flagKinds, orderCause } from "../domain/order-alerts.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { alertMessages, raiseAlerts, type Raised } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { deleteTombstones } from "../store/cleared-orders.ts";
import { goOnUnsent, showDeliveries, showOrders, standingsOf } from "../store/order-actions.ts";
import { followHolds } from "../store/order-changes.ts";
import { ordersNamed } from "../store/order-lists.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf, type Changed } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { fetchOrders } from "./fetch-orders.ts";
import { openCart } from "./open-connection.ts";
import { cartWays, releaseWaiting } from "./release-waiting.ts";

/** As long as a cart is asked for an order. */
const ASKED_MS = 2 * 60 * 60_000;

/**
 * Puts back what was cleared within 30 days. An unsent order is what it was; its cart is asked first, as
 * it may have called it off or changed it meanwhile, and one that was on its way goes on after that.
 */
export async function restoreOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  by: Actor,
): Promise<ActionResult[]> {
  const now = deps.clock.now();
  const entry = { at: now, event: "restored" as const, text: "Restored.", by: actorText(by) };
  const db = await deps.databases.of(merchantId);
  const [shown] = await commit(db, [
    showOrders(merchantId, ids, now - RESTORE_MS, now + ASKED_MS, entry),
    showDeliveries(merchantId, ids),
    deleteTombstones(merchantId, ids),
    ...raiseAlerts(merchantId, await flaggedBefore(db, merchantId, ids), { at: now }),
    noteChange(merchantId, "revised", ids, now),
  ]);
  const rows = changedBy(shown);
  const going = Map.groupBy(
    rows.filter(({ is_unsent }) => is_unsent === 1),
    ({ cart_id }) => cart_id,
  );
  for (const [cartId, orders] of going) await goOn(deps, merchantId, cartId, orders);
  return resultsOf(deps, merchantId, "restore", ids, allDone(rows, "Restored."));
}

/** What may be wrong with those that come back, in the words of before they were cleared; D1 says of which it is. */
async function flaggedBefore(
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly string[],
): Promise<Raised[]> {
  const [standings, named] = [
    await standingsOf(db, merchantId, ids),
    await ordersNamed(db, merchantId, ids),
  ];
  const cleared = new Set<string>(
    standings.flatMap(({ id, cleared_at }) => (cleared_at === null ? [] : id)),
  );
  const causes = named
    .filter(({ id }) => cleared.has(id))
    .flatMap((order) => flagKinds.map((kind) => orderCause(kind, order, null)));
  const idOf = (cause: Raised) => alertIdOf(merchantId, cause);
  const said = await alertMessages(db, merchantId, causes.map(idOf));
  return causes.map((cause) => ({ ...cause, message: said.get(idOf(cause)) ?? null }));
}

/**
 * Asks a cart for orders and sends those that it still means. What it does not answer is asked again, and
 * waits as long for that; what fails is logged, and taken up by the sweep.
 */
async function goOn(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  orders: readonly Changed[],
): Promise<void> {
  try {
    const { connector } = await openCart(deps, merchantId, cartId);
    const sourceIds = orders.flatMap(({ source_id }) => source_id ?? []);
    const unanswered = connector.orders
      ? await fetchOrders(deps, merchantId, cartId, sourceIds)
      : [];
    const ids = orders
      .filter(({ source_id }) => !unanswered.includes(source_id ?? ""))
      .map(({ id }) => id);
    if (ids.length === 0) return;
    const ways = await cartWays(deps, merchantId);
    await commit(await deps.databases.of(merchantId), [
      goOnUnsent(merchantId, ids, ways, deps.clock.now()),
      followHolds(merchantId, ids),
    ]);
    await releaseWaiting(deps, merchantId, cartId);
  } catch (error) {
    deps.log.error("release_failed", { merchant_id: merchantId, connection_id: cartId, error });
  }
}
