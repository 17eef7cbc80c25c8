import type { Vendors } from "../vendors.ts";
import type { Guard, Scene } from "../witness.ts";

/** I12: the cart hears of each shipment, of none twice, and of none that is not there. */
export function tracking({ rows, breach, merchants }: Scene): Guard {
  const reported = new Set<string>();
  /** Every number that was ever on a parcel: a corrected one may still be on its way to the shop. */
  const ever = new Set<string>();
  /** Whose feed was garbled once: a row that cannot be read is passed. */
  const garbled = new Set<string>();
  const say = (message: string) => {
    if (!reported.has(message)) breach("I12", message);
    reported.add(message);
  };
  const note = ({ letter, state }: Vendors) => {
    for (const { tracking_number: number } of state.warehouse_shipments.all())
      ever.add(`${letter} ${String(number)}`);
  };
  const look = () => {
    for (const { vendors } of merchants) {
      note(vendors);
      for (const order of vendors.state.shop_orders.all()) {
        const numbers = order.fulfillments
          .filter(({ deleted }) => deleted === null)
          .map(({ meta }) => meta.find(({ key }) => key === "_tracking_number")?.value)
          .filter((number) => typeof number === "string" && number !== "");
        for (const number of new Set(numbers)) {
          const n = numbers.filter((one) => one === number).length;
          if (n > 1)
            say(`order ${order.id} of shop ${vendors.letter} shows ${String(number)} ${n} times`);
          if (!ever.has(`${vendors.letter} ${String(number)}`))
            say(
              `order ${order.id} of shop ${vendors.letter} shows ${String(number)}, which nobody shipped`,
            );
        }
      }
    }
  };
  return {
    answered: ({ side, method, path, vendors, answer }) => {
      if (side === "wms" && path.startsWith("/shipments") && answer === null)
        garbled.add(vendors.letter);
      if (side === "wms" && path.startsWith("/shipments")) note(vendors);
      if (side === "shop" && method !== "GET" && path.includes("/fulfillments")) look();
    },
    everything: look,
    end: () => {
      for (const { id, vendors } of merchants) {
        const parcels = vendors.state.warehouse_shipments.all();
        for (const { order_id: _, id: parcel, reference, status } of parcels) {
          const [row] = rows(KNOWN, id, reference);
          if (!row || garbled.has(vendors.letter) || status !== "shipped") continue;
          const told = rows(OF_ORDER, id, String(row["id"])).some(
            ({ body }) => JSON.parse(String(body)).wms_shipment_id === parcel,
          );
          if (!told) say(`parcel ${parcel} of ${reference} at ${vendors.letter} never came here`);
        }
        for (const row of rows(SHOWN, id)) shows(vendors, row);
      }
    },
  };

  function shows(vendors: Vendors, row: Record<string, unknown>): void {
    const number = row["tracking"];
    const order = vendors.state.shop_orders.get(String(row["source_id"]));
    if (typeof number !== "string" || !order) return;
    const text = JSON.stringify([
      order.fulfillments.filter(({ deleted }) => deleted === null),
      order.notes,
    ]);
    if (!text.includes(number))
      say(`order ${order.id} of ${vendors.letter} does not show ${number}`);
  }
}

const KNOWN = `SELECT id FROM orders WHERE merchant_id = ? AND cust_ref = ?`;
const OF_ORDER = `SELECT body FROM shipments WHERE merchant_id = ? AND order_id = ?`;
const SHOWN = `SELECT o.source_id, s.body->>'tracking_number' AS tracking FROM shipments s
  JOIN orders o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
  WHERE s.merchant_id = ? AND s.state = 'confirmed' AND s.voided = 0`;
