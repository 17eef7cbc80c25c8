import type { IncomingShipment } from "../../../src/domain/incoming.ts";
import type { ArrivingOrder } from "../../../src/domain/parts.ts";
import type { Order, OrderLine } from "../../../src/domain/order.ts";

/** 2026-11-21T10:00:00Z. */
export const NOW = Date.UTC(2026, 10, 21, 10);

export const line = (lineId: string, sku: string, quantity: number, lineNo = 1): OrderLine => ({
  line_id: lineId,
  line_no: lineNo,
  sku,
  quantity,
});

export const order = (more: Partial<Order> = {}): Order => ({
  number: "1001",
  ship_to: {
    first_name: "Jo",
    last_name: "Doe",
    address_1: "1 Main St",
    city: "Austin",
    state: "TX",
    zip: "78701",
    country: "US",
  },
  order_date: "2026-11-21T09:00:00Z",
  currency: { code: "USD", exponent: 2 },
  lines: [line("1", "MUG", 2, 1), line("2", "TEE", 1, 2)],
  ...more,
});

export const incomingOrder = (more: Partial<ArrivingOrder> = {}): ArrivingOrder => ({
  source_id: "77",
  part: 1,
  source_status: "processing",
  payment_status: "paid",
  fulfilment_status: "unfulfilled",
  state: "open",
  placed_at: NOW,
  modified_at: NOW,
  order: order(),
  ...more,
});

export const incomingShipment = (more: Partial<IncomingShipment> = {}): IncomingShipment => ({
  wms_shipment_id: "S1",
  reference: "1001",
  status: "shipped",
  tracking_number: "1Z1",
  tracking_url: null,
  carrier: "UPS",
  service: "Ground",
  shipped_at: NOW - 1_000,
  lines: null,
  closes_order: false,
  ...more,
});
