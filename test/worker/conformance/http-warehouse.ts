import { credentials } from "../../../sandbox/demo.ts";
import { createState, nextNumber } from "../../../sandbox/state.ts";
import { callOff, correct, setStock, ship } from "../../../sandbox/warehouse-floor.ts";
import { createWarehouse } from "../../../sandbox/warehouse.ts";
import type { WmsFixture } from "./fixtures.ts";
import { at } from "./stage.ts";
import { lastSent, lose, vendorTime } from "./woocommerce.ts";

let secrets = 0;
const newWebhookSecret = () => `whsec_${btoa(`warehouse webhook secret ${(secrets += 1)}`)}`;
const rowsOf = (list: string) => (payload: unknown) => {
  const rows = at(payload, [list]);
  return Array.isArray(rows) ? rows : null;
};
const named = (field: string) => (item: unknown) => String(at(item, [field]));

export const httpWarehouse: WmsFixture = {
  side: "wms",
  id: "http-warehouse",
  offers: [
    "wms.stock",
    "wms.products",
    "wms.ship_methods",
    "wms.cancel",
    "wms.calls_off",
    "wms.webhooks",
  ],
  start(clock) {
    const state = createState(clock.now());
    const warehouse = createWarehouse(state, vendorTime(clock));
    const ordersOf = (reference: string) =>
      state.warehouse_orders.all().filter((one) => one.reference === reference);
    const shipOne = (reference: string): string => {
      const [order] = ordersOf(reference);
      const shipment = order ? ship(state, order, {}, clock.now()) : "no such order";
      if (typeof shipment === "string") throw new Error(shipment);
      return shipment.id;
    };
    return {
      fetch: (request) => warehouse.fetch(request),
      settings: { base_url: "https://warehouse.example.com/demo" },
      secrets: {
        api_token: credentials.api_token,
        signing_secret: credentials.signing_secret,
        webhook_secret: newWebhookSecret(),
      },
      loseNextAnswer: () => lose(state, "warehouse"),
      newWebhookSecret,
      async signedMessage(secret) {
        state.values.put("nudge_url", "https://dray.example.com/hook");
        state.values.put("nudge_secret", secret);
        setStock(state, "DEMO-MUG", "main", 7, clock.now());
        return lastSent(state, clock);
      },
      ordersOf: (reference) => ordersOf(reference).length,
      moneyOf: (reference) => ({
        units: at(ordersOf(reference), [0, "order", "grand_total"]),
        currency: at(ordersOf(reference), [0, "order", "currency"]),
      }),
      refuseNext: (message) =>
        state.faults.put("refuse", {
          id: "refuse",
          target: "warehouse",
          kind: "reject",
          left: 1,
          message,
          match: null,
        }),
      ship: shipOne,
      correct(id) {
        const shipment = state.warehouse_shipments.get(id);
        if (shipment) correct(state, shipment, { tracking_number: "CORRECTED" }, clock.now());
      },
      callOff(reference, reason) {
        const [order] = ordersOf(reference);
        if (order) callOff(state, order, reason, clock.now());
      },
      feeds: {
        shipments: {
          make: (count) =>
            Array.from({ length: count }, () => {
              const number = nextNumber(state, "warehouse_order", 1001);
              const reference = `made-${number}`;
              state.warehouse_orders.put(`W-${number}`, {
                id: `W-${number}`,
                reference,
                key: reference,
                status: "open",
                received_at: clock.now(),
                order: {},
                number: "1",
                lines: [{ line_id: "1", sku: "DEMO-MUG", quantity: 1, shipped: 0 }],
              });
              return shipOne(reference);
            }),
          idOf: named("wms_shipment_id"),
          rowsIn: rowsOf("shipments"),
          numbers: [
            { wire: ["lines", 0, "quantity"], ours: ["lines", 0, "quantity"] },
            { wire: ["shipped_at"], ours: ["shipped_at"] },
          ],
        },
        stock: {
          make: (count) =>
            Array.from({ length: count }, () => {
              const sku = `MADE-${nextNumber(state, "made")}`;
              setStock(state, sku, "main", 3, clock.now());
              return sku;
            }),
          idOf: named("sku"),
          rowsIn: rowsOf("stock"),
          numbers: [
            { wire: ["quantity"], ours: ["quantity"] },
            { wire: ["as_of"], ours: ["as_of"] },
          ],
        },
        products: {
          make: (count) =>
            Array.from({ length: count }, () => {
              const sku = `MADE-${nextNumber(state, "made")}`;
              const seq = nextNumber(state, "feed");
              state.warehouse_products.put(sku, { seq, sku, name: "Made", barcodes: [] });
              return sku;
            }),
          idOf: named("sku"),
          rowsIn: rowsOf("products"),
          numbers: [],
        },
      },
    };
  },
};
