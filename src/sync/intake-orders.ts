import type { ConnectionId, DispatchId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import type { KnownOrder } from "../domain/intake.ts";
import { stableId } from "../platform/ids.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections } from "../store/connections.ts";
import { cancelDeliveries, insertDeliveries, reopenDeliveries } from "../store/deliveries.ts";
import { insertDispatches, type NewDispatch } from "../store/dispatches.ts";
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
import { linkSkips, upsertSkips } from "../store/skipped-orders.ts";
import { commit, pagesOf } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches, HINT_GRACE_MS } from "./hint-dispatches.ts";
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

/** The id of an order, made of what identifies it: loading it again finds its row. */
const orderIdOf = (cartId: ConnectionId, sourceId: string, part: number): OrderId =>
  stableId("ord", cartId, sourceId, String(part));

/**
 * Decides about each order that a cart showed and stores the decisions, one D1 batch per page of
 * work. `cursor` is committed with the final batch, so that it moves after everything it stands for,
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
  const shownById = new Map<OrderId, IncomingOrder>();
  for (const incoming of shown.items)
    shownById.set(orderIdOf(cart_id, incoming.source_id, incoming.part), incoming);
  const gone = (shown.gone ?? []).map((id) => orderIdOf(cart_id, id, 1));
  const known = await knownById(db, merchant_id, [...shownById.keys(), ...gone]);
  const sorted = sortArrivals(cart, shownById, shown.skipped, gone, known, now);
  await giveReferences(db, cart, sorted.loads);

  const pages = pagesOf(sorted.loads, deps.dispatchSize);
  const skips = pagesOf(sorted.skips, 100).map((page) =>
    upsertSkips(merchant_id, cart_id, page, now),
  );
  const changes = [...skips, ...followCart(merchant_id, sorted, now)];
  const worthIt = pages.length > 0 || changes.some((statement) => statement !== null);
  const changed = await commit(db, [...changes, worthIt && pages.length === 0 ? cursor : null]);

  let loaded = 0;
  const dispatches: DispatchId[] = [];
  for (const [index, page] of pages.entries()) {
    const { statements, dispatch } = loadPage(deps, cart, page, now);
    const [inserted] = await commit(db, [
      ...statements,
      index === pages.length - 1 ? cursor : null,
    ]);
    loaded += inserted?.rows.length ?? 0;
    if (dispatch) dispatches.push(dispatch.id);
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
  const pages = await Promise.all(
    pagesOf(ids, 100).map((page) => knownOrders(db, merchantId, page)),
  );
  return new Map(pages.flat().map((order) => [order.id, order]));
}

function loadPage(
  deps: Deps,
  cart: IntakeCart,
  page: readonly NewOrder[],
  now: number,
): { statements: Statement[]; dispatch: NewDispatch | null } {
  const { merchant_id, cart_id, wms_id } = cart;
  const ids = page.map(({ id }) => id);
  const goes = cart.policy.delivery && wms_id !== null;
  const dispatch: NewDispatch | null = goes
    ? {
        id: deps.ids.next("dsp"),
        kind: "delivery",
        connection_id: wms_id,
        items: ids,
        due_at: now + HINT_GRACE_MS,
        created_at: now,
      }
    : null;
  return {
    dispatch,
    statements: [
      insertOrders(merchant_id, page),
      insertDeliveries(
        merchant_id,
        ids.map((id) => ({
          order_id: id,
          cart_id,
          wms_id,
          state: dispatch ? "queued" : "waiting",
          dispatch_id: dispatch?.id ?? null,
        })),
      ),
      insertDispatches(merchant_id, dispatch ? [dispatch] : []),
      linkSkips(merchant_id, cart_id, page),
      noteChange(merchant_id, "loaded", ids, now),
    ],
  };
}

/** Gives each new order a reference that no other order of the merchant bears; a taken one gets a suffix, noted on the timeline. */
async function giveReferences(db: D1Database, cart: IntakeCart, loads: NewOrder[]): Promise<void> {
  const used = new Set<string>();
  for (const page of pagesOf(loads, 100)) {
    const taken = await takenRefs(
      db,
      cart.merchant_id,
      page.map(({ cust_ref }) => cust_ref),
    );
    for (const order of page) {
      const wanted = order.cust_ref;
      if (taken.has(wanted) || used.has(wanted)) {
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
}
