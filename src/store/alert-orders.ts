import { sql, type SQL } from "drizzle-orm";
import type { About } from "../domain/alerts.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";

/**
 * What is wrong with an order as long as it is listed under an alert, by what is stored: the one place
 * that says so. An alert closes when this is true of none of its orders any more.
 */
const wrong: Readonly<Record<About, (merchantId: MerchantId, order: SQL, subject: SQL) => SQL>> = {
  // One that was called off and that a WMS may have all the same is not off before that is known.
  sending: (m, order) => sql`EXISTS (SELECT 1 FROM orders w
      CROSS JOIN deliveries d WHERE w.merchant_id = ${m} AND w.id = ${order}
      AND w.status IN ('new', 'error') AND w.cleared_at IS NULL
      AND d.merchant_id = ${m} AND d.order_id = w.id AND d.last_error IS NOT NULL
      AND (w.sending_canceled = 0 OR d.unknown = 1)
      AND d.state NOT IN ('accepted', 'canceled'))`,
  // An alert of one shipment has its id in the subject.
  tracking: (m, order, subject) => sql`EXISTS (SELECT 1 FROM shipments s WHERE s.merchant_id = ${m}
      AND s.order_id = ${order} AND s.last_error IS NOT NULL AND s.state IN ('queued', 'due', 'given_up')
      AND (instr(${subject}, '/') = 0 OR ${subject} = s.order_id || '/' || s.id))`,
  calling_off: (m, order) => flagged(m, order, sql`w.cancel_wanted IS NOT NULL`, sql`1`),
  possible_duplicate: (m, order) =>
    flagged(m, order, sql`w.possible_duplicate = 1 AND w.status IN ('new', 'error')`),
  changed_after_sending: (m, order) => flagged(m, order, sql`w.changed_after_sending = 1`),
  too_late_to_cancel: (m, order) => flagged(m, order, sql`w.too_late_to_cancel = 1`),
  kept_in_cart: (m, order) =>
    flagged(
      m,
      order,
      sql`w.kept_in_cart = 1`,
      sql`w.status IN ('canceled', 'shipped', 'confirmed') AND w.cleared_at IS NULL`,
    ),
};

const isShown = sql`w.status <> 'canceled' AND w.cleared_at IS NULL`;

const flagged = (m: MerchantId, order: SQL, flag: SQL, also = isShown): SQL =>
  sql`EXISTS (SELECT 1 FROM orders w WHERE w.merchant_id = ${m} AND w.id = ${order} AND ${also} AND ${flag})`;

/** Whether it is still so; `about`, `order` and the alert's `subject` are columns. */
export const stillWrong = (merchantId: MerchantId, about: SQL, order: SQL, subject: SQL): SQL =>
  sql`CASE ${about} ${sql.join(
    Object.entries(wrong).map(
      ([name, so]) => sql`WHEN ${sql.raw(`'${name}'`)} THEN ${so(merchantId, order, subject)}`,
    ),
    sql` `,
  )} ELSE 0 END`;

/** A condition that a connection still fails that way, for what is raised in the batch that says so. */
export const failing = (merchantId: MerchantId, connectionId: ConnectionId, health: string): SQL =>
  sql`EXISTS (SELECT 1 FROM connections c WHERE c.merchant_id = ${merchantId} AND c.id = ${connectionId}
      AND c.health = ${health})`;

/** Whether an alert is open, for what goes before its dismissal in the same batch. */
export const isOpenAlert = (merchantId: MerchantId, alertId: string): SQL =>
  sql`EXISTS (SELECT 1 FROM alerts a WHERE a.merchant_id = ${merchantId} AND a.id = ${alertId} AND a.state = 'open')`;

/** The same, where its alert is not open yet. */
export const failingAnew = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  health: string,
  alertId: string,
): SQL =>
  sql`(${failing(merchantId, connectionId, health)} AND NOT ${isOpenAlert(merchantId, alertId)})`;
