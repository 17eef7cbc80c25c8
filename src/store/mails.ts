import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ContactOwner } from "../domain/contacts.ts";
import type { AlertId, ContactId, MailId, MerchantId } from "../domain/ids.ts";
import { id } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

export const mailStates = ["waiting", "sending", "sent", "failed"] as const;
export type MailState = (typeof mailStates)[number];

/** A mail as it is to be sent. */
export interface NewMail {
  owner_id: ContactOwner;
  id: MailId;
  contact_id: ContactId;
  to: string;
  subject: string;
  text: string;
  html: string;
  off_url: string;
  created_at: number;
  /** The alerts that it tells as new. */
  tells: readonly { merchant_id: MerchantId; id: AlertId; ripe_at: number }[];
}

/** Puts a mail into the outbox, due at once. Nothing where the same one is there already, unless that one failed. */
export const insertMail = (mail: NewMail, when: SQL = sql`true`): SQL =>
  sql`INSERT INTO mails (owner_id, id, contact_id, "to", subject, text, html, off_url, state, next_at, created_at, tells)
      SELECT ${mail.owner_id}, ${mail.id}, ${mail.contact_id}, ${mail.to}, ${mail.subject}, ${mail.text},
        ${mail.html}, ${mail.off_url}, 'waiting', ${mail.created_at}, ${mail.created_at},
        ${JSON.stringify(mail.tells.map(({ merchant_id, id, ripe_at }) => [merchant_id, id, ripe_at]))}
      WHERE ${when} ON CONFLICT (owner_id, id) DO UPDATE SET "to" = excluded."to", subject = excluded.subject,
        text = excluded.text, html = excluded.html, off_url = excluded.off_url, state = 'waiting', tries = 0,
        next_at = excluded.next_at, last_error = NULL, created_at = excluded.created_at
      WHERE mails.state = 'failed'`;

/** A condition that this mail is in the outbox, for what is written in the same batch. */
export const mailIsThere = ({ owner_id, id: mailId }: Pick<NewMail, "owner_id" | "id">): SQL =>
  sql`EXISTS (SELECT 1 FROM mails WHERE owner_id = ${owner_id} AND id = ${mailId})`;

const listedShape = z.object({
  owner_id: id<ContactOwner>(),
  id: id<MailId>(),
  contact_id: id<ContactId>(),
  to: z.string(),
  subject: z.string(),
  state: id<MailState>(),
  tries: z.int(),
  next_at: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: z.int(),
  sent_at: z.int().nullable(),
});
/** A mail as lists show it. */
export type ListedMail = z.infer<typeof listedShape>;

const mailShape = listedShape.extend({
  text: z.string(),
  html: z.string(),
  off_url: z.string(),
});
export type Mail = z.infer<typeof mailShape>;

const listed = sql`owner_id AS owner_id, id AS id, contact_id AS contact_id, "to" AS "to", subject AS subject,
  state AS state, tries AS tries, next_at AS next_at, last_error AS last_error, created_at AS created_at,
  sent_at AS sent_at`;
const whole = sql`${listed}, text AS text, html AS html, off_url AS off_url`;

/** Where a list goes on: after the mail of this time and id. */
export interface MailPlace {
  at: number;
  id: string;
}

/** The outbox of a merchant or an account, newest first. */
export const listMails = (
  db: D1Database,
  ownerId: ContactOwner,
  { state, after, limit }: { state: MailState | null; after: MailPlace | null; limit: number },
): Promise<ListedMail[]> =>
  read(
    db,
    listedShape,
    sql`SELECT ${listed} FROM mails WHERE owner_id = ${ownerId}
          ${after === null ? sql`` : sql`AND (created_at, id) < (${after.at}, ${after.id})`}
          ${state === null ? sql`` : sql`AND state = ${state}`}
        ORDER BY created_at DESC, id DESC LIMIT ${limit}`,
  );

export const readMail = (
  db: D1Database,
  ownerId: ContactOwner,
  mailId: string,
): Promise<Mail | null> =>
  readOne(
    db,
    mailShape,
    sql`SELECT ${whole} FROM mails WHERE owner_id = ${ownerId} AND id = ${mailId}`,
  );

/** The next mail that is due, of anybody, longest due first. */
export const nextMail = (db: D1Database, now: number): Promise<Mail | null> =>
  readOne(
    db,
    mailShape,
    sql`SELECT ${whole} FROM mails WHERE next_at IS NOT NULL AND next_at <= ${now} ORDER BY next_at LIMIT 1`,
  );

type Seen = Pick<Mail, "owner_id" | "id" | "state" | "tries">;

// Tries rise with each claim, so the same state and tries are the same claim.
const isStill = ({ owner_id, id: mailId, state, tries }: Seen): SQL =>
  sql`owner_id = ${owner_id} AND id = ${mailId} AND state = ${state} AND tries = ${tries}`;

/** Takes a mail in hand until `until`; `lost` is noted where an earlier claim never told how it ended. */
export const claimMail = (mail: Seen, until: number, lost: string | null): SQL =>
  sql`UPDATE mails SET state = 'sending', tries = tries + 1, next_at = ${until},
        last_error = coalesce(${lost}, last_error)
      WHERE ${isStill(mail)}`;

/** What became of a mail. */
export interface MailEnd {
  state: MailState;
  tries: number;
  next_at: number | null;
  last_error: string | null;
  sent_at: number | null;
}

/** Notes what became of a mail, unless somebody else has it in hand by now. */
export const settleMail = (mail: Seen, end: MailEnd): SQL =>
  sql`UPDATE mails SET state = ${end.state}, tries = ${end.tries}, next_at = ${end.next_at},
        last_error = ${end.last_error}, sent_at = ${end.sent_at}
      WHERE ${isStill(mail)}`;

/** Puts a mail that failed into the outbox again, as if it were new. */
export const reviveMail = (ownerId: ContactOwner, mailId: string, now: number): SQL =>
  sql`UPDATE mails SET state = 'waiting', tries = 0, next_at = ${now}
      WHERE owner_id = ${ownerId} AND id = ${mailId} AND state = 'failed'`;

/** Deletes the mails of anybody that were made before `until`, oldest first, but for those that are being sent. */
export const deleteOldMails = (until: number, limit: number): SQL =>
  sql`DELETE FROM mails WHERE state <> 'sending' AND created_at < ${until} AND rowid IN
        (SELECT rowid FROM mails ORDER BY rowid LIMIT ${limit})`;
