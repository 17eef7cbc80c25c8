import type { Actor } from "../domain/actor.ts";
import { fromHand } from "../domain/hand-order.ts";
import type { MerchantId, OrderId } from "../domain/ids.ts";
import type { Deps } from "./deps.ts";
import { pushingCart } from "./enter-order.ts";
import { pushOrders, type PushResult } from "./push-orders.ts";

export interface TestOrders {
  cart?: string | undefined;
  count: number;
  skus: readonly string[];
  country: string;
}

/**
 * Makes orders that everybody sees to be tests: by their number, by a flag on the order and by a
 * field that the WMS gets. Answers their ids, and what became of those that the cart's settings do
 * not take. Throws like `enterOrder`.
 */
export async function makeTestOrders(
  deps: Deps,
  merchantId: MerchantId,
  { cart, count, skus, country }: TestOrders,
  by: Actor,
): Promise<{ ids: OrderId[]; skipped: Extract<PushResult, { kind: "skipped" }>[] }> {
  const open = await pushingCart(deps, merchantId, cart);
  const now = deps.clock.now();
  const orders = Array.from({ length: count }, () =>
    fromHand(
      {
        number: `TEST-${deps.ids.next("ord").slice(-10).toUpperCase()}`,
        ship_to: {
          first_name: "Test",
          last_name: "Order",
          address_1: "1 Test Street",
          city: "Testville",
          state: country === "US" ? "TX" : undefined,
          zip: "00000",
          country,
        },
        shipping_instructions: "This is a test order: do not ship it.",
        extra_fields: { test: true },
        lines: skus.map((sku) => ({ sku, quantity: 1 })),
        test: true,
      },
      now,
    ),
  );
  const results = await pushOrders(deps, open, orders, by);
  return {
    ids: results.flatMap((result) => (result.kind === "loaded" ? result.ids : [])),
    skipped: results.filter((result) => result.kind === "skipped"),
  };
}
