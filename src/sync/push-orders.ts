import type { Actor } from "../domain/actor.ts";
import { actorText } from "../domain/actor.ts";
import type { ConnectionId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder } from "../domain/incoming.ts";
import type { FailedCheck, SkipReason } from "../domain/intake.ts";
import { partsOf } from "../domain/parts.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { listConnections } from "../store/connections.ts";
import { ordersAtRefs } from "../store/orders.ts";
import { insertStandIns } from "../store/stand-ins.ts";
import type { Deps } from "./deps.ts";
import { intakeCart, judgeOrders, orderIdOf, storeJudged, type Judged } from "./intake-orders.ts";
import type { OpenCart } from "./open-connection.ts";
import type { IntakeCart } from "./sort-arrivals.ts";

/** An order that somebody gives us: by the API, by hand or by file. */
export interface PushedOrder extends IncomingOrder {
  is_test?: boolean;
  /** The order of another cart that it stands for: when that cart brings it, it is here already. */
  stands_for?: { cart_id: ConnectionId; number: string } | null;
}

/** What became of one. `ids`: an order per ship-to address. */
export type PushResult =
  | { kind: "loaded"; ids: readonly OrderId[] }
  | { kind: "skipped"; reason: SkipReason; checks: readonly FailedCheck[] }
  /** The very same order is here. */
  | { kind: "same"; ids: readonly OrderId[] }
  /** Its reference is another order's, or it is here with other contents. */
  | { kind: "duplicate"; message: string }
  /** A person cleared it: it never comes back. */
  | { kind: "cleared" };

/**
 * Takes in orders that are given to us, in one go; answers one result per order, in their sequence.
 * A pushed order never changes one that is here. Running it twice loads nothing twice.
 */
export async function pushOrders(
  deps: Deps,
  open: OpenCart,
  orders: readonly PushedOrder[],
  by: Actor,
): Promise<PushResult[]> {
  const { cart, judged, results } = await judgePush(deps, open, orders, by);
  const standIns = orders.flatMap((order, at) =>
    order.stands_for && results[at]?.kind === "loaded"
      ? [{ ...order.stands_for, order_id: orderIdOf(cart.cart_id, order.source_id) }]
      : [],
  );
  await storeJudged(deps, cart, judged, insertStandIns(cart.merchant_id, standIns));
  return results;
}

/** What `pushOrders` would answer; stores nothing. */
export async function previewPush(
  deps: Deps,
  open: OpenCart,
  orders: readonly PushedOrder[],
  by: Actor,
): Promise<PushResult[]> {
  return (await judgePush(deps, open, orders, by)).results;
}

async function judgePush(
  deps: Deps,
  open: OpenCart,
  orders: readonly PushedOrder[],
  by: Actor,
): Promise<{ cart: IntakeCart; judged: Judged; results: PushResult[] }> {
  // Whoever gives us an order means it, however old it is.
  const cart = { ...(await intakeCart(deps, open)), anyAge: true, by: actorText(by) };
  const present = await presentAlready(deps, cart, orders);
  const seen = new Set<string>();
  const repeats = new Set(orders.filter(({ source_id }) => seen.size === seen.add(source_id).size));
  const fresh = orders.filter((order) => !present.has(order) && !repeats.has(order));
  const judged = await judgeOrders(deps, cart, { items: fresh, skipped: [] });
  const results = orders.map((order): PushResult => {
    const here = present.get(order);
    if (here !== undefined)
      return { kind: "duplicate", message: `Order ${here} is here already, from its own cart.` };
    if (repeats.has(order))
      return { kind: "duplicate", message: `Order ${order.source_id} was given twice.` };
    return resultOf(cart, judged, order);
  });
  // Pushed orders change nothing that is here.
  judged.sorted.revisions = [];
  judged.sorted.reopened = [];
  judged.sorted.flags = [];
  judged.sorted.notes = [];
  judged.sorted.cancellations = [];
  return { cart, judged, results };
}

function resultOf(cart: IntakeCart, judged: Judged, order: PushedOrder): PushResult {
  const ids = partsOf(order).map(({ part, period }) =>
    orderIdOf(cart.cart_id, order.source_id, part, period),
  );
  const taken = ids.map((id) => judged.refused.get(id)).find((ref) => ref !== undefined);
  if (taken !== undefined)
    return { kind: "duplicate", message: `The reference ${taken} is another order's.` };
  const decisions = ids.map((id) => judged.sorted.decisions.get(id));
  if (decisions.some((decision) => decision?.kind === "load")) return { kind: "loaded", ids };
  const [first] = decisions;
  switch (first?.kind) {
    case "skip":
      return { kind: "skipped", reason: first.reason, checks: first.checks };
    case "same":
      return { kind: "same", ids };
    case "cleared":
      return { kind: "cleared" };
    default:
      return {
        kind: "duplicate",
        message: `Order ${order.source_id} is here with other contents: edit it, or give this one another number.`,
      };
  }
}

/** Those that stand for an order which its own cart has brought already, with its reference. */
async function presentAlready(
  deps: Deps,
  { merchant_id }: IntakeCart,
  orders: readonly PushedOrder[],
): Promise<Map<PushedOrder, string>> {
  const standing = orders.filter(({ stands_for }) => stands_for);
  if (standing.length === 0) return new Map();
  const db = await deps.databases.of(merchant_id);
  const policies = new Map(
    (await listConnections(db, merchant_id))
      .filter(({ side }) => side === "cart")
      .map(({ id, policy }) => [id, cartPolicyShape.parse(policy)]),
  );
  const refOf = ({ stands_for }: PushedOrder): string => {
    const policy = stands_for ? policies.get(stands_for.cart_id) : undefined;
    return `${policy?.reference_prefix ?? ""}${stands_for?.number}${policy?.reference_suffix ?? ""}`;
  };
  const found = await ordersAtRefs(db, merchant_id, [...new Set(standing.map(refOf))]);
  return new Map(
    standing.flatMap((order): [PushedOrder, string][] => {
      const here = found.find(
        ({ cust_ref, cart_id }) =>
          cust_ref === refOf(order) && cart_id === order.stands_for?.cart_id,
      );
      return here ? [[order, here.cust_ref]] : [];
    }),
  );
}
