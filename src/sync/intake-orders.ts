import { cartWay, isKept } from "../domain/holds.ts";
import type { DispatchId, OrderId } from "../domain/ids.ts";
import type { IntakeDecision, KnownOrder } from "../domain/intake.ts";
import { skipKey } from "../domain/parts.ts";
import { methodsIn } from "../domain/ship-methods.ts";
import { changeText, orderCause } from "../domain/order-alerts.ts";
import { byteLength } from "../platform/bytes.ts";
import { followTroubles, raiseAlerts } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { cancelUnsentOrders, queueWmsCancels, wantCancel } from "../store/cancellations.ts";
import { cancelDeliveries, insertDeliveries, reopenDeliveries } from "../store/deliveries.ts";
import { insertDispatches } from "../store/dispatches.ts";
import {
  flagChangedOrders,
  flagUnrevisedOrders,
  followHolds,
  noteOrders,
  renewKeys,
  reopenOrders,
  reviseOrders,
} from "../store/order-changes.ts";
import { insertOrders, type NewOrder } from "../store/orders.ts";
import { seeMethods } from "../store/ship-methods.ts";
import { linkSkips, upsertSkips } from "../store/skipped-orders.ts";
import { failIfStoodFor } from "../store/stand-ins.ts";
import { commit, isKeyTaken, pagesOf, type Committed, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { cancelPages, dispatchIds, dispatchPages, hintDispatches } from "./dispatch-pages.ts";
import { judgeOrders, type Judged, type Shown } from "./judge-orders.ts";
import {
  calledOffTooLate,
  revisedTooLate,
  type Arrivals,
  type IntakeCart,
} from "./sort-arrivals.ts";

export interface IntakeCounts extends Record<string, number> {
  loaded: number;
  changed: number;
  canceled: number;
  skipped: number;
  too_old: number;
  same: number;
  cleared: number;
}

/** New orders per D1 batch; 1 MB of them if that is fewer. */
const LOAD_SIZE = 1_000;
/** About how much JSON a new order is: its body, and its columns. */
const sizeOf = ({ body }: NewOrder) => byteLength(body) + 500;
const idsOf = <T>(rows: readonly { id: T }[]): T[] => rows.map(({ id }) => id);

/** How often orders are judged that others store at the same time. */
const MOST_TRIES = 3;

/**
 * Judges and stores; again when a number, a reference or what an order stands for was taken meanwhile.
 * Then it is here, and seen.
 */
export async function untilKeysAreFree<T>(judgeAndStore: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await judgeAndStore();
    } catch (error) {
      if (!isKeyTaken(error) || tries === MOST_TRIES) throw error;
    }
  }
}

/**
 * Decides about each order that a cart showed and stores the decisions, one D1 batch per
 * megabyte of new ones. `cursor` is committed with the final batch, so that it moves after everything it stands for,
 * and only if there is anything: reading the same rows again is harmless. Running it twice, or at the
 * same time, loads nothing twice.
 */
export async function intakeOrders(
  deps: Deps,
  cart: IntakeCart,
  shown: Shown,
  cursor: Statement = null,
): Promise<Taken> {
  return untilKeysAreFree(async () => {
    const judged = await judgeOrders(deps, cart, shown);
    return storeJudged(deps, cart, judged, cursor);
  });
}

/** What became of the orders that a cart showed. */
export interface Taken {
  arrivals: Judged["arrivals"];
  counts: IntakeCounts;
  decisions: ReadonlyMap<OrderId, IntakeDecision>;
  /** The place in the payload of an order that cannot be read; null when none is, or it was so before. */
  unread: string | null;
}

/**
 * Stores what was decided. `decisions` is by order. Orders that are pushed are stored in one batch,
 * which fails when one of them came by another way meanwhile: none of them is stored then.
 */
export async function storeJudged(
  deps: Deps,
  cart: IntakeCart,
  { arrivals, sorted, known, adoptions }: Judged,
  cursor: Statement | readonly Statement[] = null,
): Promise<Taken> {
  const { merchant_id, cart_id } = cart;
  const db = await deps.databases.of(merchant_id);
  const now = deps.clock.now();
  const pages = pagesOf(sorted.loads, LOAD_SIZE, sizeOf);
  const skips = pagesOf(sorted.skips, 100).map((page) =>
    upsertSkips(merchant_id, cart_id, page, now),
  );
  const changes = [...skips, ...adoptions, ...followCart(deps, cart, sorted, known, now)];
  const worthIt = pages.length > 0 || changes.some((statement) => statement !== null);
  const loads = pages.map((page) => loadPage(deps, cart, page, arrivals, now));
  const last = [cursor].flat();
  const together = cart.pushed ? loads.splice(0) : [];
  const changed = await commit(db, [
    ...changes,
    ...together.flatMap(({ statements }) => statements),
    ...(worthIt && loads.length === 0 ? last : []),
  ]);

  const written = changed.slice(0, skips.length);
  let loaded = together.length > 0 ? sorted.loads.length : 0;
  const dispatches: DispatchId[] = changed.flatMap(({ rows }) => dispatchIds(rows));
  for (const [index, load] of loads.entries()) {
    const [inserted] = await commit(db, [
      ...load.statements,
      ...(index === loads.length - 1 ? last : []),
    ]);
    loaded += inserted?.changes ?? 0;
  }
  if (cart.policy.wait_minutes === 0)
    dispatches.push(...[...together, ...loads].flatMap((load) => load.dispatches));
  await hintDispatches(deps, merchant_id, dispatches);
  return {
    arrivals,
    decisions: sorted.decisions,
    unread: sorted.unread ?? newlyUnread(sorted, written),
    counts: {
      loaded,
      changed:
        sorted.revisions.length +
        sorted.reopened.length +
        sorted.flags.length +
        sorted.notes.length,
      canceled: sorted.cancellations.length,
      // A skip that was listed before, with the same reason, is no news.
      skipped: written.reduce((sum, done) => sum + done.changes, 0),
      too_old: sorted.too_old,
      same: sorted.same,
      cleared: sorted.cleared,
    },
  };
}

/** Overlapping pages show an unreadable row again and again: it counts when its skip was written. */
function newlyUnread({ skips }: Arrivals, written: readonly Committed[]): string | null {
  const news = new Set(
    written.flatMap(({ rows }) => rows.map((row) => (row as { source_id?: unknown }).source_id)),
  );
  return (
    skips.find(({ source_id, reason }) => reason === "bad_response" && news.has(source_id))
      ?.message ?? null
  );
}

/** What the cart changed in orders that are here. Each that comes too late to be followed is flagged by the statement after it. */
function followCart(
  deps: Deps,
  cart: IntakeCart,
  sorted: Arrivals,
  known: ReadonlyMap<string, KnownOrder>,
  now: number,
): Statement[] {
  const { merchant_id: merchantId, policy, wms_id, wms_ids } = cart;
  const { revisions, reopened, cancellations, flags, notes } = sorted;
  const ways = { [cart.cart_id]: cartWay(policy, wms_id) };
  const flagged = [...flags, ...revisions.map(revisedTooLate)].map(({ id, entries }) =>
    orderCause(
      "changed_after_sending",
      { id, number: known.get(id)?.body.number ?? id },
      entries[0] ? changeText(entries[0]) : null,
    ),
  );
  return [
    ...pagesOf(revisions, 100).flatMap((page) => [
      reviseOrders(merchantId, page, ways, now),
      flagUnrevisedOrders(merchantId, page.map(revisedTooLate)),
      renewKeys(merchantId, idsOf(page)),
      followHolds(merchantId, idsOf(page.filter(({ hold }) => hold !== "keep"))),
      seeMethods(merchantId, cart.cart_id, methodsIn(page.map(({ body }) => body)), now),
    ]),
    ...pagesOf(reopened, 100).map((page) => reopenOrders(merchantId, page, ways, now)),
    reopenDeliveries(merchantId, idsOf(reopened)),
    cancelUnsentOrders(merchantId, cancellations, null),
    cancelDeliveries(merchantId, idsOf(cancellations)),
    wantCancel(merchantId, cancellations.map(calledOffTooLate), null),
    queueWmsCancels(merchantId, idsOf(cancellations), cancelPages(deps, wms_ids, now)),
    flagChangedOrders(merchantId, flags),
    ...raiseAlerts(merchantId, flagged, { at: now }),
    ...followTroubles(merchantId, idsOf(cancellations), { at: now, by: "The cart called it off." }),
    ...followTroubles(merchantId, idsOf([...revisions, ...reopened]), {
      at: now,
      by: "The cart changed it before it was sent, or means it after all.",
    }),
    noteOrders(merchantId, notes),
    ...followTroubles(merchantId, idsOf(notes.filter(({ off }) => off)), {
      at: now,
      by: "The cart called it off, too.",
    }),
    noteChange(
      merchantId,
      "revised",
      idsOf([...revisions, ...reopened, ...cancellations, ...flags, ...notes]),
      now,
    ),
  ];
}

function loadPage(
  deps: Deps,
  { merchant_id, cart_id, wms_id, policy, pushed }: IntakeCart,
  page: readonly NewOrder[],
  arrivals: Judged["arrivals"],
  now: number,
): { statements: Statement[]; dispatches: DispatchId[] } {
  const seen = methodsIn(page.flatMap(({ id }) => arrivals.get(id)?.order ?? []));
  const kept = page.filter(({ on_hold }) => isKept(on_hold));
  const ids = idsOf(kept.length === 0 ? page : page.filter(({ on_hold }) => !isKept(on_hold)));
  const goes = policy.delivery ? wms_id : null;
  const dispatches =
    goes === null
      ? []
      : dispatchPages(deps, "delivery", goes, ids, now, policy.wait_minutes * 60_000);
  const to = { cart_id, wms_id, dispatch_id: null };
  return {
    dispatches: dispatches.map(({ id }) => id),
    statements: [
      insertOrders(merchant_id, page, pushed),
      failIfStoodFor(
        merchant_id,
        cart_id,
        page.flatMap(({ part, number }) => (part > 1 ? [] : number)),
      ),
      insertDispatches(merchant_id, dispatches),
      ...(goes === null
        ? [insertDeliveries(merchant_id, ids, to)]
        : dispatches.map(({ id, items }) =>
            insertDeliveries(merchant_id, items, { ...to, dispatch_id: id }),
          )),
      kept.length === 0 ? null : insertDeliveries(merchant_id, idsOf(kept), { ...to, held: true }),
      ...raiseAlerts(
        merchant_id,
        page
          .filter(({ possible_duplicate }) => possible_duplicate === 1)
          .map((order) => orderCause("possible_duplicate", order, null)),
        { at: now },
      ),
      linkSkips(
        merchant_id,
        cart_id,
        page.map((order) => ({
          id: order.id,
          source_id: skipKey({ ...order, period: order.period ?? undefined }),
        })),
      ),
      seeMethods(merchant_id, cart_id, seen, now),
      noteChange(merchant_id, "loaded", idsOf(page), now),
    ],
  };
}
