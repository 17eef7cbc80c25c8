import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import { decideIntake, type KnownOrder } from "../domain/intake.ts";
import type { CartPolicy } from "../domain/policy.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { byteLength } from "../platform/bytes.ts";
import type { NewOrder, OrderRevision, SourceStep } from "../store/orders.ts";
import type { NewSkip } from "../store/skipped-orders.ts";
import { PARAMETER_BYTES } from "../store/statement.ts";

/** Where orders come in: a cart, what it takes, and the WMS they go to (null: there is none, or none was chosen). */
export interface IntakeCart {
  merchant_id: MerchantId;
  cart_id: ConnectionId;
  wms_id: ConnectionId | null;
  policy: CartPolicy;
}

/** What a cart showed, by what is to be done with it. Every order shown is in exactly one of these. */
export interface Arrivals {
  loads: NewOrder[];
  skips: NewSkip[];
  /** Changed in the cart, and perhaps not sent yet. */
  revisions: OrderRevision[];
  /** Called off in the cart, and perhaps not sent yet. */
  cancellations: SourceStep[];
  /** Called off before, and meant after all. */
  reopened: OrderRevision[];
  /** Changed or called off in the cart after the WMS accepted it. */
  flags: SourceStep[];
  too_old: number;
  same: number;
}

/** What a cart showed, by the id that each has or would have here. `gone`: orders that it no longer has. */
export interface Sightings {
  readable: ReadonlyMap<OrderId, IncomingOrder>;
  unreadable: ReadonlyMap<OrderId, UnreadableOrder>;
  gone: readonly OrderId[];
}

/** Sorts what a cart showed. Pure. */
export function sortArrivals(
  cart: IntakeCart,
  { readable, unreadable, gone }: Sightings,
  known: ReadonlyMap<string, KnownOrder>,
  now: number,
): Arrivals {
  const sorted: Arrivals = {
    loads: [],
    skips: [],
    revisions: [],
    cancellations: [],
    reopened: [],
    flags: [],
    too_old: 0,
    same: 0,
  };
  const start = startOf(cart, now);
  for (const [id, incoming] of readable) sortOne(sorted, cart, start, id, incoming, known.get(id));
  for (const [id, row] of unreadable) {
    const { source_id, number, reason, message } = row;
    const order = known.get(id);
    // The stored version is no longer what the cart means, so it must not go out in silence.
    if (order) stopKnown(sorted, order, "unreadable", now);
    else sorted.skips.push({ source_id, number, reason, checks: [], message });
  }
  for (const id of gone) {
    const order = known.get(id);
    if (order) stopKnown(sorted, order, "gone", now);
  }
  return sorted;
}

/** Stops a known order whose cart shows it no more, or shows nothing that can be read. */
function stopKnown(
  sorted: Arrivals,
  order: KnownOrder,
  sourceStatus: "gone" | "unreadable",
  now: number,
): void {
  const late = order.status === "at_wms" || order.status === "partial";
  if (
    order.source_status === sourceStatus ||
    (order.status !== "new" && order.status !== "error" && !late)
  )
    return;
  // A page that still shows a deleted order was read before it went, so it is older than this.
  const modifiedAt = order.source_modified_at + (sourceStatus === "gone" ? 1 : 0);
  (late ? sorted.flags : sorted.cancellations).push(
    calledOff(order.id, sourceStatus, modifiedAt, late, now),
  );
}

function sortOne(
  sorted: Arrivals,
  cart: IntakeCart,
  start: Start,
  id: OrderId,
  incoming: IncomingOrder,
  known: KnownOrder | undefined,
): void {
  const now = start.created_at;
  const { source_id, source_status, modified_at, order } = incoming;
  const decision = decideIntake(incoming, cart.policy, known ?? null);
  const revised = (event: TimelineEntry["event"], text: string): OrderRevision => ({
    id,
    body: order,
    source_status,
    modified_at,
    entries: [{ at: now, event, text }],
    at: now,
  });
  switch (decision.kind) {
    case "load": {
      const load = newOrder(cart, start, id, incoming);
      if (byteLength(load.body) > PARAMETER_BYTES) sorted.skips.push(tooLarge(incoming));
      else sorted.loads.push(load);
      break;
    }
    case "skip":
      sorted.skips.push({
        source_id,
        number: order.number,
        reason: decision.reason,
        checks: decision.checks,
        message: null,
      });
      break;
    case "changed":
      sorted.revisions.push(revised("changed_in_cart", "Changed in the cart, and here."));
      break;
    case "reopened":
      sorted.reopened.push(
        revised("reopened_in_cart", `The cart says "${source_status}" now, so it goes on.`),
      );
      break;
    case "changed_after_sending":
      sorted.flags.push(
        step(id, source_status, modified_at, "changed_after_sending", decision.text, now),
      );
      break;
    case "canceled":
      (decision.late ? sorted.flags : sorted.cancellations).push(
        calledOff(id, source_status, modified_at, decision.late, now),
      );
      break;
    case "too_old":
      sorted.too_old += 1;
      break;
    case "same":
      sorted.same += 1;
      break;
  }
}

const step = (
  id: string,
  source_status: string,
  modified_at: number,
  event: TimelineEntry["event"],
  text: string,
  at: number,
): SourceStep => ({
  id,
  status: null,
  error_reason: null,
  source_status,
  modified_at,
  entries: [{ at, event, text }],
  at,
});

const calledOff = (
  id: string,
  sourceStatus: string,
  modifiedAt: number,
  late: boolean,
  now: number,
): SourceStep =>
  step(
    id,
    sourceStatus,
    modifiedAt,
    "canceled_in_cart",
    late
      ? `The cart says "${sourceStatus}", but the warehouse has it already.`
      : `Canceled, because the cart says "${sourceStatus}".`,
    now,
  );

/** The same, for an order that could not be stopped because it is being sent. */
export const calledOffTooLate = ({ id, source_status, modified_at, at }: SourceStep): SourceStep =>
  step(
    id,
    source_status,
    modified_at,
    "canceled_in_cart",
    `The cart says "${source_status}", but the warehouse may have it already.`,
    at,
  );

/** The same change, for an order that could not follow because it is being sent. */
export const revisedTooLate = (revision: OrderRevision): OrderRevision => ({
  ...revision,
  entries: [
    {
      at: revision.at,
      event: "changed_after_sending",
      text: "Changed in the cart while it was being sent; the warehouse may have the old version.",
    },
  ],
});

/** What all orders have in common that a cart shows at one time; the very same values, so that they are stored in one go. */
type Start = Pick<NewOrder, "cart_id" | "on_hold" | "created_at" | "timeline">;

function startOf({ cart_id, wms_id, policy }: IntakeCart, now: number): Start {
  const on_hold = !policy.delivery ? "delivery_off" : wms_id === null ? "no_warehouse" : null;
  return {
    cart_id,
    on_hold,
    created_at: now,
    timeline: [{ at: now, event: "loaded", text: loadedText(on_hold) }],
  };
}

function newOrder(
  { policy }: IntakeCart,
  start: Start,
  id: OrderId,
  incoming: IncomingOrder,
): NewOrder {
  const { number } = incoming.order;
  return {
    ...start,
    id,
    source_id: incoming.source_id,
    part: incoming.part,
    number,
    cust_ref: `${policy.reference_prefix}${number}${policy.reference_suffix}`,
    source_status: incoming.source_status,
    source_modified_at: incoming.modified_at,
    placed_at: incoming.placed_at,
    body: JSON.stringify(incoming.order),
  };
}

function loadedText(hold: string | null): string {
  if (hold === "delivery_off") return "Loaded; it waits until delivery is turned on for this cart.";
  if (hold === "no_warehouse")
    return "Loaded; it waits until this cart has a warehouse to send it to.";
  return "Loaded from the cart.";
}

const tooLarge = (incoming: IncomingOrder): NewSkip => ({
  source_id: incoming.source_id,
  number: incoming.order.number,
  reason: "too_large",
  checks: [],
  message: `The order has ${incoming.order.lines.length} lines and is larger than 1 MB.`,
});
