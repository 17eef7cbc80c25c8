import type { Address, Order } from "./order.ts";

/** An order as a connector read it from a cart. `parts.ts` makes of it what is loaded. */
export interface IncomingOrder {
  /** The cart's own id: with cart, period and part the identity of the order. */
  source_id: string;
  /** Which renewal of a subscription it is, where the cart gives all of them one id, such as `2026-11`. */
  period?: string;
  /** The cart's own words. */
  source_status: string;
  /** In the cart's own words; null: it does not say. */
  payment_status: string | null;
  fulfilment_status: string | null;
  /** `cancelled`: the shop called it off. `trashed`: the shop threw it away. */
  state: "open" | "cancelled" | "trashed";
  /** It is called off by refunds of every piece, while its status says nothing of that. */
  all_refunded?: boolean;
  /** Milliseconds, UTC. */
  placed_at: number;
  /** When the cart last changed it, by the cart's own clock. Milliseconds, UTC. */
  modified_at: number;
  tags?: readonly string[];
  customer_tags?: readonly string[];
  /** A subscription's contract, with nothing due: its renewals are orders of their own. */
  is_contract?: boolean;
  /** Lines that nobody ships, by line id. */
  digital_lines?: readonly string[];
  /** Lines that go elsewhere than `order.ship_to`; each address becomes an order of its own. */
  other_addresses?: readonly { ship_to: Address; line_ids: readonly string[] }[];
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

/** A ship method that a WMS takes, as it lists it. */
export interface ListedMethod {
  code: string;
  name: string | null;
  carrier: string | null;
}

export interface WmsProduct {
  sku: string;
  name: string | null;
  barcodes: readonly string[];
}
