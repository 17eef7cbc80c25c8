import { partsOfSubject, ruleOf, type AlertKind } from "../domain/alerts.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId, OrderId } from "../domain/ids.ts";
import type { Order, OrderLine } from "../domain/order.ts";
import { shippedByLine } from "../domain/shipping.ts";
import { alertsOfOrders, type AlertRow } from "../store/alerts.ts";
import { readOrderRows } from "../store/order-lists.ts";
import { readOrder, type OrderDetail } from "../store/orders.ts";
import { shipmentsOf, type ShipmentRow } from "../store/shipments.ts";
import type { Deps } from "./deps.ts";
import { iso, summaryOf, type OrderSummary } from "./list-orders.ts";

export interface OrderView extends OrderSummary {
  order: Omit<Order, "lines"> & {
    /** `unshipped`: what the WMS will not ship, once nothing more will. */
    lines: (OrderLine & { shipped: number; unshipped: number })[];
  };
  shipments: {
    id: string;
    state: string;
    voided: boolean;
    tracking_number: string | null;
    tracking_url: string | null;
    carrier: string | null;
    service: string | null;
    shipped_at: string;
    lines: readonly { line_id: string; sku: string; quantity: number }[];
    cart_shipment_id: string | null;
    confirmed_at: string | null;
    last_error: string | null;
    next_try_at: string | null;
  }[];
  /** What a person changed here, by path: the cart's later word on it is only noted. */
  edited: string[];
  /** What is wrong with it now. */
  alerts: { id: string; kind: AlertKind; title: string; message: string | null }[];
  timeline: { at: string; event: string; text: string; by?: string }[];
}

/** One order with its lines, shipments and timeline. Throws `not_found`. */
export async function getOrder(
  deps: Deps,
  merchantId: MerchantId,
  orderId: string,
): Promise<OrderView> {
  const db = await deps.databases.of(merchantId);
  const row = await readOrder(db, merchantId, orderId);
  if (!row) throw new DrayError("not_found", "No such order");
  const [shipments, alerts] = await Promise.all([
    shipmentsOf(db, merchantId, [row.id]),
    alertsOfOrders(db, merchantId, [row.id]),
  ]);
  return viewOf(row, shipments, alerts);
}

/** The orders with these ids, in their sequence. */
export async function getOrders(
  deps: Deps,
  merchantId: MerchantId,
  orderIds: readonly OrderId[],
): Promise<OrderView[]> {
  const db = await deps.databases.of(merchantId);
  const rows = await readOrderRows(db, merchantId, orderIds, {
    cart_id: null,
    status: null,
    cleared: true,
  });
  const shipments = await shipmentsOf(db, merchantId, orderIds);
  const alerts = Map.groupBy(
    await alertsOfOrders(db, merchantId, orderIds),
    ({ order_id }) => order_id,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ofOrder = Map.groupBy(shipments, ({ order_id }) => order_id);
  return orderIds.flatMap((id) => {
    const row = byId.get(id);
    return row ? [viewOf(row, ofOrder.get(id) ?? [], alerts.get(id) ?? [])] : [];
  });
}

function viewOf(
  row: OrderDetail,
  shipments: readonly ShipmentRow[],
  alerts: readonly AlertRow[],
): OrderView {
  const shipped = shippedByLine(shipments);
  const closed = row.status === "shipped" || row.status === "confirmed";
  return {
    ...summaryOf(row, shipments),
    order: {
      ...row.body,
      lines: row.body.lines.map((line) => {
        const gone = shipped.get(line.line_id) ?? 0;
        return { ...line, shipped: gone, unshipped: closed ? line.quantity - gone : 0 };
      }),
    },
    shipments: shipments.map(({ body, ...shipment }) => ({
      id: shipment.id,
      state: shipment.state,
      voided: shipment.voided,
      tracking_number: body.tracking_number,
      tracking_url: body.tracking_url,
      carrier: body.carrier,
      service: body.service,
      shipped_at: iso(body.shipped_at),
      lines: body.lines,
      cart_shipment_id: shipment.cart_shipment_id,
      confirmed_at: shipment.confirmed_at === null ? null : iso(shipment.confirmed_at),
      last_error: shipment.last_error,
      next_try_at: shipment.next_at === null ? null : iso(shipment.next_at),
    })),
    edited: Object.keys(row.edits),
    alerts: alerts
      .filter(({ state }) => state === "open")
      .map(({ id, kind, subject, details, message }) => ({
        id,
        kind,
        title: ruleOf(kind).title({ id, parts: partsOfSubject(subject), details }),
        message,
      })),
    timeline: row.timeline.map(({ at, ...entry }) => ({ at: iso(at), ...entry })),
  };
}
