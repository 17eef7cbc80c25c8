import type { ConnectionId, MerchantId, ShipmentId } from "../domain/ids.ts";
import type { IncomingShipment } from "../domain/incoming.ts";
import type { JobMessage } from "../domain/messages.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { planShipments, type ShippingPlan, type ShippingPolicy } from "../domain/shipping.ts";
import { connectorById } from "../connectors/registry.ts";
import { stableId } from "../platform/ids.ts";
import { followAdoption } from "../store/adoptions.ts";
import { followTroubles } from "../store/alerts.ts";
import { queueWmsCancels } from "../store/cancellations.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections } from "../store/connections.ts";
import { proveDeliveries } from "../store/deliveries.ts";
import { insertDispatches, type NewDispatch } from "../store/dispatches.ts";
import { moveCursor } from "../store/jobs.ts";
import { ordersByRef, updateShippedOrders, type OrderForShipping } from "../store/orders.ts";
import {
  shipmentsOf,
  type ShipmentRow,
  upsertShipments,
  type ShipmentToStore,
} from "../store/shipments.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { cancelPages, dispatchIds, dispatchPages, hintDispatches } from "./dispatch-pages.ts";
import { openWms } from "./open-connection.ts";
import { runJob, type RunResult } from "./run-job.ts";
import { linesAsSent } from "./sent-codes.ts";
import { takeWmsCancels } from "./take-wms-cancels.ts";

const PAGE_SIZE = 100;

interface PickupCounts extends Record<string, number> {
  shipments: number;
  /** Told before, word for word. */
  same: number;
  /** Of orders that Dray does not know. */
  unmatched: number;
  unreadable: number;
  /** Orders that the WMS called off. */
  canceled: number;
}

/** Reads what a WMS has shipped since the last time, and sends it on its way to the carts. */
export function pickUpShipments(
  deps: Deps,
  message: Extract<JobMessage, { kind: "run" }>,
): Promise<RunResult> {
  return runJob(deps, message, async ({ fence, cursor: from, goOn }) => {
    const { merchant_id, connection_id, job } = message;
    const wms = await openWms(deps, merchant_id, connection_id);
    const total: Record<string, number> = {};
    let cursor = from;
    let drained = false;
    do {
      const page = await wms.connector.shipments.pull(wms.call, { cursor, limit: PAGE_SIZE });
      // Before the shipments, whose batch moves the cursor.
      const canceled = await takeWmsCancels(deps, wms, page.cancelled);
      const counts = await takeShipments(
        deps,
        merchant_id,
        connection_id,
        page.items,
        moveCursor(merchant_id, connection_id, job, page.next, fence),
      );
      counts.unreadable += page.skipped.length;
      counts.canceled += canceled;
      for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
      for (const row of page.skipped)
        deps.log.warn("unreadable_shipment", {
          merchant_id,
          connection_id,
          wms_shipment_id: row.source_id,
          reason: row.reason,
          message: row.message,
        });
      if (page.next === cursor && !page.drained) break;
      cursor = page.next;
      drained = page.drained;
    } while (!drained && (await goOn()));
    return { cursor, counts: total, drained };
  });
}

/**
 * Stores a page of shipments, what they make of their orders, and the pages of work that tell the
 * carts, in one D1 batch. Told again, a shipment that has not changed writes nothing.
 */
async function takeShipments(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  incoming: readonly IncomingShipment[],
  cursor: ReturnType<typeof moveCursor>,
): Promise<PickupCounts> {
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const refs = [...new Set(incoming.map(({ reference }) => reference))];
  const orders = await ordersByRef(db, merchantId, refs);
  const byRef = new Map(orders.map((order) => [order.cust_ref, order]));
  const [known, policies] = await Promise.all([
    shipmentsOf(
      db,
      merchantId,
      orders.map(({ id }) => id),
    ),
    shippingPolicies(deps, db, merchantId),
  ]);
  const knownOf = Map.groupBy(known, ({ order_id }) => order_id);
  const toldOf = Map.groupBy(
    incoming.filter(({ reference }) => byRef.has(reference)),
    ({ reference }) => reference,
  );

  const linesOf = await linesAsSent(db, merchantId, orders, incoming, known);
  const plans: { order: OrderForShipping; plan: ShippingPlan }[] = [];
  for (const [reference, told] of toldOf) {
    const order = byRef.get(reference);
    const policy = order && policies.get(order.cart_id);
    if (!order || !policy) continue;
    const plan = planShipments(
      { status: order.status, lines: linesOf(order) },
      knownOf.get(order.id) ?? [],
      told.map((shipment) => ({
        id: stableId("shp", wmsId, shipment.wms_shipment_id),
        shipment,
      })),
      policy,
      now,
    );
    if (plan.changed.length > 0 || plan.entries.length > 0) plans.push({ order, plan });
  }

  const dispatches = confirmationPages(deps, plans, knownOf, now);
  const dispatchOf = new Map(
    dispatches.flatMap(({ id, items }) => items.map((orderId) => [orderId, id] as const)),
  );
  const rows = plans.flatMap(({ order, plan }) =>
    plan.changed.map((shipment): ShipmentToStore => {
      const before = knownOf.get(order.id)?.find(({ id }) => id === shipment.id);
      const needsPlace = shipment.state === "queued" && before?.state !== "queued";
      return {
        ...shipment,
        order_id: order.id,
        cart_id: order.cart_id,
        wms_id: wmsId,
        dispatch_id: needsPlace ? (dispatchOf.get(order.id) ?? null) : null,
        created_at: before?.created_at ?? now,
      };
    }),
  );
  const isTold = (cartId: string) => policies.get(cartId)?.post_shipments !== "never";
  // Nobody knew that the WMS had them.
  const proven = plans
    .filter(({ order }) => order.status === "new" || order.status === "error")
    .map(({ order }) => order.id);
  const done =
    plans.length === 0
      ? []
      : await commit(db, [
          upsertShipments(merchantId, rows),
          followAdoption(
            merchantId,
            plans.filter(({ order }) => !isTold(order.cart_id)).map(({ order }) => order.id),
            [...policies.keys()].filter(isTold),
            now,
          ),
          updateShippedOrders(
            merchantId,
            plans.map(({ order, plan }) => ({
              id: order.id,
              status: plan.status,
              error_reason: null,
              entries: plan.entries,
              at: now,
            })),
          ),
          proveDeliveries(merchantId, proven),
          queueWmsCancels(merchantId, proven, cancelPages(deps, [wmsId], now)),
          ...followTroubles(merchantId, troubled(plans, knownOf), {
            at: now,
            by: "The WMS shipped the order, or corrected its shipment.",
          }),
          insertDispatches(merchantId, dispatches),
          noteChange(
            merchantId,
            "shipped",
            plans.map(({ order }) => order.id),
            now,
          ),
          cursor,
        ]);
  await hintDispatches(deps, merchantId, [
    ...dispatches.map(({ id }) => id),
    ...done.flatMap(({ rows }) => dispatchIds(rows)),
  ]);
  const unmatched = incoming.filter(({ reference }) => !byRef.has(reference)).length;
  return {
    shipments: rows.length,
    same: incoming.length - unmatched - rows.length,
    unmatched,
    unreadable: 0,
    canceled: 0,
  };
}

/** Orders that something may have been wrong with before this was told. A cart may say no to what was known while this is told. */
const troubled = (
  plans: readonly { order: OrderForShipping; plan: ShippingPlan }[],
  knownOf: ReadonlyMap<string, readonly ShipmentRow[]>,
): string[] =>
  plans
    .filter(
      ({ order, plan }) =>
        order.status === "new" ||
        order.status === "error" ||
        knownOf.get(order.id)?.some(({ id }) => plan.changed.some((one) => one.id === id)),
    )
    .map(({ order }) => order.id);

/** One dispatch per cart and page of orders that have a shipment to tell of and no place for it yet. */
function confirmationPages(
  deps: Deps,
  plans: readonly { order: OrderForShipping; plan: ShippingPlan }[],
  knownOf: ReadonlyMap<string, readonly { id: ShipmentId; state: string }[]>,
  now: number,
): NewDispatch[] {
  const ready = plans.filter(({ order, plan }) =>
    plan.changed.some(
      ({ id, state }) =>
        state === "queued" &&
        knownOf.get(order.id)?.find((before) => before.id === id)?.state !== "queued",
    ),
  );
  const byCart = Map.groupBy(ready, ({ order }) => order.cart_id);
  return [...byCart].flatMap(([cartId, of]) =>
    dispatchPages(
      deps,
      "confirmation",
      cartId,
      of.map(({ order }) => order.id),
      now,
    ),
  );
}

/** How each cart wants to hear of shipments; one that pushes its orders is told nothing. */
async function shippingPolicies(
  deps: Deps,
  db: D1Database,
  merchantId: MerchantId,
): Promise<Map<string, ShippingPolicy>> {
  const all = await listConnections(db, merchantId);
  const carts = all.filter(({ side }) => side === "cart");
  return new Map(
    carts.map(({ id, connector: name, policy }) => {
      const connector = connectorById(deps.connectors, name);
      const isTold = connector?.side === "cart" && connector.shipments !== undefined;
      const own = cartPolicyShape.parse(policy);
      return [id, isTold ? own : { ...own, post_shipments: "never" as const }];
    }),
  );
}
