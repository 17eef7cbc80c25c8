import { cartLinesOf } from "../domain/cart-lines.ts";
import { holdUntilSent } from "../domain/holds.ts";
import type { OrderId } from "../domain/ids.ts";
import type { KnownOrder } from "../domain/intake.ts";
import { skipKey } from "../domain/parts.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { adoptDeliveries, adoptOrders, adoptShipments } from "../store/adoptions.ts";
import { noteChange } from "../store/changes.ts";
import { linkSkips } from "../store/skipped-orders.ts";
import {
  dropFallenStandIns,
  linkedStandIns,
  linkStandIns,
  standInsFor,
  type CartNumber,
  type KnownStandIn,
} from "../store/stand-ins.ts";
import type { Statement } from "../store/statement.ts";
import type { Arrival, IntakeCart } from "./sort-arrivals.ts";

/** The orders by hand or by file that stand for those that a cart shows. */
export interface StandIns {
  by: ReadonlyMap<Arrival, KnownStandIn>;
  /** Stood for one once. */
  fallen: readonly CartNumber[];
}

export const NO_STAND_INS: StandIns = { by: new Map(), fallen: [] };

/**
 * Looks them up by number. The first part of an order is what is stood for, and the first order with
 * the number, however often a page shows it: another one, or the next renewal, is an order of its own.
 */
export async function standInsOf(
  db: D1Database,
  { merchant_id, cart_id }: IntakeCart,
  arrivals: readonly Arrival[],
): Promise<StandIns> {
  const numbers = arrivals.map(({ order }) => ({ cart_id, number: order.number }));
  const found = await standInsFor(db, merchant_id, numbers);
  const open = new Map(found.filter(({ stands }) => stands).map((one) => [one.number, one]));
  const by = new Map<Arrival, KnownStandIn>();
  const first = new Map<string, string>();
  for (const arrival of arrivals) {
    const { number } = arrival.order;
    const one = open.get(number);
    const key = skipKey(arrival);
    if (!one || arrival.part > 1 || (one.source_id ?? first.get(number) ?? key) !== key) continue;
    by.set(arrival, one);
    first.set(number, key);
  }
  return { by, fallen: found.filter(({ stands }) => !stands) };
}

/** The orders that stood for those with these ids, which the cart shows no more or not in a way that can be read. */
export async function standInsBySource(
  db: D1Database,
  { merchant_id, cart_id }: IntakeCart,
  sourceIds: readonly string[],
): Promise<Map<string, OrderId>> {
  if (sourceIds.length === 0) return new Map();
  const found = await linkedStandIns(db, merchant_id, cart_id, sourceIds);
  return new Map(found.map(({ source_id, order_id }) => [source_id, order_id]));
}

/**
 * Links what the cart brought now to what stood for it, and hands that over to the cart, whatever
 * became of it meanwhile: it goes, waits and is told of as the cart's orders are. Statements for one
 * batch, before what the cart changed in these orders.
 */
export function adopted(
  { merchant_id, cart_id, wms_id, policy, told }: IntakeCart,
  { by, fallen }: StandIns,
  idOf: (arrival: Arrival) => OrderId,
  known: ReadonlyMap<string, KnownOrder>,
  now: number,
): Statement[] {
  const fresh = [...by].filter(
    ([arrival, { order_id, source_id }]) => source_id === null && idOf(arrival) === order_id,
  );
  const ids = fresh.map(([, { order_id }]) => order_id);
  const entry: TimelineEntry = {
    at: now,
    event: "linked",
    text: "The cart brought this order too; it was here already, so it was not loaded again.",
  };
  const adoptions = fresh.map(([{ source_id, order }, { order_id }]) => {
    const stored = known.get(order_id);
    const cart_lines = stored ? cartLinesOf(stored.body, order) : null;
    return { id: order_id, source_id, cart_lines, entry };
  });
  return [
    dropFallenStandIns(merchant_id, fallen),
    linkStandIns(
      merchant_id,
      cart_id,
      fresh.map(([arrival, { number }]) => ({ number, source_id: skipKey(arrival) })),
    ),
    adoptOrders(merchant_id, cart_id, adoptions, holdUntilSent(policy.delivery, wms_id), now),
    adoptDeliveries(merchant_id, cart_id, wms_id, ids),
    adoptShipments(merchant_id, cart_id, told ? policy : null, ids, now),
    linkSkips(
      merchant_id,
      cart_id,
      fresh.map(([arrival, { order_id }]) => ({ id: order_id, source_id: skipKey(arrival) })),
    ),
    noteChange(merchant_id, "revised", ids, now),
  ];
}
