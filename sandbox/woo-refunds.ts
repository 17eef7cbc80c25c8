import { json } from "./http.ts";
import { nextNumber } from "./state.ts";
import type { SandboxState, ShopOrder, ShopRefund } from "./state.ts";
import { listed } from "./woo-answers.ts";
import { changed, setStatus } from "./woo-orders.ts";
import { refundedUnits, totalOf, wooRefund } from "./woo-wire.ts";

export interface RefundWish {
  sku: string;
  quantity: number;
}

/** Why these pieces cannot be refunded, or null. */
export function whyNoRefund(order: ShopOrder, wish: readonly RefundWish[]): string | null {
  for (const { sku, quantity } of wish) {
    const left = leftOf(order, sku);
    if (left < quantity) return `Order ${order.number} has ${left} of ${sku} left to refund`;
  }
  return null;
}

/**
 * Takes pieces back. The lines keep their quantities, as the real shop's do; the order is bumped,
 * and is `refunded` when nothing of its money is left.
 */
export function refund(
  state: SandboxState,
  order: ShopOrder,
  wish: readonly RefundWish[],
  now: number,
): void {
  const made: ShopRefund = { id: nextNumber(state, "order", 1001), at: now, lines: [] };
  order.refunds = [...(order.refunds ?? []), made];
  for (const { sku, quantity } of wish) {
    let open = quantity;
    for (const line of order.lines.filter((one) => one.sku === sku)) {
      const taken = Math.min(open, line.quantity - refundedOf(order, line.id));
      if (taken <= 0) continue;
      made.lines.push({ id: nextNumber(state, "item"), line_id: line.id, quantity: taken });
      open -= taken;
    }
  }
  if (refundedUnits(order) >= totalOf(order)) setStatus(state, order, "refunded", now);
  else changed(state, order, now);
}

const refundedOf = (order: ShopOrder, lineId: number): number =>
  (order.refunds ?? [])
    .flatMap(({ lines }) => lines)
    .reduce((sum, line) => sum + (line.line_id === lineId ? line.quantity : 0), 0);

const leftOf = (order: ShopOrder, sku: string): number =>
  order.lines
    .filter((line) => line.sku === sku)
    .reduce((sum, line) => sum + line.quantity - refundedOf(order, line.id), 0);

/** `/orders/{id}/refunds[/{refund}]`, to be read only. Null: no such route. */
export function refunds(
  order: ShopOrder,
  id: number | null,
  method: string,
  url: URL,
  api: string,
): Response | null {
  if (method !== "GET") return null;
  const all = order.refunds ?? [];
  if (id === null) return listed(all.toReversed(), url, (one) => wooRefund(order, one, api));
  const one = all.find((candidate) => candidate.id === id);
  return one ? json(wooRefund(order, one, api)) : null;
}
