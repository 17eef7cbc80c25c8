import { expect, test } from "vitest";
import type { DispatchId } from "../../../src/domain/ids.ts";
import type { OrderAction } from "../../../src/domain/order-actions.ts";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { checkConnection } from "../../../src/sync/check-connection.ts";
import { noteFailure } from "../../../src/sync/connection-health.ts";
import { openWms } from "../../../src/sync/open-connection.ts";
import { pauseConnection } from "../../../src/sync/pause-connection.ts";
import { replaceSecrets } from "../../../src/sync/replace-secrets.ts";
import { makeWorld, run, tick, type World } from "../world.ts";
import { expectLaws } from "./alert-laws.ts";
import {
  answer,
  download,
  duringCall,
  duringEveryCall,
  hoursPass,
  openAlerts,
  order,
  stored,
} from "./between-steps.ts";
import { setCart } from "./code-world.ts";
import {
  act,
  actOn,
  by,
  cancel,
  clear,
  restore,
  settle,
  submits,
  worldAtWms,
  worldWithHint,
} from "./people.ts";

const finds = /^GET https:\/\/warehouse\.example\/orders/;
const cancels = /^(DELETE|POST) https:\/\/warehouse\.example\/orders\/.+/;
const anyDownload = /^GET https:\/\/shop\.example\/.*\/orders/;
const kinds = async (world: World) => (await openAlerts(world)).map(({ kind }) => kind);

test("rejected credentials stay alerted when a slower worker meets a vendor that is not available", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  const { connection } = await openWms(world.deps, merchantId, wmsId);
  await noteFailure(world.deps, connection, { kind: "unauthorized", message: "Who are you?" });
  await noteFailure(world.deps, connection, { kind: "unavailable", message: "Closed" });
  expect(await openAlerts(world)).toMatchObject([
    { kind: "unauthorized", message: "Who are you?" },
  ]);
});

test("a check that began with credentials that were replaced meanwhile rejects none of the new ones", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  duringCall(world.deps, /^GET https:\/\/warehouse\.example\//, async () => {
    await replaceSecrets(world.deps, merchantId, wmsId, { api_token: "demo_sandbox_token" });
    return answer(401, "{}");
  });
  await checkConnection(world.deps, merchantId, wmsId);
  const { connection } = await openWms(world.deps, merchantId, wmsId);
  expect(connection.health).toBe("healthy");
  expect(await openAlerts(world)).toEqual([]);
});

test("a check that a vendor does not answer is an alert of the connection, and a good one closes it", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  let down = true;
  duringEveryCall(world.deps, /warehouse\.example/, async (pass) =>
    down ? answer(503, "{}") : pass(),
  );
  await checkConnection(world.deps, merchantId, wmsId);
  expect(await kinds(world)).toEqual(["unavailable"]);
  down = false;
  await checkConnection(world.deps, merchantId, wmsId);
  expect(await openAlerts(world)).toEqual([]);
});

test("a shop that refuses to be asked for orders is an alert, and its first answer closes it", async () => {
  const world = await makeWorld();
  let gone = true;
  duringEveryCall(world.deps, anyDownload, async (pass) =>
    gone ? answer(400, '{"code":"rest_invalid_param","message":"What?"}') : pass(),
  );
  await download(world);
  expect(await openAlerts(world)).toMatchObject([{ kind: "bad_request", waiting: 0 }]);
  gone = false;
  await download(world);
  expect(await openAlerts(world)).toEqual([]);
});

test("one order that the warehouse answers with 400 is that order's trouble and no connection's", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  duringEveryCall(world.deps, submits, async () => answer(400, '{"message":"What?"}'));
  await run(world, "order-download");
  expect(await kinds(world)).toEqual(["refused"]);
  expect((await openWms(world.deps, merchantId, wmsId)).connection.health).toBe("healthy");
});

test("an order that was called off while nobody knows whether the WMS has it stays listed until it answers", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  let down = true;
  duringEveryCall(world.deps, /warehouse\.example/, async (pass) =>
    down ? answer(503, "{}") : pass(),
  );
  await run(world, "order-download");
  await act(world, cancel);
  expect(await openAlerts(world)).toMatchObject([{ kind: "unavailable", waiting: 1 }]);
  await hoursPass(world, 2);
  expect(await openAlerts(world)).toMatchObject([{ kind: "unavailable", waiting: 1 }]);
  down = false;
  await hoursPass(world, 1.2);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  expect(await openAlerts(world)).toEqual([]);
});

test("an order that its WMS does not answer to call off is listed until it does", async () => {
  const world = await worldAtWms();
  let down = true;
  duringEveryCall(world.deps, cancels, async (pass) => (down ? answer(503, "{}") : pass()));
  await act(world, cancel);
  await settle(world);
  expect(await openAlerts(world)).toMatchObject([{ kind: "unavailable", waiting: 1 }]);
  down = false;
  await hoursPass(world, 0.2);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  expect(await openAlerts(world)).toEqual([]);
});

test("an order that its WMS answers with 400 to call off is listed for that", async () => {
  const world = await worldAtWms();
  duringEveryCall(world.deps, cancels, async () => answer(400, '{"message":"What?"}'));
  await act(world, cancel);
  await settle(world);
  expect(await openAlerts(world)).toMatchObject([{ kind: "bad_request", waiting: 1 }]);
});

test("calling off that ends without an answer says nothing good of its connection", async () => {
  const world = await worldAtWms();
  duringEveryCall(world.deps, /warehouse\.example/, async () => answer(503, "{}"));
  await act(world, cancel);
  await settle(world);
  world.clock.pass(3 * 24 * 3_600_000);
  const [page] = await stored("UPDATE dispatches SET fence = 36 RETURNING id");
  world.deps.queues.deliveries.sent.push({
    merchant_id: world.merchant.merchantId,
    dispatch_id: page?.["id"] as DispatchId,
  });
  await settle(world);
  expect((await kinds(world)).toSorted()).toEqual(["too_late_to_cancel", "unavailable"]);
});

test("a change that came while an order was being sent is no trouble any more once the order follows it", async () => {
  const { world, hint } = await worldWithHint();
  const change = { note: "Ring twice" };
  duringCall(world.deps, submits, async () => {
    world.clock.pass(2_000);
    await world.control("PATCH orders", change);
    await download(world);
    return answer(422, '{"code":"other","message":"Not today"}');
  });
  world.deps.queues.deliveries.sent.push(hint);
  await settle(world);
  expect((await kinds(world)).toSorted()).toEqual(["changed_after_sending", "refused"]);
  await download(world);
  expect(await kinds(world)).toEqual(["refused"]);
  await expectLaws(world, "the order followed its cart");
});

test("a restored order is listed again for what was wrong with it", async () => {
  const world = await worldAtWms();
  world.clock.pass(2_000);
  await world.control("PATCH orders", { address_1: "2 Other Street" });
  await download(world);
  const [before] = await openAlerts(world);
  expect(before).toMatchObject({ kind: "changed_after_sending" });
  expect(before?.message).toContain("address_1");
  const { id } = await order(world);
  await actOn(world, id, clear);
  expect(await openAlerts(world)).toEqual([]);
  await actOn(world, id, restore);
  expect(await openAlerts(world)).toMatchObject([
    { kind: "changed_after_sending", waiting: 1, message: before?.message },
  ]);
});

test("a cart that does not call off what the warehouse did is an alert, until it has", async () => {
  const world = await worldAtWms();
  await setCart(world, { cancel_in_cart: true });
  await world.control("PATCH orders", { status: "completed" });
  await world.control("POST cancel", { reason: "Out of stock" });
  await run(world, "shipment-pickup");
  expect(await openAlerts(world)).toMatchObject([
    {
      kind: "kept_in_cart",
      waiting: 1,
      title: expect.stringContaining("was called off, and its cart does not take that"),
      message: "The shop has set this order to Completed.",
    },
  ]);
  await expectLaws(world, "its cart keeps the order");
  const { id } = await order(world);
  await actOn(world, id, clear);
  expect(await openAlerts(world)).toEqual([]);
  await actOn(world, id, restore);
  expect(await kinds(world)).toEqual(["kept_in_cart"]);
  world.clock.pass(2_000);
  await world.control("PATCH orders", { status: "cancelled" });
  await download(world);
  expect(await openAlerts(world)).toEqual([]);
  expect((await order(world)).timeline.at(-1)?.text).toBe('The cart says "cancelled", too.');
  await expectLaws(world, "its cart called it off");
});

test("what was called off too late and is meant after all is no trouble any more", async () => {
  const world = await worldAtWms();
  duringEveryCall(world.deps, cancels, async () =>
    answer(409, '{"code":"too_late","message":"It is packed"}'),
  );
  world.clock.pass(2_000);
  await world.control("PATCH orders", { status: "cancelled" });
  await download(world);
  await settle(world);
  expect(await kinds(world)).toEqual(["too_late_to_cancel"]);
  world.clock.pass(2_000);
  await world.control("PATCH orders", { status: "processing" });
  await download(world);
  expect(await openAlerts(world)).toEqual([]);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("a shipment that was corrected is off its own alert, also while another of its order fails", async () => {
  const world = await worldAtWms();
  await world.control("POST faults", { target: "shop", kind: "reject" });
  await world.control("POST ship", { partial: true });
  await run(world, "shipment-pickup");
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  await settle(world);
  const before = await kinds(world);
  expect(before).toEqual(["tracking", "tracking"]);
  const [shipment] = world.state.warehouse_shipments.all();
  await pauseConnection(world.deps, world.merchant.merchantId, world.merchant.cartId, true);
  await world.control("POST correct", { shipment: shipment?.id, tracking_number: "T-2" });
  await run(world, "shipment-pickup");
  expect(await kinds(world)).toEqual(["tracking"]);
  await expectLaws(world, "one was corrected");
});

test("nobody probes for a connection that is paused, and resumed it goes on by one order", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  await world.control("POST orders", { count: 150 });
  let calls = 0;
  let down = true;
  duringEveryCall(world.deps, submits, async (pass) => {
    calls += 1;
    return down ? answer(503, "{}") : pass();
  });
  await run(world, "order-download");
  await settle(world);
  await pauseConnection(world.deps, merchantId, wmsId, true);
  const rows = () => stored("SELECT id, due_at, fence FROM dispatches ORDER BY id");
  world.clock.pass(2 * 3_600_000);
  await tick(world);
  const [resting, before] = [await rows(), calls];
  world.clock.pass(300_000);
  await tick(world);
  expect(await rows()).toEqual(resting);
  expect(calls).toBe(before);
  await pauseConnection(world.deps, merchantId, wmsId, false);
  await settle(world);
  expect(calls - before).toBe(1);
  down = false;
  await hoursPass(world, 1.5);
  expect(world.view().warehouse.orders).toHaveLength(150);
  expect(await openAlerts(world)).toEqual([]);
});

test("a WMS that cannot even be asked refuses the resend of its orders, and of no others", async () => {
  const world = await worldAtWms();
  const { id } = await order(world);
  duringEveryCall(world.deps, finds, async (pass) => pass());
  await stored("UPDATE connections SET settings = '{}' WHERE side = 'wms'");
  const resend: OrderAction = { action: "resend", may_ship_twice: false };
  const done = await actOnOrders(world.deps, world.merchant.merchantId, [id], resend, by);
  expect(done).toMatchObject([{ id, result: "refused" }]);
});
