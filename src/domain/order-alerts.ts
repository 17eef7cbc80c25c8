import type { Cause } from "./alerts.ts";
import type { TimelineEntry } from "./timeline.ts";

/** What tells an order apart for people. */
export interface NamedOrder {
  id: string;
  number: string;
}

/** What is wrong with an order by a flag of its own. */
export const flagKinds = [
  "possible_duplicate",
  "changed_after_sending",
  "too_late_to_cancel",
  "kept_in_cart",
] as const;
type FlagKind = (typeof flagKinds)[number];

/** What is wrong with one order, in the words of whoever says so (null: Dray found it). */
export const orderCause = (
  kind: FlagKind,
  { id, number }: NamedOrder,
  message: string | null,
): Cause & { orders: readonly string[] } => ({
  kind,
  parts: [id],
  message,
  details: { order_number: number },
  orders: [id],
});

const quoted = /"(?:[^"\\]|\\.)*"/g;

/**
 * What changed in the cart, without what it was and is, as that is a customer's; with its time, so
 * that the next change is another message.
 */
export const changeText = ({ at, text }: TimelineEntry): string =>
  `${text.replaceAll(quoted, "…").replace(/\.$/, "")}, at ${new Date(at).toISOString().slice(0, 16)}Z.`;
