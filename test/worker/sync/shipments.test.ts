import { expect, test } from "vitest";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { getOrder } from "../../../src/sync/get-order.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { makeWorld, run, tick, type World } from "../world.ts";

/** A world with one order of two lines (3 mugs, 2 bags) at the warehouse. */
async function worldWithOrder(policy: Record<string, unknown> = {}): Promise<World> {
  const world = await makeWorld();
  await changeConnection(world.deps, world.merchant.merchantId, world.merchant.cartId, { policy });
  await world.control("POST orders", {
    count: 1,
    lines: [
      { sku: "DEMO-MUG", quantity: 3 },
      { sku: "DEMO-BAG", quantity: 2 },
    ],
  });
  await run(world, "order-download");
  return world;
}

async function order(world: World) {
  const { merchantId } = world.merchant;
  const { items } = await listOrders(world.deps, merchantId, { limit: 1 });
  return getOrder(world.deps, merchantId, items[0]?.id ?? "");
}

const fulfillments = (world: World) => world.view().shop.orders[0]?.fulfillments ?? [];

async function ship(world: World, body: Record<string, unknown>): Promise<string> {
  const { cust_ref } = await order(world);
  const said = await world.control("POST ship", { reference: cust_ref, ...body });
  await run(world, "shipment-pickup");
  return (said as { shipments: { id: string }[] }).shipments[0]?.id ?? "";
}

test("two partial shipments are posted one by one, and the order is confirmed with the last", async () => {
  const world = await worldWithOrder();
  await ship(world, { lines: [{ sku: "DEMO-MUG", quantity: 2 }] });
  expect(await order(world)).toMatchObject({ status: "partial" });
  expect(fulfillments(world)).toHaveLength(1);
  expect(world.view().shop.orders[0]?.status).toBe("processing");

  await ship(world, {});
  const done = await order(world);
  expect(done.status).toBe("confirmed");
  expect(done.order.lines.map(({ shipped, unshipped }) => [shipped, unshipped])).toEqual([
    [3, 0],
    [2, 0],
  ]);
  expect(fulfillments(world)).toHaveLength(2);
  expect(world.view().shop.orders[0]?.status).toBe("completed");
});

test("an order that the warehouse closes short is shipped, and the rest is unshipped", async () => {
  const world = await worldWithOrder();
  await ship(world, { lines: [{ sku: "DEMO-MUG", quantity: 3 }], closes_order: true });
  const done = await order(world);
  expect(done.status).toBe("confirmed");
  expect(done.order.lines.map(({ sku, unshipped }) => [sku, unshipped])).toEqual([
    ["DEMO-MUG", 0],
    ["DEMO-BAG", 2],
  ]);
  expect(done.timeline.map(({ text }) => text)).toContain(
    "The WMS closed the order; not shipped: 2 × DEMO-BAG.",
  );
});

test("an order closed short after its last shipment was posted is confirmed without another", async () => {
  const world = await worldWithOrder();
  await ship(world, { lines: [{ sku: "DEMO-MUG", quantity: 3 }] });
  const { cust_ref } = await order(world);
  await world.control("POST close", { reference: cust_ref });
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(fulfillments(world)).toHaveLength(1);
});

test("corrected tracking updates the shipment that the cart shows", async () => {
  const world = await worldWithOrder();
  const shipment = await ship(world, { tracking_number: "WRONG-1", tracking_url: null });
  await world.control("POST correct", { shipment, tracking_number: "RIGHT-1" });
  await run(world, "shipment-pickup");
  expect(fulfillments(world)).toHaveLength(1);
  expect(JSON.stringify(fulfillments(world))).toContain("RIGHT-1");
  expect(JSON.stringify(fulfillments(world))).not.toContain("WRONG-1");
  expect(await order(world)).toMatchObject({
    status: "confirmed",
    tracking_numbers: ["RIGHT-1"],
  });
});

test("a voided shipment is withdrawn from the cart", async () => {
  const world = await worldWithOrder();
  const shipment = await ship(world, {});
  expect(fulfillments(world)).toHaveLength(1);
  await world.control("POST void", { shipment });
  await run(world, "shipment-pickup");
  expect(fulfillments(world)).toHaveLength(0);
  const after = await order(world);
  expect(after.shipments).toMatchObject([{ voided: true, state: "withdrawn" }]);

  await ship(world, { tracking_number: "SECOND-1" });
  expect(JSON.stringify(fulfillments(world))).toContain("SECOND-1");
});

test("a shipment voided before it was posted never reaches the cart", async () => {
  const world = await worldWithOrder({ post_shipments: "last" });
  const shipment = await ship(world, { lines: [{ sku: "DEMO-MUG", quantity: 1 }] });
  await world.control("POST void", { shipment });
  await run(world, "shipment-pickup");
  await ship(world, { tracking_number: "ONLY-1" });
  expect(fulfillments(world)).toHaveLength(1);
  expect(JSON.stringify(fulfillments(world))).toContain("ONLY-1");
});

test("a cart that waits for the last shipment gets all of them together", async () => {
  const world = await worldWithOrder({ post_shipments: "last" });
  await ship(world, { lines: [{ sku: "DEMO-MUG", quantity: 3 }] });
  expect(fulfillments(world)).toHaveLength(0);
  expect(await order(world)).toMatchObject({ status: "partial" });
  await ship(world, {});
  expect(fulfillments(world)).toHaveLength(2);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
});

test("where a shipment without tracking does not count, it waits for its tracking", async () => {
  const world = await worldWithOrder({ untracked_counts: false });
  const shipment = await ship(world, { tracking_number: null, tracking_url: null });
  expect(fulfillments(world)).toHaveLength(0);
  expect(await order(world)).toMatchObject({ status: "shipped" });
  await world.control("POST correct", { shipment, tracking_number: "LATE-1" });
  await run(world, "shipment-pickup");
  expect(fulfillments(world)).toHaveLength(1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
});

test("where it counts, a shipment without tracking is posted", async () => {
  const world = await worldWithOrder();
  await ship(world, { tracking_number: null, tracking_url: null });
  expect(fulfillments(world)).toHaveLength(1);
});

test("the cart is asked to mail the customer unless the setting says no", async () => {
  const asked = async (policy: Record<string, unknown>) => {
    const world = await worldWithOrder(policy);
    await ship(world, {});
    return world.deps.calls.filter(
      ({ url }) => url.includes("/fulfillments") && url.includes("notify_customer=true"),
    ).length;
  };
  expect(await asked({})).toBe(1);
  expect(await asked({ mail_customer: false })).toBe(0);
});

test("a shop without fulfillments gets a note, and its order is completed", async () => {
  const world = await worldWithOrder();
  await world.control("POST fulfillments", { on: false });
  await ship(world, { tracking_number: "NOTED-1" });
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(world.view().shop.orders[0]?.status).toBe("completed");
  const notes = world.state.shop_orders.all()[0]?.notes ?? [];
  expect(notes.filter(({ note }) => note.includes("NOTED-1"))).toHaveLength(1);
});

test("a cart that is down is told later, once", async () => {
  const world = await worldWithOrder();
  await world.control("POST faults", { target: "shop", kind: "http500" });
  await ship(world, {});
  expect(await order(world)).toMatchObject({ status: "shipped" });
  await world.control("DELETE faults");
  world.clock.pass(20 * 60_000);
  await tick(world);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(fulfillments(world)).toHaveLength(1);
});

test("a shipment whose answer got lost is shown once", async () => {
  const world = await worldWithOrder();
  await world.control("POST faults", { target: "shop", kind: "lost_answer", times: 1 });
  await ship(world, {});
  world.clock.pass(20 * 60_000);
  await tick(world);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(fulfillments(world)).toHaveLength(1);
});

for (const [how, kind, message] of [
  ["asks for patience", "http429", undefined],
  ["refuses the credentials for it alone", "unauthorized", undefined],
  ["fails", "http500", undefined],
  ["says no", "reject", "Not now"],
] as const)
  test(`a shop that shows a shipment and ${how} when its order is completed shows it once`, async () => {
    const world = await worldWithOrder();
    const match = `PUT /wp-json/wc/v3/orders/${world.state.shop_orders.all()[0]?.id}`;
    await world.control("POST faults", { target: "shop", kind, times: 1, match, message });
    await ship(world, {});
    expect(fulfillments(world)).toHaveLength(1);
    world.clock.pass(20 * 60_000);
    await tick(world);
    expect(await order(world)).toMatchObject({ status: "confirmed" });
    expect(world.view().shop.orders[0]?.status).toBe("completed");
    expect(fulfillments(world)).toHaveLength(1);
  });
