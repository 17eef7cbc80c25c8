import type { Edits } from "../domain/edits.ts";
import type { ItemFilter, ItemRules } from "../domain/filters.ts";
import { holdUntilSent, isKept, shipsFrom, type Hold } from "../domain/holds.ts";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import { decideIntake, type IntakeDecision, type KnownOrder } from "../domain/intake.ts";
import type { Order } from "../domain/order.ts";
import { referenceTail, skipKey, type ArrivingOrder } from "../domain/parts.ts";
import type { CartPolicy } from "../domain/policy.ts";
import { capital, sayingOf } from "../domain/saying.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { byteLength } from "../platform/bytes.ts";
import type { NotedStep, OrderRevision, SourceStep } from "../store/order-changes.ts";
import type { NewOrder } from "../store/orders.ts";
import type { NewSkip } from "../store/skipped-orders.ts";
import { PARAMETER_BYTES } from "../store/statement.ts";

/** Where orders come in: a cart, what it takes, and where they go. */
export interface IntakeCart {
  merchant_id: MerchantId;
  cart_id: ConnectionId;
  /** Null: there is none, or none was chosen. */
  wms_id: ConnectionId | null;
  /** All of the merchant's: an order may be at one that was chosen before. */
  wms_ids: readonly ConnectionId[];
  policy: CartPolicy;
  /** Instead of the one that is stored. */
  item_filter?: ItemFilter;
  /** What the merchant's other carts write around a number to make a reference, now and before. */
  siblings: readonly Pick<CartPolicy, "reference_prefix" | "reference_suffix">[];
  /** A person asked for these very orders, however old they are. */
  anyAge?: boolean;
  /** The orders are pushed: a reference that is taken is refused. */
  pushed?: boolean;
  /** It is told of shipments. */
  told?: boolean;
  /** Who gave them to us. */
  by?: string;
}

/** An order that is told apart from others of the page, and perhaps is a test. */
export interface Arrival extends ArrivingOrder {
  is_test?: boolean;
}

/** `says`: what the cart says, for the middle of a sentence. */
export interface CalledOff extends SourceStep {
  says: string;
}

/** What a cart showed, by what is to be done with it. Every order shown is in exactly one of these. */
export interface Arrivals {
  loads: NewOrder[];
  skips: NewSkip[];
  /** Changed in the cart, and perhaps not sent yet. */
  revisions: OrderRevision[];
  /** Called off in the cart. */
  cancellations: CalledOff[];
  /** Called off before, and meant after all. */
  reopened: OrderRevision[];
  /** Changed in the cart after the WMS accepted it. */
  flags: SourceStep[];
  /** Happened in the cart after it shipped, or was off. */
  notes: NotedStep[];
  too_old: number;
  same: number;
  cleared: number;
  /** Where an order that is here became unreadable: the place in the first one's payload. */
  unread: string | null;
  /** What was decided about each readable order. */
  decisions: Map<OrderId, IntakeDecision>;
}

/** What a cart showed, by the id that each has or would have here. `gone`: orders that it no longer has. */
export interface Sightings {
  readable: ReadonlyMap<OrderId, Arrival>;
  unreadable: ReadonlyMap<OrderId, UnreadableOrder>;
  gone: readonly OrderId[];
}

/** What is stored of them. */
export interface Stored {
  known: ReadonlyMap<string, KnownOrder>;
  /** Cleared, and perhaps nothing but that is left. */
  tombstones: ReadonlySet<string>;
}

/** Sorts what a cart showed. Pure. */
export function sortArrivals(
  cart: IntakeCart & { items: ItemRules },
  { readable, unreadable, gone }: Sightings,
  { known, tombstones }: Stored,
  now: number,
): Arrivals {
  const sorted: Arrivals = {
    loads: [],
    skips: [],
    revisions: [],
    cancellations: [],
    reopened: [],
    flags: [],
    notes: [],
    too_old: 0,
    same: 0,
    cleared: 0,
    unread: null,
    decisions: new Map(),
  };
  const start = startOf(cart, now);
  for (const [id, incoming] of readable) {
    const order = known.get(id) ?? null;
    const decision: IntakeDecision =
      order === null && tombstones.has(id)
        ? { kind: "cleared" }
        : decideIntake(incoming, cart, order);
    sortOne(sorted, cart, start, id, incoming, order, decision);
  }
  for (const [id, row] of unreadable) {
    const { source_id, number, reason, message } = row;
    const order = known.get(id);
    // The stored version is no longer what the cart means, so it must not go out in silence.
    if (order) {
      const isNews = stopKnown(sorted, order, "unreadable", now);
      if (isNews && reason === "bad_response") sorted.unread ??= message;
    } else if (!tombstones.has(id))
      sorted.skips.push({
        source_id,
        order_id: id,
        number,
        reason,
        checks: [],
        message,
        source_modified_at: 0,
      });
  }
  for (const id of gone) {
    const order = known.get(id);
    if (order) stopKnown(sorted, order, "gone", now);
  }
  return sorted;
}

/** Stops a known order whose cart shows it no more, or shows nothing that can be read; answers whether that is news. */
function stopKnown(
  sorted: Arrivals,
  order: KnownOrder,
  sourceStatus: "gone" | "unreadable",
  now: number,
): boolean {
  const late = order.status === "at_wms" || order.status === "partial";
  if (
    order.source_status === sourceStatus ||
    (order.status !== "new" && order.status !== "error" && !late)
  )
    return false;
  // A page that still shows a deleted order was read before it went, so it is older than this.
  const modifiedAt = order.source_modified_at + (sourceStatus === "gone" ? 1 : 0);
  // Whoever has it may well mean it: what cannot be read is no reason to call off what was sent.
  const isFlag = late && sourceStatus === "unreadable";
  (isFlag ? sorted.flags : sorted.cancellations).push(
    calledOff(order.id, { source_status: sourceStatus, modified_at: modifiedAt }, late, now),
  );
  return true;
}

function sortOne(
  sorted: Arrivals,
  cart: IntakeCart,
  start: Start,
  id: OrderId,
  incoming: Arrival,
  known: KnownOrder | null,
  decision: IntakeDecision,
): void {
  const now = start.created_at;
  const { source_status, modified_at } = incoming;
  sorted.decisions.set(id, decision);
  const revised = (
    order: Order,
    edits: Edits,
    hold: OrderRevision["hold"],
    entries: readonly Pick<TimelineEntry, "event" | "text">[],
  ): OrderRevision => ({
    id,
    body: order,
    edits,
    hold,
    source_status,
    modified_at,
    entries: entries.map((entry) => ({ at: now, ...entry })),
    at: now,
  });
  switch (decision.kind) {
    case "load": {
      const load = newOrder(cart, start, id, { ...incoming, order: decision.order });
      if (byteLength(load.body) > PARAMETER_BYTES) {
        sorted.decisions.set(id, { kind: "skip", reason: "too_large", checks: [] });
        sorted.skips.push(tooLarge(id, incoming));
      } else sorted.loads.push(load);
      break;
    }
    case "skip":
      sorted.skips.push({
        source_id: skipKey(incoming),
        order_id: id,
        number: incoming.order.number,
        reason: decision.reason,
        checks: decision.checks,
        message: null,
        source_modified_at: modified_at,
      });
      break;
    case "changed":
      sorted.revisions.push(
        revised(decision.order, decision.edits, holdAfter(decision, known, now), decision.entries),
      );
      break;
    case "reopened":
      sorted.reopened.push(
        revised(decision.order, known?.edits ?? {}, "keep", [
          {
            event: "reopened_in_cart",
            text: `The cart says "${source_status}" now, ${wasAtWms(known) ? "but the WMS called it off: release it to send it again" : "so it goes on"}.`,
          },
        ]),
      );
      break;
    case "changed_after_sending":
      sorted.flags.push(
        step(id, source_status, modified_at, "changed_after_sending", decision.text, now),
      );
      break;
    case "noted":
      sorted.notes.push({
        ...step(id, source_status, modified_at, "noted_in_cart", decision.text, now),
        off: decision.off === true,
      });
      break;
    case "canceled":
      sorted.cancellations.push(calledOff(id, incoming, decision.late, now));
      break;
    case "too_old":
      sorted.too_old += 1;
      break;
    case "same":
      sorted.same += 1;
      break;
    case "cleared":
      sorted.cleared += 1;
      break;
  }
}

/** What a change makes of the order's hold. One that is for a later day follows that day. */
function holdAfter(
  { hold, order }: Extract<IntakeDecision, { kind: "changed" }>,
  known: KnownOrder | null,
  now: number,
): OrderRevision["hold"] {
  const isMoved = order.requested_ship_date !== known?.body.requested_ship_date;
  const isDated = known?.on_hold === "ship_date" || shipsFrom(order, now) !== null;
  return hold === "keep" && isMoved && isDated ? "again" : hold;
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

/** A WMS had it, so that it is canceled because that WMS called it off. */
const wasAtWms = (known: KnownOrder | null): boolean =>
  known?.status === "canceled" && known.timeline.some(({ event }) => event === "sent");

const calledOff = (
  id: string,
  incoming: Pick<IncomingOrder, "source_status" | "modified_at" | "all_refunded">,
  late: boolean,
  now: number,
): CalledOff => {
  const says = sayingOf(incoming);
  const text = late
    ? `${capital(says)}, but the WMS has it already.`
    : `Canceled, because ${says}.`;
  const { source_status, modified_at } = incoming;
  return { ...step(id, source_status, modified_at, "canceled_in_cart", text, now), says };
};

/** The same, for an order that could not be stopped because the WMS has it, or it is being sent. */
export const calledOffTooLate = ({
  id,
  says,
  source_status,
  modified_at,
  at,
}: CalledOff): SourceStep =>
  step(
    id,
    source_status,
    modified_at,
    "canceled_in_cart",
    `${capital(says)}, but the WMS has it or may have it: it is asked to call it off.`,
    at,
  );

/** The same change, for an order that could not follow because it is being sent. */
export const revisedTooLate = (revision: OrderRevision): OrderRevision => ({
  ...revision,
  entries: [
    {
      at: revision.at,
      event: "changed_after_sending",
      text: "Changed in the cart while it was being sent; the WMS may have the old version.",
    },
  ],
});

/** What all orders have in common that a cart shows at one time; the very same values, so that they are stored in one go. */
type Start = Pick<NewOrder, "cart_id" | "on_hold" | "created_at" | "timeline">;

function startOf({ cart_id, wms_id, policy, by }: IntakeCart, now: number): Start {
  const waits = holdUntilSent(policy.delivery, wms_id);
  const on_hold = waits === "released" ? null : waits;
  return {
    cart_id,
    on_hold,
    created_at: now,
    timeline: [{ at: now, event: "loaded", text: loadedText(on_hold), ...(by ? { by } : {}) }],
  };
}

function newOrder({ policy }: IntakeCart, start: Start, id: OrderId, incoming: Arrival): NewOrder {
  const { number } = incoming.order;
  const tail = referenceTail(incoming);
  const until = shipsFrom(incoming.order, start.created_at);
  return {
    ...start,
    ...(until === null ? {} : heldFor(start, "ship_date", laterText(incoming.order))),
    id,
    source_id: incoming.source_id,
    part: incoming.part,
    period: incoming.period ?? null,
    is_test: incoming.is_test ? 1 : 0,
    hold_until: until,
    possible_duplicate: 0,
    number,
    cust_ref: `${policy.reference_prefix}${number}${tail}${policy.reference_suffix}`,
    source_status: incoming.source_status,
    source_modified_at: incoming.modified_at,
    placed_at: incoming.placed_at,
    body: JSON.stringify(incoming.order),
  };
}

/** A new order that is kept, with the reason; of several the one that comes first in turn is shown. */
export function heldFor(
  order: Pick<NewOrder, "on_hold" | "created_at" | "timeline">,
  on_hold: Hold,
  text: string,
): Pick<NewOrder, "on_hold" | "timeline"> {
  const entry: TimelineEntry = { at: order.created_at, event: "held", text };
  return {
    on_hold: on_hold === "possible_duplicate" || !isKept(order.on_hold) ? on_hold : order.on_hold,
    timeline: [...order.timeline, entry],
  };
}

const laterText = ({ requested_ship_date }: Order) =>
  `It is to ship on ${requested_ship_date}, so it waits until then.`;

function loadedText(hold: string | null): string {
  if (hold === "delivery_off") return "Loaded; it waits until delivery is turned on for this cart.";
  if (hold === "no_warehouse") return "Loaded; it waits until this cart has a WMS to send it to.";
  return "Loaded from the cart.";
}

const tooLarge = (id: OrderId, incoming: Arrival): NewSkip => ({
  source_id: skipKey(incoming),
  order_id: id,
  number: incoming.order.number,
  reason: "too_large",
  checks: [],
  message: `The order has ${incoming.order.lines.length} lines and is larger than 1 MB.`,
  source_modified_at: incoming.modified_at,
});
