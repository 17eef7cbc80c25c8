import type { Cause } from "../domain/alerts.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import type { MendReason } from "../domain/retry.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import type { Statement } from "../store/statement.ts";
import { addressesChecked } from "./check-addresses.ts";
import { shipMethodsChecked } from "./check-ship-methods.ts";
import { codesChecked } from "./check-codes.ts";
import type { Deps } from "./deps.ts";
import type { OpenWms } from "./open-connection.ts";

/** An order as the WMS gets it, or why it cannot be sent before somebody mends it. */
export type Checked =
  | { kind: "ready"; order: Order; notes: readonly string[] }
  | {
      kind: "held";
      reason: MendReason;
      message: string;
      causes: readonly Cause[];
      /** What goes into the batch that holds it; several orders may have the very same. */
      follow: readonly Statement[];
    };

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
  /** What goes into the batch that holds it, such as what lets it go should its hold just have been mended. */
  follow?: readonly Statement[];
}

/** One kind of check, for all orders of a slice at once; by order id. */
export type OrderCheck = (
  deps: Deps,
  merchantId: MerchantId,
  wms: OpenWms,
  orders: readonly OrderToCheck[],
) => Promise<(order: OrderToCheck) => CheckStep>;

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
  const steps = await Promise.all(checks.map((check) => check(deps, merchantId, wms, orders)));
  return new Map(orders.map((order) => [order.order_id, checkedBy(steps, order)]));
}

function checkedBy(
  steps: readonly ((order: OrderToCheck) => CheckStep)[],
  order: OrderToCheck,
): Checked {
  let body = order.body;
  const notes: string[] = [];
  const holds: Hold[] = [];
  const follow: Statement[] = [];
  for (const step of steps) {
    const made = step({ ...order, body });
    body = made.order;
    notes.push(...made.notes);
    holds.push(...made.holds);
    follow.push(...(made.follow ?? []));
  }
  const [first] = holds;
  if (first === undefined) return { kind: "ready", order: body, notes };
  return {
    kind: "held",
    reason: first.reason,
    message: holds.map(({ message }) => message).join(" "),
    causes: holds.map(({ cause }) => cause),
    follow,
  };
}
