import type { Order } from "./order.ts";

/** An order as a connector read it from a cart. */
export interface IncomingOrder {
  /** The cart's own id: with cart and part the identity of the order. */
  source_id: string;
  /** Splits of one source order, from 1. */
  part: number;
  /** The cart's own words. */
  source_status: string;
  /** `cancelled`: the shop called it off. `trashed`: the shop threw it away. */
  state: "open" | "cancelled" | "trashed";
  /** Milliseconds, UTC. */
  placed_at: number;
  /** When the cart last changed it, by the cart's own clock. Milliseconds, UTC. */
  modified_at: number;
  order: Order;
}

/** A row that the connector could read but not understand; the cursor passes it knowingly. */
export interface UnreadableOrder {
  source_id: string;
  number: string | null;
  reason: "bad_response" | "invalid" | "too_large" | "no_lines";
  /** For people: names the place in the payload and what was wrong with it. No customer data. */
  message: string;
}

/** A shipment as a WMS tells it. */
export interface IncomingShipment {
  /** The WMS's own id; the same id again is a correction. */
  wms_shipment_id: string;
  /** Our `cust_ref`. */
  reference: string;
  status: "shipped" | "voided";
  tracking_number: string | null;
  tracking_url: string | null;
  carrier: string | null;
  service: string | null;
  /** Milliseconds, UTC. */
  shipped_at: number | null;
  /** Null: everything that is still open. `line_id` wins over `sku`. */
  lines: readonly { line_id: string | null; sku: string | null; quantity: number }[] | null;
  /** The WMS will ship nothing more of this order. */
  closes_order: boolean;
}

/** What a WMS has of one SKU in one warehouse; `warehouse` null is its only one. */
export interface StockLevel {
  sku: string;
  warehouse: string | null;
  quantity: number;
  /** Milliseconds, UTC: when the WMS counted. */
  as_of: number | null;
}

export interface WmsProduct {
  sku: string;
  name: string | null;
  barcodes: readonly string[];
}
