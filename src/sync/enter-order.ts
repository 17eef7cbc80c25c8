import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import { fromHand, type HandOrder } from "../domain/hand-order.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { connectorById } from "../connectors/registry.ts";
import { listConnections } from "../store/connections.ts";
import { readOrder } from "../store/orders.ts";
import type { Deps } from "./deps.ts";
import { orderIdOf } from "./intake-orders.ts";
import { openCart, type OpenCart } from "./open-connection.ts";
import { pushOrders, type PushResult } from "./push-orders.ts";

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
  const dated = order.order_date
    ? order
    : { ...order, order_date: await dateOf(deps, open, order) };
  const pushed = { ...fromHand(dated, deps.clock.now()), stands_for: standsFor };
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

/** An order that is given again without a date has the date of the first time: it is the same order. */
async function dateOf(
  deps: Deps,
  { connection }: OpenCart,
  { number }: HandOrder,
): Promise<string | undefined> {
  const { merchant_id, id } = connection;
  const db = await deps.databases.of(merchant_id);
  return (await readOrder(db, merchant_id, orderIdOf(id, number)))?.body.order_date;
}

async function knownCart(deps: Deps, merchantId: MerchantId, cart: string): Promise<ConnectionId> {
  const all = await listConnections(await deps.databases.of(merchantId), merchantId);
  const found = all.find(({ id, side }) => id === cart && side === "cart");
  if (found) return found.id;
  throw new DrayError("invalid", "There is no such cart to stand for", [
    { path: "stands_for.cart", message: "con_... of one of the merchant's carts" },
  ]);
}
