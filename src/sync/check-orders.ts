import type { Cause } from "../domain/alerts.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import type { MendReason } from "../domain/retry.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import type { Statement } from "../store/statement.ts";
import { checkShipMethods } from "./check-ship-methods.ts";
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
export type OrderToCheck = Pick<DeliveryWork, "order_id" | "cart_id" | "body">;

/** What one check makes of an order. */
export interface Part {
  /** What the WMS gets in place of what the cart says. */
  order: Partial<Order>;
  /** Why it cannot be sent; null: nothing is wrong. */
  held: { reason: MendReason; message: string; cause: Cause } | null;
  follow: readonly Statement[];
}

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
  const methods = await checkShipMethods(deps, merchantId, wms, orders);
  return new Map(
    orders.map(({ order_id, body }) => [
      order_id,
      merged(
        body,
        [methods.get(order_id)].filter((part) => part !== undefined),
      ),
    ]),
  );
}

/** Everything that is wrong with an order is said at once; the first of it is its reason. */
function merged(body: Order, parts: readonly Part[]): Checked {
  const held = parts.flatMap((part) => part.held ?? []);
  const [first] = held;
  if (!first)
    return {
      kind: "ready",
      order: parts.reduce<Order>((order, part) => ({ ...order, ...part.order }), body),
      notes: [],
    };
  return {
    kind: "held",
    reason: first.reason,
    message: held.map(({ message }) => message).join(" "),
    causes: held.map(({ cause }) => cause),
    follow: parts.flatMap(({ follow }) => follow),
  };
}
