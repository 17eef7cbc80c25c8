import { makeOrders, newOrders, patchOrder } from "../../../sandbox/control-shop.ts";
import { makeProduct, newProduct, patchProducts } from "../../../sandbox/control-products.ts";
import { createCourier } from "../../../sandbox/courier.ts";
import { credentials } from "../../../sandbox/demo.ts";
import { createShop } from "../../../sandbox/shop.ts";
import { createState } from "../../../sandbox/state.ts";
import type { CartFixture, CartVendor } from "./fixtures.ts";
import type { TestClock } from "./stage.ts";

let secrets = 0;
let products = 0;

export const woocommerce: CartFixture = {
  side: "cart",
  id: "woocommerce",
  offers: [
    "cart.orders",
    "cart.refunds",
    "cart.cancel",
    "cart.shipments",
    "cart.shipments.withdraw",
    "cart.stock",
    "cart.webhooks",
  ],
  // Any 2xx to its DELETE counts as withdrawn, a firewall's page included.
  start(clock) {
    const state = createState(clock.now());
    const shop = createShop(state, vendorTime(clock));
    const sell = (count: number, wish: object = {}) =>
      makeOrders(
        state,
        newOrders.parse({
          count,
          last_name: "Canary-Buyer",
          address_1: "77 Canary Street",
          email: "canary.buyer@example.com",
          ...wish,
        }),
        clock.now(),
      ).map((order) => String(order.id));
    const set = (sourceId: string, status: string) => {
      const order = state.shop_orders.get(sourceId);
      if (order) patchOrder(state, order, { status }, clock.now());
    };
    return {
      fetch: shop.fetch,
      settings: { store_url: "https://shop.example.com/demo" },
      secrets: {
        consumer_key: credentials.consumer_key,
        consumer_secret: credentials.consumer_secret,
        webhook_secret: "canary webhook secret",
      },
      loseNextAnswer: () => lose(state, "shop"),
      newWebhookSecret: () => `shop secret ${(secrets += 1)}`,
      async signedMessage(secret) {
        const request = new Request("https://shop.example.com/demo/wp-json/wc/v3/webhooks", {
          method: "POST",
          headers: {
            authorization: `Basic ${btoa(`${credentials.consumer_key}:${credentials.consumer_secret}`)}`,
          },
          body: JSON.stringify({
            topic: "order.created",
            delivery_url: "https://dray.example.com/hook",
            secret,
          }),
        });
        await shop.fetch(request);
        sell(1);
        return lastSent(state, clock);
      },
      sell,
      touch(sourceId) {
        const order = state.shop_orders.get(sourceId);
        if (order) patchOrder(state, order, { city: `Town ${clock.now()}` }, clock.now());
      },
      throwAway: (sourceId) => set(sourceId, "trash"),
      refundOne(sourceId) {
        const order = state.shop_orders.get(sourceId);
        const sku = order?.lines[0]?.sku ?? "";
        if (order) patchOrder(state, order, { refund: [{ sku, quantity: 1 }] }, clock.now());
      },
      finish: (sourceId) => set(sourceId, "completed"),
      notesOf: (sourceId) =>
        (state.shop_orders.get(sourceId)?.notes ?? [])
          .filter((one) => !one.customer_note)
          .map((one) => one.note),
      shipmentsOf: (sourceId) =>
        (state.shop_orders.get(sourceId)?.fulfillments ?? [])
          .filter((one) => one.deleted === null)
          .map((one) => ({
            tracking_number: one.meta.find((meta) => meta.key === "_tracking_number")?.value,
          })),
      shelf: shelfOf(state, clock),
      rowsIn: (payload) => (Array.isArray(payload) ? payload : null),
      unknownId: "999999",
      numbers: [
        { wire: ["total"], ours: ["order", "grand_total"] },
        { wire: ["shipping_total"], ours: ["order", "shipping_handling"] },
        { wire: ["total_tax"], ours: ["order", "sales_tax"] },
        { wire: ["line_items", 0, "quantity"], ours: ["order", "lines", 0, "quantity"] },
        { wire: ["line_items", 0, "total_tax"], ours: ["order", "lines", 0, "tax"] },
      ],
    };
  },
};

/** Every other product is a variation of the one before. */
const shelfOf = (
  state: ReturnType<typeof createState>,
  clock: TestClock,
): NonNullable<CartVendor["shelf"]> => ({
  stock(count) {
    const skus = Array.from({ length: count }, () => `SHELF-${(products += 1)}`);
    skus.forEach((sku, at) => {
      const variation_of = at % 2 === 1 ? skus[at - 1] : undefined;
      makeProduct(state, newProduct.parse({ sku, variation_of }), clock.now());
    });
    return skus;
  },
  levelOf: (sku) =>
    state.shop_products.all().find((one) => one.sku === sku)?.stock_quantity ?? null,
  refuse: (sku, refuses) => void patchProducts(state, { sku, refuses }),
  unknownSku: "NOBODY-HAS-THIS",
});

export const vendorTime = (clock: TestClock) => ({
  now: () => clock.now(),
  wait: (ms: number) => clock.sleep(ms),
});

/** Faults of the sandbox, one request long. */
export function lose(state: ReturnType<typeof createState>, target: "shop" | "warehouse"): void {
  const fault = { kind: "lost_answer", left: 1, message: "", match: null } as const;
  state.faults.put("lost", { id: "lost", target, ...fault });
}

/** Empties the outbox and answers the last letter in it. */
export async function lastSent(
  state: ReturnType<typeof createState>,
  clock: TestClock,
): Promise<{ headers: Headers; body: string }> {
  const sent: { headers: Headers; body: string }[] = [];
  const courier = createCourier(state, {
    now: () => clock.now(),
    async send(_, init) {
      sent.push({ headers: new Headers(init.headers), body: String(init.body) });
      return new Response(null, { status: 204 });
    },
  });
  await courier.deliver();
  const last = sent.at(-1);
  if (!last) throw new Error("nothing was sent");
  return last;
}
