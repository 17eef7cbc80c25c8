import type { Order } from "./order.ts";
import type { CartPolicy } from "./policy.ts";

/**
 * Why an order waits although nothing is wrong with it. Some end as soon as they can:
 * `delivery_off` the cart's delivery is off · `no_warehouse` there is no WMS to send it to ·
 * `reopened` it is restored, and its cart is asked first · `released` about to be sent. The others keep it:
 * `person` somebody held it · `possible_duplicate` another cart has the same number and postcode ·
 * `no_longer_passes` the cart's settings would not take it any more · `ship_date` it is for later ·
 * `wait_time` its cart gives the customer time to change it. An order shows the first of these that
 * holds it; when that one ends, the next does (`store/next-hold.ts`).
 */
export const passingHolds = ["delivery_off", "no_warehouse", "reopened", "released"] as const;
export const keepingHolds = [
  "person",
  "possible_duplicate",
  "no_longer_passes",
  "ship_date",
  "wait_time",
] as const;
export type Hold = (typeof passingHolds)[number] | (typeof keepingHolds)[number];

/** Whether a hold keeps the order until somebody or something ends it. */
export const isKept = (hold: string | null): boolean =>
  keepingHolds.some((keeping) => keeping === hold);

/** When an order that is for later may go: the beginning of its day, UTC. Null: now. */
export function shipsFrom(order: Pick<Order, "requested_ship_date">, now: number): number | null {
  if (order.requested_ship_date === undefined) return null;
  const at = Date.parse(`${order.requested_ship_date}T00:00:00Z`);
  return at > now ? at : null;
}

export type ReadyHold = "delivery_off" | "no_warehouse" | "released";

/** How a cart's orders go that nothing holds. */
export interface CartWay {
  /** What they wait for. */
  ready: ReadyHold;
  /** How long an order waits after it was loaded. */
  wait_ms: number;
}

/** The way of a cart's orders. */
export const cartWay = (
  policy: Pick<CartPolicy, "delivery" | "wait_minutes">,
  wmsId: string | null,
): CartWay => ({
  ready: holdUntilSent(policy.delivery, wmsId),
  wait_ms: policy.wait_minutes * 60_000,
});

/** By cart. */
export type CartWays = Readonly<Record<string, CartWay>>;

/** What an order that may go waits for: its cart's delivery, a WMS, or nothing but to be sent. */
export const holdUntilSent = (delivery: boolean, wmsId: string | null): ReadyHold =>
  !delivery ? "delivery_off" : wmsId === null ? "no_warehouse" : "released";
