import type { Cause } from "../domain/alerts.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import type { MendReason } from "../domain/retry.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import { checkCodes } from "./code-facts.ts";
import type { Deps } from "./deps.ts";
import type { OpenWms } from "./open-connection.ts";

/** An order as the WMS gets it, or why it cannot be sent before somebody mends it. */
export type Checked =
  | { kind: "ready"; order: Order; notes: readonly string[] }
  | { kind: "held"; reason: MendReason; message: string; causes: readonly Cause[] };

/** What of an order is checked and translated. */
export type OrderToCheck = Pick<DeliveryWork, "order_id" | "cart_id" | "body">;

/**
 * Translates orders for their WMS and says which of them only a person can mend: addresses, ship
 * methods and codes. What is doubtful is a note. Reads once for all of them, and stores nothing.
 */
export async function checkOrders(
  deps: Deps,
  merchantId: MerchantId,
  _wms: OpenWms,
  orders: readonly OrderToCheck[],
): Promise<ReadonlyMap<string, Checked>> {
  if (orders.length === 0) return new Map();
  const codes = await checkCodes(deps, merchantId, orders);
  return new Map(
    orders.map(({ order_id, body }): [string, Checked] => {
      const { order = body, causes = [], messages = [] } = codes.get(order_id) ?? {};
      return causes.length > 0
        ? [order_id, { kind: "held", reason: "code", message: messages.join(" "), causes }]
        : [order_id, { kind: "ready", order, notes: [] }];
    }),
  );
}
