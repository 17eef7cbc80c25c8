import type { OpenCart } from "./open-connection.ts";
import type { ConnectionId, DispatchId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import { decideIntake, type KnownOrder } from "../domain/intake.ts";
import { stableId } from "../platform/ids.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections } from "../store/connections.ts";
import { cancelDeliveries, insertDeliveries } from "../store/deliveries.ts";
import { insertDispatches, type NewDispatch } from "../store/dispatches.ts";
import {
  cancelUnsentOrders,
  flagChangedOrders,
  insertOrders,
  knownOrders,
  reviseOrders,
  takenRefs,
  type NewOrder,
  type OrderRevision,
  type OrderStep,
} from "../store/orders.ts";
import { linkSkips, upsertSkips, type NewSkip } from "../store/skipped-orders.ts";
import { commit, pagesOf, PARAMETER_BYTES, type Committed } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches, HINT_GRACE_MS } from "./hint-dispatches.ts";

type Statement = Parameters<typeof commit>[1][number];

/** Where orders come in: a cart, what it takes, and the WMS they go to (null: there is none, or none was chosen). */
export interface IntakeCart {
  merchant_id: MerchantId;
  cart_id: ConnectionId;
  wms_id: ConnectionId | null;
  policy: OpenCart["policy"];
}

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
  const counts: IntakeCounts = {
    loaded: 0,
    changed: 0,
    canceled: 0,
    skipped: 0,
    too_old: 0,
    same: 0,
  };

  const skips: NewSkip[] = shown.skipped.map((row) => ({
    source_id: row.source_id,
    number: row.number,
    reason: row.reason,
    checks: [],
    message: row.message,
  }));
  const seen = new Map<OrderId, IncomingOrder>();
  for (const incoming of shown.items)
    seen.set(orderIdOf(cart_id, incoming.source_id, incoming.part), incoming);
  const gone = new Map((shown.gone ?? []).map((id) => [orderIdOf(cart_id, id, 1), id]));
  const known = await knownById(db, merchant_id, [...seen.keys(), ...gone.keys()]);

  const loads: NewOrder[] = [];
  const revisions: OrderRevision[] = [];
  const cancellations: (OrderStep & { source_status: string })[] = [];
  const flags: (OrderStep & { source_status: string })[] = [];
  const stop = (id: string, late: boolean, sourceStatus: string) => {
    const text = late
      ? `The cart says "${sourceStatus}", but the warehouse has it already.`
      : `Canceled, because the cart says "${sourceStatus}".`;
    const step = {
      id,
      status: null,
      error_reason: null,
      source_status: sourceStatus,
      entries: [{ at: now, event: "canceled_in_cart" as const, text }],
      at: now,
    };
    (late ? flags : cancellations).push(step);
  };

  for (const [id, incoming] of seen) {
    const decision = decideIntake(incoming, cart.policy, known.get(id) ?? null);
    switch (decision.kind) {
      case "load":
        if (JSON.stringify(incoming.order).length > PARAMETER_BYTES) skips.push(tooLarge(incoming));
        else loads.push(newOrder(cart, id, incoming, now));
        break;
      case "skip":
        skips.push({
          source_id: incoming.source_id,
          number: incoming.order.number,
          reason: decision.reason,
          checks: decision.checks,
          message: null,
        });
        break;
      case "changed":
        revisions.push({
          id,
          body: incoming.order,
          source_status: incoming.source_status,
          entries: [{ at: now, event: "changed_in_cart", text: "Changed in the cart, and here." }],
          at: now,
        });
        break;
      case "changed_after_sending":
        flags.push({
          id,
          status: null,
          error_reason: null,
          source_status: incoming.source_status,
          entries: [{ at: now, event: "changed_after_sending", text: decision.text }],
          at: now,
        });
        break;
      case "canceled":
        stop(id, decision.late, incoming.source_status);
        break;
      case "too_old":
        counts.too_old += 1;
        break;
      case "same":
        counts.same += 1;
        break;
    }
  }
  for (const id of gone.keys()) {
    const order = known.get(id);
    if (!order || order.source_status === "gone") continue;
    if (order.status === "new" || order.status === "error") stop(id, false, "gone");
    else if (order.status === "at_wms" || order.status === "partial") stop(id, true, "gone");
  }

  counts.changed = revisions.length + flags.length;
  counts.canceled = cancellations.length;
  await giveReferences(db, cart, loads);

  const pages = pagesOf(loads, deps.dispatchSize);
  const skipPages = pagesOf(skips, 100);
  const rest: Statement[] = [
    ...skipPages.map((page) => upsertSkips(merchant_id, cart_id, page, now)),
    ...pagesOf(revisions, 100).map((page) => reviseOrders(merchant_id, page)),
    cancelUnsentOrders(merchant_id, cancellations),
    cancelDeliveries(
      merchant_id,
      cancellations.map(({ id }) => id),
    ),
    flagChangedOrders(merchant_id, flags),
    noteChange(
      merchant_id,
      "revised",
      [...revisions, ...cancellations, ...flags].map(({ id }) => id),
      now,
    ),
  ];
  if (pages.length > 0 || rest.some((statement) => statement !== null)) rest.push(cursor);
  const dispatches: DispatchId[] = [];
  for (const [index, page] of pages.entries()) {
    const { statements, dispatch } = loadPage(deps, cart, page, now);
    const final = index === pages.length - 1;
    const [inserted, ...others] = await commit(db, [
      ...statements.slice(0, 1),
      ...(final ? rest : []),
      ...statements.slice(1),
    ]);
    counts.loaded += inserted?.rows.length ?? 0;
    if (final) counts.skipped = sumOfChanges(others.slice(0, skipPages.length));
    if (dispatch) dispatches.push(dispatch.id);
  }
  if (pages.length === 0)
    counts.skipped = sumOfChanges((await commit(db, rest)).slice(0, skipPages.length));
  await hintDispatches(deps, merchant_id, dispatches);
  return counts;
}

const sumOfChanges = (committed: readonly Committed[]) =>
  committed.reduce((sum, { changes }) => sum + changes, 0);

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

function newOrder(cart: IntakeCart, id: OrderId, incoming: IncomingOrder, now: number): NewOrder {
  const hold = !cart.policy.delivery
    ? "delivery_off"
    : cart.wms_id === null
      ? "no_warehouse"
      : null;
  return {
    id,
    cart_id: cart.cart_id,
    source_id: incoming.source_id,
    part: incoming.part,
    number: incoming.order.number,
    cust_ref: `${cart.policy.reference_prefix}${incoming.order.number}${cart.policy.reference_suffix}`,
    on_hold: hold,
    source_status: incoming.source_status,
    placed_at: incoming.placed_at,
    created_at: now,
    body: incoming.order,
    timeline: [{ at: now, event: "loaded", text: loadedText(hold) }],
  };
}

function loadedText(hold: string | null): string {
  if (hold === "delivery_off") return "Loaded; it waits until delivery is turned on for this cart.";
  if (hold === "no_warehouse")
    return "Loaded; it waits until this cart has a warehouse to send it to.";
  return "Loaded from the cart.";
}

const tooLarge = (incoming: IncomingOrder): NewSkip => ({
  source_id: incoming.source_id,
  number: incoming.order.number,
  reason: "too_large",
  checks: [],
  message: `The order has ${incoming.order.lines.length} lines and is larger than 1 MB.`,
});

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
