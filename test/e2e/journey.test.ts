import { afterEach, beforeEach, expect, test } from "vitest";
import { startBoth, type Both } from "./harness.ts";

interface OrderList {
  items: { id: string; status: string; tracking_numbers: string[] }[];
  next: string | null;
}

interface SandboxView {
  shop: {
    orders: {
      number: string;
      status: string;
      fulfillments: { is_fulfilled: boolean; tracking_number: string | null }[];
    }[];
  };
  warehouse: { orders: { reference: string }[] };
  faults: { kind: string }[];
}

let both: Both;
beforeEach(async () => {
  both = await startBoth();
});
afterEach(() => both.close());

const view = () => both.control<SandboxView>("GET", "state");

/** Resolves when `count` orders are there and each of them has this status. */
const allOrdersAre = (status: string, count: number) =>
  both.eventually(`${count} orders are ${status}`, async () => {
    const { items } = await both.api<OrderList>("GET", "/api/orders?limit=100");
    if (items.length === count && items.every((order) => order.status === status)) return true;
    const statuses = Object.groupBy(items, (order) => order.status);
    return Object.entries(statuses)
      .map(([name, orders]) => `${orders?.length} ${name}`)
      .join(", ");
  });

test("orders of a shop reach the warehouse by themselves, and their tracking comes back", async () => {
  await both.control("POST", "orders", { count: 25 });
  await allOrdersAre("at_wms", 25);

  await both.control("POST", "ship", {});
  await allOrdersAre("confirmed", 25);

  const { shop, warehouse } = await view();
  expect(warehouse.orders).toHaveLength(25);
  expect(shop.orders).toHaveLength(25);
  for (const order of shop.orders)
    expect(order.fulfillments, order.number).toEqual([
      expect.objectContaining({ is_fulfilled: true, tracking_number: expect.any(String) }),
    ]);
});

test("answers lost on the way and a warehouse that ignores our keys make no order twice", async () => {
  await both.control("POST", "faults", { target: "warehouse", kind: "ignore_key" });
  await both.control("POST", "faults", { target: "warehouse", kind: "lost_answer", times: 10 });
  await both.control("POST", "orders", { count: 25 });
  await allOrdersAre("at_wms", 25);

  const { warehouse, faults } = await view();
  expect(faults.map(({ kind }) => kind)).toEqual(["ignore_key"]);
  const references = warehouse.orders.map((order) => order.reference);
  expect(new Set(references).size).toBe(25);
  expect(references).toHaveLength(25);
});
