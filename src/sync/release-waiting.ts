import { cartWay, type CartWay, type CartWays } from "../domain/holds.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import { countWaitingDeliveries, waitingDeliveries } from "../store/deliveries.ts";
import { releaseOrders } from "../store/orders.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { chosenWms } from "./intake-cart.ts";
import { queueRecords } from "./queue-records.ts";

const PAGE_SIZE = 1_000;

/** How many orders of a cart wait for its delivery to be turned on. */
export async function waitingCount(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<number> {
  return countWaitingDeliveries(await deps.databases.of(merchantId), merchantId, cartId);
}

/** Where each cart's orders go, and what they wait for until then. */
export async function cartDestinations(
  deps: Deps,
  merchantId: MerchantId,
): Promise<Map<string, CartWay & { wms_id: ConnectionId | null }>> {
  const all = await listConnections(await deps.databases.of(merchantId), merchantId);
  return new Map(
    all
      .filter(({ side }) => side === "cart")
      .map(({ id, policy: stored }) => {
        const policy = cartPolicyShape.parse(stored);
        const wms_id = chosenWms(all, policy.wms_id);
        return [id, { ...cartWay(policy, wms_id), wms_id }];
      }),
  );
}

/** The WMS that a cart's orders go to; null: there is none, or no such cart. */
export function cartWms(all: readonly Connection[], cartId: ConnectionId): ConnectionId | null {
  const cart = all.find(({ id, side }) => id === cartId && side === "cart");
  return cart ? chosenWms(all, cartPolicyShape.parse(cart.policy).wms_id) : null;
}

/** By cart, how its orders go that nothing holds. */
export async function cartWays(deps: Deps, merchantId: MerchantId): Promise<CartWays> {
  const all = [...(await cartDestinations(deps, merchantId))];
  return Object.fromEntries(all.map(([id, { ready, wait_ms }]) => [id, { ready, wait_ms }]));
}

/**
 * Sends the orders of a cart that waited for its delivery to be turned on, for a WMS, or to be
 * released. Does nothing while either is missing. One that is held meanwhile stays held, and is passed
 * by. Answers how many it released.
 */
export async function releaseWaiting(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  let released = 0;
  let after: string | null = null;
  for (;;) {
    const waiting: { order_id: string }[] = await waitingDeliveries(
      db,
      merchantId,
      cartId,
      after,
      PAGE_SIZE,
    );
    if (waiting.length === 0) return released;
    const way = (await cartDestinations(deps, merchantId)).get(cartId);
    if (way?.ready !== "released" || way.wms_id === null) return released;
    const at = deps.clock.now();
    const entry = { at, event: "released" as const, text: "Released to be sent." };
    const dispatches = await queueRecords(
      deps,
      "delivery",
      merchantId,
      way.wms_id,
      waiting.map(({ order_id }) => order_id),
      (page) => [
        releaseOrders(merchantId, page, entry),
        noteChange(merchantId, "released", page, at),
      ],
    );
    await hintDispatches(deps, merchantId, dispatches);
    released += waiting.length;
    after = waiting.at(-1)?.order_id ?? null;
  }
}

/**
 * The same for the carts of orders that were just let go, once that is committed. What fails is logged:
 * the orders are due, and the sweep takes them up.
 */
export async function releaseCarts(
  deps: Deps,
  merchantId: MerchantId,
  carts: Iterable<ConnectionId>,
): Promise<void> {
  for (const cartId of new Set(carts))
    try {
      await releaseWaiting(deps, merchantId, cartId);
    } catch (error) {
      deps.log.error("release_failed", { merchant_id: merchantId, connection_id: cartId, error });
    }
}
