import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AlertDetails } from "../domain/alert-rules.ts";
import {
  aboutOf,
  connectionKinds,
  ruleOf,
  subjectOf,
  type About,
  type AlertKind,
  type AlertState,
  type Cause,
} from "../domain/alerts.ts";
import type { AlertId, MerchantId } from "../domain/ids.ts";
import { alertIdOf } from "./alert-ids.ts";
import { stillWrong } from "./alert-orders.ts";
import { id, json } from "./shapes.ts";
import { jsonRows, read, readOne } from "./statement.ts";
import { among } from "./steps.ts";

/** Something that is wrong, with the orders that wait on it. */
export interface Raised extends Cause {
  orders: readonly string[];
  /** Why they wait on it, where that is not what its kind says. */
  about?: About;
}

const MESSAGE_LENGTH = 300;

/** Whose cause is there in what is stored by now; a batch that lost its claim raises nothing. */
interface Raising {
  at: number;
  /** A condition on the database as a whole, such as a fence. */
  when?: SQL;
}

const always = sql`1`;

/**
 * Opens alerts, or counts once more those that are open. A dismissed one opens again when the other
 * system says something else, or the problem is another. An order is listed only if what is stored says that it is in that
 * trouble; an alert about orders of which none is, is not raised.
 */
export const raiseAlerts = (
  merchantId: MerchantId,
  raised: readonly Raised[],
  { at, when = always }: Raising,
): SQL[] => {
  if (raised.length === 0) return [];
  const rows = JSON.stringify(
    raised.map((cause) => ({
      m: merchantId,
      id: alertIdOf(merchantId, cause),
      kind: cause.kind,
      subject: subjectOf(...cause.parts),
      message: cause.message?.slice(0, MESSAGE_LENGTH) ?? null,
      details: cause.details,
      about: cause.about ?? aboutOf(cause.kind),
      orders: [...new Set(cause.orders)],
      ripe: ruleOf(cause.kind).retry === "person" ? at : null,
    })),
  );
  const isWrong = stillWrong(
    merchantId,
    sql`j.value->>'about'`,
    sql`o.value`,
    sql`j.value->>'subject'`,
  );
  const listed = sql`EXISTS (SELECT 1 FROM alert_orders l WHERE l.merchant_id = j.value->>'m'
        AND l.alert_id = j.value->>'id' AND l.order_id = o.value)`;
  const count = (which: SQL) =>
    sql`(SELECT count(*) FROM json_each(j.value, '$.orders') o WHERE ${which})`;
  const again = sql`(alerts.state = 'resolved' OR (alerts.state = 'dismissed'
        AND (alerts.message IS NOT excluded.message OR alerts.details->>'problem' IS NOT excluded.details->>'problem')))`;
  // Open, and not told: this is its second failure.
  const ripens = sql`(alerts.state = 'open' AND alerts.ripe_at IS NULL)`;
  const anew = (column: string) =>
    sql`CASE WHEN ${again} THEN excluded.${sql.raw(column)} ELSE alerts.${sql.raw(column)} END`;
  return [
    sql`INSERT INTO alerts (merchant_id, id, kind, subject, state, message, details, waiting, opened_at, last_at,
        ripe_at, tell_at)
      SELECT j.value->>'m', j.value->>'id', j.value->>'kind', j.value->>'subject', 'open', j.value->>'message',
        j.value->'details', ${count(sql`NOT ${listed} AND ${isWrong}`)}, ${at}, ${at},
        j.value->>'ripe', j.value->>'ripe'
      FROM json_each(${rows}) j
      WHERE ${when} AND (json_array_length(j.value, '$.orders') = 0 OR ${count(isWrong)} > 0)
      ON CONFLICT (merchant_id, id) DO UPDATE SET
        waiting = alerts.waiting + excluded.waiting, message = excluded.message, details = excluded.details,
        last_at = excluded.last_at, times = CASE WHEN ${again} THEN 1 ELSE alerts.times + 1 END,
        opened_at = ${anew("opened_at")}, closed_at = ${anew("closed_at")}, closed_by = ${anew("closed_by")},
        note = ${anew("note")},
        ripe_at = CASE WHEN ${ripens} THEN excluded.last_at ELSE ${anew("ripe_at")} END,
        tell_at = CASE WHEN ${ripens} THEN excluded.last_at ELSE ${anew("tell_at")} END,
        state = CASE WHEN ${again} THEN 'open' ELSE alerts.state END`,
    sql`INSERT INTO alert_orders (merchant_id, alert_id, order_id, about)
      SELECT j.value->>'m', j.value->>'id', o.value, j.value->>'about'
      FROM json_each(${rows}) j CROSS JOIN json_each(j.value, '$.orders') o
      WHERE ${when} AND ${isWrong}
      ON CONFLICT (merchant_id, alert_id, order_id) DO NOTHING`,
  ];
};

/** What resolved an alert, in one plain sentence, and when. */
export interface Recovery {
  at: number;
  by: string;
  /** As in `raiseAlerts`. */
  when?: SQL;
}

// Who was told that something is wrong is told that it is over.
const resolved = (at: number, by: string): SQL =>
  sql`state = 'resolved', closed_at = ${at}, closed_by = ${by}, note = NULL,
        tell_at = CASE WHEN alerts.state = 'open' AND alerts.ripe_at IS NOT NULL THEN ${at} END`;

/** A connection's alert stays while the connection does not work, and one of a code that several claim until somebody decides. */
const isOver = (left: SQL): SQL =>
  sql`(${left} <= 0 AND alerts.state <> 'resolved' AND (alerts.kind NOT IN ${among(connectionKinds)}
    OR NOT EXISTS (SELECT 1 FROM connections c WHERE c.merchant_id = alerts.merchant_id
      AND c.id = alerts.subject AND c.health <> 'healthy'))
    AND (alerts.kind <> 'duplicate_code' OR NOT EXISTS (SELECT 1 FROM code_conflicts k
      WHERE k.merchant_id = alerts.merchant_id AND k.code = alerts.details->>'key' AND k.decided_at IS NULL)))`;

/**
 * After any change of orders in the same batch: takes them off the alerts whose trouble they are not
 * in any more, and resolves the alerts that no order waits on any more. `kept`: for this reason they
 * still wait on these alerts and no others, as `alert_id order_id`.
 */
export const followTroubles = (
  merchantId: MerchantId,
  ids: readonly string[],
  { at, by, when = always }: Recovery,
  kept: { about: About; listed: readonly string[] } | null = null,
): SQL[] => {
  if (ids.length === 0) return [];
  const isKept =
    kept === null
      ? always
      : sql`(l.about <> ${kept.about} OR l.alert_id || ' ' || l.order_id IN (SELECT value FROM json_each(${JSON.stringify(kept.listed)})))`;
  const subject = sql`(SELECT a.subject FROM alerts a WHERE a.merchant_id = l.merchant_id AND a.id = l.alert_id)`;
  const gone = sql`FROM json_each(${onceEach(ids)}) j CROSS JOIN alert_orders l INDEXED BY alert_orders_by_order
      WHERE l.merchant_id = ${merchantId} AND l.order_id = j.value AND ${when}
        AND NOT (${isKept} AND ${stillWrong(merchantId, sql`l.about`, sql`l.order_id`, subject)})`;
  return dropping(merchantId, gone, at, sql`${by}`);
};

/** An order that waits on an alert no more, and what mended that in one plain sentence. */
export interface Unlisted {
  alert_id: AlertId;
  order_id: string;
  text: string;
}

/** Takes orders off alerts whose cause is gone for them, and resolves those that no other waits on. */
export const unlistOrders = (
  merchantId: MerchantId,
  unlisted: readonly Unlisted[],
  at: number,
): SQL[] => {
  if (unlisted.length === 0) return [];
  const once = new Map(unlisted.map((one) => [`${one.alert_id} ${one.order_id}`, one]));
  return dropping(
    merchantId,
    sql`FROM json_each(${JSON.stringify([...once.values()])}) j CROSS JOIN alert_orders l
      WHERE l.merchant_id = ${merchantId} AND l.alert_id = j.value->>'alert_id' AND l.order_id = j.value->>'order_id'`,
    at,
    sql`j.value->>'text'`,
  );
};

/** An order with several shipments is named once for each of them, and waits once. */
const onceEach = (ids: readonly string[]): string => JSON.stringify([...new Set(ids)]);

/** `by`: what is said to have resolved it, for each order. */
const dropping = (merchantId: MerchantId, gone: SQL, at: number, by: SQL): SQL[] => {
  const over = isOver(sql`alerts.waiting - g.orders`);
  const closing = (column: string, value: SQL) =>
    sql`${sql.raw(column)} = CASE WHEN ${over} THEN ${value} ELSE alerts.${sql.raw(column)} END`;
  return [
    sql`UPDATE alerts SET waiting = alerts.waiting - g.orders,
        ${closing("closed_at", sql`${at}`)}, ${closing("closed_by", sql`g.text`)}, ${closing("note", sql`NULL`)},
        ${closing("tell_at", sql`CASE WHEN alerts.state = 'open' AND alerts.ripe_at IS NOT NULL THEN ${at} END`)},
        ${closing("state", sql`'resolved'`)}
      FROM (SELECT l.merchant_id AS m, l.alert_id AS alert_id, count(*) AS orders, max(${by}) AS text ${gone}
        GROUP BY l.merchant_id, l.alert_id) g
      WHERE alerts.merchant_id = g.m AND alerts.id = g.alert_id`,
    sql`DELETE FROM alert_orders WHERE merchant_id = ${merchantId}
        AND (alert_id, order_id) IN (SELECT l.alert_id, l.order_id ${gone})`,
  ];
};

/** Resolves alerts on which no order waits. */
export const closeAlerts = (
  merchantId: MerchantId,
  alertIds: readonly string[],
  { at, by, when = always }: Recovery,
): SQL =>
  sql`UPDATE alerts SET ${resolved(at, by)}
      WHERE merchant_id = ${merchantId} AND id IN (SELECT value FROM json_each(${JSON.stringify(alertIds)}))
        AND ${isOver(sql`alerts.waiting`)} AND ${when}`;

/** A connection fails in another way now: what was wrong before is not, unless orders wait on it. */
export const replaceAlerts = (
  merchantId: MerchantId,
  alertIds: readonly string[],
  { at, when = always }: Raising,
): SQL =>
  sql`UPDATE alerts SET ${resolved(at, "The connection fails in another way now.")}
      WHERE merchant_id = ${merchantId} AND id IN (SELECT value FROM json_each(${JSON.stringify(alertIds)}))
        AND state <> 'resolved' AND waiting = 0 AND ${when}`;

/** A person says that it needs nothing: it is silent until the other system says something else. */
export const dismissAlert = (
  merchantId: MerchantId,
  alertId: string,
  by: string,
  note: string | null,
  at: number,
): SQL =>
  sql`UPDATE alerts SET state = 'dismissed', closed_at = ${at}, closed_by = ${by}, note = ${note}, tell_at = NULL
      WHERE merchant_id = ${merchantId} AND id = ${alertId} AND state = 'open' RETURNING id AS id`;

const alertShape = z.object({
  id: id<AlertId>(),
  kind: id<AlertKind>(),
  subject: z.string(),
  state: id<AlertState>(),
  message: z.string().nullable(),
  details: json<AlertDetails>(),
  waiting: z.int(),
  times: z.int(),
  opened_at: z.int(),
  last_at: z.int(),
  closed_at: z.int().nullable(),
  closed_by: z.string().nullable(),
  note: z.string().nullable(),
  ripe_at: z.int().nullable(),
});
/** An alert as stored. */
export type AlertRow = z.infer<typeof alertShape>;

const columns = sql`a.id AS id, a.kind AS kind, a.subject AS subject, a.state AS state, a.message AS message,
  a.details AS details, a.waiting AS waiting, a.times AS times, a.opened_at AS opened_at, a.last_at AS last_at,
  a.closed_at AS closed_at, a.closed_by AS closed_by, a.note AS note, a.ripe_at AS ripe_at`;

export const readAlert = (
  db: D1Database,
  merchantId: MerchantId,
  alertId: string,
): Promise<AlertRow | null> =>
  readOne(
    db,
    alertShape,
    sql`SELECT ${columns} FROM alerts a WHERE a.merchant_id = ${merchantId} AND a.id = ${alertId}`,
  );

/** What these alerts said last, in the other systems' words. */
export const alertMessages = async (
  db: D1Database,
  merchantId: MerchantId,
  alertIds: readonly AlertId[],
): Promise<Map<AlertId, string>> => {
  const rows = await read(
    db,
    z.object({ id: id<AlertId>(), message: z.string() }),
    sql`SELECT a.id AS id, a.message AS message FROM ${jsonRows(alertIds)} j CROSS JOIN alerts a
        WHERE a.merchant_id = ${merchantId} AND a.id = j.value AND a.message IS NOT NULL`,
  );
  return new Map(rows.map((row) => [row.id, row.message]));
};

/** Where a list goes on: after the alert of this time and id. */
export interface AlertPlace {
  at: number;
  id: string;
}

const LONGEST_PAGE = 100;

/** Alerts, newest first: the open ones by when they were opened, the others by when they were closed. */
export const listAlertRows = (
  db: D1Database,
  merchantId: MerchantId,
  open: boolean,
  after: AlertPlace | null,
  limit = LONGEST_PAGE,
): Promise<AlertRow[]> => {
  const [time, which] = open
    ? [sql`opened_at`, sql`a.state = 'open'`]
    : [sql`closed_at`, sql`a.closed_at IS NOT NULL`];
  return read(
    db,
    alertShape,
    sql`SELECT ${columns} FROM alerts a INDEXED BY ${sql.raw(open ? "alerts_open" : "alerts_closed")}
        WHERE a.merchant_id = ${merchantId} AND ${which}
          ${after ? sql`AND (a.${time}, a.id) < (${after.at}, ${after.id})` : sql``}
        ORDER BY a.${time} DESC, a.id DESC LIMIT ${limit}`,
  );
};

/** The alerts that orders wait on, by order. */
export const alertsOfOrders = (
  db: D1Database,
  merchantId: MerchantId,
  orderIds: readonly string[],
): Promise<(AlertRow & { order_id: string })[]> =>
  read(
    db,
    alertShape.extend({ order_id: z.string() }),
    sql`SELECT ${columns}, l.order_id AS order_id
        FROM json_each(${JSON.stringify(orderIds)}) j CROSS JOIN alert_orders l INDEXED BY alert_orders_by_order
        CROSS JOIN alerts a
        WHERE l.merchant_id = ${merchantId} AND l.order_id = j.value
          AND a.merchant_id = ${merchantId} AND a.id = l.alert_id`,
  );

/** The orders that wait on an alert, by id, after one (null: from the first). */
export const ordersOfAlert = async (
  db: D1Database,
  merchantId: MerchantId,
  alertId: string,
  after: string | null,
  limit: number,
): Promise<string[]> => {
  const rows = await read(
    db,
    z.object({ order_id: z.string() }),
    sql`SELECT order_id AS order_id FROM alert_orders
        WHERE merchant_id = ${merchantId} AND alert_id = ${alertId} AND order_id > ${after ?? ""}
        ORDER BY order_id LIMIT ${limit}`,
  );
  return rows.map(({ order_id }) => order_id);
};
