import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import { methodKey, methodOf, type MethodFacts } from "../domain/ship-methods.ts";
import { cartFactRows, type FactCart, type MethodFactRow } from "../store/cart-facts.ts";

/** D1 takes 100 parameters: each method is one, each cart five, and some are for all of them. */
const MOST_PARAMETERS = 88;
const OF_A_CART = 5;

export interface OrderOfCart {
  cart_id: ConnectionId;
  body: Pick<Order, "ship_code" | "ship_code_description">;
}

/** A cart with what is known of the way from it to the WMS. */
export interface CartFacts {
  cart: FactCart;
  methods: MethodFacts<MethodFactRow>;
}

/** What was read for one piece of work, so that its further slices need not ask again; null: no such cart. */
export type KnownFacts = Map<ConnectionId, { keys: Set<string>; facts: CartFacts | null }>;

/**
 * By cart, what decides how orders go to a WMS, read once for all of them. `known` has what was read
 * before, and what is read now is put there.
 */
export async function readCartFacts(
  db: D1Database,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  orders: readonly OrderOfCart[],
  known: KnownFacts,
): Promise<void> {
  const wanted = [...Map.groupBy(orders, ({ cart_id }) => cart_id)].map(([cart, of]) => {
    const before = known.get(cart)?.keys;
    const keys = new Set(of.map(({ body }) => methodKey(methodOf(body))));
    return [cart, [...keys].filter((key) => !before?.has(key))] as const;
  });
  const groups = inGroups(wanted.filter(([, keys]) => keys.length > 0));
  const found = (
    await Promise.all(groups.map((group) => cartFactRows(db, merchantId, wmsId, group)))
  ).flat();
  for (const [cart, keys] of wanted) {
    if (keys.length === 0) continue;
    const before = known.get(cart);
    known.set(cart, {
      keys: new Set([...(before?.keys ?? []), ...keys]),
      facts: withRows(
        before?.facts ?? null,
        found.filter((one) => one.cart.id === cart),
      ),
    });
  }
}

/** The cart stays as it was first read, and so does how far the feed was then. */
function withRows(
  before: CartFacts | null,
  found: readonly { cart: FactCart; row: MethodFactRow | null }[],
): CartFacts | null {
  const cart = before?.cart ?? found[0]?.cart;
  if (!cart) return null;
  const all = [...(before?.methods.rows ?? []), ...found.flatMap(({ row }) => row ?? [])];
  const rows = [...new Map(all.map((row) => [`${row.match} ${row.value}`, row])).values()];
  const listed = rows.flatMap(({ is_listed, wms_method, carrier }) =>
    is_listed && wms_method !== null ? [[wms_method, carrier] as const] : [],
  );
  const { has_methods, hold } = cart;
  return { cart, methods: { rows, has_methods, hold, listed: new Map(listed) } };
}

/** Carts with their methods, as many as one statement may ask for. */
function inGroups(
  wanted: readonly (readonly [ConnectionId, readonly string[]])[],
): Map<ConnectionId, readonly string[]>[] {
  const groups: Map<ConnectionId, readonly string[]>[] = [];
  let room = 0;
  for (const [cart, keys] of wanted)
    for (let from = 0; from < keys.length; from += MOST_PARAMETERS / 2) {
      const some = keys.slice(from, from + MOST_PARAMETERS / 2);
      const needs = OF_A_CART + some.length;
      if (needs > room || groups.at(-1)?.has(cart)) {
        groups.push(new Map());
        room = MOST_PARAMETERS;
      }
      groups.at(-1)?.set(cart, some);
      room -= needs;
    }
  return groups;
}
