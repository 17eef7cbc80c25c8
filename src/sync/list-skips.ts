import type { Connector } from "../connectors/contract.ts";
import { connectorById } from "../connectors/registry.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { FailedCheck, SkipReason } from "../domain/intake.ts";
import { sourceIdOfSkip } from "../domain/parts.ts";
import { numbersMeant } from "../domain/references.ts";
import { skipSentence, unseenChecks } from "../domain/skip-words.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import {
  countSkips,
  listSkips,
  type SkippedOrder,
  type SkipPlace,
  type SkipQuery,
} from "../store/skipped-orders.ts";
import type { Deps } from "./deps.ts";
import { cartFrames, iso } from "./list-orders.ts";

/** An order that was seen and not loaded. Times are ISO 8601. */
export interface ShownSkip {
  cart: string;
  /** What it is asked for by: the cart's id, with the part or renewal where there are several. */
  source_id: string;
  number: string | null;
  reason: SkipReason;
  /** The reason as a sentence. */
  text: string;
  checks: readonly FailedCheck[];
  message: string | null;
  first_seen_at: string;
  last_seen_at: string;
  /** In how many versions it was seen. */
  times: number;
  /** Set when it was loaded after all. */
  order_id: string | null;
  /** Where it is in the cart. */
  order_url: string | null;
  can_recheck: boolean;
  /** What a person can do about it, where that is not plain. */
  hint: string | null;
}

export interface SkipListQuery extends Omit<SkipQuery, "present"> {
  limit: number;
  cursor?: string | undefined;
}

export interface SkipList {
  items: ShownSkip[];
  next: string | null;
  /** Where a range of time has none: how many lie outside of it, up to 1,000. */
  outside?: { count: number; more: boolean };
}

const MOST_OUTSIDE = 1_000;

/**
 * Skipped orders, newest seen first. A number goes by itself: whenever it was seen, by number. Throws
 * `not_found` for a cart that the merchant does not have.
 */
export async function listSkippedOrders(
  deps: Deps,
  merchantId: MerchantId,
  { limit, cursor, from, to, ...rest }: SkipListQuery,
): Promise<SkipList> {
  const db = await deps.databases.of(merchantId);
  const isRange = rest.number === undefined && (from !== undefined || to !== undefined);
  const all = await listConnections(db, merchantId);
  const { cart_id } = rest;
  if (cart_id !== undefined && !all.some(({ id, side }) => id === cart_id && side === "cart"))
    throw new DrayError("not_found", "No such cart");
  const query: SkipQuery = isRange
    ? { ...rest, from, to }
    : await withNumberMeant(db, merchantId, rest, all);
  const after = cursor === undefined ? null : skipPlace(query, cursor);
  const skips = await listSkips(db, merchantId, query, { limit, after });
  const last = skips.length === limit ? skips.at(-1) : undefined;
  const list: SkipList = {
    items: skips.map((skip) => showSkip(skip, openerOf(deps, all, skip.cart_id))),
    next: last ? skipPlaceText(query, last) : null,
  };
  if (!isRange || skips.length > 0 || after !== null) return list;
  const count = await countSkips(db, merchantId, rest, MOST_OUTSIDE + 1);
  return {
    ...list,
    outside: { count: Math.min(count, MOST_OUTSIDE), more: count > MOST_OUTSIDE },
  };
}

/** What is needed of a cart to show its skips. */
interface SkipCart {
  connection: Pick<Connection, "settings">;
  connector: Connector;
}

function openerOf(
  deps: Deps,
  all: readonly Connection[],
  cartId: ConnectionId,
): SkipCart | undefined {
  const connection = all.find(({ id }) => id === cartId);
  const connector = connection && connectorById(deps.connectors, connection.connector);
  return connection && connector ? { connection, connector } : undefined;
}

/** The query with the first of the numbers that may be meant that there is. */
export async function withNumberMeant(
  db: D1Database,
  merchantId: MerchantId,
  query: SkipQuery,
  all: readonly Connection[],
): Promise<SkipQuery> {
  const meant = query.number === undefined ? [] : numbersMeant(query.number, cartFrames(all));
  if (meant.length < 2) return query;
  for (const number of meant) {
    const wanted = { ...query, number };
    if ((await countSkips(db, merchantId, wanted, 1)) > 0) return wanted;
  }
  return query;
}

/** A skip for people; `cart` undefined where there is no such cart any more. */
export function showSkip(skip: SkippedOrder, cart: SkipCart | undefined): ShownSkip {
  const connector = cart?.connector.side === "cart" ? cart.connector : undefined;
  const pushes = connector !== undefined && connector.orders === undefined;
  return {
    cart: skip.cart_id,
    source_id: skip.source_id,
    number: skip.number,
    reason: skip.reason,
    text: skipSentence(skip.reason),
    checks: skip.checks,
    message: skip.message,
    first_seen_at: iso(skip.first_seen_at),
    last_seen_at: iso(skip.last_seen_at),
    times: skip.times,
    order_id: skip.order_id,
    order_url: urlOf(skip, cart),
    can_recheck: connector?.orders !== undefined && skip.order_id === null,
    hint:
      skip.order_id !== null
        ? null
        : pushes
          ? "Send it again from the source."
          : unseenHint(unseenChecks(skip.checks, connector?.sees ?? [])),
  };
}

function urlOf({ source_id }: SkippedOrder, cart: SkipCart | undefined): string | null {
  if (cart?.connector.side !== "cart") return null;
  const settings = cart.connector.settings.safeParse(cart.connection.settings);
  if (!settings.success) return null;
  return cart.connector.orderUrl?.(settings.data, sourceIdOfSkip(source_id)) ?? null;
}

const unseenHint = (fields: readonly string[]): string | null =>
  fields.length === 0
    ? null
    : `The download does not notice a change of ${fields.join(", ")}: it is read again once a day, or now by a re-check.`;

/** A place in a list of skips as a text that goes into a link. */
export const skipPlaceText = ({ number }: SkipQuery, skip: SkippedOrder): string =>
  [number === undefined ? skip.last_seen_at : (skip.number ?? ""), skip.cart_id, skip.source_id]
    .map((part) => encodeURIComponent(part))
    .join("/");

/** The place that `skipPlaceText` wrote. Throws `invalid`. */
export function skipPlace({ number }: SkipQuery, text: string): SkipPlace {
  const [first, cart, source] = text.split("/").map(decoded);
  const by = number === undefined ? Number(first) : first;
  if (by === undefined || Number.isNaN(by) || cart === undefined || source === undefined)
    throw new DrayError("invalid", "This is no cursor that a list of skipped orders gave", [
      { path: "cursor", message: "take it from `next` of the page before" },
    ]);
  return [by, cart, source];
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
