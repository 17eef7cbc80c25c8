import type { Vendors } from "../vendors.ts";
import type { Guard, Scene } from "../witness.ts";

/** I12: the cart hears of each shipment, of none twice, and of none that is not there. */
export function tracking({ rows, breach, merchants }: Scene): Guard {
  const reported = new Set<string>();
  /** Whose feed had rows once that nobody can read: those are passed. */
  const garbled = new Set<string>();
  const say = (message: string) => {
    if (!reported.has(message)) breach("I12", message);
    reported.add(message);
  };
  const look = () => {
    for (const { vendors } of merchants) {
      for (const order of vendors.state.shop_orders.all()) {
        const numbers = order.fulfillments
          .filter(({ deleted }) => deleted === null)
          .map(({ meta }) => meta.find(({ key }) => key === "_tracking_number")?.value)
          .filter((number) => typeof number === "string" && number !== "");
        for (const number of new Set(numbers)) {
          const n = numbers.filter((one) => one === number).length;
          if (n > 1)
            say(`order ${order.id} of shop ${vendors.letter} shows ${String(number)} ${n} times`);
          // A corrected one may still be on its way to the shop.
          if (!vendors.numbers.has(String(number)))
            say(
              `order ${order.id} of shop ${vendors.letter} shows ${String(number)}, which nobody shipped`,
            );
        }
      }
    }
  };
  return {
    answered: ({ side, method, path, vendors, isDrifted }) => {
      if (side === "wms" && path.startsWith("/shipments") && isDrifted) garbled.add(vendors.letter);
      if (side === "shop" && method !== "GET" && path.includes("/fulfillments")) look();
    },
    everything: () => {
      look();
      for (const row of rows(SAME_TWICE)) say(`a parcel is here twice: ${JSON.stringify(row)}`);
    },
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
        if (!garbled.has(vendors.letter))
          for (const row of rows(SETTLED, id)) showsNothingElse(vendors, row);
      }
    },
  };

  /** All that is to be told of the order is told, so the shop shows no number that was on a parcel before. */
  function showsNothingElse(vendors: Vendors, row: Record<string, unknown>): void {
    const order = vendors.state.shop_orders.get(String(row["source_id"]));
    const known = vendors.state.warehouse_shipments
      .all()
      .flatMap(({ reference, tracking_number }) =>
        reference === row["cust_ref"] ? (tracking_number ?? []) : [],
      );
    for (const { deleted, meta } of order?.fulfillments ?? []) {
      const number = meta.find(({ key }) => key === "_tracking_number")?.value;
      if (
        deleted === null &&
        typeof number === "string" &&
        number !== "" &&
        !known.includes(number)
      )
        say(`order ${String(order?.id)} of ${vendors.letter} still shows ${number}`);
    }
  }

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
const SAME_TWICE = `SELECT order_id, body->>'wms_shipment_id' AS parcel, count(*) AS n FROM shipments
  GROUP BY merchant_id, order_id, parcel HAVING n > 1`;
/** Of a parcel that was voided the shop may have kept what it shows. */
const SETTLED = `SELECT o.source_id, o.cust_ref FROM shipments s
  JOIN orders o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
  WHERE s.merchant_id = ? GROUP BY o.id HAVING min(s.state IN ('confirmed', 'withdrawn'))`;
const SHOWN = `SELECT o.source_id, s.body->>'tracking_number' AS tracking FROM shipments s
  JOIN orders o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
  WHERE s.merchant_id = ? AND s.state = 'confirmed' AND s.voided = 0`;
