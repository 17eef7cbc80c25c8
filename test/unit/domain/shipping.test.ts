import { expect, test } from "vitest";
import type { IncomingShipment } from "../../../src/domain/incoming.ts";
import type { OrderLine, OrderStatus } from "../../../src/domain/order.ts";
import { later, planShipments, type Shipment } from "../../../src/domain/shipping.ts";
import { incomingShipment, line, NOW } from "./samples.ts";

const lines = [line("1", "MUG", 3, 1), line("2", "TEE", 2, 2)];
const each = { post_shipments: "each", untracked_counts: true } as const;
const last = { ...each, post_shipments: "last" } as const;
const trackedOnly = { ...each, untracked_counts: false } as const;

const of = (lineId: string | null, sku: string | null, quantity: number) => ({
  line_id: lineId,
  sku,
  quantity,
});
const told = (wmsId: string, more: Partial<IncomingShipment> = {}) => ({
  id: `shp_${wmsId}`,
  shipment: incomingShipment({ wms_shipment_id: wmsId, tracking_number: `T-${wmsId}`, ...more }),
});

interface Story {
  status: OrderStatus;
  shipments: Shipment[];
}
const start: Story = { status: "at_wms", shipments: [] };

/** The order after a plan: what was planned is stored, as the store would. */
function after(
  story: Story,
  incoming: Parameters<typeof planShipments>[2],
  policy: Parameters<typeof planShipments>[3] = each,
  of: readonly OrderLine[] = lines,
) {
  const plan = planShipments(
    { status: story.status, lines: of },
    story.shipments,
    incoming,
    policy,
    NOW,
  );
  const stored = new Map(story.shipments.map((shipment) => [shipment.id, shipment]));
  for (const shipment of plan.changed) stored.set(shipment.id, shipment);
  return { ...plan, shipments: [...stored.values()] };
}

const settled = (story: Story, state: Shipment["state"]): Story => ({
  ...story,
  shipments: story.shipments.map((shipment) => ({ ...shipment, state, cart_shipment_id: "c1" })),
});
const events = (plan: { entries: readonly { event: string }[] }) =>
  plan.entries.map(({ event }) => event);
const quantities = (shipment: Shipment | undefined) =>
  shipment?.body.lines.map(({ line_id, quantity }) => [line_id, quantity]);

test("a shipment without lines is everything that is still open", () => {
  const plan = after(start, [told("A")]);
  expect(plan.status).toBe("shipped");
  expect(quantities(plan.shipments[0])).toEqual([
    ["1", 3],
    ["2", 2],
  ]);
  expect(plan.entries).toEqual([
    { at: NOW, event: "shipped", text: "Shipped 3 × MUG, 2 × TEE by UPS Ground as T-A." },
  ]);
});

test("an order ships in as many parcels as the warehouse packs, partial until the last", () => {
  const first = after(start, [told("A", { lines: [of("1", null, 2)] })]);
  expect(first.status).toBe("partial");
  const second = after(first, [told("B", { lines: [of("1", null, 1), of("2", null, 1)] })]);
  expect(second.status).toBe("partial");
  const third = after(second, [told("C")]);
  expect(third.status).toBe("shipped");
  expect(quantities(third.shipments[2])).toEqual([["2", 1]]);
  expect(third.changed.map(({ id }) => id)).toEqual(["shp_C"]);
});

test("several parcels told at once are the same as told one after the other", () => {
  const parts = [told("A", { lines: [of("1", null, 2)] }), told("B")];
  const together = after(start, parts);
  const [a, b] = parts.map((part) => [part]);
  expect(together.shipments).toEqual(after(after(start, a ?? []), b ?? []).shipments);
});

test("a parcel's line is found by the line id before the SKU", () => {
  const plan = after(start, [told("A", { lines: [of("2", "MUG", 1)] })]);
  expect(quantities(plan.shipments[0])).toEqual([["2", 1]]);
});

test("a parcel's line without a known line id is found by its SKU", () => {
  const plan = after(start, [told("A", { lines: [of("nine", "MUG", 1), of(null, "TEE", 2)] })]);
  expect(quantities(plan.shipments[0])).toEqual([
    ["1", 1],
    ["2", 2],
  ]);
});

test("two lines with the same SKU are filled one after the other", () => {
  const twins = [line("1", "MUG", 2, 1), line("2", "MUG", 3, 2)];
  const first = after(start, [told("A", { lines: [of(null, "MUG", 3)] })], each, twins);
  expect(quantities(first.shipments[0])).toEqual([
    ["1", 2],
    ["2", 1],
  ]);
  const second = after(first, [told("B", { lines: [of(null, "MUG", 2)] })], each, twins);
  expect(quantities(second.shipments[1])).toEqual([["2", 2]]);
  expect(second.status).toBe("shipped");
});

test("a line id stands for that line alone, even if another line has the same SKU", () => {
  const twins = [line("1", "MUG", 1, 1), line("2", "MUG", 1, 2)];
  const plan = after(start, [told("A", { lines: [of("2", "MUG", 2)] })], each, twins);
  expect(quantities(plan.shipments[0])).toEqual([["2", 1]]);
  expect(plan.shipments[0]?.body.surplus).toEqual([{ line_id: "2", sku: "MUG", quantity: 1 }]);
});

test("what the order does not have is surplus, and no cart is told of it", () => {
  const plan = after(start, [told("A", { lines: [of("1", null, 5), of(null, "GIFT", 1)] })]);
  expect(plan.shipments[0]?.body.surplus).toEqual([
    { line_id: "1", sku: "MUG", quantity: 2 },
    { line_id: null, sku: "GIFT", quantity: 1 },
  ]);
  expect(quantities(plan.shipments[0])).toEqual([["1", 3]]);
  expect(plan.entries[0]?.text).toContain("and beyond the order 2 × MUG, 1 × GIFT");
});

test("a parcel of nothing but surplus ships nothing and is not posted", () => {
  const plan = after(start, [told("A", { lines: [of(null, "GIFT", 1)] })]);
  expect(plan).toMatchObject({ status: "at_wms", shipments: [{ state: "none" }], entries: [] });
});

test("a warehouse that closes the order short leaves the rest unshipped and the order shipped", () => {
  const plan = after(start, [told("A", { lines: [of("1", null, 2)], closes_order: true })]);
  expect(plan.status).toBe("shipped");
  expect(plan.entries.at(-1)).toEqual({
    at: NOW,
    event: "closed_short",
    text: "The WMS closed the order; not shipped: 1 × MUG, 2 × TEE.",
  });
});

test("a closing that came late closes once, and says so once", () => {
  const first = after(start, [told("A", { lines: [of("1", null, 2)] })]);
  const closed = after(first, [told("A", { lines: [of("1", null, 2)], closes_order: true })]);
  expect(closed.status).toBe("shipped");
  expect(events(closed)).toEqual(["shipment_corrected", "closed_short"]);
  const again = after(closed, [told("B", { lines: [], closes_order: true })]);
  expect(events(again)).toEqual([]);
});

test("an order that the warehouse closes without shipping anything is at the WMS, not still to be sent", () => {
  for (const status of ["new", "error", "at_wms"] as const) {
    const story = { ...start, status };
    const plan = after(story, [told("A", { lines: [], closes_order: true })]);
    expect(plan).toMatchObject({ status: "at_wms", shipments: [{ state: "none" }] });
    expect(events(plan)).toEqual(["closed_short"]);
  }
});

test("a canceled order stays canceled until something of it ships after all", () => {
  const story = { ...start, status: "canceled" as const };
  expect(after(story, [told("A", { status: "voided" })]).status).toBe("canceled");
  expect(after(story, [told("A", { lines: [], closes_order: true })]).status).toBe("canceled");
  expect(after(story, [told("A", { lines: [of("1", null, 1)] })]).status).toBe("partial");
});

test("corrected tracking is a new version that is posted again under the cart's own id", () => {
  const first = settled(after(start, [told("A")]), "confirmed");
  const plan = after(first, [told("A", { tracking_number: "T-new" })]);
  expect(plan.changed).toMatchObject([
    { id: "shp_A", state: "queued", version: 2, cart_shipment_id: "c1" },
  ]);
  expect(plan.entries).toEqual([
    { at: NOW, event: "shipment_corrected", text: "The WMS corrected shipment T-new." },
  ]);
});

test("a shipment that was given up is tried once more when the warehouse corrects it", () => {
  const first = settled(after(start, [told("A")]), "given_up");
  expect(after(first, [told("A")]).changed).toEqual([]);
  expect(after(first, [told("A", { carrier: "DHL" })]).changed).toMatchObject([
    { state: "queued" },
  ]);
});

test("a shipment that is voided before the cart heard of it is never posted", () => {
  const waiting = after(start, [told("A", { lines: [of("1", null, 1)] })], last);
  expect(waiting.shipments[0]?.state).toBe("waiting");
  const plan = after(waiting, [told("A", { lines: [of("1", null, 1)], status: "voided" })], last);
  expect(plan.changed).toMatchObject([{ state: "withdrawn", voided: true }]);
  expect(events(plan)).toEqual(["shipment_voided"]);
});

test("a shipment that is voided after the cart heard of it, or may have, is taken back", () => {
  for (const state of ["queued", "due", "confirmed", "given_up"] as const) {
    const first = settled(after(start, [told("A")]), state);
    const plan = after(first, [told("A", { status: "voided" })]);
    expect(plan.changed).toMatchObject([{ state: "queued", voided: true, version: 2 }]);
    expect(plan.status).toBe("shipped");
  }
});

test("a shipment that is first told as voided is stored, counts for nothing and is not posted", () => {
  const plan = after(start, [told("A", { status: "voided" })]);
  expect(plan).toMatchObject({ status: "at_wms", changed: [{ state: "withdrawn" }] });
});

test("what a voided parcel held may ship in another", () => {
  const first = settled(after(start, [told("A")]), "confirmed");
  const voided = after(first, [told("A", { status: "voided" })]);
  const plan = after(voided, [told("B")]);
  expect(quantities(plan.shipments[1])).toEqual([
    ["1", 3],
    ["2", 2],
  ]);
});

test("a parcel that replaces another is posted even if it was told before the other was voided", () => {
  const replaced = [of("1", null, 3), of("2", null, 2)];
  const first = after(start, [told("A", { lines: replaced })]);
  const second = after(first, [told("B", { lines: replaced })]);
  expect(second.shipments[1]).toMatchObject({ state: "none", body: { lines: [] } });
  const plan = after(second, [told("A", { status: "voided", lines: replaced })]);
  expect(plan.changed.map(({ id, state, version }) => [id, state, version])).toEqual([
    ["shp_A", "queued", 2],
    ["shp_B", "queued", 2],
  ]);
  expect(quantities(plan.shipments[1])).toEqual([
    ["1", 3],
    ["2", 2],
  ]);
  expect(plan.entries.map(({ text }) => text)).toEqual([
    "The WMS voided shipment T-A.",
    "Shipped 3 × MUG, 2 × TEE by UPS Ground as T-B.",
  ]);
});

test("a feed that is read again from before a void and a correction changes nothing", () => {
  const history = [
    told("A", { lines: [of("1", null, 3)] }),
    told("B", { lines: [of("2", null, 2)], tracking_number: null }),
    told("A", { lines: [of("1", null, 3)], status: "voided" }),
    told("B", { lines: [of("2", null, 2)] }),
    told("C", { lines: [of("1", null, 3)] }),
  ];
  const first = after(start, history);
  expect(first.status).toBe("shipped");
  const again = after(settled(first, "confirmed"), history);
  expect(again).toMatchObject({ changed: [], entries: [], status: "shipped" });
});

test("a void that is told again, in whatever words, is not taken back twice", () => {
  const first = after(settled(after(start, [told("A")]), "confirmed"), [
    told("A", { status: "voided" }),
  ]);
  const rest = after(settled(first, "withdrawn"), [told("B")]);
  const plan = after(rest, [told("A", { status: "voided", tracking_number: null, lines: [] })]);
  expect(plan).toMatchObject({ changed: [], entries: [] });
});

test("a parcel of everything that was open keeps what it held when another parcel is voided", () => {
  const both = after(start, [told("A", { lines: [of("1", null, 2)] }), told("B")]);
  const voided = after(both, [told("A", { status: "voided" })]);
  const plan = after(voided, [told("B")]);
  expect(plan).toMatchObject({ changed: [], entries: [] });
});

test("posting with the last shipment holds all of them until nothing more will ship", () => {
  const first = after(start, [told("A", { lines: [of("1", null, 3)] })], last);
  expect(first.shipments.map(({ state }) => state)).toEqual(["waiting"]);
  const done = after(first, [told("B")], last);
  expect(done.changed.map(({ id, state }) => [id, state])).toEqual([
    ["shp_A", "queued"],
    ["shp_B", "queued"],
  ]);
});

test("closing the order short is the last shipment too", () => {
  const first = after(start, [told("A", { lines: [of("1", null, 1)] })], last);
  const plan = after(first, [told("B", { lines: [], closes_order: true })], last);
  expect(plan.changed.map(({ id, state }) => [id, state])).toEqual([
    ["shp_A", "queued"],
    ["shp_B", "none"],
  ]);
});

test("a shipment without tracking waits where untracked ones do not count, and goes when tracking comes", () => {
  const first = after(start, [told("A", { tracking_number: null })], trackedOnly);
  expect(first.shipments[0]?.state).toBe("waiting");
  const plan = after(first, [told("A")], trackedOnly);
  expect(plan.changed).toMatchObject([{ state: "queued", version: 2 }]);
});

test("a shipment without tracking is posted at once where it counts", () => {
  const plan = after(start, [told("A", { tracking_number: null })]);
  expect(plan.shipments[0]?.state).toBe("queued");
  expect(plan.entries[0]?.text).toBe("Shipped 3 × MUG, 2 × TEE by UPS Ground without tracking.");
});

test("a shipment that tells no time keeps the time it was first seen", () => {
  const first = after(start, [told("A", { shipped_at: null })]);
  expect(first.shipments[0]?.body.shipped_at).toBe(NOW);
  const plan = planShipments(
    { status: first.status, lines },
    first.shipments,
    [told("A", { shipped_at: null })],
    each,
    NOW + 1,
  );
  expect(plan.changed).toEqual([]);
});

test("the later of two statuses never lies further back than either", () => {
  expect(later("confirmed", "partial")).toBe("confirmed");
  expect(later("partial", "shipped")).toBe("shipped");
  expect(later("canceled", "shipped")).toBe("shipped");
});

test("when the parcel that was waited for is voided and nothing more comes, the last confirmed one completes the order", () => {
  const first = settled(
    after(start, [told("A", { lines: [of("1", null, 3)], closes_order: true })], trackedOnly),
    "confirmed",
  );
  const second = after(
    { ...first, status: "shipped" },
    [told("B", { lines: [of("2", null, 1)], tracking_number: null })],
    trackedOnly,
  );
  expect(second.shipments.map(({ state }) => state)).toEqual(["confirmed", "waiting"]);
  const third = after(second, [told("B", { status: "voided" })], trackedOnly);
  expect(third.shipments.map(({ id, state, version }) => [id, state, version])).toEqual([
    ["shp_A", "queued", 2],
    ["shp_B", "withdrawn", 2],
  ]);
});

test("lines told by code are those that were sent under it, and by their own codes only where none was", () => {
  const sent = (sku: string, code?: string, at = 1) => ({
    ...line(String(at), sku, 2, at),
    ...(code === undefined ? {} : { sent_code: code }),
  });
  const lines = [sent("MUG", "TEE", 1), sent("TEE", "W-2", 2), sent("HAT", undefined, 3)];
  const told = (sku: string) => {
    const shipment = incomingShipment({ lines: [{ line_id: null, sku, quantity: 1 }] });
    const policy = { post_shipments: "each" as const, untracked_counts: true };
    const plan = planShipments(
      { status: "at_wms", lines },
      [],
      [{ id: "shp_1", shipment }],
      policy,
      NOW,
    );
    return plan.changed[0]?.body;
  };
  expect(told("TEE")?.lines).toEqual([{ line_id: "1", sku: "MUG", quantity: 1 }]);
  expect(told(" w-2")?.lines).toEqual([{ line_id: "2", sku: "TEE", quantity: 1 }]);
  expect(told("hat")?.lines).toEqual([{ line_id: "3", sku: "HAT", quantity: 1 }]);
  expect(told("MUG")?.lines).toEqual([{ line_id: "1", sku: "MUG", quantity: 1 }]);
  expect(told("GIFT")?.surplus).toEqual([{ line_id: null, sku: "GIFT", quantity: 1 }]);
});
