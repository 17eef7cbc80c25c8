import { z } from "zod";
import { ConnectorFailure } from "../../../domain/errors.ts";
import type { IncomingOrder, UnreadableOrder } from "../../../domain/incoming.ts";
import { shapeMiss } from "../../shape-miss.ts";
import { answered, ask, refusal, type WooCall } from "./client.ts";
import { isUnreadable, readOrder, refundsIn, unreadable } from "./map.ts";
import { wholeNumber } from "./values.ts";
import { wooRefund } from "./wire.ts";

const perPage = 100;

/**
 * The row of an order, less what was refunded of it. WooCommerce leaves a line's quantity as it was,
 * so the refunds of an open order that has some are asked for: one call each. An answer that cannot
 * be understood makes this order unreadable and no other; transport trouble throws.
 */
export const readUnrefunded = async (
  call: WooCall,
  row: unknown,
): Promise<IncomingOrder | UnreadableOrder> => {
  const read = readOrder(row);
  const count = refundsIn(row);
  if (isUnreadable(read) || read.state !== "open" || count === 0) return read;
  const refunded = new Map<string, number>();
  for (let page = 1; page <= Math.ceil(count / perPage); page += 1) {
    const rows = await listRefunds(call, read.source_id, page);
    const problem = typeof rows === "string" ? rows : addUp(rows, refunded);
    if (problem !== null) return unreadable(row, "bad_response", problem);
  }
  return readOrder(row, refunded);
};

/** One page of them, or why it is none. */
const listRefunds = async (
  call: WooCall,
  sourceId: string,
  page: number,
): Promise<unknown[] | string> => {
  const query = { per_page: perPage, page };
  const answer = await ask(call, "GET", `/orders/${sourceId}/refunds`, { query });
  if (!answered(answer)) return `refunds: ${refusal(answer).message}`;
  try {
    return answer.json(z.array(z.unknown()));
  } catch (failure) {
    if (failure instanceof ConnectorFailure && failure.kind === "bad_response") {
      return `refunds: ${failure.message}`;
    }
    throw failure;
  }
};

/** Counts the pieces of `rows` into `refunded`, by line id. Answers what it could not understand. */
const addUp = (rows: readonly unknown[], refunded: Map<string, number>): string | null => {
  for (const [index, row] of rows.entries()) {
    const parsed = wooRefund.safeParse(row);
    if (!parsed.success) {
      const { place, message } = shapeMiss(parsed.error.issues, row);
      return `refunds[${index}]${place === "" ? "" : `.${place}`}: ${message}.`;
    }
    for (const [at, line] of (parsed.data.line_items ?? []).entries()) {
      const place = `refunds[${index}].line_items[${at}]`;
      const quantity = wholeNumber(withoutSign(line.quantity));
      if (typeof quantity === "string") return `${place}.quantity: ${quantity}.`;
      if (quantity === 0) continue;
      const lineId = line.meta_data.find(({ key }) => key === "_refunded_item_id")?.value;
      if (!/^\d+$/.test(String(lineId))) return `${place}: does not say which line it is of.`;
      refunded.set(String(lineId), (refunded.get(String(lineId)) ?? 0) + quantity);
    }
  }
  return null;
};

/** The shop writes -2 for two pieces taken back. */
const withoutSign = (quantity: unknown): unknown =>
  typeof quantity === "number"
    ? Math.abs(quantity)
    : typeof quantity === "string"
      ? quantity.replace(/^-/, "")
      : quantity;
