import type { Order } from "./order.ts";

/**
 * Why an order waits although nothing is wrong with it. Some end as soon as they can:
 * `delivery_off` the cart's delivery is off · `no_warehouse` there is no WMS to send it to ·
 * `reopened` the cart means it after all · `released` about to be sent. The others keep it:
 * `person` somebody held it · `no_longer_passes` the cart's settings would not take it any more ·
 * `possible_duplicate` another cart has the same number and postcode · `ship_date` it is for later.
 */
export const passingHolds = ["delivery_off", "no_warehouse", "reopened", "released"] as const;
export const keepingHolds = [
  "person",
  "no_longer_passes",
  "possible_duplicate",
  "ship_date",
] as const;
/** Only a person ends these. */
export const personalHolds = ["person", "possible_duplicate"] as const;
export type Hold = (typeof passingHolds)[number] | (typeof keepingHolds)[number];

/** The states of a delivery whose order is held in one of these two ways. */
export const isKept = (hold: string | null): boolean =>
  keepingHolds.some((keeping) => keeping === hold);

/** When an order that is for later may go: the beginning of its day, UTC. Null: now. */
export function shipsFrom(order: Pick<Order, "requested_ship_date">, now: number): number | null {
  if (order.requested_ship_date === undefined) return null;
  const at = Date.parse(`${order.requested_ship_date}T00:00:00Z`);
  return at > now ? at : null;
}

/** What an order that may go waits for: its cart's delivery, a WMS, or nothing but to be sent. */
export const holdUntilSent = (
  delivery: boolean,
  wmsId: string | null,
): "delivery_off" | "no_warehouse" | "released" =>
  !delivery ? "delivery_off" : wmsId === null ? "no_warehouse" : "released";
