import type { Order } from "../domain/order.ts";
import { ordersAtRefs, type NewOrder, type OrderAtRef } from "../store/orders.ts";
import { pagesOf } from "../store/statement.ts";
import { heldFor, type Arrivals, type IntakeCart } from "./sort-arrivals.ts";

/** References of a read. */
const MOST_REFS = 10_000;
const DUPLICATE_MS = 30 * 24 * 60 * 60_000;

/**
 * Sees to it that each new order has a reference that no other order of the merchant bears: a taken
 * one gets a suffix, noted on the timeline, where the cart is asked for its orders; a pushed order of
 * which one part's is taken is refused whole, and answered with that reference by source id. An order
 * that another cart seems to have brought already is held for a person.
 */
export async function giveReferences(
  db: D1Database,
  cart: IntakeCart,
  sorted: Arrivals,
): Promise<ReadonlyMap<string, string>> {
  const { loads } = sorted;
  if (loads.length === 0) return new Map();
  const elsewhere = (number: string) =>
    cart.siblings.map(
      ({ reference_prefix, reference_suffix }) => `${reference_prefix}${number}${reference_suffix}`,
    );
  const refs = new Set(loads.flatMap(({ cust_ref, number }) => [cust_ref, ...elsewhere(number)]));
  const found: OrderAtRef[] = [];
  for (const page of pagesOf([...refs], MOST_REFS))
    found.push(...(await ordersAtRefs(db, cart.merchant_id, page)));
  const taken = new Map(found.map((order) => [order.cust_ref, order]));
  const refused = cart.pushed ? refusals(loads, taken) : new Map<string, string>();
  if (refused.size > 0) sorted.loads = loads.filter(({ source_id }) => !refused.has(source_id));
  const given = new Set<string>();
  for (const order of sorted.loads) {
    const wanted = order.cust_ref;
    const isTaken = taken.has(wanted) || given.has(wanted);
    const twin = twinOf(
      order,
      [wanted, ...elsewhere(order.number)].map((ref) => taken.get(ref)),
    );
    if (twin) {
      order.possible_duplicate = 1;
      Object.assign(
        order,
        heldFor(
          order,
          "possible_duplicate",
          `Another cart brought order ${twin.number} to the same postcode, as ${twin.cust_ref}: release it if both are meant.`,
        ),
      );
    }
    if (isTaken) {
      order.cust_ref = `${wanted}-${order.id.slice(4, 10)}`;
      order.timeline = [
        ...order.timeline,
        {
          at: order.created_at,
          event: "loaded",
          text: `The reference ${wanted} was taken, so this order goes as ${order.cust_ref}.`,
        },
      ];
    }
    given.add(order.cust_ref);
  }
  return refused;
}

/** Orders of which no part may load, by source id, each with the reference that another order bears. */
function refusals(
  loads: readonly NewOrder[],
  taken: ReadonlyMap<string, OrderAtRef>,
): Map<string, string> {
  const refused = new Map<string, string>();
  const given = new Set<string>();
  for (const [sourceId, parts] of Map.groupBy(loads, ({ source_id }) => source_id)) {
    const refs = parts.map(({ cust_ref }) => cust_ref);
    const clash = refs.find((ref) => taken.has(ref) || given.has(ref));
    if (clash === undefined) for (const ref of refs) given.add(ref);
    else refused.set(sourceId, clash);
  }
  return refused;
}

/** An order of another cart with the same number and postcode, that came within 30 days and is still meant. */
function twinOf(
  order: NewOrder,
  others: readonly (OrderAtRef | undefined)[],
): OrderAtRef | undefined {
  return others.find(
    (other) =>
      other !== undefined &&
      other.cart_id !== order.cart_id &&
      other.number === order.number &&
      other.status !== "canceled" &&
      !other.cleared &&
      order.created_at - other.created_at <= DUPLICATE_MS &&
      other.zip !== null &&
      normal(other.zip) === normal((JSON.parse(order.body) as Order).ship_to.zip ?? ""),
  );
}

const normal = (zip: string): string => zip.replace(/[\s-]/g, "").toUpperCase();
