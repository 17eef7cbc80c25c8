import { afterEach, beforeEach, expect, test } from "vitest";
import { startBoth, type Both } from "./harness.ts";

interface Items<T> {
  items: T[];
}

let both: Both;
beforeEach(async () => {
  both = await startBoth();
});
afterEach(() => both.close());

const orders = () => both.api<Items<{ status: string }>>("GET", "/api/orders?limit=100");
const skips = () => both.api<Items<{ reason: string }>>("GET", "/api/skipped-orders?limit=100");

/** How many of each word there are. */
const tally = (words: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]),
  );

test("every order that the shop shows is loaded or listed with its reason, and loads when the shop changes what kept it out", async () => {
  const { items } = await both.api<Items<{ id: string; side: string }>>("GET", "/api/connections");
  const cart = `/api/carts/${items.find(({ side }) => side === "cart")?.id}`;
  await both.api("PUT", `${cart}/filters`, {
    filters: [{ field: "country", mode: "restricted", values: ["DE"] }],
  });
  await both.api("PUT", `${cart}/item-filters`, { mode: "deny", level: "line", skus: ["DENIED"] });

  const good = { country: "US", lines: [{ sku: "DEMO-MUG", quantity: 1 }] };
  await both.control("POST", "orders", { ...good, count: 20 });
  await both.control("POST", "orders", { ...good, count: 10, status: "pending" });
  await both.control("POST", "orders", { ...good, count: 5, country: "DE" });
  const denied = [{ sku: "DENIED", quantity: 1 }];
  await both.control("POST", "orders", { ...good, count: 5, lines: denied });

  await both.eventually("20 orders at the WMS and 20 skipped", async () => {
    const [loaded, skipped] = [(await orders()).items, (await skips()).items];
    const sent = loaded.filter(({ status }) => status === "at_wms").length;
    return (
      (sent === 20 && loaded.length === 20 && skipped.length === 20) ||
      `${sent} of ${loaded.length} sent, ${skipped.length} skipped`
    );
  });
  expect(tally((await skips()).items.map(({ reason }) => reason))).toEqual({
    order_status: 10,
    order_filter: 5,
    all_items_filtered: 5,
  });

  const { shop } = await both.control<{ shop: { orders: { number: string; status: string }[] } }>(
    "GET",
    "state",
  );
  const pending = shop.orders.filter(({ status }) => status === "pending");
  await both.control("PATCH", "orders", {
    numbers: pending.map(({ number }) => number),
    status: "processing",
  });
  await both.eventually("the 10 that were pending are sent", async () => {
    const sent = (await orders()).items.filter(({ status }) => status === "at_wms").length;
    return sent === 30 || `${sent} sent`;
  });
  expect((await skips()).items).toHaveLength(10);
});
