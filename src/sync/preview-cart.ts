import type { Page, PullRequest } from "../connectors/contract.ts";
import { DrayError } from "../domain/errors.ts";
import type { ItemFilter } from "../domain/filters.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import type { FailedCheck, IntakeDecision, SkipReason } from "../domain/intake.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import type { SettingWarning } from "../domain/setting-warnings.ts";
import { answered } from "./ask-orders.ts";
import { asSettings, cartWarnings } from "./cart-settings.ts";
import { policyWith, type PolicyChange } from "./connection-policy.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { judgeOrders, type Judged } from "./judge-orders.ts";
import { openCart, orderSource, type OpenCart } from "./open-connection.ts";
import type { IntakeCart } from "./sort-arrivals.ts";

export interface PreviewWish {
  policy?: PolicyChange | undefined;
  item_filter?: ItemFilter | undefined;
  /** When the orders were placed, milliseconds; the last seven days unless told otherwise. */
  from?: number | undefined;
  to?: number | undefined;
}

export interface PreviewItem {
  source_id: string;
  number: string | null;
  result: "load" | "skip" | "already_here" | "too_old" | "cleared";
  reason: SkipReason | null;
  checks: readonly FailedCheck[];
  ship_to_country: string | null;
}

export interface Preview {
  /** Orders of the cart that were looked at. */
  looked_at: number;
  /** There are more of them in that time. */
  more: boolean;
  counts: {
    load: number;
    skip: Partial<Record<SkipReason, number>>;
    already_here: number;
    too_old: number;
    cleared: number;
  };
  items: PreviewItem[];
  warnings: readonly SettingWarning[];
}

const WEEK_MS = 7 * 24 * 60 * 60_000;
const MOST_PAGES = 2;
const PAGE_SIZE = 100;
const MOST_SHOWN = 20;

/**
 * What these settings would load of a cart's recent orders. Asks the cart and changes nothing.
 * Throws `not_found`, `invalid`, `conflict` for a cart that pushes, and `unavailable` when the cart
 * does not answer.
 */
export async function previewCart(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  wish: PreviewWish,
): Promise<Preview> {
  const open = await openCart(deps, merchantId, cartId);
  orderSource(open);
  const wanted = await wantedPolicy(deps, open, wish.policy);
  const stored = await intakeCart(deps, open);
  const policy = wanted ? cartPolicyShape.parse(wanted) : stored.policy;
  const cart: IntakeCart = {
    ...stored,
    policy,
    ...(wish.item_filter ? { item_filter: wish.item_filter } : {}),
  };
  const to = wish.to ?? deps.clock.now();
  const from = wish.from ?? to - WEEK_MS;
  const seen = await answered(() => recentOrders(open, from, to));
  const judged = await judgeOrders(deps, cart, seen);
  const items = [...readItems(judged), ...unreadItems(judged, seen.skipped)];
  return {
    looked_at: seen.items.length + seen.skipped.length,
    more: seen.more,
    counts: countsOf(items),
    items: items.slice(0, MOST_SHOWN),
    warnings: await cartWarnings(deps, merchantId, cartId, {
      policy,
      ...(wish.item_filter ? { items: wish.item_filter } : {}),
    }),
  };
}

async function wantedPolicy(deps: Deps, { connection }: OpenCart, given: PreviewWish["policy"]) {
  try {
    return await policyWith(deps, connection, given);
  } catch (error) {
    throw error instanceof DrayError ? asSettings(error, "settings.") : error;
  }
}

interface Recent {
  items: IncomingOrder[];
  skipped: UnreadableOrder[];
  more: boolean;
}

/** The orders of a span of time, as many as a person waits for. */
async function recentOrders(open: OpenCart, from: number, to: number): Promise<Recent> {
  const source = orderSource(open);
  const items = new Map<string, IncomingOrder>();
  const skipped = new Map<string, UnreadableOrder>();
  let cursor: string | null = null;
  let more = true;
  for (let page = 0; more && page < MOST_PAGES; page += 1) {
    const request: PullRequest = { cursor, limit: PAGE_SIZE };
    const found: Page<IncomingOrder> = await source.between(open.call, { ...request, from, to });
    for (const item of found.items) items.set(item.source_id, item);
    for (const row of found.skipped) skipped.set(row.source_id, row);
    cursor = found.next;
    more = !found.drained;
  }
  return { items: [...items.values()], skipped: [...skipped.values()], more };
}

const readItems = ({ arrivals, sorted }: Judged): PreviewItem[] =>
  [...arrivals].map(([id, { source_id, order }]) => ({
    source_id,
    number: order.number,
    ...resultOf(sorted.decisions.get(id)),
    ship_to_country: order.ship_to.country ?? null,
  }));

function resultOf(
  decision: IntakeDecision | undefined,
): Pick<PreviewItem, "result" | "reason" | "checks"> {
  switch (decision?.kind) {
    case "load":
    case "too_old":
    case "cleared":
      return { result: decision.kind, reason: null, checks: [] };
    case "skip":
      return { result: "skip", reason: decision.reason, checks: decision.checks };
    default:
      return { result: "already_here", reason: null, checks: [] };
  }
}

/** Those that could not be read, unless they are here in a version that could. */
function unreadItems({ sorted }: Judged, unread: readonly UnreadableOrder[]): PreviewItem[] {
  const skips = new Set(sorted.skips.map(({ source_id }) => source_id));
  return unread.map(({ source_id, number, reason }) => ({
    source_id,
    number,
    ...(skips.has(source_id)
      ? { result: "skip" as const, reason }
      : { result: "already_here" as const, reason: null }),
    checks: [],
    ship_to_country: null,
  }));
}

function countsOf(items: readonly PreviewItem[]): Preview["counts"] {
  const counts: Preview["counts"] = { load: 0, skip: {}, already_here: 0, too_old: 0, cleared: 0 };
  for (const { result, reason } of items)
    if (result !== "skip") counts[result] += 1;
    else if (reason !== null) counts.skip[reason] = (counts.skip[reason] ?? 0) + 1;
  return counts;
}
