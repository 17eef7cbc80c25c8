import type { ConnectionId, DispatchId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import type { KnownOrder } from "../domain/intake.ts";
import { byteLength } from "../platform/bytes.ts";
import { stableId } from "../platform/ids.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections } from "../store/connections.ts";
import { cancelDeliveries, insertDeliveries, reopenDeliveries } from "../store/deliveries.ts";
import { insertDispatches } from "../store/dispatches.ts";
import {
  cancelUnsentOrders,
  flagChangedOrders,
  flagUnrevisedOrders,
  flagUnstoppedOrders,
  insertOrders,
  knownOrders,
  reopenOrders,
  reviseOrders,
  takenRefs,
  type NewOrder,
} from "../store/orders.ts";
import { hasSkips, linkSkips, upsertSkips } from "../store/skipped-orders.ts";
import { commit, pagesOf } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { dispatchPages, hintDispatches } from "./dispatch-pages.ts";
import type { OpenCart } from "./open-connection.ts";
import {
  calledOffTooLate,
  revisedTooLate,
  sortArrivals,
  type Arrivals,
  type IntakeCart,
} from "./sort-arrivals.ts";

type Statement = Parameters<typeof commit>[1][number];

export interface IntakeCounts extends Record<string, number> {
  loaded: number;
  changed: number;
  canceled: number;
  skipped: number;
  too_old: number;
  same: number;
}

/** What a cart showed. `gone`: source ids that the cart no longer has. */
export interface Shown {
  items: readonly IncomingOrder[];
  skipped: readonly UnreadableOrder[];
  gone?: readonly string[];
}

/** The cart for `intakeOrders`, with the WMS that its orders go to. */
export async function intakeCart(deps: Deps, open: OpenCart): Promise<IntakeCart> {
  const { merchant_id, id } = open.connection;
  return {
    merchant_id,
    cart_id: id,
    wms_id: await wmsOf(deps, merchant_id, open.policy.wms_id),
    policy: open.policy,
  };
}

/** The WMS that was chosen, or the only one. */
export async function wmsOf(
  deps: Deps,
  merchantId: MerchantId,
  chosen: string | null,
): Promise<ConnectionId | null> {
  const db = await deps.databases.of(merchantId);
  const all = (await listConnections(db, merchantId)).filter(({ side }) => side === "wms");
  const only = all.length === 1 ? all[0] : undefined;
  return (all.find(({ id }) => id === chosen) ?? (chosen ? undefined : only))?.id ?? null;
}

/** New orders per D1 batch; 1 MB of them if that is fewer. */
const LOAD_SIZE = 1_000;
/** About how much JSON a new order is: its body, and its columns. */
const sizeOf = ({ body }: NewOrder) => byteLength(body) + 500;

/** The id of an order, made of what identifies it: loading it again finds its row. */
const orderIdOf = (cartId: ConnectionId, sourceId: string, part: number): OrderId =>
  stableId("ord", cartId, sourceId, String(part));

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
): Promise<IntakeCounts> {
  const { merchant_id, cart_id } = cart;
  const db = await deps.databases.of(merchant_id);
  const now = deps.clock.now();
  const idOf = (sourceId: string, part = 1) => orderIdOf(cart_id, sourceId, part);
  const sightings = {
    readable: new Map(shown.items.map((one) => [idOf(one.source_id, one.part), one])),
    unreadable: new Map(shown.skipped.map((one) => [idOf(one.source_id), one])),
    gone: (shown.gone ?? []).map((sourceId) => idOf(sourceId)),
  };
  const { readable, unreadable, gone } = sightings;
  const ids = [...readable.keys(), ...unreadable.keys(), ...gone];
  const known = await knownById(db, merchant_id, ids);
  const sorted = sortArrivals(cart, sightings, known, now);
  await giveReferences(db, cart, sorted.loads);
  const mayLink = sorted.loads.length > 0 && (await hasSkips(db, merchant_id, cart_id));

  const pages = pagesOf(sorted.loads, LOAD_SIZE, sizeOf);
  const skips = pagesOf(sorted.skips, 100).map((page) =>
    upsertSkips(merchant_id, cart_id, page, now),
  );
  const changes = [...skips, ...followCart(merchant_id, sorted, now)];
  const worthIt = pages.length > 0 || changes.some((statement) => statement !== null);
  const changed = await commit(db, [...changes, worthIt && pages.length === 0 ? cursor : null]);

  let loaded = 0;
  const dispatches: DispatchId[] = [];
  for (const [index, page] of pages.entries()) {
    const load = loadPage(deps, cart, page, mayLink, now);
    const [inserted] = await commit(db, [
      ...load.statements,
      index === pages.length - 1 ? cursor : null,
    ]);
    loaded += inserted?.changes ?? 0;
    dispatches.push(...load.dispatches);
  }
  await hintDispatches(deps, merchant_id, dispatches);
  return {
    loaded,
    changed: sorted.revisions.length + sorted.reopened.length + sorted.flags.length,
    canceled: sorted.cancellations.length,
    // A skip that was listed before, with the same reason, is no news.
    skipped: changed.slice(0, skips.length).reduce((sum, done) => sum + done.changes, 0),
    too_old: sorted.too_old,
    same: sorted.same,
  };
}

/** What the cart changed in orders that are here. Each that comes too late to be followed is flagged by the statement after it. */
function followCart(merchantId: MerchantId, sorted: Arrivals, now: number): Statement[] {
  const { revisions, reopened, cancellations, flags } = sorted;
  const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
  return [
    ...pagesOf(revisions, 100).flatMap((page) => [
      reviseOrders(merchantId, page),
      flagUnrevisedOrders(merchantId, page.map(revisedTooLate)),
    ]),
    ...pagesOf(reopened, 100).map((page) => reopenOrders(merchantId, page)),
    reopenDeliveries(merchantId, idsOf(reopened)),
    cancelUnsentOrders(merchantId, cancellations),
    cancelDeliveries(merchantId, idsOf(cancellations)),
    flagUnstoppedOrders(merchantId, cancellations.map(calledOffTooLate)),
    flagChangedOrders(merchantId, flags),
    noteChange(
      merchantId,
      "revised",
      idsOf([...revisions, ...reopened, ...cancellations, ...flags]),
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
  { merchant_id, cart_id, wms_id, policy }: IntakeCart,
  page: readonly NewOrder[],
  mayLink: boolean,
  now: number,
): { statements: Statement[]; dispatches: DispatchId[] } {
  const ids = page.map(({ id }) => id);
  const goes = policy.delivery ? wms_id : null;
  const dispatches = goes === null ? [] : dispatchPages(deps, "delivery", goes, ids, now);
  return {
    dispatches: dispatches.map(({ id }) => id),
    statements: [
      insertOrders(merchant_id, page),
      insertDispatches(merchant_id, dispatches),
      ...(goes === null
        ? [insertDeliveries(merchant_id, ids, { cart_id, wms_id, dispatch_id: null })]
        : dispatches.map(({ id, items }) =>
            insertDeliveries(merchant_id, items, { cart_id, wms_id, dispatch_id: id }),
          )),
      mayLink ? linkSkips(merchant_id, cart_id, page) : null,
      noteChange(merchant_id, "loaded", ids, now),
    ],
  };
}

/** Gives each new order a reference that no other order of the merchant bears; a taken one gets a suffix, noted on the timeline. */
async function giveReferences(db: D1Database, cart: IntakeCart, loads: NewOrder[]): Promise<void> {
  if (loads.length === 0) return;
  const refs = loads.map(({ cust_ref }) => cust_ref);
  const used = await takenRefs(db, cart.merchant_id, refs);
  for (const order of loads) {
    const wanted = order.cust_ref;
    if (used.has(wanted)) {
      order.cust_ref = `${wanted}-${order.id.slice(4, 10)}`;
      order.timeline = [
        ...order.timeline,
        {
          at: order.created_at,
          event: "loaded",
          text: `The reference ${wanted} was taken, so this order goes as ${order.cust_ref}.`,
        },
      ];
    }
    used.add(order.cust_ref);
  }
}
