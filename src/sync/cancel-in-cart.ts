import { connectorById } from "../connectors/registry.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { orderCause } from "../domain/order-alerts.ts";
import type { CancelOutcome } from "../domain/outcomes.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { followTroubles, raiseAlerts, type Raised } from "../store/alerts.ts";
import { settleCartCancels } from "../store/cancellations.ts";
import { listConnections } from "../store/connections.ts";
import { callOff, type CalledOff } from "./call-off.ts";
import type { Claimed, DispatchResult } from "./claimed-dispatch.ts";
import type { Deps } from "./deps.ts";
import { openCart } from "./open-connection.ts";

/** The merchant's carts in which an order is called off when it was called off here or by the WMS. */
export async function cartsThatCancel(
  deps: Deps,
  merchantId: MerchantId,
): Promise<readonly ConnectionId[]> {
  const all = await listConnections(await deps.databases.of(merchantId), merchantId);
  return all
    .filter(({ side, connector, policy }) => {
      const found = connectorById(deps.connectors, connector);
      const can = side === "cart" && found?.side === "cart" && found.cancel !== undefined;
      return can && cartPolicyShape.parse(policy).cancel_in_cart;
    })
    .map(({ id }) => id);
}

/** Calls off a page of orders in their cart. */
export async function cancelInCart(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { merchant_id, dispatch, fence } = claimed;
  const cart = await openCart(deps, merchant_id, dispatch.connection_id);
  const { cancel, label } = cart.connector;
  return callOff(
    deps,
    claimed,
    cart.connection,
    "cart",
    async (order): Promise<CancelOutcome> =>
      cancel
        ? cancel(cart.call, order.source_id, "The WMS will not ship it.")
        : { kind: "too_late", message: `${label} cannot call off an order.` },
    async (done, now) => [
      settleCartCancels(
        merchant_id,
        dispatch.id,
        fence,
        done.map(({ order, outcome }) => ({
          id: order.id,
          at: now,
          result: outcome.kind === "cancelled" ? "canceled" : "too_late",
          entries: [
            outcome.kind === "cancelled"
              ? { at: now, event: "canceled_in_cart", text: "Called off in the cart too." }
              : {
                  at: now,
                  event: "cancel_failed",
                  text: `The cart did not call it off: "${outcome.message}"`,
                },
          ],
        })),
      ),
      ...followTroubles(
        merchant_id,
        done.map(({ order }) => order.id),
        { at: now, by: "The cart was told that it is off." },
      ),
      ...raiseAlerts(merchant_id, done.flatMap(kept), { at: now }),
    ],
  );
}

const kept = ({ order, outcome }: CalledOff): Raised[] =>
  outcome.kind === "cancelled" ? [] : [orderCause("kept_in_cart", order, outcome.message)];
