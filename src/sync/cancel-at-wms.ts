import { orderCause } from "../domain/order-alerts.ts";
import type { CancelOutcome } from "../domain/outcomes.ts";
import { followTroubles, raiseAlerts, type Raised } from "../store/alerts.ts";
import { queueCartCancels, settleWmsCancels, type CancelResult } from "../store/cancellations.ts";
import { noteChange } from "../store/changes.ts";
import { cancelDeliveries } from "../store/deliveries.ts";
import { releaseLastParcels, shipmentsOf, type ShipmentRow } from "../store/shipments.ts";
import { callOff, type CalledOff } from "./call-off.ts";
import { cartsThatCancel } from "./cancel-in-cart.ts";
import type { Claimed, DispatchResult } from "./claimed-dispatch.ts";
import type { Deps } from "./deps.ts";
import { cancelPages } from "./dispatch-pages.ts";
import { openWms } from "./open-connection.ts";

/**
 * Calls off a page of orders at their WMS. What it does not ship any more is canceled, and goes on to
 * its cart where that wants to hear of it; what the WMS will not stop is flagged as too late, with
 * the shipment where there is one.
 */
export async function cancelAtWms(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence } = claimed;
  const wms = await openWms(deps, merchant_id, dispatch.connection_id);
  const { cancel, label } = wms.connector;
  return callOff(
    deps,
    claimed,
    wms.connection,
    "wms",
    async (order): Promise<CancelOutcome> => {
      if (order.status === "shipped" || order.status === "confirmed")
        return { kind: "too_late", message: "It has shipped." };
      if (!cancel) return { kind: "too_late", message: `${label} cannot call off an order.` };
      return cancel(wms.call, order.cust_ref);
    },
    async (done, now) => {
      const ids = done.map(({ order }) => order.id);
      const [carts, shipments] = await Promise.all([
        cartsThatCancel(deps, merchant_id),
        shipmentsOf(db, merchant_id, ids),
      ]);
      return [
        settleWmsCancels(
          merchant_id,
          dispatch.id,
          fence,
          carts,
          done.map((one) => resultOf(one, shipments, now)),
        ),
        cancelDeliveries(merchant_id, ids),
        ...followTroubles(merchant_id, ids, { at: now, by: "The order was canceled." }),
        ...raiseAlerts(merchant_id, done.flatMap(tooLate), { at: now }),
        releaseLastParcels(merchant_id, ids, now),
        queueCartCancels(merchant_id, ids, cancelPages(deps, carts, now)),
        noteChange(merchant_id, "canceled", ids, now),
      ];
    },
  );
}

const tooLate = ({ order, outcome }: CalledOff): Raised[] =>
  outcome.kind === "cancelled" ? [] : [orderCause("too_late_to_cancel", order, outcome.message)];

function resultOf(
  { order, outcome }: CalledOff,
  shipments: readonly ShipmentRow[],
  now: number,
): CancelResult {
  const { id, status } = order;
  if (outcome.kind === "cancelled") {
    const text =
      status === "partial" ? "The WMS will ship nothing more of it." : "Called off at the WMS.";
    return {
      id,
      at: now,
      result: "canceled",
      entries: [{ at: now, event: "canceled_at_wms", text }],
    };
  }
  const tracking = shipments
    .filter(({ order_id, voided }) => order_id === id && !voided)
    .map(({ body }) => body.tracking_number ?? body.wms_shipment_id);
  const shippedAs = tracking.length > 0 ? ` Shipped as ${tracking.join(", ")}.` : "";
  const text = `Too late to cancel. The WMS said: "${outcome.message}"${shippedAs}`;
  return {
    id,
    at: now,
    result: "too_late",
    entries: [{ at: now, event: "too_late_to_cancel", text }],
  };
}
