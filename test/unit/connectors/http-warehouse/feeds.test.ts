import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callWith, wms } from "./wms.ts";

const page = (list: string, rows: readonly unknown[], more: object = {}) => ({
  status: 200,
  body: { [list]: rows, next_cursor: "c2", has_more: false, ...more },
});

const shipment = {
  id: "S-1",
  reference: "A1",
  status: "shipped",
  tracking_number: "1Z1",
  tracking_url: "https://t.example/1Z1",
  carrier: "UPS",
  service: "Ground",
  shipped_at: "2026-11-21T11:30:00+01:00",
  lines: [{ line_id: "5", sku: "DEMO-MUG", quantity: 2 }],
  closes_order: true,
};

const pullShipments = async (rows: readonly unknown[]) =>
  wms.shipments.pull(callWith(() => page("shipments", rows)).call, { cursor: null, limit: 100 });

describe("shipments", () => {
  test("a full row keeps every field, its time in milliseconds UTC", async () => {
    expect((await pullShipments([shipment])).items).toEqual([
      {
        wms_shipment_id: "S-1",
        reference: "A1",
        status: "shipped",
        tracking_number: "1Z1",
        tracking_url: "https://t.example/1Z1",
        carrier: "UPS",
        service: "Ground",
        shipped_at: Date.parse("2026-11-21T10:30:00Z"),
        lines: [{ line_id: "5", sku: "DEMO-MUG", quantity: 2 }],
        closes_order: true,
      },
    ]);
  });

  test("blank, null and missing are absent; lines null is everything that is open", async () => {
    const bare = {
      id: "S-2",
      reference: "A1",
      status: "voided",
      tracking_number: " ",
      lines: null,
    };
    expect((await pullShipments([bare])).items).toEqual([
      {
        wms_shipment_id: "S-2",
        reference: "A1",
        status: "voided",
        tracking_number: null,
        tracking_url: null,
        carrier: null,
        service: null,
        shipped_at: null,
        lines: null,
        closes_order: false,
      },
    ]);
  });

  test.each([
    [{ ...shipment, lines: undefined }, "shipments[0].lines"],
    [{ ...shipment, lines: [] }, "shipments[0].lines"],
    [{ ...shipment, lines: [{ sku: "X" }] }, "shipments[0].lines[0].quantity"],
    [{ ...shipment, lines: [{ sku: "X", quantity: null }] }, "shipments[0].lines[0].quantity"],
    [{ ...shipment, lines: [{ sku: "X", quantity: -1 }] }, "shipments[0].lines[0].quantity"],
    [{ ...shipment, lines: [{ quantity: 1 }] }, "shipments[0].lines[0]"],
    [{ ...shipment, status: "lost" }, "shipments[0].status"],
    [{ ...shipment, shipped_at: "yesterday" }, "shipments[0].shipped_at"],
    [{ ...shipment, reference: "" }, "shipments[0].reference"],
    [null, "shipments[0]"],
  ])("the row %j is skipped and the place named: %s", async (row, place) => {
    const { items, skipped } = await pullShipments([row]);
    expect(items).toEqual([]);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatchObject({ reason: "bad_response" });
    expect(skipped[0]?.message.startsWith(`${place}: `)).toBe(true);
  });

  test("a row that calls an order off is no shipment, and says why if it likes", async () => {
    const off = { id: "C-1", reference: "A1", status: "cancelled", reason: " No stock left " };
    const page = await pullShipments([
      off,
      shipment,
      { id: "C-2", reference: "A2", status: "cancelled" },
      { reference: "A3", status: "cancelled", reason: "x".repeat(1000) },
    ]);
    expect(page.items.map((item) => item.wms_shipment_id)).toEqual(["S-1"]);
    expect(page.cancelled).toEqual([
      { reference: "A1", reason: "No stock left" },
      { reference: "A2", reason: null },
      { reference: "A3", reason: "x".repeat(200) },
    ]);
    expect(page.skipped).toEqual([]);
  });

  test.each([
    [{ id: "C-1", status: "cancelled" }, "shipments[0].reference"],
    [{ id: "C-1", reference: "A1", status: "cancelled", reason: 7 }, "shipments[0].reason"],
  ])("a row that calls off nobody knows what is skipped: %j", async (row, place) => {
    const { cancelled, skipped } = await pullShipments([row]);
    expect(cancelled).toEqual([]);
    expect(skipped).toMatchObject([{ source_id: "C-1", reason: "bad_response" }]);
    expect(skipped[0]?.message.startsWith(`${place}: `)).toBe(true);
  });

  test("whatever rows come, each is in items, in cancelled or in skipped", async () => {
    const off = { id: "C-1", reference: "A1", status: "cancelled" };
    const row = fc.oneof(fc.jsonValue(), fc.constant(shipment), fc.constant(off));
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        const { items, skipped, cancelled } = await pullShipments(rows);
        expect(items.length + skipped.length + cancelled.length).toBe(rows.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe("stock", () => {
  const pullStock = async (rows: readonly unknown[]) =>
    wms.stock!.pull(callWith(() => page("stock", rows)).call, { cursor: null, limit: 100 });

  test("a row without a quantity is skipped, never zero", async () => {
    const { items, skipped } = await pullStock([
      { sku: "A", quantity: 0, as_of: "2026-11-21T11:00:00Z" },
      { sku: "B", warehouse: "EU" },
      { sku: "C", quantity: null },
      { sku: "D", quantity: "7" },
      { sku: "E", quantity: 1.5 },
    ]);
    expect(items).toEqual([
      { sku: "A", warehouse: null, quantity: 0, as_of: Date.parse("2026-11-21T11:00:00Z") },
    ]);
    expect(skipped.map((row) => row.source_id)).toEqual(["B", "C", "D", "E"]);
  });
});

test("a product keeps its codes", async () => {
  const { call } = callWith(() =>
    page("products", [{ sku: "A", name: "Mug", barcodes: ["4006381333931"] }, { sku: "B" }]),
  );
  expect((await wms.products!.pull(call, { cursor: null, limit: 100 })).items).toEqual([
    { sku: "A", name: "Mug", barcodes: ["4006381333931"] },
    { sku: "B", name: null, barcodes: [] },
  ]);
});

describe("cursors", () => {
  test("go out as they came in, whatever is in them", async () => {
    const { call, sent } = callWith(() => page("stock", [], { next_cursor: "a b&c=é" }));
    const first = await wms.stock!.pull(call, { cursor: null, limit: 7 });
    expect(new URL(sent[0]!.url).search).toBe("?limit=7");
    await wms.stock!.pull(call, { cursor: first.next, limit: 7 });
    expect(new URL(sent[1]!.url).searchParams.get("cursor")).toBe("a b&c=é");
  });

  test("a warehouse that has none to give leaves ours where it is", async () => {
    const { call } = callWith(() => page("stock", [], { next_cursor: null }));
    expect((await wms.stock!.pull(call, { cursor: "c1", limit: 7 })).next).toBe("c1");
    expect((await wms.stock!.pull(call, { cursor: null, limit: 7 })).next).toBe("");
  });

  test.each([[null], ["c1"]])(
    "one that stands still while there is more is a bad response",
    async (next) => {
      const { call } = callWith(() => page("stock", [], { next_cursor: next, has_more: true }));
      await expect(wms.stock!.pull(call, { cursor: "c1", limit: 7 })).rejects.toMatchObject({
        kind: "bad_response",
        place: "next_cursor",
      });
    },
  );
});
