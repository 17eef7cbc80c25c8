import { expect, test } from "vitest";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { createKey } from "../../../src/accounts/keys.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import { all, given, one, worldByHand } from "./by-hand.ts";
import { client } from "./client.ts";

test("an order by hand goes to the warehouse, says who gave it, and is done when it has shipped", async () => {
  const { world, api } = await worldByHand();
  const { status, body } = await api("POST", "/api/orders", given());
  expect(status).toBe(201);
  const [order] = body.orders;
  expect(order).toMatchObject({ number: "H-1", status: "new" });
  await drain(world.deps, world.deps);
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  await tick(world);
  expect(await one(world, order.id)).toMatchObject({
    status: "shipped",
    timeline: expect.arrayContaining([
      expect.objectContaining({ event: "loaded", by: expect.stringContaining("First key") }),
    ]),
  });
});

test("the same order given twice is one order; other contents under its number are a conflict", async () => {
  const { world, api } = await worldByHand();
  expect((await api("POST", "/api/orders", given())).status).toBe(201);
  world.clock.pass(24 * 3_600_000);
  const again = await api("POST", "/api/orders", given());
  expect(again.status).toBe(200);
  const other = await api("POST", "/api/orders", given({ lines: [{ sku: "TEE", quantity: 1 }] }));
  expect(other).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
  expect(await all(world)).toHaveLength(1);
});

test("an order whose reference another cart's order bears is refused as a duplicate", async () => {
  const { world, api } = await worldByHand();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const { status, body } = await api("POST", "/api/orders", given({ number: "1001" }));
  expect(status).toBe(409);
  expect(body.error.message).toContain("1001");
  expect(await all(world)).toHaveLength(1);
});

test("an order by hand that stands for one of a cart is here already when the cart brings it, and the cart hears of its shipment", async () => {
  const { world, api } = await worldByHand();
  const { cartId } = world.merchant;
  await world.control("POST orders", { lines: [{ sku: "MUG", quantity: 2 }] });
  const entered = await api("POST", "/api/orders", {
    ...given({ number: "BY-HAND" }),
    stands_for: { cart: cartId, number: "1001" },
  });
  expect(entered.status).toBe(201);
  await drain(world.deps, world.deps);
  await run(world, "order-download");
  const orders = await all(world);
  expect(orders).toHaveLength(1);
  expect(orders[0]).toMatchObject({ cart_id: cartId, number: "BY-HAND", status: "at_wms" });
  const { timeline } = await one(world, orders[0]?.id ?? "");
  expect(timeline.filter(({ event }) => event === "linked")).toHaveLength(1);
  world.clock.pass(61_000);
  await run(world, "order-download");
  expect(await all(world)).toHaveLength(1);
  expect(world.view().warehouse.received).toBe(1);
});

test("an order that stands for one which its cart brought before is refused", async () => {
  const { world, api } = await worldByHand();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const late = await api("POST", "/api/orders", {
    ...given({ number: "BY-HAND" }),
    stands_for: { cart: world.merchant.cartId, number: "1001" },
  });
  expect(late.status).toBe(409);
  expect(late.body.error.message).toContain("here already");
});

test("each ship-to address becomes an order of its own, under its own reference", async () => {
  const { world, api } = await worldByHand();
  const { body } = await api(
    "POST",
    "/api/orders",
    given({
      lines: [
        { line_id: "a", sku: "MUG", quantity: 1 },
        { line_id: "b", sku: "TEE", quantity: 1 },
      ],
      other_addresses: [{ ship_to: { ...given().ship_to, city: "Waco" }, line_ids: ["b"] }],
    }),
  );
  await drain(world.deps, world.deps);
  expect(body.orders.map((order: { cust_ref: string }) => order.cust_ref).toSorted()).toEqual([
    "H-1",
    "H-1-2",
  ]);
  expect(world.view().warehouse.orders).toHaveLength(2);
});

test("an order for a later day waits until that day, and is sent then", async () => {
  const { world, api } = await worldByHand();
  const { body } = await api("POST", "/api/orders", given({ requested_ship_date: "2026-11-23" }));
  const [{ id }] = body.orders;
  await drain(world.deps, world.deps);
  expect(await one(world, id)).toMatchObject({ status: "new", on_hold: "ship_date" });
  expect(world.view().warehouse.received).toBe(0);
});

test("a line that nobody ships is kept and not sent, and an order of nothing else is skipped with that reason", async () => {
  const { world, api } = await worldByHand();
  const lines = [
    { line_id: "a", sku: "MUG", quantity: 1 },
    { line_id: "b", sku: "EBOOK", quantity: 1 },
  ];
  const { body } = await api("POST", "/api/orders", given({ lines, digital_lines: ["b"] }));
  await drain(world.deps, world.deps);
  expect((await one(world, body.orders[0].id)).order.lines).toHaveLength(2);
  expect(JSON.stringify(world.state.warehouse_orders.all())).not.toContain("EBOOK");
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  expect(await one(world, body.orders[0].id)).toMatchObject({ status: "shipped" });
  const digital = await api(
    "POST",
    "/api/orders",
    given({ number: "H-2", lines, digital_lines: ["a", "b"] }),
  );
  expect(digital).toMatchObject({
    status: 200,
    body: { result: { kind: "skipped", reason: "nothing_to_ship" } },
  });
});

test("a test order is seen to be one everywhere, and stopped before a warehouse that takes none", async () => {
  const { world, api } = await worldByHand();
  const { merchantId, wmsId } = world.merchant;
  const { status, body } = await api("POST", "/api/test-orders", { count: 2, skus: ["MUG"] });
  expect(status).toBe(201);
  expect(body.ids).toHaveLength(2);
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.received).toBe(0);
  const orders = await all(world);
  expect(orders).toHaveLength(2);
  for (const order of orders)
    expect(order).toMatchObject({
      test: true,
      number: expect.stringMatching(/^TEST-/),
      status: "error",
      error_reason: "test_order",
    });
  const { connection } = (
    await api("PATCH", `/api/connections/${wmsId}`, { policy: { allow_test_orders: true } })
  ).body;
  expect(connection.policy).toMatchObject({ allow_test_orders: true });
  await api("POST", "/api/test-orders", { skus: ["MUG"] });
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.received).toBe(1);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain('"test":true');
  expect(merchantId).toBeTruthy();
});

test("what is wrong with a given order is named by field, and nothing is stored", async () => {
  const { world, api } = await worldByHand();
  const wrong: [object, string][] = [
    [{ lines: [] }, "lines"],
    [{ lines: [{ sku: "A", quantity: -1 }] }, "lines.0.quantity"],
    [{ ship_to: { country: "USA" } }, "ship_to.country"],
    [{ grand_total: 100 }, "currency"],
    [{ currency: "XXZ" }, "currency"],
    [{ colour: "red" }, "colour"],
    [{ other_addresses: [{ ship_to: {}, line_ids: ["nope"] }] }, "other_addresses"],
  ];
  for (const [more, path] of wrong) {
    const { status, body } = await api("POST", "/api/orders", given(more));
    expect(status).toBe(422);
    expect(body.error.fields.map((field: { path: string }) => field.path)).toContain(path);
  }
  const empty = await api("POST", "/api/orders", given({ ship_to: { state: "" } }));
  expect(empty.body.error.fields[0].message).toContain("leave it out");
  const shop = await api("POST", "/api/orders", { ...given(), cart: world.merchant.cartId });
  expect(shop).toMatchObject({ status: 422, body: { error: { fields: [{ path: "cart" }] } } });
  expect(await all(world)).toEqual([]);
});

test("a cart's key gives orders to its own cart only, a read key to none, and a stranger's to none of ours", async () => {
  const { world, handCart } = await worldByHand();
  const { merchantId, accountId } = world.merchant;
  const owner = {
    user: "warehouse_x" as const,
    account_id: accountId,
    merchant_id: null,
    connection_id: null,
    level: "warehouse" as const,
    access: "write" as const,
    name: "Owner",
    created_at: 0,
  };
  const key = async (more: { level: "cart" | "merchant"; access: "read" | "write" }) =>
    (
      await createKey(world.deps, owner, {
        name: "Key",
        merchant_id: merchantId,
        ...(more.level === "cart" ? { connection_id: handCart } : {}),
        ...more,
      })
    ).key;
  const cartKey = client(world.deps, await key({ level: "cart", access: "write" }));
  expect((await cartKey("POST", "/api/orders", given())).status).toBe(201);
  const elsewhere = { ...given({ number: "H-9" }), cart: world.merchant.cartId };
  expect((await cartKey("POST", "/api/orders", elsewhere)).status).toBe(404);
  const reader = client(world.deps, await key({ level: "merchant", access: "read" }));
  expect((await reader("POST", "/api/orders", given({ number: "H-9" }))).status).toBe(403);
  expect((await reader("POST", "/api/test-orders", {})).status).toBe(403);
  const neighbour = await makeNeighbour(world);
  const stranger = { ...given({ number: "H-9" }), cart: handCart };
  expect((await neighbour("POST", "/api/orders", stranger)).status).toBe(404);
  expect(await all(world)).toHaveLength(1);
});

async function makeNeighbour(world: World) {
  const { createMerchant } = await import("../../../src/accounts/merchants.ts");
  const { key } = await createMerchant(world.deps, world.merchant.accountId, "Neighbour");
  return client(world.deps, key);
}

test("an order waits out the minutes that its cart gives the customer, follows what is changed meanwhile, and goes then", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { wait_minutes: 30 } });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await tick(world);
  expect(world.view().warehouse.received).toBe(0);
  await world.control("PATCH orders", { city: "Second Thoughts" });
  world.clock.pass(20 * 60_000);
  await run(world, "order-download");
  await tick(world);
  expect(world.view().warehouse.received).toBe(0);
  world.clock.pass(11 * 60_000);
  await tick(world);
  expect(world.view().warehouse.received).toBe(1);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain("Second Thoughts");
});
