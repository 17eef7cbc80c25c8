import type { Actor } from "../domain/actor.ts";
import { ConnectorFailure, DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { SkuLevel } from "../domain/stock.ts";
import type { Connection } from "../store/connections.ts";
import { noAnswer, refuseResting } from "./ask-orders.ts";
import type { Deps } from "./deps.ts";
import { openCart, type OpenCart } from "./open-connection.ts";
import { admitted, PROBE_MS } from "./probe.ts";
import { pushStock, type PushedLevel, type StockCart } from "./push-stock.ts";

/** What became of the levels, in the order in which they were given, and how many of each there are. */
export interface StockSet {
  set: number;
  refused: number;
  filtered: number;
  items: PushedLevel[];
}

/**
 * Sets levels in a cart for somebody who waits for it; see `pushStock`. Throws `not_found`; `conflict`
 * for a cart in which none can be set, that is paused or needs credentials; `unavailable` when it gives
 * no usable answer, and levels may be set all the same.
 */
export async function setStock(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  levels: readonly SkuLevel[],
  by: Actor,
): Promise<StockSet> {
  const cart = await openCart(deps, merchantId, cartId);
  if (!takesLevels(cart))
    throw new DrayError("conflict", `No levels of stock can be set in ${cart.connector.label}`);
  refuseResting(cart);
  const probes = await mayTry(deps, cart.connection);
  const items = await pushStock(deps, cart, levels, by, probes).catch((error: unknown) => {
    if (!(error instanceof ConnectorFailure)) throw error;
    const { code, message } = noAnswer(error);
    throw new DrayError(
      code,
      `Some levels may be set, so set them again: that does no harm. ${message}`,
    );
  });
  const count = (wanted: PushedLevel["result"]) =>
    items.filter(({ result }) => result === wanted).length;
  return { set: count("set"), refused: count("refused"), filtered: count("filtered"), items };
}

const takesLevels = (cart: OpenCart): cart is StockCart => cart.connector.stock !== undefined;

/**
 * Whether this is the one try of a cart that gave nobody an answer. Records that wait have that try
 * first: levels take it only where none of them did. Throws `unavailable` when it is not their turn.
 */
async function mayTry(deps: Deps, connection: Connection): Promise<boolean> {
  const { probe_at } = connection;
  if (probe_at === null) return false;
  const isLeft = probe_at + 2 * PROBE_MS <= deps.clock.now();
  if (isLeft && (await admitted(deps, connection)) === "one") return true;
  throw new DrayError(
    "unavailable",
    "The cart gives no usable answer and is tried every five minutes: set the levels later, or check the connection first",
  );
}
