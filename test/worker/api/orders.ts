import type { ConnectionId, OrderId } from "../../../src/domain/ids.ts";
import type { NewOrder } from "../../../src/store/orders.ts";
import { START } from "../deps.ts";

/** An order as intake stores it. */
export const newOrder = (id: OrderId, cartId: ConnectionId, number: string): NewOrder => ({
  id,
  cart_id: cartId,
  source_id: id,
  part: 1,
  number,
  cust_ref: number,
  on_hold: "delivery_off",
  hold_until: null,
  possible_duplicate: 0,
  period: null,
  is_test: 0,
  source_status: "processing",
  source_modified_at: START - 60_000,
  placed_at: START - 60_000,
  created_at: START,
  timeline: [{ at: START, event: "loaded", text: "Loaded from the cart." }],
  body: JSON.stringify({
    number,
    ship_to: { first_name: "Test", country: "US" },
    order_date: new Date(START - 60_000).toISOString(),
    currency: { code: "USD", exponent: 2 },
    lines: [{ line_id: "1", line_no: 1, sku: "TEA-1", description: "Teapot", quantity: 2 }],
  }),
});
