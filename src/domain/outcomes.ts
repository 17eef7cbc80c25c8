/** What a vendor said, as values. Transport trouble is a ConnectorFailure instead. */

/** What a WMS said to an order. `refused` with a code waits for a person, `other` is retried. */
export type SubmitOutcome =
  | { kind: "accepted"; wms_order_id: string }
  | { kind: "duplicate" }
  | { kind: "refused"; code: "address" | "ship_method" | "code" | "other"; message: string };

/** An order as the WMS knows it. */
export interface WarehouseOrderState {
  wms_order_id: string;
  status: "open" | "shipped" | "cancelled";
}

/** What a cart said to a shipment. `cart_shipment_id` is null where the cart keeps no record of its own. */
export type ConfirmOutcome =
  | { kind: "confirmed"; cart_shipment_id: string | null }
  | { kind: "refused"; message: string };

export type WithdrawOutcome = { kind: "withdrawn" } | { kind: "cannot_withdraw"; message: string };

/** What a cart said to a level of stock that it was to show. */
export type StockOutcome = { kind: "set" } | { kind: "refused"; message: string };

export type CancelOutcome = { kind: "cancelled" } | { kind: "too_late"; message: string };
