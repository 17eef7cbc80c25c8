import type { JobName } from "./jobs.ts";

/**
 * What a page of work does with its orders: send them to a WMS, show their shipments to a cart, call
 * them off at the WMS, or call them off in the cart.
 */
export type DispatchKind = "delivery" | "confirmation" | "wms_cancel" | "cart_cancel";

/** The job that each is done for: while it is off or its connection rests, the page is parked. */
export const jobOfDispatch: Readonly<Record<DispatchKind, JobName>> = {
  delivery: "order-delivery",
  wms_cancel: "order-delivery",
  confirmation: "tracking-upload",
  cart_cancel: "tracking-upload",
};
