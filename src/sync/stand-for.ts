import type { ConnectionId } from "../domain/ids.ts";
import { partsOf } from "../domain/parts.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { listConnections } from "../store/connections.ts";
import { ordersOfNumbers, type NumberSpan } from "../store/orders.ts";
import { standInsFor, type CartNumber } from "../store/stand-ins.ts";
import type { Deps } from "./deps.ts";
import { orderIdOf } from "./judge-orders.ts";
import type { PushedOrder } from "./push-orders.ts";
import type { IntakeCart } from "./sort-arrivals.ts";

/** What is known of orders that are to stand for others. */
export interface Standing {
  /** Those that must not, with the reason. */
  refused: ReadonlyMap<PushedOrder, string>;
  /** Those that do already. */
  own: ReadonlySet<PushedOrder>;
  /** Numbers of which what stood for them was called off. */
  fallen: readonly CartNumber[];
  /** Where what they are to stand for lies, once its cart brings it. */
  spans: readonly NumberSpan[];
}

/** Why an order cannot stand for what it says, whatever is here; null: it can. */
export function cannotStand(
  cartId: ConnectionId,
  { is_test, stands_for }: Pick<PushedOrder, "is_test" | "stands_for">,
): string | null {
  if (!stands_for) return null;
  if (is_test) return "a test order does not stand for a real one";
  return stands_for.cart_id === cartId ? "it is the very cart that this order is given to" : null;
}

/** Finds out which of the orders stand for one that is here: its cart brought it, or another one stands for it. */
export async function lookUpStanding(
  deps: Deps,
  { merchant_id, cart_id }: IntakeCart,
  orders: readonly PushedOrder[],
): Promise<Standing> {
  const refused = new Map<PushedOrder, string>();
  const own = new Set<PushedOrder>();
  const standing = orders.flatMap((order) =>
    order.stands_for ? [{ order, number: order.stands_for }] : [],
  );
  if (standing.length === 0) return { refused, own, fallen: [], spans: [] };
  const db = await deps.databases.of(merchant_id);
  const numbers = standing.map(({ number }) => number);
  const spans = spansOf(await listConnections(db, merchant_id), numbers);
  const [brought, standIns] = [
    await ordersOfNumbers(db, merchant_id, spans),
    await standInsFor(db, merchant_id, numbers),
  ];
  const broughtAs = new Map(brought.map((one) => [keyOf(one), one]));
  const standInAs = new Map(
    standIns.filter(({ stands }) => stands).map((one) => [keyOf(one), one]),
  );
  const given = new Set<string>();
  for (const { order, number } of standing) {
    const key = keyOf(number);
    const ids = new Set(
      partsOf(order).map(({ source_id, part }) => orderIdOf(cart_id, source_id, part)),
    );
    const [here, standIn] = [broughtAs.get(key), standInAs.get(key)];
    if (standIn && ids.has(standIn.order_id)) own.add(order);
    else if (standIn)
      refused.set(order, `Order ${standIn.cust_ref} stands for order ${number.number} already.`);
    else if (here && !ids.has(here.id))
      refused.set(order, `Order ${here.cust_ref} is here already, from its own cart.`);
    else if (given.has(key))
      refused.set(order, `An order that was given with it stands for order ${number.number}.`);
    given.add(key);
  }
  return { refused, own, fallen: standIns.filter(({ stands }) => !stands), spans };
}

/** The same for the same number of the same cart. */
export const keyOf = ({ cart_id, number }: { cart_id: string; number: string }) =>
  JSON.stringify([cart_id, number]);

/** Where references lie that an order with such a number may bear: its own, that of a part or a renewal, or a taken one with a suffix. */
function spansOf(
  all: Awaited<ReturnType<typeof listConnections>>,
  numbers: readonly CartNumber[],
): NumberSpan[] {
  const policies = new Map(
    all
      .filter(({ side }) => side === "cart")
      .map(({ id, policy }) => [id, cartPolicyShape.parse(policy)]),
  );
  return numbers.flatMap(({ cart_id, number }) => {
    const policy = policies.get(cart_id);
    const start = `${policy?.reference_prefix ?? ""}${number}`;
    const ref = `${start}${policy?.reference_suffix ?? ""}`;
    const starts = [...new Set([start, ref])];
    return [
      { cart_id, number, from: ref, to: ref },
      ...starts.map((text) => ({ cart_id, number, from: `${text}-`, to: `${text}-\u{10FFFF}` })),
    ];
  });
}
