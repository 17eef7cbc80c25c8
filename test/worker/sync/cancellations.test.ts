import { expect, test } from "vitest";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import { workDispatch } from "../../../src/sync/work-dispatch.ts";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import {
  aroundBatches,
  download,
  duringCall,
  duringEveryCall,
  hoursPass,
  openAlerts,
  order,
  orderDownload,
  shopOrderId,
  stored,
} from "./between-steps.ts";
import { submits, worldAtWms, worldWithHint } from "./people.ts";

const cancels = /^POST https:\/\/warehouse\.example\/orders\/[^/]+\/cancel$/;

const shopSays = (world: World, status: string) => world.control("PATCH orders", { status });
const warehouseOrder = (world: World) => world.view().warehouse.orders[0];
const events = async (world: World) => (await order(world)).timeline.map(({ event }) => event);

for (const status of ["cancelled", "refunded", "trash"])
  test(`an order that is ${status} in the cart after the warehouse accepted it is called off there, once`, async () => {
    const world = await worldAtWms();
    await shopSays(world, status);
    world.clock.pass(16 * 60_000);
    await download(world);
    expect(warehouseOrder(world)).toMatchObject({ status: "cancelled" });
    expect(await order(world)).toMatchObject({
      status: "canceled",
      cancel_wanted: null,
      too_late_to_cancel: false,
    });
    const calls = () => world.deps.calls.filter(({ url }) => url.endsWith("/cancel")).length;
    expect(calls()).toBe(1);
    world.clock.pass(16 * 60_000);
    await download(world);
    await hoursPass(world, 1);
    expect(calls()).toBe(1);
  });

test("an order that the cart called off and that has shipped is flagged as too late, with the shipment", async () => {
  const world = await worldAtWms();
  await world.control("POST ship", { tracking_number: "1ZLATE" });
  await shopSays(world, "cancelled");
  await download(world);
  expect(await order(world)).toMatchObject({
    status: "at_wms",
    too_late_to_cancel: true,
    cancel_wanted: null,
  });
  await run(world, "shipment-pickup");
  await download(world);
  const after = await order(world);
  expect(after.timeline.filter(({ event }) => event === "too_late_to_cancel")).toHaveLength(1);
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(1);
});

test("where the shipment is known before the cart calls off, the note names it", async () => {
  const world = await makeWorld();
  const lines = ["A", "B"].map((sku) => ({ sku, quantity: 1 }));
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  await world.control("POST ship", {
    lines: [{ sku: "A", quantity: 1 }],
    tracking_number: "1ZPART",
  });
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ status: "partial" });
  await shopSays(world, "cancelled");
  await download(world);
  const entry = (await order(world)).timeline.find(({ event }) => event === "too_late_to_cancel");
  expect(entry?.text).toContain("1ZPART");
});

test("a warehouse that does not answer is asked again until it does", async () => {
  const world = await worldAtWms();
  await world.control("POST faults", { target: "warehouse", kind: "http500" });
  await shopSays(world, "cancelled");
  await download(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", cancel_wanted: "wms" });
  await hoursPass(world, 1);
  await world.control("DELETE faults");
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: null });
  expect(await stored("SELECT * FROM dispatches")).toEqual([]);
});

test("a warehouse that never answers is asked for three days and 36 times; then it counts as too late", async () => {
  const world = await worldAtWms();
  await shopSays(world, "cancelled");
  await world.control("POST faults", { target: "warehouse", kind: "http500" });
  await download(world);
  world.clock.pass(3 * 24 * 3_600_000);
  await tick(world);
  expect(await order(world)).toMatchObject({ cancel_wanted: "wms", too_late_to_cancel: false });
  await hoursPass(world, 3);
  expect(await order(world)).toMatchObject({
    status: "at_wms",
    cancel_wanted: null,
    too_late_to_cancel: true,
  });
});

test("an order meant after all before the warehouse heard of it stays there", async () => {
  const world = await worldAtWms();
  await world.control("POST faults", { target: "warehouse", kind: "http500" });
  await shopSays(world, "cancelled");
  await download(world);
  await shopSays(world, "processing");
  await download(world);
  await world.control("DELETE faults");
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms", cancel_wanted: null });
  expect(warehouseOrder(world)).toMatchObject({ status: "open" });
});

test("an order that the warehouse called off and the cart means after all goes again only when a person says so", async () => {
  const world = await worldAtWms();
  await shopSays(world, "cancelled");
  await download(world);
  await shopSays(world, "processing");
  await download(world);
  const after = await order(world);
  expect(after).toMatchObject({ status: "new", on_hold: "person" });
  expect(after.timeline.at(-1)?.text).toBe(
    'The cart says "processing" now, but the WMS called it off: release it to send it again.',
  );
  await hoursPass(world, 2);
  expect(world.view().warehouse.received).toBe(1);
});

const lastError = async () =>
  String((await stored("SELECT last_error FROM deliveries"))[0]?.["last_error"]);
const calledOff = "It called 1001 off and takes nothing else under this reference";

test("an order that goes again to a warehouse that takes a reference once is refused, and the message says why", async () => {
  const world = await worldAtWms();
  await shopSays(world, "cancelled");
  await download(world);
  await shopSays(world, "processing");
  await download(world);
  const { id } = await order(world);
  const anna = { user: "anna", name: "Anna" };
  await actOnOrders(world.deps, world.merchant.merchantId, [id], { action: "release" }, anna);
  await drain(world.deps, world.deps);
  expect(await lastError()).toContain(calledOff);
});

test("a warehouse that answers a repeated key with the order that it called off has not taken it", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await world.control("POST faults", { target: "warehouse", kind: "lost_answer", times: 1 });
  const look = { kind: "http500", match: "GET /orders", times: 1 };
  await world.control("POST faults", { target: "warehouse", ...look });
  await run(world, "order-download");
  await world.control("POST cancel", { reference: "1001", reason: "Out of stock" });
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "new" });
  expect(await lastError()).toContain(calledOff);
});

test("called off while the warehouse takes it, the order is called off there as soon as it has it", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  const happened = duringCall(world.deps, submits, async (pass) => {
    const answer = await pass();
    await shopSays(world, "cancelled");
    await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
    return answer;
  });
  await run(world, "order-download");
  expect(happened()).toBe(true);
  await drain(world.deps, world.deps);
  expect(warehouseOrder(world)).toMatchObject({ status: "cancelled" });
  expect(await order(world)).toMatchObject({ status: "canceled", sending_canceled: false });
});

test("called off before its page is claimed, an order is never sent", async () => {
  const { world, hint } = await worldWithHint();
  const { merchantId, cartId } = world.merchant;
  await shopSays(world, "cancelled");
  await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
  await workDispatch(world.deps, hint);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("called off between the claim and the first read, an order ends called off on both sides", async () => {
  const { world, hint } = await worldWithHint();
  const { merchantId, cartId } = world.merchant;
  await shopSays(world, "cancelled");
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    const done = await commit();
    if (nth === 1) await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
    return done;
  });
  await workDispatch(slow, hint);
  await drain(world.deps, world.deps);
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  expect(world.view().warehouse.orders.filter(({ status }) => status === "open")).toEqual([]);
});

/** The warehouse has an order, and Dray cannot know. */
async function worldOfDoubt(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "lost_answer", times: 1 });
  await world.control("POST faults", { target: "warehouse", kind: "http500", match: "GET" });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  expect(warehouseOrder(world)).toMatchObject({ status: "open" });
  return world;
}

test("an order called off while its outcome is unknown is called off where it turns up", async () => {
  const world = await worldOfDoubt();
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
  await shopSays(world, "cancelled");
  await download(world);
  expect(await order(world)).toMatchObject({ sending_canceled: true, cancel_wanted: "wms" });
  await world.control("DELETE faults");
  await hoursPass(world, 2);
  expect(world.view().warehouse.orders.filter(({ status }) => status === "open")).toEqual([]);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("an order called off while its outcome is unknown, and that a firewall lets nobody ask for, is asked for again", async () => {
  const world = await worldOfDoubt();
  await shopSays(world, "cancelled");
  await download(world);
  await world.control("DELETE faults");
  const firewall = { target: "warehouse", kind: "unauthorized", match: "GET /orders/", times: 1 };
  await world.control("POST faults", firewall);
  await hoursPass(world, 1.2);
  expect(await order(world)).toMatchObject({ status: "new", cancel_wanted: "wms" });
  await hoursPass(world, 1);
  expect(warehouseOrder(world)).toMatchObject({ status: "cancelled" });
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("an order called off while its outcome is unknown, and that ships before anybody asks, is flagged as too late", async () => {
  const world = await worldOfDoubt();
  await shopSays(world, "cancelled");
  await download(world);
  await world.control("DELETE faults");
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ cancel_wanted: null, too_late_to_cancel: true });
  expect(await openAlerts(world)).toMatchObject([{ kind: "too_late_to_cancel", waiting: 1 }]);
  expect(await stored("SELECT * FROM dispatches")).toEqual([]);
});

test("an order called off while its outcome is unknown, and that the warehouse never had, is never sent", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "timeout" });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await shopSays(world, "cancelled");
  await download(world);
  await world.control("DELETE faults");
  await hoursPass(world, 2);
  expect(world.view().warehouse.orders).toHaveLength(0);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("a refund of every piece calls the order off, also where the shop leaves its status", async () => {
  const world = await worldAtWms();
  const [shop] = world.view().shop.orders;
  const lines = (await order(world)).order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  await world.control("PATCH orders", { number: shop?.number, refund: lines });
  await download(world);
  expect(warehouseOrder(world)).toMatchObject({ status: "cancelled" });
  const texts = (await order(world)).timeline.map(({ text }) => text);
  expect(texts).toContainEqual(expect.stringMatching(/^Every piece was refunded in the cart, but/));
  expect(texts.join(" ")).not.toContain('says "processing"');
});

test("a refund of some pieces after sending is told with the difference, and the warehouse keeps the order", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { lines: [{ sku: "A", quantity: 3 }] });
  await run(world, "order-download");
  await world.control("PATCH orders", { refund: [{ sku: "A", quantity: 1 }] });
  await download(world);
  const after = await order(world);
  expect(after).toMatchObject({ status: "at_wms", changed_after_sending: true });
  expect(after.timeline.at(-1)?.text).toContain("A 3 to 2");
});

test("two workers on the same cancellation leave one note", async () => {
  const world = await worldAtWms();
  await shopSays(world, "cancelled");
  world.clock.pass(61_000);
  await downloadOrders(world.deps, orderDownload(world));
  const [hint] = world.deps.queues.deliveries.sent.splice(0);
  if (!hint) throw new Error("No page of cancellations was made");
  await Promise.all([workDispatch(world.deps, hint), workDispatch(world.deps, hint)]);
  await hoursPass(world, 1);
  expect((await events(world)).filter((event) => event === "canceled_at_wms")).toHaveLength(1);
});

test("a worker that dies after the warehouse called off leaves the order canceled here too", async () => {
  const world = await worldAtWms();
  await shopSays(world, "cancelled");
  world.clock.pass(61_000);
  await downloadOrders(world.deps, orderDownload(world));
  const [hint] = world.deps.queues.deliveries.sent.splice(0);
  if (!hint) throw new Error("No page of cancellations was made");
  const dying = aroundBatches(world.deps, (nth, commit) =>
    nth === 1 ? commit() : Promise.reject(new Error("Network connection lost.")),
  );
  await expect(workDispatch(dying, hint)).rejects.toThrow("Network connection lost.");
  expect(warehouseOrder(world)).toMatchObject({ status: "cancelled" });
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: null });
});

test("a warehouse that cannot be reached for one order does not keep the others of the page", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3 });
  await run(world, "order-download");
  await shopSays(world, "cancelled");
  duringEveryCall(world.deps, cancels, (pass) => pass());
  let first = true;
  duringEveryCall(world.deps, cancels, async (pass) => {
    if (!first) return pass();
    first = false;
    return { status: 500, headers: new Headers(), body: "", url: "https://warehouse.example" };
  });
  await download(world);
  expect(await stored("SELECT count(*) AS n FROM orders WHERE status = 'canceled'")).toEqual([
    { n: 2 },
  ]);
  await hoursPass(world, 1);
  expect(await stored("SELECT count(*) AS n FROM orders WHERE status = 'canceled'")).toEqual([
    { n: 3 },
  ]);
});

test("a rest that is called off after some of it shipped ends the order, and the cart hears of a parcel that waited for the last", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { post_shipments: "last" } });
  const lines = ["A", "B"].map((sku) => ({ sku, quantity: 1 }));
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  await world.control("POST ship", { lines: [{ sku: "A", quantity: 1 }], tracking_number: "1ZA" });
  await run(world, "shipment-pickup");
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(0);
  // This warehouse stops the rest of an order of which a parcel has left.
  duringEveryCall(world.deps, cancels, async () => ({
    status: 200,
    headers: new Headers({ "content-type": "application/json" }),
    body: JSON.stringify({ id: "W-1001", reference: "1001", status: "cancelled" }),
    url: "https://warehouse.example",
  }));
  await shopSays(world, "cancelled");
  await download(world);
  expect(await order(world)).toMatchObject({ status: "shipped" });
  await hoursPass(world, 1);
  expect(world.view().shop.orders[0]?.fulfillments).toHaveLength(1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
});

test("an order that was called off and that an old worker got to the warehouse after all is called off there", async () => {
  const { world, hint } = await worldWithHint();
  const { merchantId, cartId } = world.merchant;
  const happened = duringCall(world.deps, submits, async (pass) => {
    const answer = await pass();
    // As if nobody had known that a worker has it in hand.
    await stored("UPDATE dispatches SET working = 0");
    await shopSays(world, "cancelled");
    await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
    await stored("UPDATE deliveries SET state = 'queued'");
    return answer;
  });
  await workDispatch(world.deps, hint);
  expect(happened()).toBe(true);
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.orders.filter(({ status }) => status === "open")).toEqual([]);
});
