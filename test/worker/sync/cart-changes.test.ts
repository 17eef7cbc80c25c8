import { expect, test } from "vitest";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { releaseWaiting } from "../../../src/sync/release-waiting.ts";
import { replaceSecrets } from "../../../src/sync/replace-secrets.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import { download, openAlerts, order, secondShop } from "./between-steps.ts";
import { worldThatWaits } from "./people.ts";

const turnDeliveryOn = ({ deps, merchant }: World) =>
  changeConnection(deps, merchant.merchantId, merchant.cartId, { policy: { delivery: true } });

test("a new cart loads its orders and sends none until delivery is turned on", async () => {
  const world = await worldThatWaits();
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "delivery_off" });
  world.clock.pass(3_600_000);
  await tick(world);
  expect(world.view().warehouse.received).toBe(0);
  expect(await turnDeliveryOn(world)).toMatchObject({ released: 1 });
  await drain(world.deps, world.deps);
  expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null });
});

test("an order placed before the cart was connected is not taken", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  await changeConnection(world.deps, merchantId, cartId, {
    policy: { earliest_order_at: world.clock.now() + 60_000 },
  });
  await run(world, "order-download");
  expect((await listOrders(world.deps, merchantId, { limit: 10 })).items).toEqual([]);
});

test("an order without a warehouse waits for one", async () => {
  const world = await makeWorld();
  const { merchantId, cartId, wmsId } = world.merchant;
  const db = await world.deps.databases.of(merchantId);
  const choose = (wms: string) =>
    db
      .prepare("UPDATE connections SET policy = json_set(policy, '$.wms_id', ?) WHERE id = ?")
      .bind(wms, cartId)
      .run();
  await choose("con_gone");
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "no_warehouse" });
  await choose(wmsId);
  await releaseWaiting(world.deps, merchantId, cartId);
  await drain(world.deps, world.deps);
  expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null });
});

test("until it is sent, an order follows its cart", async () => {
  const world = await worldThatWaits();
  const before = await order(world);
  await world.control("PATCH orders", { number: before.number, city: "Moved Town" });
  await download(world);
  expect((await order(world)).order.ship_to.city).toBe("Moved Town");
  await turnDeliveryOn(world);
  await drain(world.deps, world.deps);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain("Moved Town");
});

test("an order called off in the cart before it is sent is never sent", async () => {
  const world = await worldThatWaits();
  await world.control("PATCH orders", { status: "cancelled" });
  await download(world);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  await turnDeliveryOn(world);
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.received).toBe(0);
});

test("an order called off and meant after all is sent once", async () => {
  const world = await worldThatWaits();
  await turnDeliveryOn(world);
  world.deps.queues.deliveries.sent.length = 0;
  await world.control("PATCH orders", { status: "cancelled" });
  await download(world);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  await world.control("PATCH orders", { status: "processing" });
  await download(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", on_hold: null });
  expect(world.view().warehouse.received).toBe(1);
});

test("two carts with the same number both load, the second under a reference of its own, and held while it goes to the same postcode", async () => {
  const world = await makeWorld();
  const { merchantId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await secondShop(world);
  const { items } = await listOrders(world.deps, merchantId, { limit: 10 });
  expect(items.map(({ number }) => number)).toEqual(["1001", "1001"]);
  expect(new Set(items.map(({ cust_ref }) => cust_ref)).size).toBe(2);
  expect(new Set(items.map(({ on_hold }) => on_hold))).toEqual(
    new Set([null, "possible_duplicate"]),
  );
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("rejected credentials stop the connection, and new ones bring everything on", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  await world.control("POST faults", { target: "warehouse", kind: "unauthorized" });
  await world.control("POST orders", { count: 3 });
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 0 });
  expect(await openAlerts(world)).toMatchObject([{ kind: "unauthorized", state: "open" }]);
  world.clock.pass(3_600_000);
  await tick(world);
  expect(world.view().warehouse.orders).toHaveLength(0);

  await world.control("DELETE faults");
  await replaceSecrets(world.deps, merchantId, wmsId, { api_token: "demo_sandbox_token" });
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.orders).toHaveLength(3);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(await openAlerts(world)).toEqual([]);
});

test("a shop that dropped our webhooks has them again within the hour", async () => {
  const world = await makeWorld();
  const hooks = () => world.state.shop_webhooks.all().length;
  const registered = hooks();
  expect(registered).toBeGreaterThan(0);
  await world.control("DELETE webhooks");
  for (let passed = 0; passed < 60; passed += 5) {
    world.clock.pass(300_000);
    await tick(world);
  }
  expect(hooks()).toBe(registered);
});

test("no log line and no stored row shows a secret, and no log line a customer's address", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3 });
  await world.control("POST faults", { target: "warehouse", kind: "reject", times: 1 });
  await run(world, "order-download");
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  const secrets = ["cs_demo_sandbox_secret", "demo_sandbox_token", "demo-webhook-secret"];
  const log = world.deps.lines.join("\n");
  expect(log).toContain("delivery_attempt");
  for (const canary of [...secrets, "Demo Street", "Demo Customer", "example.com"])
    expect(log).not.toContain(canary);
  const db = await world.deps.databases.of(world.merchant.merchantId);
  for (const table of ["merchants", "connections", "orders", "deliveries", "runs", "api_keys"]) {
    const rows = JSON.stringify((await db.prepare(`SELECT * FROM ${table}`).all()).results);
    expect(rows.length).toBeGreaterThan(2);
    for (const canary of secrets) expect(rows).not.toContain(canary);
  }
});

test("an order is found by its number, also where the cart puts something before it", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { reference_prefix: "B-" } });
  await world.control("POST orders", { count: 2 });
  await run(world, "order-download");
  const found = async (number: string) =>
    (await listOrders(world.deps, merchantId, { number, limit: 10 })).items.map(
      ({ cust_ref }) => cust_ref,
    );
  expect(await found("1002")).toEqual(["B-1002"]);
  expect(await found("B-100")).toEqual(["B-1001", "B-1002"]);
});
