import { ConnectorFailure, DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import { framesOf, numbersMeant } from "../domain/references.ts";
import { noteFailure } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { openCart, orderSource, type OpenCart } from "./open-connection.ts";

/** What a cart said of single orders. */
export interface Asked {
  items: IncomingOrder[];
  skipped: UnreadableOrder[];
  /** Source ids that the cart does not have any more. */
  gone: string[];
  /** What it was asked for and gave no usable answer to. */
  unanswered: string[];
  /** One of the reasons for that. */
  failure: ConnectorFailure | null;
}

type Answer = IncomingOrder | UnreadableOrder;

/** Asks a cart for single orders by its own ids, as fast as its connector allows. Throws `conflict` for a cart that pushes. */
export function askForOrders(open: OpenCart, sourceIds: readonly string[]): Promise<Asked> {
  const source = orderSource(open);
  return ask([...new Set(sourceIds)], async (sourceId) => {
    const found = await source.get(open.call, sourceId);
    return found === null ? [] : [found];
  });
}

/**
 * Asks a cart for orders by the number that people know, with a `#` or as a reference too; `gone` are
 * numbers that it does not have. Throws `conflict` for a cart that pushes.
 */
export function askForNumbers(open: OpenCart, numbers: readonly string[]): Promise<Asked> {
  const source = orderSource(open);
  const frames = framesOf(open.policy);
  return ask([...new Set(numbers)], async (given) => {
    for (const number of numbersMeant(given, frames)) {
      const found = await source.findByNumber(open.call, number);
      if (found.length > 0) return found;
    }
    return [];
  });
}

async function ask(
  names: readonly string[],
  one: (name: string) => Promise<readonly Answer[]>,
): Promise<Asked> {
  const asked: Asked = { items: [], skipped: [], gone: [], unanswered: [], failure: null };
  const found = new Map<string, Answer>();
  await Promise.all(
    names.map(async (name) => {
      try {
        const answers = await one(name);
        if (answers.length === 0) asked.gone.push(name);
        for (const answer of answers) found.set(answer.source_id, answer);
      } catch (error) {
        if (!(error instanceof ConnectorFailure)) throw error;
        if (asked.failure?.kind !== "unauthorized") asked.failure = error;
        asked.unanswered.push(name);
      }
    }),
  );
  for (const answer of found.values())
    if ("reason" in answer) asked.skipped.push(answer);
    else asked.items.push(answer);
  return asked;
}

/** A failure that another try may mend; an answer that cannot be read is read no better the next time. */
const passes = ({ kind }: ConnectorFailure): boolean =>
  kind !== "bad_response" && kind !== "bad_request";

/**
 * Throws what made a page of long work pointless, so that it is tried again: credentials that were
 * rejected, or a cart that answered nothing at all. The connection notes it.
 */
export async function stopIfUnanswered(
  deps: Deps,
  { connection }: OpenCart,
  { failure, items, skipped, gone }: Asked,
): Promise<void> {
  if (failure === null) return;
  const nothing = items.length + skipped.length + gone.length === 0;
  if (failure.kind !== "unauthorized" && !(nothing && passes(failure))) return;
  await noteFailure(deps, connection, failure);
  throw failure;
}

/** A cart that can be asked for its orders now. Throws `conflict` for one that pushes, is paused or needs credentials. */
export async function openToAsk(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<OpenCart> {
  const open = await openCart(deps, merchantId, cartId);
  orderSource(open);
  refuseResting(open);
  return open;
}

/** Throws `conflict` for a cart that nobody may call now: it is paused, or needs credentials. */
export function refuseResting({ connection: { paused, health } }: OpenCart): void {
  if (paused) throw new DrayError("conflict", "The connection is paused: resume it first");
  if (health === "needs_reauth")
    throw new DrayError(
      "conflict",
      "The connection needs new credentials: replace its secrets first",
    );
}

/** A failure of the cart as an answer to a person who waits for it. */
export const noAnswer = ({ message }: ConnectorFailure): DrayError =>
  new DrayError("unavailable", `The cart gave no usable answer: ${message}`);

/** Does what a person waits for; a failure of the cart becomes an answer. */
export async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConnectorFailure ? noAnswer(error) : error;
  }
}

/** Does a part of long work with a cart; a failure is noted on the connection before it stops the page. */
export async function noting<T>(
  deps: Deps,
  { connection }: OpenCart,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectorFailure) await noteFailure(deps, connection, error);
    throw error;
  }
}
