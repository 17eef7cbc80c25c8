import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AlertDetails } from "../domain/alert-rules.ts";
import type { AlertKind, AlertState } from "../domain/alerts.ts";
import type { ContactOwner } from "../domain/contacts.ts";
import type { AlertId, ContactId, MerchantId } from "../domain/ids.ts";
import type { AlertToTell, NewTelling, TellingScope, ToldPlace } from "../domain/telling-plan.ts";
import type { ListedMail, MailState } from "./mails.ts";
import { id, json } from "./shapes.ts";
import { jsonRows, read } from "./statement.ts";

const toTellShape: z.ZodType<AlertToTell> = z.object({
  merchant_id: id<MerchantId>(),
  id: id<AlertId>(),
  kind: id<AlertKind>(),
  state: id<AlertState>(),
  tell_at: z.int(),
});
/** Alerts of any merchant of which something is to be told, the longest due first. */
export const alertsToTell = (db: D1Database, now: number, limit: number): Promise<AlertToTell[]> =>
  read(
    db,
    toTellShape,
    sql`SELECT merchant_id AS merchant_id, id AS id, kind AS kind, state AS state, tell_at AS tell_at
        FROM alerts WHERE tell_at IS NOT NULL AND tell_at <= ${now} ORDER BY tell_at LIMIT ${limit}`,
  );

/** Notes that what was to be told of these alerts is in hand; what came since they were read is not. */
export const takeUpAlerts = (alerts: readonly AlertToTell[]): SQL =>
  sql`UPDATE alerts SET tell_at = NULL
      FROM (SELECT value->>'merchant_id' AS m, value->>'id' AS id, value->>'tell_at' AS tell_at,
        value->>'state' AS state FROM ${jsonRows(alerts)}) j
      WHERE alerts.merchant_id = j.m AND alerts.id = j.id AND alerts.tell_at = j.tell_at AND alerts.state = j.state`;

const toldPlaceShape: z.ZodType<ToldPlace> = z.object({
  merchant_id: id<MerchantId>(),
  alert_id: id<AlertId>(),
  contact_id: id<ContactId>(),
});
/** Who was told of these alerts. */
export const toldOf = (db: D1Database, alerts: readonly AlertToTell[]): Promise<ToldPlace[]> =>
  read(
    db,
    toldPlaceShape,
    sql`SELECT t.merchant_id AS merchant_id, t.alert_id AS alert_id, t.contact_id AS contact_id
        FROM ${jsonRows(alerts.map(({ merchant_id, id }) => ({ merchant_id, id })))} j CROSS JOIN told t
        WHERE t.merchant_id = j.value->>'merchant_id' AND t.alert_id = j.value->>'id'`,
  );

/** Forgets who was told, of contacts that are told nothing any more. */
export const forgetTold = (places: readonly ToldPlace[]): SQL =>
  sql`DELETE FROM told WHERE (merchant_id, alert_id, contact_id) IN
        (SELECT value->>'merchant_id', value->>'alert_id', value->>'contact_id' FROM ${jsonRows(places)})`;

/** Notes whom something is to be told. One that is due already stays so, and learns that there is more. */
export const noteTellings = (tellings: readonly NewTelling[]): SQL =>
  sql`INSERT INTO tellings (merchant_id, contact_id, what, owner_id, due_at)
        SELECT value->>'merchant_id', value->>'contact_id', value->>'what', value->>'owner_id', value->>'due_at'
        FROM ${jsonRows(tellings)} WHERE true
        ON CONFLICT (merchant_id, contact_id, what) DO UPDATE SET news = tellings.news + 1,
          due_at = min(tellings.due_at, excluded.due_at)`;

/** The same for a contact that is new, at each of these merchants where something is open that is worth telling. */
export const noteNewcomer = (
  merchantIds: readonly MerchantId[],
  { contact_id, owner_id, due_at }: Pick<NewTelling, "contact_id" | "owner_id" | "due_at">,
): SQL =>
  sql`INSERT INTO tellings (merchant_id, contact_id, what, owner_id, due_at)
      SELECT j.value, ${contact_id}, 'digest', ${owner_id}, ${due_at} FROM ${jsonRows(merchantIds)} j
      WHERE EXISTS (SELECT 1 FROM alerts a INDEXED BY alerts_open
        WHERE a.merchant_id = j.value AND a.state = 'open' AND a.ripe_at IS NOT NULL)
      ON CONFLICT (merchant_id, contact_id, what) DO UPDATE SET news = tellings.news + 1,
        due_at = min(tellings.due_at, excluded.due_at)`;

const tellingShape = z.object({
  merchant_id: id<MerchantId>(),
  contact_id: id<ContactId>(),
  owner_id: id<ContactOwner>(),
  what: id<TellingScope>(),
  due_at: z.int(),
  news: z.int(),
});
export type DueTelling = z.infer<typeof tellingShape>;

/** What is due to be told to anybody, the longest due first. */
export const dueTellings = (db: D1Database, now: number, limit: number): Promise<DueTelling[]> =>
  read(
    db,
    tellingShape,
    sql`SELECT merchant_id AS merchant_id, contact_id AS contact_id, owner_id AS owner_id, what AS what,
          due_at AS due_at, news AS news
        FROM tellings WHERE due_at <= ${now} ORDER BY due_at LIMIT ${limit}`,
  );

const seen = (tellings: readonly DueTelling[]): SQL =>
  sql`(SELECT value->>'merchant_id' AS m, value->>'contact_id' AS c, value->>'what' AS what,
      value->>'news' AS news, value->>'next' AS next FROM ${jsonRows(tellings)}) j`;

/**
 * Ends tellings that were told as they were read. One that learnt of more since stays, due at its
 * `next`. `when`: that it was told.
 */
export const endTellings = (
  tellings: readonly (DueTelling & { next: number })[],
  when: SQL = sql`true`,
): SQL[] => [
  sql`DELETE FROM tellings WHERE ${when} AND (merchant_id, contact_id, what, news) IN
        (SELECT j.m, j.c, j.what, j.news FROM ${seen(tellings)})`,
  sql`UPDATE tellings SET due_at = j.next FROM ${seen(tellings)}
      WHERE tellings.merchant_id = j.m AND tellings.contact_id = j.c AND tellings.what = j.what
        AND tellings.news <> j.news AND ${when}`,
];

const newsShape = z.object({
  merchant_id: id<MerchantId>(),
  id: id<AlertId>(),
  kind: id<AlertKind>(),
  subject: z.string(),
  message: z.string().nullable(),
  details: json<AlertDetails>(),
  waiting: z.int(),
  opened_at: z.int(),
  last_at: z.int(),
  /** Of what a contact was told already, when it became worth that; of news, when it did now. */
  ripe_at: z.int(),
  /** It was told before, and is open again. */
  again: z.int().transform((value) => value === 1),
});
/** An alert as a contact is told of it. */
export type AlertNews = z.infer<typeof newsShape>;

const columns = sql`a.merchant_id AS merchant_id, a.id AS id, a.kind AS kind, a.subject AS subject,
  a.message AS message, a.details AS details, a.waiting AS waiting, a.opened_at AS opened_at, a.last_at AS last_at`;

/** Open alerts of these kinds that are worth telling and that the contact was not told of, oldest first in each merchant. */
export const untoldAlerts = (
  db: D1Database,
  contactId: ContactId,
  merchantIds: readonly MerchantId[],
  kinds: readonly AlertKind[],
  limit: number,
): Promise<AlertNews[]> =>
  read(
    db,
    newsShape,
    sql`SELECT ${columns}, a.ripe_at AS ripe_at, t.ripe_at IS NOT NULL AS again
        FROM ${jsonRows(merchantIds)} j CROSS JOIN alerts a INDEXED BY alerts_open
          LEFT JOIN told t ON t.merchant_id = a.merchant_id AND t.alert_id = a.id AND t.contact_id = ${contactId}
        WHERE a.merchant_id = j.value AND a.state = 'open' AND a.ripe_at IS NOT NULL
          AND t.ripe_at IS NOT a.ripe_at AND a.kind IN (SELECT value FROM json_each(${JSON.stringify(kinds)}))
        LIMIT ${limit}`,
  );

/** Alerts that the contact was told of and that are over. */
export const toldAndOver = (
  db: D1Database,
  contactId: ContactId,
  merchantIds: readonly MerchantId[],
  limit: number,
): Promise<(AlertNews & { state: AlertState })[]> =>
  read(
    db,
    newsShape.extend({ state: id<AlertState>() }),
    sql`SELECT ${columns}, t.ripe_at AS ripe_at, 0 AS again, a.state AS state
        FROM ${jsonRows(merchantIds)} j CROSS JOIN told t CROSS JOIN alerts a
        WHERE t.merchant_id = j.value AND t.contact_id = ${contactId}
          AND a.merchant_id = t.merchant_id AND a.id = t.alert_id AND a.state <> 'open'
        LIMIT ${limit}`,
  );

/** How many alerts that the contact was told of are open still, by merchant. */
export const countToldOpen = (
  db: D1Database,
  contactId: ContactId,
  merchantIds: readonly MerchantId[],
): Promise<{ merchant_id: MerchantId; open: number }[]> =>
  read(
    db,
    z.object({ merchant_id: id<MerchantId>(), open: z.int() }),
    sql`SELECT t.merchant_id AS merchant_id, count(*) AS open
        FROM ${jsonRows(merchantIds)} j CROSS JOIN told t CROSS JOIN alerts a
        WHERE t.merchant_id = j.value AND t.contact_id = ${contactId} AND a.merchant_id = t.merchant_id
          AND a.id = t.alert_id AND a.state = 'open' AND a.ripe_at = t.ripe_at
        GROUP BY t.merchant_id`,
  );

/** What one mail tells a contact. */
export interface Tale {
  contact_id: ContactId;
  /** What it tells for the first time, and what is over. */
  news: readonly Pick<AlertNews, "merchant_id" | "id" | "ripe_at">[];
  over: readonly Pick<AlertNews, "merchant_id" | "id" | "ripe_at">[];
}

const places = (rows: Tale["news"]): SQL =>
  sql`(SELECT value->>'merchant_id' AS m, value->>'id' AS id, value->>'ripe_at' AS ripe_at
      FROM ${jsonRows(rows.map(({ merchant_id, id, ripe_at }) => ({ merchant_id, id, ripe_at })))}) j`;

const matching = ({ contact_id }: Tale): SQL =>
  sql`t.merchant_id = j.m AND t.alert_id = j.id AND t.contact_id = ${contact_id} AND t.ripe_at = j.ripe_at`;

/** A condition that nothing of this was told since it was read. */
export const isUntold = (tale: Tale): SQL =>
  sql`(SELECT count(*) FROM ${places(tale.news)} CROSS JOIN told t WHERE ${matching(tale)}) = 0
    AND (SELECT count(*) FROM ${places(tale.over)} CROSS JOIN told t WHERE ${matching(tale)}) = ${tale.over.length}`;

/** Notes that all of this is told. `when`: that its mail is there. */
export const noteTold = (tale: Tale, when: SQL = sql`true`): SQL[] => [
  sql`INSERT INTO told (merchant_id, alert_id, contact_id, ripe_at)
      SELECT j.m, j.id, ${tale.contact_id}, j.ripe_at FROM ${places(tale.news)} WHERE ${when}
      ON CONFLICT (merchant_id, alert_id, contact_id) DO UPDATE SET ripe_at = excluded.ripe_at`,
  sql`DELETE FROM told WHERE ${when} AND contact_id = ${tale.contact_id}
        AND (merchant_id, alert_id, contact_id, ripe_at) IN
          (SELECT j.m, j.id, ${tale.contact_id}, j.ripe_at FROM ${places(tale.over)})`,
];

type MailRef = Pick<ListedMail, "owner_id" | "id">;

const toldBy = ({ owner_id, id: mailId }: MailRef, state: MailState): SQL =>
  sql`(SELECT t.value->>0 AS m, t.value->>1 AS id, mails.contact_id AS c, t.value->>2 AS ripe_at
      FROM mails CROSS JOIN json_each(mails.tells) t
      WHERE mails.owner_id = ${owner_id} AND mails.id = ${mailId} AND mails.state = ${state}) j`;

/** What a mail was to tell, and did not as it failed, is to be told, should its contact be told anything. */
export const forgetMailTold = (mail: MailRef, now: number): SQL[] => [
  sql`INSERT INTO tellings (merchant_id, contact_id, what, owner_id, due_at)
      SELECT DISTINCT j.m, j.c, 'digest', ${mail.owner_id}, ${now} FROM ${toldBy(mail, "failed")} WHERE true
      ON CONFLICT (merchant_id, contact_id, what) DO UPDATE SET news = tellings.news + 1,
        due_at = min(tellings.due_at, excluded.due_at)`,
  sql`DELETE FROM told WHERE (merchant_id, alert_id, contact_id, ripe_at) IN
        (SELECT j.m, j.id, j.c, j.ripe_at FROM ${toldBy(mail, "failed")})`,
];

/** What a mail that failed tells is told after all, as it waits to be sent again. */
export const noteMailTold = (mail: MailRef): SQL =>
  sql`INSERT INTO told (merchant_id, alert_id, contact_id, ripe_at)
      SELECT j.m, j.id, j.c, j.ripe_at FROM ${toldBy(mail, "waiting")} WHERE true
      ON CONFLICT (merchant_id, alert_id, contact_id) DO NOTHING`;
