import type { MerchantId } from "../domain/ids.ts";
import {
  redactAttempts,
  redactEdits,
  redactOrder,
  redactShipment,
  redactTimeline,
} from "../domain/redaction.ts";
import { redactOpenAlerts } from "../store/aged-rows.ts";
import { noteChange } from "../store/changes.ts";
import {
  deliveriesToRedact,
  ordersToRedact,
  redactDeliveries,
  redactOrders,
  redactShipments,
  shipmentsToRedact,
  type OrderToRedact,
  type RedactedOrder,
} from "../store/redactions.ts";
import { dropLeft } from "../store/retention.ts";
import { commit, pagesOf } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** Orders that are read at a time. */
const PAGE_SIZE = 100;

/**
 * Takes customers' data out of those of the orders that are at their end, and with which nothing
 * happened since `horizon`; answers how many that were. One row written per order, and one per delivery or
 * shipment that keeps another system's words. An order that changes meanwhile is left as it is.
 */
export async function redactEndedOrders(
  deps: Deps,
  merchantId: MerchantId,
  orderIds: readonly string[],
  { horizon, days }: { horizon: number; days: number },
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const text = `Customer's data was taken out, ${days} ${days === 1 ? "day" : "days"} after the order's end.`;
  let redacted = 0;
  for (const ids of pagesOf(orderIds, PAGE_SIZE)) {
    const orders = await ordersToRedact(db, merchantId, ids, horizon);
    if (orders.length === 0) continue;
    const due = orders.map(({ id }) => id);
    const [deliveries, shipments] = await Promise.all([
      deliveriesToRedact(db, merchantId, due),
      shipmentsToRedact(db, merchantId, due),
    ]);
    for (const page of pagesOf(
      orders.map((order) => redactedOf(order, now, text)),
      PAGE_SIZE,
    )) {
      const at = new Set(page.map(({ id }) => id));
      const onPage = ({ order_id }: { order_id: string }) => at.has(order_id);
      const [done] = await commit(db, [
        redactOrders(merchantId, page, now),
        redactDeliveries(
          merchantId,
          deliveries
            .filter(onPage)
            .map((one) => ({ ...one, attempts: redactAttempts(one.attempts) })),
        ),
        redactShipments(
          merchantId,
          shipments.filter(onPage).map((one) => ({ ...one, body: redactShipment(one.body) })),
        ),
        redactOpenAlerts(merchantId, [...at]),
        dropLeft(merchantId, [...at]),
        noteChange(merchantId, "revised", [...at], now),
      ]);
      redacted += done?.changes ?? 0;
    }
  }
  return redacted;
}

const redactedOf = (
  { id, updated_at, version, body, edits, timeline }: OrderToRedact,
  at: number,
  text: string,
): RedactedOrder => ({
  id,
  updated_at,
  version,
  body: redactOrder(body),
  edits: redactEdits(edits),
  timeline: [...redactTimeline(timeline), { at, event: "redacted", text }],
});
