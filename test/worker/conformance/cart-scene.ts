import type { CartConnector, ShipmentNotice } from "../../../src/connectors/contract.ts";
import type { CartFixture } from "./fixtures.ts";
import { connect, testClock } from "./stage.ts";

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
