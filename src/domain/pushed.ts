import { sameContents, withEdits } from "./edits.ts";
import type { KnownOrder } from "./intake.ts";
import type { Order } from "./order.ts";

/**
 * Whether an order that is given to us is the one that is here, whatever the cart's settings and
 * people made of that since. `isDated` false: it was given without a date. Pure.
 */
export function saysTheSame(given: Order, stored: KnownOrder, isDated: boolean): boolean {
  // What a cart brought after it was entered is that cart's order now: nothing is left to compare.
  if (stored.timeline.some(({ event }) => event === "linked")) return true;
  const order = isDated ? given : { ...given, order_date: stored.body.order_date };
  return sameContents(asGiven(withEdits(order, stored.edits)), asGiven(stored.body));
}

/** Without the marks of an item filter. */
const asGiven = (order: Order) => ({
  ...order,
  lines: order.lines.map(({ filtered: _, ...line }) => line),
});
