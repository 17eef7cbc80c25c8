import { NO_ITEM_FILTER, itemRules } from "../domain/filters.ts";
import { cartWay, isKept } from "../domain/holds.ts";
import type { ConnectionId, DispatchId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import type { IntakeDecision, KnownOrder } from "../domain/intake.ts";
import { partsOf, skipKey } from "../domain/parts.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { codeKey } from "../domain/product.ts";
import { framesOf } from "../domain/references.ts";
import { methodsIn } from "../domain/ship-methods.ts";
import { changeText, orderCause } from "../domain/order-alerts.ts";
import { byteLength } from "../platform/bytes.ts";
import { stableId } from "../platform/ids.ts";
import { followTroubles, raiseAlerts } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { cancelUnsentOrders, queueWmsCancels, wantCancel } from "../store/cancellations.ts";
import { rarities, tombstonesOf } from "../store/cleared-orders.ts";
import { listConnections, type Connection } from "../store/connections.ts";
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
import { knownCodes } from "../store/products.ts";
import { insertOrders, knownOrders, type NewOrder } from "../store/orders.ts";
import { seeMethods } from "../store/ship-methods.ts";
import { linkSkips, upsertSkips } from "../store/skipped-orders.ts";
import { failIfStoodFor } from "../store/stand-ins.ts";
import { commit, isKeyTaken, pagesOf, type Committed, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { cancelPages, dispatchIds, dispatchPages, hintDispatches } from "./dispatch-pages.ts";
import { giveReferences } from "./give-references.ts";
import type { OpenCart } from "./open-connection.ts";
import {
  calledOffTooLate,
  revisedTooLate,
  sortArrivals,
  type Arrival,
  type Arrivals,
  type IntakeCart,
} from "./sort-arrivals.ts";
import { adopted, NO_STAND_INS, standInsBySource, standInsOf } from "./stand-ins.ts";

export interface IntakeCounts extends Record<string, number> {
  loaded: number;
  changed: number;
  canceled: number;
  skipped: number;
  too_old: number;
  same: number;
  cleared: number;
}

/** What a cart showed. `gone`: source ids that the cart no longer has. */
export interface Shown {
  items: readonly (IncomingOrder & { is_test?: boolean })[];
  skipped: readonly UnreadableOrder[];
  gone?: readonly string[];
}

/** The cart for `intakeOrders`, with the WMS that its orders go to. */
export async function intakeCart(deps: Deps, open: OpenCart): Promise<IntakeCart> {
  const { merchant_id, id } = open.connection;
  const all = await listConnections(await deps.databases.of(merchant_id), merchant_id);
  return {
    merchant_id,
    cart_id: id,
    wms_id: chosenWms(all, open.policy.wms_id),
    wms_ids: all.filter(({ side }) => side === "wms").map((wms) => wms.id),
    policy: open.policy,
    siblings: all
      .filter((other) => other.side === "cart" && other.id !== id)
      .flatMap(({ policy }) => framesOf(cartPolicyShape.parse(policy))),
    pushed: open.connector.orders === undefined,
    told: open.connector.shipments !== undefined,
  };
}

/** The WMS that was chosen, or the only one there is. */
export function chosenWms(all: readonly Connection[], chosen: string | null): ConnectionId | null {
  const every = all.filter(({ side }) => side === "wms");
  const only = every.length === 1 ? every[0] : undefined;
  return (every.find(({ id }) => id === chosen) ?? (chosen ? undefined : only))?.id ?? null;
}

/** New orders per D1 batch; 1 MB of them if that is fewer. */
const LOAD_SIZE = 1_000;
/** About how much JSON a new order is: its body, and its columns. */
const sizeOf = ({ body }: NewOrder) => byteLength(body) + 500;
const idsOf = <T>(rows: readonly { id: T }[]): T[] => rows.map(({ id }) => id);

/** The id of an order, made of what identifies it: loading it again finds its row. */
export const orderIdOf = (
  cartId: ConnectionId,
  sourceId: string,
  part = 1,
  period?: string,
): OrderId =>
  period === undefined
    ? stableId("ord", cartId, sourceId, String(part))
    : stableId("ord", cartId, sourceId, String(part), period);

/** What is decided about orders that a cart shows, before anything is stored. */
export interface Judged {
  arrivals: ReadonlyMap<OrderId, Arrival>;
  sorted: Arrivals;
  /** What is stored of them. */
  known: ReadonlyMap<string, KnownOrder>;
  /** Pushed orders of which another order bears a reference, by source id. */
  refused: ReadonlyMap<string, string>;
  /** What becomes of orders that were here already, by hand or by file. */
  adoptions: readonly Statement[];
}

/** Decides about each order that a cart showed; reads, and stores nothing. */
export async function judgeOrders(deps: Deps, cart: IntakeCart, shown: Shown): Promise<Judged> {
  const { merchant_id, cart_id } = cart;
  const db = await deps.databases.of(merchant_id);
  const rare = await rarities(db, merchant_id, cart_id);
  const parts: Arrival[] = shown.items.flatMap((one) => [...partsOf(one)]);
  const ownId = ({ source_id, part, period }: Arrival) =>
    orderIdOf(cart_id, source_id, part, period);
  const standIns = rare.stand_ins ? await standInsOf(db, cart, parts) : NO_STAND_INS;
  const lost = [...shown.skipped.map(({ source_id }) => source_id), ...(shown.gone ?? [])];
  const linked = rare.stand_ins
    ? await standInsBySource(db, cart, lost)
    : new Map<string, OrderId>();
  const idAt = (sourceId: string) => linked.get(sourceId) ?? orderIdOf(cart_id, sourceId);
  const unreadable = new Map(shown.skipped.map((one) => [idAt(one.source_id), one]));
  const gone = (shown.gone ?? []).map(idAt);
  const stoodFor = [...standIns.by.values()].map(({ order_id }) => order_id);
  const ids = [...new Set([...parts.map(ownId), ...stoodFor, ...unreadable.keys(), ...gone])];
  const known = await knownById(db, merchant_id, ids);
  // One that is here of its own needs nothing to stand for it.
  const idOf = (one: Arrival): OrderId =>
    (known.has(ownId(one)) ? undefined : standIns.by.get(one)?.order_id) ?? ownId(one);
  const readable = new Map(parts.map((one) => [idOf(one), one]));
  const tombstones = rare.tombstones
    ? await tombstonesOf(
        db,
        merchant_id,
        ids.filter((id) => !known.has(id)),
      )
    : new Set<string>();
  const now = deps.clock.now();
  const filter = cart.item_filter ?? rare.item_filter ?? NO_ITEM_FILTER;
  const skuOf = filter.mode === "off" ? () => undefined : await skusOf(db, merchant_id, parts);
  const rules = { ...cart, items: itemRules(filter, skuOf) };
  const sorted = sortArrivals(rules, { readable, unreadable, gone }, { known, tombstones }, now);
  const refused = await giveReferences(db, cart, sorted);
  return {
    arrivals: readable,
    sorted,
    known,
    refused,
    adoptions: adopted(cart, standIns, idOf, known, now),
  };
}

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

/** The products' SKUs of the codes that a cart gives. */
async function skusOf(
  db: D1Database,
  merchantId: MerchantId,
  parts: readonly Arrival[],
): Promise<(code: string) => string | undefined> {
  const codes = new Set(parts.flatMap(({ order }) => order.lines.map(({ sku }) => codeKey(sku))));
  const known = await knownCodes(db, merchantId, [...codes]);
  const skus = new Map(known.map(({ code, sku }) => [code, sku]));
  return (code) => skus.get(codeKey(code));
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
    noteChange(
      merchantId,
      "revised",
      idsOf([...revisions, ...reopened, ...cancellations, ...flags, ...notes]),
      now,
    ),
  ];
}

async function knownById(
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly OrderId[],
): Promise<Map<string, KnownOrder>> {
  const found = await knownOrders(db, merchantId, ids);
  return new Map(found.map((order) => [order.id, order]));
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
