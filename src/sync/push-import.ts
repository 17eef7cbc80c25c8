import type { Actor } from "../domain/actor.ts";
import { ordersOf, type ReadOrder } from "../domain/import-orders.ts";
import type { ImportMapping } from "../domain/import-mapping.ts";
import type { ImportRow, ImportTable, RefusedRow } from "../domain/import-rows.ts";
import { listConnections } from "../store/connections.ts";
import type { Deps } from "./deps.ts";
import type { OpenCart } from "./open-connection.ts";
import type { PushedOrder, pushOrders, PushResult } from "./push-orders.ts";
import { cannotStand } from "./stand-for.ts";

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
  const { found, unknown } = await withCarts(deps, open, orders);
  const pushed: PushedRows[] = [];
  for (let from = 0; from < found.length; from += PUSH_SIZE) {
    const page = found.slice(from, from + PUSH_SIZE);
    const results = await push(
      deps,
      open,
      page.map(({ order, isDated }) => ({ ...order, is_dated: isDated })),
      by,
    );
    page.forEach((one, index) => {
      const result = results[index];
      if (result) pushed.push({ order: one.order, rows: one.rows, result });
    });
  }
  return { pushed, refused: [...refused, ...unknown] };
}

/** Finds the carts whose orders the file's stand for, by id or by name. */
async function withCarts(
  deps: Deps,
  { connection: { merchant_id: merchantId, id: ownId } }: OpenCart,
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
    if (stands_for === null) {
      found.push({ order: { ...order, stands_for: null }, ...read });
      continue;
    }
    const [cart] = named;
    const known = { cart_id: cart?.id ?? ownId, number: stands_for.number.trim() };
    const cannot =
      cart && named.length === 1
        ? cannotStand(ownId, { ...order, stands_for: known })
        : `${cart ? "there are several carts" : "there is no cart"} "${stands_for.cart.slice(0, 60)}"`;
    if (cannot === null) found.push({ order: { ...order, stands_for: known }, ...read });
    else
      unknown.push(
        ...read.rows.map(({ row }) => ({
          row,
          reason: `stands_for.cart: ${cannot}`,
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
