import type { Actor } from "../domain/actor.ts";
import { actorText } from "../domain/actor.ts";
import type { ConnectionId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder } from "../domain/incoming.ts";
import type { FailedCheck, SkipReason } from "../domain/intake.ts";
import { partsOf, skipKey } from "../domain/parts.ts";
import { saysTheSame } from "../domain/pushed.ts";
import {
  dropFallenStandIns,
  failIfBrought,
  insertStandIns,
  type StandIn,
} from "../store/stand-ins.ts";
import type { Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { judgeOrders, orderIdOf, type Judged } from "./judge-orders.ts";
import { storeJudged, untilKeysAreFree } from "./intake-orders.ts";
import type { OpenCart } from "./open-connection.ts";
import type { Arrival, IntakeCart } from "./sort-arrivals.ts";
import { keyOf, lookUpStanding, type Standing } from "./stand-for.ts";

/** An order that somebody gives us: by the API, by hand or by file. */
export interface PushedOrder extends IncomingOrder {
  is_test?: boolean;
  /** False: nobody said when it was placed, so that is no difference to one that is here. */
  is_dated?: boolean;
  /** The order of another cart that it stands for: when that cart brings it, it is here already. */
  stands_for?: { cart_id: ConnectionId; number: string } | null;
}

/** What became of what goes to one address. `id` of what is here. */
export interface PushedPart {
  part: number;
  kind: "loaded" | "same" | "skipped" | "cleared";
  id?: OrderId;
  reason?: SkipReason;
  checks?: readonly FailedCheck[];
}

/** What became of one. `ids`: an order per ship-to address that is here. */
export type PushResult =
  | { kind: "loaded"; ids: readonly OrderId[]; parts: readonly PushedPart[] }
  /** The very same order is here. */
  | { kind: "same"; ids: readonly OrderId[]; parts: readonly PushedPart[] }
  | {
      kind: "skipped";
      reason: SkipReason;
      checks: readonly FailedCheck[];
      parts: readonly PushedPart[];
    }
  /** A person cleared it: it never comes back. */
  | { kind: "cleared"; parts: readonly PushedPart[] }
  /** Its reference is another order's, or it is here with other contents. */
  | { kind: "duplicate"; message: string };

/**
 * Takes in orders that are given to us, in one go; answers one result per order, in their sequence.
 * A pushed order never changes one that is here, and is loaded whole or not at all. Running it twice,
 * or at the same time, loads nothing twice.
 */
export async function pushOrders(
  deps: Deps,
  open: OpenCart,
  orders: readonly PushedOrder[],
  by: Actor,
): Promise<PushResult[]> {
  return untilKeysAreFree(async () => {
    const { cart, judged, results, standIns } = await judgePush(deps, open, orders, by);
    await storeJudged(deps, cart, judged, standIns);
    return results;
  });
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

interface Judgement {
  cart: IntakeCart;
  judged: Judged;
  results: PushResult[];
  standIns: Statement[];
}

async function judgePush(
  deps: Deps,
  open: OpenCart,
  orders: readonly PushedOrder[],
  by: Actor,
): Promise<Judgement> {
  // Whoever gives us an order means it, however old it is.
  const cart = { ...(await intakeCart(deps, open)), anyAge: true, by: actorText(by) };
  const standing = await lookUpStanding(deps, cart, orders);
  const seen = new Set<string>();
  const repeats = new Set(orders.filter(({ source_id }) => seen.size === seen.add(source_id).size));
  const fresh = orders.filter((order) => !standing.refused.has(order) && !repeats.has(order));
  const judged = await judgeOrders(deps, cart, { items: fresh, skipped: [] });
  const bySource = Map.groupBy(judged.arrivals, ([, { source_id }]) => source_id);
  const results = orders.map((order): PushResult => {
    const refused = standing.refused.get(order);
    if (refused !== undefined) return { kind: "duplicate", message: refused };
    if (repeats.has(order))
      return { kind: "duplicate", message: `Order ${order.source_id} was given twice.` };
    return resultOf(judged, standing, order, cart, bySource.get(order.source_id) ?? []);
  });
  const resultBy = new Map(orders.map((order, at) => [order, results[at]]));
  leaveOut(
    judged,
    fresh.filter((order) => resultBy.get(order)?.kind === "duplicate"),
  );
  return { cart, judged, results, standIns: standInsOf(cart, standing, resultBy) };
}

/** Pushed orders change nothing that is here, and of a refused one nothing is stored. */
function leaveOut({ sorted }: Judged, refused: readonly PushedOrder[]): void {
  const ids = new Set(refused.map(({ source_id }) => source_id));
  const skips = new Set(refused.flatMap((order) => partsOf(order).map(skipKey)));
  sorted.loads = sorted.loads.filter(({ source_id }) => !ids.has(source_id));
  sorted.skips = sorted.skips.filter(({ source_id }) => !skips.has(source_id));
  sorted.revisions = [];
  sorted.reopened = [];
  sorted.flags = [];
  sorted.notes = [];
  sorted.cancellations = [];
}

function resultOf(
  judged: Judged,
  standing: Standing,
  order: PushedOrder,
  cart: IntakeCart,
  arrivals: readonly (readonly [OrderId, Arrival])[],
): PushResult {
  const { source_id } = order;
  const taken = judged.refused.get(source_id);
  if (taken !== undefined)
    return { kind: "duplicate", message: `The reference ${taken} is another order's.` };
  const parts: PushedPart[] = [];
  for (const [id, arrival] of arrivals) {
    const found = partOf(judged, order, cart, id, arrival);
    if (typeof found === "string") return { kind: "duplicate", message: found };
    parts.push(found);
  }
  const is = (kind: PushedPart["kind"]) => parts.some((part) => part.kind === kind);
  const ids = parts.flatMap(({ id }) => id ?? []);
  if (is("loaded")) return { kind: "loaded", ids, parts };
  if (is("same"))
    return standsForNothing(judged, standing, order, ids)
      ? {
          kind: "duplicate",
          message: `Order ${source_id} is here already, and was not given to stand for order ${order.stands_for?.number}: call it off, and give this one another number.`,
        }
      : { kind: "same", ids, parts };
  if (is("cleared")) return { kind: "cleared", parts };
  const [{ reason, checks = [] } = {}] = parts;
  return { kind: "skipped", reason: reason ?? "nothing_to_ship", checks, parts };
}

/** What becomes of one part, or why the order is refused. */
function partOf(
  { known, sorted }: Judged,
  order: PushedOrder,
  { cart_id }: IntakeCart,
  id: OrderId,
  arrival: Arrival,
): PushedPart | string {
  const { part, source_id } = arrival;
  const stored = known.get(id);
  const decision = sorted.decisions.get(id);
  if (decision?.kind === "cleared") return { part, kind: "cleared" };
  if (stored) {
    // Another order stands for this one.
    if (id !== orderIdOf(cart_id, source_id, part)) return { part, kind: "same", id };
    if (stored.is_test !== (order.is_test ?? false))
      return `Order ${source_id} is here as ${stored.is_test ? "a test order" : "a real order, not as a test"}: give this one another number.`;
    // Nothing is left of it that could be compared.
    return stored.redacted || saysTheSame(arrival.order, stored, order.is_dated !== false)
      ? { part, kind: "same", id }
      : `Order ${source_id} is here with other contents: edit it, or give this one another number.`;
  }
  return decision?.kind === "skip"
    ? { part, kind: "skipped", reason: decision.reason, checks: decision.checks }
    : { part, kind: "loaded", id };
}

/** It is here, but was given without what it is to stand for now. What was called off does not count. */
const standsForNothing = (
  { known }: Judged,
  { own }: Standing,
  order: PushedOrder,
  ids: readonly OrderId[],
): boolean =>
  Boolean(order.stands_for) &&
  !own.has(order) &&
  ids.some((id) => known.get(id)?.status !== "canceled");

/** What the orders that load stand for from now on. */
function standInsOf(
  { merchant_id }: IntakeCart,
  { own, fallen, spans }: Standing,
  results: ReadonlyMap<PushedOrder, PushResult | undefined>,
): Statement[] {
  const rows = [...results].flatMap(([order, result]): StandIn[] => {
    const [order_id] = result?.kind === "loaded" ? result.ids : [];
    return order.stands_for && order_id && !own.has(order)
      ? [{ ...order.stands_for, order_id }]
      : [];
  });
  if (rows.length === 0) return [];
  const byNumber = new Map(rows.map((row) => [keyOf(row), row]));
  const watched = spans.flatMap((span) => {
    const row = byNumber.get(keyOf(span));
    return row ? { ...span, ...row } : [];
  });
  return [
    dropFallenStandIns(merchant_id, fallen),
    insertStandIns(merchant_id, rows),
    failIfBrought(merchant_id, watched),
  ];
}
