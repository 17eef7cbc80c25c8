import type { Vendors } from "../vendors.ts";
import type { Guard, Scene } from "../witness.ts";

/** I12: the cart hears of each shipment, of none twice, and of none that is not there. */
export function tracking({ breach, merchants }: Scene): Guard {
  const reported = new Set<string>();
  /** Every number that was ever on a parcel: a corrected one may still be on its way to the shop. */
  const ever = new Set<string>();
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
          if (n > 1) say(`order ${order.id} of shop ${vendors.letter} shows ${String(number)} ${n} times`);
          if (!ever.has(`${vendors.letter} ${String(number)}`))
            say(`order ${order.id} of shop ${vendors.letter} shows ${String(number)}, which nobody shipped`);
        }
      }
    }
  };
  return {
    answered: ({ side, method, path, vendors }) => {
      if (side === "wms" && path.startsWith("/shipments")) note(vendors);
      if (side === "shop" && method !== "GET" && path.includes("/fulfillments")) look();
    },
    everything: look,
  };
}
