import type { Cause } from "../domain/alerts.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import type { MendReason } from "../domain/retry.ts";
import type { MethodVerdict } from "../domain/ship-methods.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import type { Statement } from "../store/statement.ts";
import { readCartFacts, type CartFacts, type KnownFacts } from "./cart-facts.ts";
import { addressesChecked } from "./check-addresses.ts";
import { shipMethodsChecked } from "./check-ship-methods.ts";
import { codesChecked } from "./check-codes.ts";
import type { Deps } from "./deps.ts";
import type { OpenWms } from "./open-connection.ts";

/** An order as the WMS gets it, or why it cannot be sent before somebody mends it. */
export type Checked =
  | { kind: "ready"; order: Order; notes: readonly string[]; method: MethodVerdict | null }
  | Held;

export interface Held {
  kind: "held";
  reason: MendReason;
  message: string;
  causes: readonly Cause[];
  /** What goes into the batch that holds it; several orders may have the very same. */
  follow: readonly Statement[];
  method: MethodVerdict | null;
  /** How far the merchant's feed was when it was judged; see `mendedSince`. */
  seen: number;
}

/** What of an order is checked and translated. */
export type OrderToCheck = Pick<DeliveryWork, "order_id" | "cart_id" | "number" | "body">;

/** Something that only a person mends. */
export interface Hold {
  reason: MendReason;
  /** A sentence for the timeline. */
  message: string;
  cause: Cause;
}

/** What one kind of check makes of an order. */
export interface CheckStep {
  /** The order as it goes on to the next kind. */
  order: Order;
  holds: readonly Hold[];
  notes: readonly string[];
  /** What goes into the batch that holds it. */
  follow?: readonly Statement[];
  /** By which row of its cart's map it goes, or waits. */
  method?: MethodVerdict;
}

/** By cart, what decides how its orders go; without those that are no carts any more. */
export type FactsOfCarts = ReadonlyMap<ConnectionId, CartFacts>;

/** One kind of check, for all orders of a slice at once; by order id. */
export type OrderCheck = (
  deps: Deps,
  merchantId: MerchantId,
  wms: OpenWms,
  orders: readonly OrderToCheck[],
  carts: FactsOfCarts,
) => Promise<(order: OrderToCheck) => CheckStep>;

/** What the slices of a page of deliveries have in common: each page opens its WMS anew. */
const knownTo = new WeakMap<OpenWms, KnownFacts>();

const checks: readonly OrderCheck[] = [addressesChecked, shipMethodsChecked, codesChecked];

/**
 * Translates orders for their WMS and says which of them only a person can mend: addresses, ship
 * methods and codes. What is doubtful is a note. Reads once for all of them, and stores nothing.
 */
export async function checkOrders(
  deps: Deps,
  merchantId: MerchantId,
  wms: OpenWms,
  orders: readonly OrderToCheck[],
): Promise<ReadonlyMap<string, Checked>> {
  const known: KnownFacts = knownTo.get(wms) ?? new Map();
  knownTo.set(wms, known);
  await readCartFacts(
    await deps.databases.of(merchantId),
    merchantId,
    wms.connection.id,
    orders,
    known,
  );
  const carts = new Map([...known].flatMap(([id, { facts }]) => (facts ? [[id, facts]] : [])));
  const steps = await Promise.all(
    checks.map((check) => check(deps, merchantId, wms, orders, carts)),
  );
  return new Map(
    orders.map((order) => [
      order.order_id,
      checkedBy(steps, order, carts.get(order.cart_id)?.cart.seen ?? 0),
    ]),
  );
}

function checkedBy(
  steps: readonly ((order: OrderToCheck) => CheckStep)[],
  order: OrderToCheck,
  seen: number,
): Checked {
  let body = order.body;
  let method: MethodVerdict | null = null;
  const notes: string[] = [];
  const holds: Hold[] = [];
  const follow: Statement[] = [];
  for (const step of steps) {
    const made = step({ ...order, body });
    body = made.order;
    notes.push(...made.notes);
    holds.push(...made.holds);
    follow.push(...(made.follow ?? []));
    method = made.method ?? method;
  }
  const [first] = holds;
  if (first === undefined) return { kind: "ready", order: body, notes, method };
  return {
    kind: "held",
    reason: first.reason,
    message: holds.map(({ message }) => message).join(" "),
    causes: holds.map(({ cause }) => cause),
    follow,
    method,
    seen,
  };
}
