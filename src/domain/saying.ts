import type { IncomingOrder } from "./incoming.ts";

/** What its cart says of an order that it called off, for the middle of a sentence. */
export const sayingOf = ({
  all_refunded,
  source_status,
}: Pick<IncomingOrder, "all_refunded" | "source_status">): string =>
  all_refunded ? "every piece was refunded in the cart" : `the cart says "${source_status}"`;

/** A sentence from its first word on. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
