import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import { subjectOf, type AlertKind } from "../domain/alerts.ts";
import type { CartWays } from "../domain/holds.ts";
import type { AlertId, ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { nextHold } from "./next-hold.ts";
import { notBeingSent } from "./order-changes.ts";
import { id } from "./shapes.ts";
import { read } from "./statement.ts";
import { chosen, told } from "./steps.ts";

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

/**
 * Lets orders go whose cause to wait on an alert is gone, unless something else keeps them too. A
 * person's own hold stays. Goes before the orders are taken off the alert.
 */
export const releaseMended = (
  merchantId: MerchantId,
  alertId: string,
  ids: readonly string[],
  ways: CartWays,
  entry: TimelineEntry,
): SQL => {
  const next = nextHold(ways, entry.at);
  const stays = sql`(orders.on_hold IS 'person' OR orders.sending_canceled = 1)`;
  return sql`UPDATE orders SET status = 'new', error_reason = NULL,
        on_hold = CASE WHEN ${stays} THEN orders.on_hold ELSE ${next.hold} END,
        hold_until = CASE WHEN ${stays} THEN orders.hold_until ELSE ${next.until} END, ${told(entry)}
      WHERE ${chosen(merchantId, ids)} AND orders.status = 'error' AND orders.cleared_at IS NULL
        AND orders.error_reason IN ('address', 'ship_method', 'code') AND ${notBeingSent}
        AND NOT EXISTS (SELECT 1 FROM alert_orders l INDEXED BY alert_orders_by_order
          WHERE l.merchant_id = orders.merchant_id AND l.order_id = orders.id
            AND l.about = 'sending' AND l.alert_id <> ${alertId})
      RETURNING orders.id AS id, orders.cart_id AS cart_id`;
};
