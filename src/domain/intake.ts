import { cartSays, sameContents, withEdits, type Edits } from "./edits.ts";
import { failedChecks, filterLines, type FailedCheck, type ItemRules } from "./filters.ts";
import { isShipped, type ArrivingOrder } from "./parts.ts";
import type { Order, OrderStatus } from "./order.ts";
import type { CartPolicy } from "./policy.ts";
import { capital, sayingOf } from "./saying.ts";
import type { TimelineEntry } from "./timeline.ts";

export type { FailedCheck } from "./filters.ts";

export const skipReasons = [
  "order_status",
  "payment_status",
  "fulfilment_status",
  "order_filter",
  "item_filter",
  "all_items_filtered",
  "canceled",
  "trashed",
  "subscription_parent",
  "nothing_to_ship",
  "no_lines",
  "invalid",
  "bad_response",
  "too_large",
  /** It was skipped, and the cart has it no more. */
  "gone",
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What a cart takes of what it shows. */
export interface IntakeRules {
  policy: Pick<
    CartPolicy,
    "order_statuses" | "payment_statuses" | "fulfilment_statuses" | "filters" | "earliest_order_at"
  >;
  items: ItemRules;
  /** A person asked for this very order, however old it is. */
  anyAge?: boolean;
}

/** What is stored of an order that arrives again. */
export interface KnownOrder {
  id: string;
  status: OrderStatus;
  source_status: string;
  source_modified_at: number;
  is_test: boolean;
  sending_canceled: boolean;
  /** Who called it off; null: nobody, or the cart. */
  canceled_by: string | null;
  /** Where it is being called off. */
  cancel_wanted: string | null;
  too_late_to_cancel: boolean;
  /** It is off, and its cart would not call it off. */
  kept_in_cart: boolean;
  on_hold: string | null;
  error_reason: string | null;
  /** It did not pass the cart's settings when it was last looked at. */
  no_longer_passes: boolean;
  /** A person sent it on although it did not pass. */
  waved_through: boolean;
  cleared: boolean;
  /** Customers' data was taken out of it: what its cart says must not bring that back. */
  redacted: boolean;
  body: Order;
  edits: Edits;
  timeline: readonly TimelineEntry[];
}

export type IntakeDecision =
  | { kind: "load"; order: Order }
  | { kind: "skip"; reason: SkipReason; checks: readonly FailedCheck[] }
  /** Placed before the cart's earliest order date: counted, not listed. */
  | { kind: "too_old" }
  | { kind: "same" }
  /** A person cleared it: it never comes back by itself. */
  | { kind: "cleared" }
  | {
      kind: "changed";
      order: Order;
      edits: Edits;
      entries: readonly Pick<TimelineEntry, "event" | "text">[];
      /** `hold`: it passes no more. `release`: what it waited for is over. */
      hold: "keep" | "hold" | "release";
    }
  /** Called off before it was sent, and meant after all. */
  | { kind: "reopened"; order: Order }
  /** The WMS has another version. */
  | { kind: "changed_after_sending"; text: string }
  /** Something to know about an order that has shipped. */
  /** `off`: what its cart kept is off there, too. */
  | { kind: "noted"; text: string; off?: true }
  | { kind: "canceled"; late: boolean };

/** What becomes of one order that a cart showed us. Pure: the caller stores it. */
export function decideIntake(
  incoming: ArrivingOrder,
  rules: IntakeRules,
  known: KnownOrder | null,
): IntakeDecision {
  if (known === null) return decideNew(incoming, rules);
  if (known.cleared && !onItsWay(known)) return { kind: "cleared" };
  return decideKnown(incoming, rules, known);
}

/** Why a new order is not taken, or null; and the order with the lines marked that are not sent. */
function judge(
  incoming: ArrivingOrder,
  { policy, items }: IntakeRules,
): { order: Order; skip: Extract<IntakeDecision, { kind: "skip" }> | null } {
  const skip = (reason: SkipReason, checks: readonly FailedCheck[] = []) => ({
    order,
    skip: { kind: "skip" as const, reason, checks },
  });
  const { lines, failed } = filterLines(incoming.order.lines, items);
  const order = failed.length === 0 ? incoming.order : { ...incoming.order, lines: [...lines] };
  if (incoming.state === "trashed") return skip("trashed");
  if (incoming.state === "cancelled") return skip("canceled");
  if (incoming.is_contract) return skip("subscription_parent");
  if (order.lines.every(({ digital }) => digital)) return skip("nothing_to_ship");
  const checks = failedChecks(incoming, policy);
  const first = checks[0]?.field;
  if (first !== undefined) return skip(statusReasons.get(first) ?? "order_filter", checks);
  if (failed.length > 0 && items.level === "order") return skip("item_filter", failed);
  if (!order.lines.some(isShipped)) return skip("all_items_filtered", failed);
  return { order, skip: null };
}

const statusReasons = new Map<string, SkipReason>([
  ["order_status", "order_status"],
  ["payment_status", "payment_status"],
  ["fulfilment_status", "fulfilment_status"],
]);

function decideNew(incoming: ArrivingOrder, rules: IntakeRules): IntakeDecision {
  if (!rules.anyAge && incoming.placed_at < rules.policy.earliest_order_at)
    return { kind: "too_old" };
  const { order, skip } = judge(incoming, rules);
  return skip ?? { kind: "load", order };
}

/** The WMS may have it, and nothing of it has shipped or may yet. */
const isAtWms = ({ status }: KnownOrder): boolean => status === "at_wms" || status === "partial";
const isUnsent = ({ status }: KnownOrder): boolean => status === "new" || status === "error";
const onItsWay = (known: KnownOrder): boolean => !isUnsent(known) && known.status !== "canceled";

function decideKnown(
  incoming: ArrivingOrder,
  rules: IntakeRules,
  known: KnownOrder,
): IntakeDecision {
  const unsent = isUnsent(known);
  const atWms = isAtWms(known);
  if (incoming.state !== "open") {
    // By what came of it, not by its status: a shop may refund every piece and leave the status.
    const isTold = known.cancel_wanted === "wms" || known.too_late_to_cancel;
    if (unsent || atWms) return isTold ? { kind: "same" } : { kind: "canceled", late: atWms };
    if (known.redacted) return { kind: "same" };
    if (known.kept_in_cart)
      return { kind: "noted", text: `${capital(sayingOf(incoming))}, too.`, off: true };
    return known.status === "canceled"
      ? { kind: "same" }
      : notedOnce(known, `${capital(sayingOf(incoming))}, after it shipped.`);
  }
  if (known.redacted) return { kind: "same" };
  if (unsent)
    return known.sending_canceled && known.canceled_by === null
      ? { kind: "reopened", order: withEdits(judge(incoming, rules).order, known.edits) }
      : decideUnsent(incoming, rules, known);
  if (known.status === "canceled") {
    if (known.canceled_by !== null) return { kind: "same" };
    const decision = decideNew(incoming, rules);
    return decision.kind === "load"
      ? { kind: "reopened", order: withEdits(decision.order, known.edits) }
      : { kind: "same" };
  }
  const stops = known.cancel_wanted === "wms" || (atWms && known.too_late_to_cancel);
  if (stops && known.canceled_by === null) return { kind: "reopened", order: known.body };
  const text = whatMatters(known.body, withEdits(incoming.order, known.edits));
  if (text === null) return { kind: "same" };
  if (!atWms) return notedOnce(known, `Changed in the cart after it shipped: ${text}.`);
  const told = `Changed in the cart after it was sent: ${text}.`;
  return known.timeline.findLast(({ event }) => event === "changed_after_sending")?.text === told
    ? { kind: "same" }
    : { kind: "changed_after_sending", text: told };
}

const notedOnce = (known: KnownOrder, text: string): IntakeDecision =>
  known.timeline.some((entry) => entry.text === text) ? { kind: "same" } : { kind: "noted", text };

/** A WMS refused it for what an edit mends. */
const mendable = new Set(["address", "ship_method", "code"]);

function decideUnsent(
  incoming: ArrivingOrder,
  rules: IntakeRules,
  known: KnownOrder,
): IntakeDecision {
  const { order: judged, skip } = judge(incoming, rules);
  const order = withEdits(judged, known.edits);
  const { edits, news } = cartSays(known.edits, incoming.order);
  const isChanged = !sameContents(order, known.body);
  const why = skip ? whyNot(skip) : nothingLeft(order);
  // A person sent it on in spite of just this.
  const fails = why !== null && !(known.waved_through && lastTold(known) === why);
  const isNews = fails && !(known.no_longer_passes && lastTold(known) === why);
  const passesAgain = why === null && known.no_longer_passes;
  const entries: Pick<TimelineEntry, "event" | "text">[] = [];
  if (isChanged) entries.push({ event: "changed_in_cart", text: "Changed in the cart, and here." });
  if (news.length > 0)
    entries.push({
      event: "changed_in_cart",
      text: `Changed in the cart, but not here, where it was edited: ${news.join(", ")}.`,
    });
  if (isNews) entries.push({ event: "no_longer_passes", text: why });
  if (passesAgain)
    entries.push({ event: "passes_again", text: "It passes the cart's settings again." });
  if (entries.length === 0) return { kind: "same" };
  const mends =
    isChanged && !fails && known.status === "error" && mendable.has(known.error_reason ?? "");
  return {
    kind: "changed",
    order,
    edits,
    entries,
    hold: isNews ? "hold" : passesAgain || mends ? "release" : "keep",
  };
}

const lastTold = (known: KnownOrder): string | undefined =>
  known.timeline.findLast(({ event }) => event === "no_longer_passes")?.text;

const nothingLeft = (order: Order): string | null =>
  order.lines.some(isShipped) ? null : "Nothing of it is left to ship.";

function whyNot({ reason, checks }: Extract<IntakeDecision, { kind: "skip" }>): string {
  const failed = checks
    .slice(0, 5)
    .map(({ field, expected, actual }) => `${field} is ${actual}, this cart takes ${expected}`);
  return `It no longer passes the cart's settings (${reason}${failed.length > 0 ? `: ${failed.join("; ")}` : ""}).`;
}

/** The differences that a warehouse would have to know of; null when there are none. */
function whatMatters(sent: Order, now: Order): string | null {
  const parts = [...addressChanges(sent, now), ...lineChanges(sent, now)];
  if (sent.ship_code !== now.ship_code)
    parts.push(`ship method ${quoted(sent.ship_code)} to ${quoted(now.ship_code)}`);
  return parts.length === 0 ? null : parts.join(", ");
}

const quoted = (text: string | undefined) => (text === undefined ? "none" : `"${text}"`);

function addressChanges(sent: Order, now: Order): string[] {
  const names = [...new Set([...Object.keys(sent.ship_to), ...Object.keys(now.ship_to)])];
  return names.flatMap((name) => {
    const [was, is] = [sent.ship_to, now.ship_to].map(
      (address) => address[name as keyof typeof address],
    );
    return was === is ? [] : [`ship-to ${name} ${quoted(was)} to ${quoted(is)}`];
  });
}

/** By SKU, as lines may get other ids where an order is linked to another. What is not sent anyway does not matter. */
function lineChanges(sent: Order, now: Order): string[] {
  const [was, is] = [sent, now].map(({ lines }) => {
    const sums = new Map<string, number>();
    for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
    return sums;
  });
  const kept = new Set(sent.lines.filter((line) => !isShipped(line)).map(({ sku }) => sku));
  const skus = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])];
  return skus
    .filter((sku) => !kept.has(sku) && was?.get(sku) !== is?.get(sku))
    .map((sku) => `${sku || "blank SKU"} ${was?.get(sku) ?? 0} to ${is?.get(sku) ?? 0}`);
}
