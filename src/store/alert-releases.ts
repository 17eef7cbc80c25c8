import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AlertDetails } from "../domain/alert-rules.ts";
import { subjectOf, type AlertKind } from "../domain/alerts.ts";
import type { CartWays } from "../domain/holds.ts";
import type { AlertId, ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { nextHold } from "./next-hold.ts";
import { notBeingSent } from "./order-changes.ts";
import { id, json } from "./shapes.ts";
import { read } from "./statement.ts";
import { appended } from "./steps.ts";

/** A condition that orders wait on one of these alerts, for what follows in the batch that takes their cause away. */
export const whileOrdersWait = (
  merchantId: MerchantId,
  alertIds: readonly string[],
  when: SQL = sql`true`,
): SQL =>
  sql`${when} AND EXISTS (SELECT 1 FROM json_each(${JSON.stringify(alertIds)}) j CROSS JOIN alert_orders l
        WHERE l.merchant_id = ${merchantId} AND l.alert_id = j.value)`;

/** The same of any alert of the merchant. */
export const whileAnyWaits = (merchantId: MerchantId, when: SQL = sql`true`): SQL =>
  sql`${when} AND EXISTS (SELECT 1 FROM alert_orders l WHERE l.merchant_id = ${merchantId})`;

/** Where a walk over alerts and their orders stands: at an alert, behind an order of it. */
export interface WaitingPlace {
  alert: string;
  order: string;
}

const waitingShape = z.object({ alert_id: id<AlertId>(), order_id: id<OrderId>() });

/** The orders that wait on these alerts (by id, ascending), behind a place. */
export const ordersThatWait = (
  db: D1Database,
  merchantId: MerchantId,
  alertIds: readonly string[],
  from: WaitingPlace,
  limit: number,
): Promise<z.infer<typeof waitingShape>[]> =>
  read(
    db,
    waitingShape,
    sql`SELECT l.alert_id AS alert_id, l.order_id AS order_id
        FROM json_each(${JSON.stringify(alertIds)}) j CROSS JOIN alert_orders l
        WHERE l.merchant_id = ${merchantId} AND l.alert_id = j.value
          AND l.order_id > CASE j.value WHEN ${from.alert} THEN ${from.order} ELSE '' END
        LIMIT ${limit}`,
  );

/**
 * Alerts of a kind about a cart that orders wait on, from an id on. Steps from alert to alert through
 * all that orders of the merchant wait on; `more`: there may be others behind `last`.
 */
export const waitingAlerts = async (
  db: D1Database,
  merchantId: MerchantId,
  of: { kind: AlertKind; cart_id: ConnectionId },
  from: string,
  limit: number,
): Promise<{ ids: AlertId[]; last: string | null; more: boolean }> => {
  const next = (after: SQL): SQL =>
    sql`SELECT min(l.alert_id) FROM alert_orders l WHERE l.merchant_id = ${merchantId} AND l.alert_id ${after}`;
  const rows = await read(
    db,
    z.object({ id: id<AlertId>(), fits: z.int() }),
    sql`WITH RECURSIVE w (alert_id) AS (
          SELECT (${next(sql`>= ${from}`)})
          UNION ALL SELECT (${next(sql`> w.alert_id`)}) FROM w WHERE w.alert_id IS NOT NULL LIMIT ${limit}
        )
        SELECT a.id AS id, a.kind = ${of.kind} AND instr(a.subject, ${`${subjectOf(of.cart_id)}/`}) = 1 AS fits
        FROM w CROSS JOIN alerts a WHERE a.merchant_id = ${merchantId} AND a.id = w.alert_id`,
  );
  return {
    ids: rows.filter(({ fits }) => fits === 1).map((row) => row.id),
    last: rows.at(-1)?.id ?? null,
    more: rows.length === limit,
  };
};

const alertShape = z.object({
  id: id<AlertId>(),
  kind: id<AlertKind>(),
  waiting: z.int(),
  details: json<AlertDetails>(),
});
/** An alert as whoever mends it has to know it. */
export type WaitedOn = z.infer<typeof alertShape>;

/** Those of the alerts that are open, or that orders wait on. */
export const alertsWaitedOn = (
  db: D1Database,
  merchantId: MerchantId,
  alertIds: readonly string[],
): Promise<WaitedOn[]> =>
  read(
    db,
    alertShape,
    sql`SELECT a.id AS id, a.kind AS kind, a.waiting AS waiting, a.details AS details
        FROM json_each(${JSON.stringify(alertIds)}) j CROSS JOIN alerts a
        WHERE a.merchant_id = ${merchantId} AND a.id = j.value AND (a.waiting > 0 OR a.state = 'open')`,
  );

/** An order that need not wait on these alerts any more. */
export interface MendedOrder {
  order_id: string;
  alerts: readonly AlertId[];
  entries: readonly TimelineEntry[];
}

/**
 * Lets orders go that wait on none but these alerts. A person's own hold stays. Goes before the orders
 * are taken off them.
 */
export const releaseMended = (
  merchantId: MerchantId,
  orders: readonly MendedOrder[],
  ways: CartWays,
  at: number,
): SQL | null => {
  if (orders.length === 0) return null;
  const next = nextHold(ways, at);
  const stays = sql`(orders.on_hold IS 'person' OR orders.sending_canceled = 1)`;
  return sql`UPDATE orders SET status = 'new', error_reason = NULL,
        on_hold = CASE WHEN ${stays} THEN orders.on_hold ELSE ${next.hold} END,
        hold_until = CASE WHEN ${stays} THEN orders.hold_until ELSE ${next.until} END,
        timeline = ${appended}, updated_at = ${at}
      FROM json_each(${JSON.stringify(orders.map((order) => ({ ...order, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'order_id'
        AND orders.status = 'error' AND orders.cleared_at IS NULL
        AND orders.error_reason IN ('address', 'ship_method', 'code') AND ${notBeingSent}
        AND NOT EXISTS (SELECT 1 FROM alert_orders l INDEXED BY alert_orders_by_order
          WHERE l.merchant_id = j.value->>'m' AND l.order_id = j.value->>'order_id' AND l.about = 'sending'
            AND instr(j.value->>'alerts', '"' || l.alert_id || '"') = 0)
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;
};

/** What orders that still wait are held for now, where that is not what it was. */
export const renameReasons = (
  merchantId: MerchantId,
  held: readonly { order_id: string; reason: string }[],
): SQL | null =>
  held.length === 0
    ? null
    : sql`UPDATE orders SET error_reason = j.value->>'reason'
      FROM json_each(${JSON.stringify(held.map((one) => ({ ...one, m: merchantId })))}) j
      WHERE orders.merchant_id = j.value->>'m' AND orders.id = j.value->>'order_id'
        AND orders.status = 'error' AND orders.error_reason IN ('address', 'ship_method', 'code')
        AND orders.error_reason <> j.value->>'reason'`;
