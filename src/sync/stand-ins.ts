import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { KnownOrder } from "../domain/intake.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { adoptOrders, linkStandIns, standInsFor, type KnownStandIn } from "../store/stand-ins.ts";
import type { Statement } from "../store/statement.ts";
import type { Arrival, IntakeCart } from "./sort-arrivals.ts";

/** What is to be stored of orders that the cart brought and that were here already, by hand or by file. */
export interface Adoptions {
  statements(merchantId: MerchantId, cartId: ConnectionId): Statement[];
}

/** The orders that stand for those that a cart shows; a stand-in stands for one source order only. */
export async function standInsOf(
  db: D1Database,
  { merchant_id, cart_id }: IntakeCart,
  arrivals: readonly Arrival[],
): Promise<Map<Arrival, KnownStandIn>> {
  const numbers = arrivals.map(({ order }) => order.number);
  const found = await standInsFor(db, merchant_id, cart_id, numbers);
  const byNumber = new Map(found.map((one) => [one.number, one]));
  return new Map(
    arrivals.flatMap((arrival): [Arrival, KnownStandIn][] => {
      const one = byNumber.get(arrival.order.number);
      const fits =
        one && arrival.part === 1 && (one.source_id ?? arrival.source_id) === arrival.source_id;
      return fits ? [[arrival, one]] : [];
    }),
  );
}

/** Links what the cart brought now to what stood for it, and hands the order over to the cart while nothing of it has shipped. */
export function adopted(
  standIns: ReadonlyMap<Arrival, KnownStandIn>,
  known: ReadonlyMap<string, KnownOrder>,
  now: number,
): Adoptions {
  const fresh = [...standIns].filter(([, { source_id }]) => source_id === null);
  const entry: TimelineEntry = {
    at: now,
    event: "linked",
    text: "The cart brought this order too; it was here already, so it was not loaded again.",
  };
  return {
    statements: (merchantId, cartId) => [
      linkStandIns(
        merchantId,
        cartId,
        fresh.map(([{ source_id }, { number }]) => ({ number, source_id })),
      ),
      adoptOrders(
        merchantId,
        cartId,
        fresh
          .filter(([, { order_id }]) =>
            ["new", "error", "at_wms"].includes(known.get(order_id)?.status ?? ""),
          )
          .map(([{ source_id }, { order_id }]) => ({ id: order_id, source_id, entry })),
      ),
    ],
  };
}
