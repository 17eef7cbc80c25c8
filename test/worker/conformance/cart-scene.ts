import { expect } from "vitest";
import type {
  CartConnector,
  OrderSource,
  ShipmentNotice,
} from "../../../src/connectors/contract.ts";
import type { CartFixture } from "./fixtures.ts";
import { connect, drain, testClock } from "./stage.ts";

/** A cart and its vendor on stage. */
export function setUpCart(connector: CartConnector, fixture: CartFixture) {
  const clock = testClock();
  const vendor = fixture.start(clock);
  const wire = connect(connector, vendor, clock);
  const noticeFor = async (sourceId: string, n = 1): Promise<ShipmentNotice> => {
    const order = await connector.orders?.get(wire.call, sourceId);
    // A cart that cannot be asked is told of lines that it named itself.
    const told = order && "order" in order ? order.order : { number: sourceId, lines: [aLine] };
    return {
      source_id: sourceId,
      number: told.number,
      shipment_id: `shp_conformance_${sourceId}_${n}`,
      tracking_number: `1Z${sourceId}N${n}`,
      tracking_url: `https://tracking.example.com/${n}`,
      carrier: "UPS",
      service: "Ground",
      shipped_at: clock.now(),
      lines: told.lines.map(({ line_id, sku }) => ({ line_id, sku, quantity: 1 })),
      completes_order: false,
      mail_customer: true,
    };
  };
  return { clock, vendor, wire, noticeFor };
}

const aLine = { line_id: "1", sku: "DEMO-MUG" };

export type CartScene = () => ReturnType<typeof setUpCart>;

/** Breaks every third row of what a vendor sends: each is skipped with a message, and none is lost. */
export async function expectBrokenRowsKept({
  vendor,
  wire,
  pull,
}: Pick<ReturnType<CartScene>, "vendor" | "wire"> & {
  pull: (cursor: string | null, limit: number) => ReturnType<OrderSource["pull"]>;
}): Promise<void> {
  vendor.sell(12);
  let sent = 0;
  let spoilt = -1;
  wire.tamper((payload) => {
    const rows = vendor.rowsIn(payload);
    if (rows === null) return payload;
    sent += rows.length;
    const broken = [null, 7, "row", [], {}];
    return rows.map((row, position) =>
      position % 3 === 1 ? broken[(spoilt += 1) % broken.length] : row,
    );
  });
  const { pages } = await drain((cursor) => pull(cursor, 20));
  const counted = pages.reduce((sum, page) => sum + page.items.length + page.skipped.length, 0);
  expect(sent).toBeGreaterThan(0);
  expect(counted).toBe(sent);
  expect(pages.some((page) => page.skipped.length > 0)).toBe(true);
  for (const row of pages.flatMap((page) => page.skipped)) expect(row.message).not.toBe("");
}
