import type { About } from "../../../src/domain/alerts.ts";
import type { Scene } from "../witness.ts";

/**
 * What is wrong with an order by its rows, said once more and in other words than Dray says it. `perhaps`: also
 * what was mended and is on its way to be tried.
 */
export function troublesOf({ rows }: Scene, orderId: string, perhaps: boolean): Set<About> {
  const found = new Set<About>();
  const [order] = rows(ORDER, orderId);
  if (!order) return found;
  const { status, state, last_error: failed, failed_sends: fails } = order;
  const unsent = status === "new" || status === "error";
  // Called off, and a WMS may have it all the same.
  const doubtful = perhaps && order["unknown"] === 1;
  const meant = (order["sending_canceled"] === 0 || doubtful) && order["cleared_at"] === null;
  // Whether calling it off failed is not stored.
  if (perhaps && order["cancel_wanted"] !== null) found.add("calling_off");
  const open = state !== "accepted" && state !== "canceled" && state !== null;
  const onItsWay = Number(fails) === 0 && ["waiting", "queued", "held"].includes(String(state));
  const failing = status === "error" || (failed !== null && (perhaps || !onItsWay));
  if (unsent && meant && open && failing) found.add("sending");
  const here = status !== "canceled" && order["cleared_at"] === null;
  const isOff =
    ["canceled", "shipped", "confirmed"].includes(String(status)) && order["cleared_at"] === null;
  if (here && unsent && order["possible_duplicate"] === 1) found.add("possible_duplicate");
  if (here && order["changed_after_sending"] === 1) found.add("changed_after_sending");
  if (here && order["too_late_to_cancel"] === 1) found.add("too_late_to_cancel");
  if (isOff && order["kept_in_cart"] === 1) found.add("kept_in_cart");
  for (const { state, last_error } of rows(SHIPMENTS, orderId))
    if (last_error !== null && ["queued", "due", "given_up"].includes(String(state)))
      found.add("tracking");
  return found;
}

const ORDER = `SELECT o.status, o.sending_canceled, o.cleared_at, o.possible_duplicate, o.changed_after_sending,
    o.too_late_to_cancel, o.cancel_wanted, o.kept_in_cart, d.unknown, d.state, d.last_error, d.failed_sends
  FROM orders o LEFT JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id WHERE o.id = ?`;
const SHIPMENTS = `SELECT state, last_error FROM shipments WHERE order_id = ?`;
