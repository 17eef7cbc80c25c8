import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { ordersById } from "../store/orders.ts";
import { unclaimedDispatch, unsentOrders } from "../store/unsent-orders.ts";
import { askForOrders, stopIfUnanswered } from "./ask-orders.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { intakeOrders } from "./intake-orders.ts";
import type { OpenCart } from "./open-connection.ts";
import type { TaskPage } from "./run-task.ts";

/** Where unsent orders are, in the sequence in which they are walked. */
const places = ["waiting", "kept", "queued"] as const;
type Place = (typeof places)[number];

const PAGE_SIZE = 50;
const MARK = "orders:";

/** Where the walk over unsent orders begins. */
export const FIRST_ORDERS = `${MARK}waiting:`;

/** Whether there is anything to walk over. */
export async function hasUnsent(
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<boolean> {
  const found = await Promise.all([
    unsentOrders(db, merchantId, cartId, "waiting", "", 1),
    unsentOrders(db, merchantId, cartId, "kept", "", 1),
    unclaimedDispatch(db, merchantId, ""),
  ]);
  return found.some((one) => one !== null && !(Array.isArray(one) && one.length === 0));
}

/** Whether a cursor is one of this walk. */
export const isOfOrders = (cursor: string): boolean => cursor.startsWith(MARK);

/**
 * Reads the next orders of a cart that no WMS has from the cart again, and judges them by its settings
 * as they are now: one that passes no more is held, one that passes again goes on.
 */
export async function recheckOrders(deps: Deps, open: OpenCart, cursor: string): Promise<TaskPage> {
  const { merchant_id, id } = open.connection;
  const [, place, after] = cursor.split(":") as [string, Place, string];
  const { ids, next } = await pageOf(deps, open, place, after);
  const db = await deps.databases.of(merchant_id);
  const orders = await ordersById(db, merchant_id, ids);
  const sourceIds = orders.filter(({ cart_id }) => cart_id === id).map((one) => one.source_id);
  const asked = await askForOrders(open, sourceIds);
  await stopIfUnanswered(deps, open, asked);
  const { counts } = await intakeOrders(deps, await intakeCart(deps, open), asked);
  const { changed, canceled } = counts;
  return {
    cursor: next,
    // Its total is of skips.
    done: 0,
    counts: { orders: sourceIds.length, changed, canceled, unanswered: asked.unanswered.length },
  };
}

async function pageOf(
  deps: Deps,
  { connection }: OpenCart,
  place: Place,
  after: string,
): Promise<{ ids: readonly OrderId[]; next: string | null }> {
  const { merchant_id, id } = connection;
  const db = await deps.databases.of(merchant_id);
  const nextPlace = places[places.indexOf(place) + 1];
  const further = nextPlace === undefined ? null : `${MARK}${nextPlace}:`;
  if (place === "queued") {
    const page = await unclaimedDispatch(db, merchant_id, after);
    if (page === null) return { ids: [], next: further };
    return {
      ids: page.kind === "delivery" ? page.items : [],
      next: `${MARK}${place}:${page.id}`,
    };
  }
  const ids = await unsentOrders(db, merchant_id, id, place, after, PAGE_SIZE);
  return { ids, next: ids.length < PAGE_SIZE ? further : `${MARK}${place}:${ids.at(-1)}` };
}
