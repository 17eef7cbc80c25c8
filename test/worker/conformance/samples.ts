import type { WmsOrder } from "../../../src/connectors/contract.ts";

/** A demo order, in a currency whose cents are thousandths. */
export const wmsOrder = (reference: string): WmsOrder => ({
  reference,
  order: {
    number: "1001",
    ship_to: {
      first_name: "Person",
      last_name: "Canary-Buyer",
      address_1: "77 Canary Street",
      city: "Austin",
      state: "TX",
      zip: "78701",
      country: "US",
      email: "canary.buyer@example.com",
    },
    order_date: "2026-11-21T11:00:00Z",
    currency: { code: "KWD", exponent: 3 },
    grand_total: 43_975,
    lines: [
      { line_id: "5", line_no: 1, sku: "DEMO-MUG", quantity: 3, price: 12_995 },
      { line_id: "6", line_no: 2, sku: "DEMO-BAG", quantity: 1 },
    ],
  },
});

/** Words from customers' data that no log line and no failure may contain. */
export const personal = ["Canary-Buyer", "77 Canary Street", "canary.buyer@example.com"];
