import { expect, test } from "vitest";
import { makeWorld, run, type World } from "../world.ts";
import { download, duringEveryCall, hoursPass, order } from "./between-steps.ts";
import {
  act,
  BY,
  edit,
  hold,
  release,
  setPolicy,
  settle,
  submits,
  worldInError,
  worldThatWaits,
  worldWithHint,
} from "./people.ts";

const DAY = 24 * 3_600_000;
const last = async (world: World) => (await order(world)).timeline.at(-1);

test("a day that is taken away again lets the order go", async () => {
  const { world } = await worldWithHint();
  const day = new Date(world.clock.now() + 5 * DAY).toISOString().slice(0, 10);
  await act(world, edit({ requested_ship_date: day }));
  await hoursPass(world, 1);
  expect(world.view().warehouse.received).toBe(0);
  await act(world, edit({ requested_ship_date: null }));
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("an edited field wins over what the cart says later, and the difference is noted once", async () => {
  const world = await worldThatWaits();
  expect(await act(world, edit({ ship_to: { city: "Dallas" } }))).toMatchObject({ result: "done" });
  expect(await last(world)).toMatchObject({
    event: "edited",
    text: "Edited: ship_to.city is Dallas now.",
    by: BY,
  });
  await world.control("PATCH orders", { city: "Waco", zip: "76701" });
  await download(world);
  await world.control("PATCH orders", { note: "Ring twice" });
  await download(world);
  await download(world);
  const after = await order(world);
  expect(after.order.ship_to).toMatchObject({ city: "Dallas", zip: "76701" });
  expect(after.edited).toEqual(["ship_to.city"]);
  expect(after.timeline.filter(({ text }) => text.includes("where it was edited"))).toHaveLength(1);
  await setPolicy(world, { delivery: true });
  await settle(world);
  const [sent] = world.state.warehouse_orders.all();
  expect(JSON.stringify(sent)).toContain("Dallas");
  expect(JSON.stringify(sent)).not.toContain("Waco");
});

test("a field that is taken away and given again leaves the cart's word alone", async () => {
  const world = await worldThatWaits();
  await act(world, edit({ ship_code: null }));
  await act(world, edit({ ship_code: "EXPRESS", po_number: "PO-1" }));
  await act(world, edit({ po_number: "PO-2" }));
  const before = (await order(world)).timeline.length;
  await world.control("PATCH orders", { status: "processing" });
  await download(world);
  expect((await order(world)).timeline).toHaveLength(before);
  expect((await order(world)).order).toMatchObject({ ship_code: "EXPRESS", po_number: "PO-2" });
});

test("an edit of an order that waits on a dispatch goes out with it", async () => {
  const { world, hint } = await worldWithHint();
  await act(world, edit({ shipping_instructions: "Leave at the door" }));
  world.deps.queues.deliveries.sent.push(hint);
  await settle(world);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain("Leave at the door");
});

test("an edit that leaves a line out and changes another sends just that", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { lines: ["A", "B"].map((sku) => ({ sku, quantity: 2 })) });
  await run(world, "order-download");
  const [a, b] = (await order(world)).order.lines.map(({ line_id }) => line_id);
  await act(
    world,
    edit({ lines: { [a ?? ""]: { quantity: 0 }, [b ?? ""]: { sku: "B-2", quantity: 1 } } }),
  );
  await setPolicy(world, { delivery: true });
  await settle(world);
  expect(world.state.warehouse_orders.all()[0]?.lines).toMatchObject([{ sku: "B-2", quantity: 1 }]);
});

test("an edit of a line that is not there, or that leaves nothing to ship, is refused and changes nothing", async () => {
  const world = await worldThatWaits();
  const before = await order(world);
  expect(await act(world, edit({ lines: { nope: { quantity: 1 } } }))).toMatchObject({
    result: "refused",
    fields: [{ path: "lines.nope" }],
  });
  const all = Object.fromEntries(
    before.order.lines.map(({ line_id }) => [line_id, { quantity: 0 }]),
  );
  expect(await act(world, edit({ lines: all }))).toMatchObject({
    result: "refused",
    fields: [{ path: "lines" }],
  });
  expect(await order(world)).toEqual(before);
});

test("an edit releases an order in error, and it is tried anew under a new key", async () => {
  const world = await worldInError();
  expect(await order(world)).toMatchObject({ status: "error", error_reason: "address" });
  const keys: unknown[] = [];
  duringEveryCall(world.deps, submits, (pass, request) => {
    keys.push(new Headers(request?.headers).get("idempotency-key"));
    return pass();
  });
  await act(world, edit({ ship_to: { address_1: "12 Real Street" } }));
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", error_reason: null });
  expect(keys).toEqual([expect.stringMatching(/\.2$/)]);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain("12 Real Street");
});

test("an order in error that is held stays held when it is edited, and goes when it is released", async () => {
  const world = await worldInError();
  await act(world, hold());
  await act(world, edit({ ship_to: { address_1: "12 Real Street" } }));
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
  await act(world, release);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("a line that was left out is had back with another quantity", async () => {
  const world = await makeWorld({ delivery: false });
  const lines = [
    { sku: "MUG", quantity: 2 },
    { sku: "TEE", quantity: 1 },
  ];
  await world.control("POST orders", { lines });
  await run(world, "order-download");
  const mug = (await order(world)).order.lines.find(({ sku }) => sku === "MUG")?.line_id ?? "";
  const ofMug = (quantity: number) => edit({ lines: { [mug]: { quantity } } });
  expect(await act(world, ofMug(0))).toMatchObject({ result: "done" });
  expect(await act(world, ofMug(3))).toMatchObject({ result: "done" });
  await setPolicy(world, { delivery: true });
  await settle(world);
  const [sent] = world.state.warehouse_orders.all();
  expect(sent?.lines).toMatchObject([
    { sku: "MUG", quantity: 3 },
    { sku: "TEE", quantity: 1 },
  ]);
});
