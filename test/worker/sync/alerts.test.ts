import { expect, test } from "vitest";
import { checkAndPush } from "../../../src/sync/check-and-push.ts";
import { dismissAlert } from "../../../src/sync/dismiss-alert.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { getAlert, listAlertOrders, listAlerts } from "../../../src/sync/list-alerts.ts";
import { mailOf, outboxOf } from "../../../src/sync/list-mails.ts";
import { pickUpShipments } from "../../../src/sync/pick-up-shipments.ts";
import { replaceSecrets } from "../../../src/sync/replace-secrets.ts";
import { pauseConnection } from "../../../src/sync/pause-connection.ts";
import { sweep } from "../../../src/sync/sweep.ts";
import { tellAlerts } from "../../../src/sync/tell-alerts.ts";
import { workDispatch } from "../../../src/sync/work-dispatch.ts";
import { makeWorld, run, tick, type World } from "../world.ts";
import {
  answer,
  aroundBatches,
  duringCall,
  duringEveryCall,
  hoursPass,
  openAlerts,
  order,
  shipmentPickup,
  stored,
} from "./between-steps.ts";
import { act, by, cancel, cancelSending, clear, release, settle, submits } from "./people.ts";

const refuse = (world: World, message: string, code = "other") =>
  duringEveryCall(world.deps, submits, async () => answer(422, JSON.stringify({ code, message })));

const closedAlerts = async ({ deps, merchant: { merchantId } }: World) =>
  (await listAlerts(deps, merchantId, { state: "closed", after: null, limit: 100 })).items;

async function worldWith(count: number): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count });
  return world;
}

test("a warehouse that answers 500 leaves the order new, with its words in an open alert, and an hour later it is sent and the alert closes", async () => {
  const world = await worldWith(1);
  await world.control("POST faults", { target: "warehouse", kind: "http500", times: 1 });
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
  const [alert] = await openAlerts(world);
  expect(alert).toMatchObject({ kind: "unavailable", state: "open", waiting: 1, times: 1 });
  expect(alert?.message).toContain("500");
  const listed = await listAlertOrders(world.deps, world.merchant.merchantId, alert?.id ?? "", {
    after: null,
    limit: 10,
  });
  expect(listed.items).toMatchObject([{ id: (await order(world)).id }]);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(await openAlerts(world)).toEqual([]);
  expect(await closedAlerts(world)).toMatchObject([
    { id: alert?.id, state: "resolved", waiting: 0, closed_by: "The WMS has the order." },
  ]);
});

test("a warehouse that a check finds well gets what failed for it at once", async () => {
  const world = await worldWith(1);
  const { merchantId, wmsId } = world.merchant;
  await world.control("POST faults", { target: "warehouse", kind: "http500", times: 1 });
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
  await checkAndPush(world.deps, merchantId, wmsId);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(await openAlerts(world)).toEqual([]);
});

test("of two who dismiss an alert at once one does, and the other hears that it is dismissed", async () => {
  const world = await worldWith(1);
  const { merchantId } = world.merchant;
  refuse(world, "Not like that.");
  await run(world, "order-download");
  const { id = "" } = (await openAlerts(world))[0] ?? {};
  const both = await Promise.allSettled(
    ["one", "two"].map((note) => dismissAlert(world.deps, merchantId, id, note, by)),
  );
  const no = both.flatMap((one) => (one.status === "rejected" ? [String(one.reason.message)] : []));
  expect(no).toEqual([expect.stringContaining("dismissed already")]);
});

test("what rests is counted under the newest alert of its connection only", async () => {
  const world = await worldWith(1);
  await world.control("POST faults", { target: "warehouse", kind: "http500", times: 1 });
  await run(world, "order-download");
  world.clock.pass(60_000);
  await world.control("POST orders", { count: 3 });
  await world.control("POST faults", { target: "warehouse", kind: "unauthorized" });
  await run(world, "order-download");
  const waiting = (await openAlerts(world)).map((alert) => [alert.kind, alert.waiting]);
  expect(Object.fromEntries(waiting)).toEqual({ unauthorized: 3, unavailable: 1 });
});

test("an alert and what it is about are stored together or not at all, whichever batch fails", async () => {
  for (let nth = 1; nth <= 6; nth += 1) {
    const world = await worldWith(1);
    refuse(world, "No");
    const deps = aroundBatches(world.deps, (at, store) =>
      at === nth ? Promise.reject(new Error("D1 DB is overloaded.")) : store(),
    );
    await run({ ...world, deps }, "order-download").catch(() => undefined);
    const failed = (await listOrders(world.deps, world.merchant.merchantId, { limit: 1 })).items;
    expect(await openAlerts(world)).toHaveLength(failed[0]?.failed_sends ?? 0);
    await hoursPass(world, 1.2);
    expect(await openAlerts(world)).toMatchObject([{ kind: "refused", waiting: 1 }]);
  }
});

test("what the WMS refuses is one alert of that order, and a repeat counts", async () => {
  const world = await worldWith(2);
  refuse(world, "The moon is full");
  await run(world, "order-download");
  const alerts = await openAlerts(world);
  expect(alerts).toHaveLength(2);
  expect(alerts[0]).toMatchObject({
    kind: "refused",
    message: "The moon is full",
    times: 1,
    waiting: 1,
    retry: "by_itself",
  });
  await hoursPass(world, 1.1);
  expect((await openAlerts(world)).map(({ times }) => times)).toEqual([2, 2]);
});

test("whatever takes the order out of its trouble resolves its alert in the same batch", async () => {
  for (const [action, why] of [
    [cancel, "The order was canceled."],
    [cancelSending, "Its sending was canceled."],
    [clear, "The order was cleared."],
  ] as const) {
    const world = await worldWith(1);
    refuse(world, "No such street", "address");
    await run(world, "order-download");
    expect(await openAlerts(world)).toMatchObject([{ kind: "address", retry: "person" }]);
    await act(world, action);
    expect(await openAlerts(world)).toEqual([]);
    expect(await closedAlerts(world)).toMatchObject([{ state: "resolved", closed_by: why }]);
  }
});

test("a dismissed alert is silent until the other system says something else", async () => {
  const world = await worldWith(1);
  const { merchantId } = world.merchant;
  let words = "Not today";
  duringEveryCall(world.deps, submits, async () =>
    answer(422, JSON.stringify({ code: "other", message: words })),
  );
  await run(world, "order-download");
  const [alert] = await openAlerts(world);
  await dismissAlert(world.deps, merchantId, alert?.id ?? "", "I know", by);
  await hoursPass(world, 3);
  expect(await openAlerts(world)).toEqual([]);
  const silent = await getAlert(world.deps, merchantId, alert?.id ?? "");
  expect(silent).toMatchObject({ state: "dismissed", note: "I know" });
  expect(silent.times).toBeGreaterThan(2);
  words = "Not tomorrow either";
  await hoursPass(world, 1.1);
  expect(await openAlerts(world)).toMatchObject([
    { id: alert?.id, message: words, times: 1, note: null },
  ]);
});

test("given up is another alert than refused, and a release tries for 15 days more", async () => {
  const world = await worldWith(1);
  refuse(world, "Never");
  await run(world, "order-download");
  for (let day = 0; day < 15; day += 1) {
    world.clock.pass(24 * 3_600_000);
    await tick(world);
  }
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ status: "error", error_reason: "given_up" });
  expect(await openAlerts(world)).toMatchObject([{ kind: "given_up", message: "Never" }]);
  await act(world, release);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 1 });
  expect(await openAlerts(world)).toMatchObject([{ kind: "refused" }]);
});

test("rejected credentials raise one alert that lists everything that waits, and new ones send it all", async () => {
  const world = await worldWith(150);
  const { merchantId, wmsId } = world.merchant;
  await world.control("POST faults", { target: "warehouse", kind: "unauthorized" });
  await run(world, "order-download");
  const [alert, ...others] = await openAlerts(world);
  expect(others).toEqual([]);
  expect(alert).toMatchObject({ kind: "unauthorized", waiting: 150, times: 1 });
  const page = await listAlertOrders(world.deps, merchantId, alert?.id ?? "", {
    after: null,
    limit: 100,
  });
  expect(page.items).toHaveLength(100);
  const rest = await listAlertOrders(world.deps, merchantId, alert?.id ?? "", {
    after: page.next,
    limit: 100,
  });
  expect(rest.items).toHaveLength(50);
  expect(await order(world)).toMatchObject({ status: "new", failed_sends: 0 });
  await tellAlerts(world.deps, await world.deps.databases.of(merchantId));
  const own = { kind: "merchant", id: merchantId } as const;
  const [mail] = (await outboxOf(world.deps, own, { limit: 1 })).items;
  const { text } = await mailOf(world.deps, own, mail?.id ?? "");
  expect(text).toContain("150 orders wait for this.");
  await world.control("DELETE faults");
  await replaceSecrets(world.deps, merchantId, wmsId, { api_token: "demo_sandbox_token" });
  await settle(world);
  expect(world.view().warehouse.orders).toHaveLength(150);
  expect(await openAlerts(world)).toEqual([]);
});

test("a warehouse that answers nobody is tried by one order every five minutes, and its first answer wakes all", async () => {
  const world = await worldWith(200);
  let calls = 0;
  let down = true;
  duringEveryCall(world.deps, submits, async (pass) => {
    if (!down) return pass();
    calls += 1;
    return answer(503, '{"message":"maintenance"}');
  });
  await run(world, "order-download");
  await settle(world);
  const first = calls;
  expect(first).toBeLessThanOrEqual(60);
  const [alert] = await openAlerts(world);
  expect(alert).toMatchObject({ kind: "unavailable", waiting: 200 });
  await hoursPass(world, 2);
  expect(calls - first).toBeLessThanOrEqual(2 * 12 + 1);
  down = false;
  await hoursPass(world, 0.2);
  expect(world.view().warehouse.orders.length).toBeGreaterThanOrEqual(200 - first - 25);
  await hoursPass(world, 1.2);
  expect(world.view().warehouse.orders).toHaveLength(200);
  expect(await openAlerts(world)).toEqual([]);
});

test("a cart that does not take tracking is one alert per shipment, and it closes when the cart shows it", async () => {
  const world = await worldWith(1);
  await run(world, "order-download");
  await settle(world);
  await world.control("POST faults", { target: "shop", kind: "reject", times: 2 });
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  await settle(world);
  const alerts = await openAlerts(world);
  expect(alerts).toMatchObject([{ state: "open" }]);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(await openAlerts(world)).toEqual([]);
});

test("an order with two parcels that its cart does not take waits once, and is counted off once", async () => {
  const world = await makeWorld();
  const { deps, merchant } = world;
  await world.control("POST orders", { lines: [{ sku: "DEMO-MUG", quantity: 2 }] });
  await run(world, "order-download");
  await settle(world);
  await world.control("POST faults", { target: "shop", kind: "http500", match: "fulfillments" });
  await world.control("POST ship", { partial: true });
  await world.control("POST ship");
  await run(world, "shipment-pickup");
  await settle(world);
  const [alert] = await openAlerts(world);
  expect(alert).toMatchObject({ kind: "unavailable", waiting: 1 });
  await world.control("DELETE faults");
  await hoursPass(world, 1);
  expect(await openAlerts(world)).toEqual([]);
  const after = await getAlert(deps, merchant.merchantId, alert?.id ?? "");
  expect(after).toMatchObject({ state: "resolved", waiting: 0 });
});

/** An order whose first parcel the shop did not take; it and a second one are on their way now, on a page each. */
async function worldOfTwoPages(): Promise<World> {
  const world = await makeWorld();
  const { deps } = world;
  await world.control("POST orders", { lines: [{ sku: "DEMO-MUG", quantity: 2 }] });
  await run(world, "order-download");
  await settle(world);
  const once = { target: "shop", kind: "http500", match: "fulfillments", times: 1 };
  await world.control("POST faults", once);
  await world.control("POST ship", { partial: true });
  await run(world, "shipment-pickup");
  await settle(world);
  expect(await openAlerts(world)).toMatchObject([{ kind: "unavailable", waiting: 1 }]);
  deps.clock.pass(20 * 60_000);
  await sweep(deps);
  await world.control("POST ship");
  await pickUpShipments(deps, shipmentPickup(world));
  return world;
}

test("a parcel that is put off for another one of its order stays on its alert", async () => {
  const world = await worldOfTwoPages();
  await settle(world);
  expect(await openAlerts(world)).toMatchObject([{ kind: "unavailable", waiting: 1 }]);
  await hoursPass(world, 1);
  expect(await openAlerts(world)).toEqual([]);
});

test("a parcel that is corrected while it is put off is begun anew, and has no trouble", async () => {
  const world = await worldOfTwoPages();
  const [first] = world.view().warehouse.shipments;
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    // Behind the claim.
    if (nth === 2) {
      await world.control("POST correct", { shipment: first?.id, tracking_number: "CORRECTED" });
      await pickUpShipments(world.deps, shipmentPickup(world));
    }
    return commit();
  });
  const pages = world.deps.queues.deliveries.sent.splice(0);
  for (const page of pages) await workDispatch(slow, page);
  expect(await stored("SELECT last_error FROM shipments")).toEqual([
    { last_error: null },
    { last_error: null },
  ]);
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "confirmed" });
  expect(await openAlerts(world)).toEqual([]);
});

test("a download that fails is an alert of its connection, which the next good run resolves", async () => {
  const world = await worldWith(1);
  const fail = { target: "shop", kind: "timeout" };
  await world.control("POST faults", fail);
  await run(world, "order-download");
  const [alert] = await openAlerts(world);
  expect(alert).toMatchObject({ kind: "timed_out", waiting: 0, times: 1 });
  await world.control("DELETE faults");
  await run(world, "order-download");
  await settle(world);
  expect(await openAlerts(world)).toEqual([]);
});

test("paused, a connection keeps its alerts, and what waits goes on when it is resumed", async () => {
  const world = await worldWith(1);
  const { merchantId, wmsId } = world.merchant;
  duringCall(world.deps, submits, async () => answer(503, "{}"));
  await run(world, "order-download");
  await pauseConnection(world.deps, merchantId, wmsId, true);
  await hoursPass(world, 2);
  expect(await openAlerts(world)).toMatchObject([{ kind: "unavailable", waiting: 1 }]);
  await pauseConnection(world.deps, merchantId, wmsId, false);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(await openAlerts(world)).toEqual([]);
});
