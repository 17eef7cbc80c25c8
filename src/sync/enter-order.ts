import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import { fromHand, type HandOrder } from "../domain/hand-order.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { connectorById } from "../connectors/registry.ts";
import { listConnections } from "../store/connections.ts";
import type { Deps } from "./deps.ts";
import { openCart, type OpenCart } from "./open-connection.ts";
import { pushOrders, type PushResult } from "./push-orders.ts";
import { cannotStand } from "./stand-for.ts";

export interface EnteredOrder {
  order: HandOrder;
  /** Left out: the only cart that takes orders by hand. */
  cart?: string | undefined;
  stands_for?: { cart: string; number: string } | undefined;
}

/**
 * Takes in one order that a person or a program gives us. Throws `invalid` for a cart that is asked
 * for its orders instead, and `conflict` when the number is here with other contents.
 */
export async function enterOrder(
  deps: Deps,
  merchantId: MerchantId,
  { order, cart, stands_for }: EnteredOrder,
  by: Actor,
): Promise<Exclude<PushResult, { kind: "duplicate" }>> {
  const open = await pushingCart(deps, merchantId, cart);
  const standsFor = stands_for
    ? {
        cart_id: await knownCart(deps, merchantId, stands_for.cart),
        number: stands_for.number,
      }
    : null;
  const pushed = {
    ...fromHand(order, deps.clock.now()),
    is_dated: order.order_date !== undefined,
    stands_for: standsFor,
  };
  const cannot = cannotStand(open.connection.id, pushed);
  if (cannot !== null)
    throw new DrayError("invalid", "This order cannot stand for another", [
      { path: "stands_for", message: cannot },
    ]);
  const [result] = await pushOrders(deps, open, [pushed], by);
  if (!result) throw new Error("pushOrders answers one result per order");
  if (result.kind === "duplicate") throw new DrayError("conflict", result.message);
  return result;
}

/** The cart that takes orders which are given to us. Throws `invalid` where it cannot be told, or asks for its orders. */
export async function pushingCart(
  deps: Deps,
  merchantId: MerchantId,
  named: string | undefined,
): Promise<OpenCart> {
  const wrong = (message: string) =>
    new DrayError("invalid", "Orders cannot be given to this cart", [{ path: "cart", message }]);
  if (named !== undefined) {
    const open = await openCart(deps, merchantId, named as ConnectionId);
    if (open.connector.orders === undefined) return open;
    throw wrong(
      `${open.connector.label} is asked for its orders; name a cart of the connector "api", and what the order stands for in stands_for`,
    );
  }
  const all = await listConnections(await deps.databases.of(merchantId), merchantId);
  const [only, another] = all.filter(({ connector, side }) => {
    const found = connectorById(deps.connectors, connector);
    return side === "cart" && found?.side === "cart" && found.orders === undefined;
  });
  if (!only) throw wrong('there is none that takes them: connect one of the connector "api"');
  if (another) throw wrong("con_... of one of them: there are several that take orders");
  return openCart(deps, merchantId, only.id);
}

async function knownCart(deps: Deps, merchantId: MerchantId, cart: string): Promise<ConnectionId> {
  const all = await listConnections(await deps.databases.of(merchantId), merchantId);
  const found = all.find(({ id, side }) => id === cart && side === "cart");
  if (found) return found.id;
  throw new DrayError("invalid", "There is no such cart to stand for", [
    { path: "stands_for.cart", message: "con_... of one of the merchant's carts" },
  ]);
}
