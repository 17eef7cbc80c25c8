import type { IncomingOrder } from "./incoming.ts";
import type { OrderLine } from "./order.ts";

/** One order to a warehouse: what a cart sold to one address. */
export interface ArrivingOrder extends IncomingOrder {
  /** Which of the cart's order it is, from 1: one per ship-to address. */
  part: number;
}

/**
 * The orders that one of a cart's becomes: one per ship-to address that something goes to, the
 * order's own address first. Lines that nobody ships stay with the first, marked `digital`. The same
 * for every connector. Pure.
 */
export function partsOf(incoming: IncomingOrder): readonly ArrivingOrder[] {
  const { other_addresses: others = [] } = incoming;
  const digital = new Set(incoming.digital_lines);
  if (digital.size === 0 && others.length === 0) return [{ ...incoming, part: 1 }];
  const { order } = incoming;
  const elsewhere = new Set(others.flatMap(({ line_ids }) => line_ids));
  const marked = order.lines.map((line): OrderLine =>
    digital.has(line.line_id) ? { ...line, digital: true } : line,
  );
  const groups = [
    { ship_to: order.ship_to, lines: marked.filter(({ line_id }) => !elsewhere.has(line_id)) },
    ...others.map(({ ship_to, line_ids }) => {
      const here = new Set(line_ids);
      return { ship_to, lines: marked.filter(({ line_id }) => here.has(line_id)) };
    }),
  ].filter(({ lines }) => lines.length > 0);
  return groups.map(({ ship_to, lines }, at) => ({
    ...incoming,
    part: at + 1,
    order: at === 0 ? { ...order, ship_to, lines } : { ...order, ...billed(order), ship_to, lines },
  }));
}

/** Who pays is the same for all parts, also where the order's own address said so. */
const billed = (order: IncomingOrder["order"]) =>
  order.bill_to || !order.ship_is_billing
    ? {}
    : { bill_to: order.ship_to, ship_is_billing: false as const };

/** What follows the number in the reference of a part or a renewal: nothing, `-2`, `-2026-11`. */
export const referenceTail = ({ part, period }: Pick<ArrivingOrder, "part" | "period">): string =>
  `${period === undefined ? "" : `-${period}`}${part > 1 ? `-${part}` : ""}`;

/** Whether a warehouse has to do with the line at all. */
export const isShipped = (line: Pick<OrderLine, "filtered" | "digital" | "left_out">): boolean =>
  !line.filtered && !line.digital && !line.left_out;

/** How a skipped order is filed: by the cart's id, and `#` with what tells apart its parts and renewals. */
export const skipKey = (order: Pick<ArrivingOrder, "source_id" | "part" | "period">): string => {
  const tail = referenceTail(order);
  return tail === "" ? order.source_id : `${order.source_id}#${tail.slice(1)}`;
};

/** The cart's own id of what is filed under a key. */
export const sourceIdOfSkip = (key: string): string => key.replace(/#[^#]*$/, "");
