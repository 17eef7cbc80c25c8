import type { Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import { ordersOf, type ReadOrder } from "../domain/import-orders.ts";
import type { ImportMapping } from "../domain/import-mapping.ts";
import type { ImportRow, ImportTable, RefusedRow } from "../domain/import-rows.ts";
import { listConnections } from "../store/connections.ts";
import { knownOrders } from "../store/orders.ts";
import type { Deps } from "./deps.ts";
import { orderIdOf } from "./intake-orders.ts";
import type { OpenCart } from "./open-connection.ts";
import type { PushedOrder, pushOrders, PushResult } from "./push-orders.ts";

/** What became of an order of a file, and the rows it was made of. */
export interface PushedRows {
  order: PushedOrder;
  rows: readonly ImportRow[];
  result: PushResult;
}

type FoundOrder = Omit<ReadOrder, "order"> & { order: PushedOrder };

/** Orders per call of `push`. */
const PUSH_SIZE = 1_000;

/**
 * Makes orders of rows and pushes them; what cannot become one is refused. `push` is `pushOrders` or
 * `previewPush`. `at`: when the file was uploaded.
 */
export async function pushRows(
  deps: Deps,
  open: OpenCart,
  table: ImportTable,
  mapping: ImportMapping,
  at: number,
  push: typeof pushOrders,
  by: Actor,
): Promise<{ pushed: PushedRows[]; refused: RefusedRow[] }> {
  const { orders, refused } = ordersOf(table, mapping, at);
  const { found, unknown } = await withCarts(deps, open.connection.merchant_id, orders);
  const pushed: PushedRows[] = [];
  for (let from = 0; from < found.length; from += PUSH_SIZE) {
    const page = await datedAsBefore(deps, open, found.slice(from, from + PUSH_SIZE));
    const results = await push(
      deps,
      open,
      page.map(({ order }) => order),
      by,
    );
    page.forEach((one, index) => {
      const result = results[index];
      if (result) pushed.push({ order: one.order, rows: one.rows, result });
    });
  }
  return { pushed, refused: [...refused, ...unknown] };
}

/** Orders that the file gives no date have that of the first time they came: they are the same orders. */
async function datedAsBefore(
  deps: Deps,
  { connection: { merchant_id, id: cartId } }: OpenCart,
  orders: readonly FoundOrder[],
): Promise<readonly FoundOrder[]> {
  const undated = orders.filter(({ isDated }) => !isDated);
  if (undated.length === 0) return orders;
  const ids = undated.map(({ order }) => orderIdOf(cartId, order.source_id));
  const known = await knownOrders(await deps.databases.of(merchant_id), merchant_id, ids);
  const dates = new Map(known.map(({ id, body }) => [id, body.order_date]));
  return orders.map((one) => {
    const date = one.isDated ? undefined : dates.get(orderIdOf(cartId, one.order.source_id));
    if (date === undefined) return one;
    const order = { ...one.order.order, order_date: date };
    return { ...one, order: { ...one.order, order, placed_at: Date.parse(date) } };
  });
}

/** Finds the carts whose orders the file's stand for, by id or by name. */
async function withCarts(
  deps: Deps,
  merchantId: MerchantId,
  orders: readonly ReadOrder[],
): Promise<{ found: FoundOrder[]; unknown: RefusedRow[] }> {
  const isPlain = orders.every(({ order }) => order.stands_for === null);
  const all = isPlain ? [] : await listConnections(await deps.databases.of(merchantId), merchantId);
  const carts = all.filter(({ side }) => side === "cart");
  const found: FoundOrder[] = [];
  const unknown: RefusedRow[] = [];
  for (const { order, ...read } of orders) {
    const { stands_for } = order;
    const named = carts.filter(
      ({ id, name }) =>
        id === stands_for?.cart || name.toLowerCase() === stands_for?.cart.toLowerCase(),
    );
    const [cart] = named;
    if (stands_for === null) found.push({ order: { ...order, stands_for: null }, ...read });
    else if (cart && named.length === 1)
      found.push({
        order: { ...order, stands_for: { cart_id: cart.id, number: stands_for.number } },
        ...read,
      });
    else
      unknown.push(
        ...read.rows.map(({ row }) => ({
          row,
          reason: `stands_for.cart: ${named.length === 0 ? "there is no cart" : "there are several carts"} "${stands_for.cart.slice(0, 60)}"`,
          field: "stands_for.cart",
        })),
      );
  }
  return { found, unknown };
}

/** Why an order was not loaded, for people; null: there is nothing to say. */
export function reasonOf(result: PushResult): string | null {
  switch (result.kind) {
    case "loaded":
      return null;
    case "same":
      return "It is here already, and the same.";
    case "cleared":
      return "A person cleared it: it does not come back by file.";
    case "duplicate":
      return result.message;
    case "skipped":
      return [
        result.reason,
        ...result.checks
          .slice(0, 5)
          .map(
            ({ field, expected, actual }) => `${field} is ${actual}, this cart takes ${expected}`,
          ),
      ].join("; ");
  }
}
