import type { IncomingOrder } from "./incoming.ts";
import type { Order, OrderStatus } from "./order.ts";
import type { CartPolicy } from "./policy.ts";
import type { TimelineEntry } from "./timeline.ts";

/** One reason why an order was not taken: what was looked at, what was wanted, what was there. */
export interface FailedCheck {
  field: string;
  expected: string;
  actual: string;
}

export type SkipReason =
  | "order_status"
  | "canceled"
  | "trashed"
  | "no_lines"
  | "invalid"
  | "bad_response"
  | "too_large";

/** What is stored of an order that arrives again. */
export interface KnownOrder {
  id: string;
  status: OrderStatus;
  source_status: string;
  source_modified_at: number;
  sending_canceled: boolean;
  body: Order;
  timeline: readonly TimelineEntry[];
}

export type IntakeDecision =
  | { kind: "load" }
  | { kind: "skip"; reason: SkipReason; checks: readonly FailedCheck[] }
  /** Placed before the cart's earliest order date: counted, not listed. */
  | { kind: "too_old" }
  | { kind: "same" }
  | { kind: "changed" }
  /** Called off before it was sent, and meant after all. */
  | { kind: "reopened" }
  | { kind: "changed_after_sending"; text: string }
  | { kind: "canceled"; late: boolean };

/** What becomes of one order that a cart showed us. Pure: the caller stores it. */
export function decideIntake(
  incoming: IncomingOrder,
  policy: CartPolicy,
  known: KnownOrder | null,
): IntakeDecision {
  return known ? decideKnown(incoming, policy, known) : decideNew(incoming, policy);
}

function decideNew(incoming: IncomingOrder, policy: CartPolicy): IntakeDecision {
  if (incoming.placed_at < policy.earliest_order_at) return { kind: "too_old" };
  if (incoming.state === "trashed") return { kind: "skip", reason: "trashed", checks: [] };
  if (incoming.state === "cancelled") return { kind: "skip", reason: "canceled", checks: [] };
  const wanted = policy.order_statuses;
  if (wanted.length > 0 && !wanted.includes(incoming.source_status))
    return {
      kind: "skip",
      reason: "order_status",
      checks: [
        {
          field: "order_status",
          expected: wanted.join(", "),
          actual: incoming.source_status,
        },
      ],
    };
  return { kind: "load" };
}

function decideKnown(
  incoming: IncomingOrder,
  policy: CartPolicy,
  known: KnownOrder,
): IntakeDecision {
  const unsent = known.status === "new" || known.status === "error";
  const atWms = known.status === "at_wms" || known.status === "partial";
  if (incoming.state !== "open") {
    const told = known.source_status === incoming.source_status;
    return told || !(unsent || atWms) ? { kind: "same" } : { kind: "canceled", late: atWms };
  }
  if (unsent && known.sending_canceled) return { kind: "reopened" };
  if (unsent)
    return JSON.stringify(incoming.order) === JSON.stringify(known.body)
      ? { kind: "same" }
      : { kind: "changed" };
  if (known.status === "canceled")
    return decideNew(incoming, policy).kind === "load" ? { kind: "reopened" } : { kind: "same" };
  if (!atWms) return { kind: "same" };
  const text = whatMatters(known.body, incoming.order);
  const told = known.timeline.findLast((entry) => entry.event === "changed_after_sending")?.text;
  return text === null || text === told
    ? { kind: "same" }
    : { kind: "changed_after_sending", text };
}

/** The differences that a warehouse would have to know of, as one sentence; null when there are none. */
function whatMatters(sent: Order, now: Order): string | null {
  const parts = [
    JSON.stringify(sent.ship_to) === JSON.stringify(now.ship_to) ? null : "the ship-to address",
    JSON.stringify(amounts(sent)) === JSON.stringify(amounts(now)) ? null : "the lines",
    sent.ship_code === now.ship_code ? null : "the ship method",
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `Changed in the cart after it was sent: ${parts.join(", ")}.`;
}

const amounts = (order: Order) =>
  order.lines.map(({ line_id, sku, quantity }) => [line_id, sku, quantity]);
