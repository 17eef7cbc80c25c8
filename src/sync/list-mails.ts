import { DrayError } from "../domain/errors.ts";
import { listMails, readMail, type ListedMail, type Mail, type MailState } from "../store/mails.ts";
import { mailDatabases, type OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";

/** A mail of the outbox as lists show it. Times are ISO 8601. */
export interface ShownMail {
  id: string;
  contact_id: string;
  to: string;
  subject: string;
  state: MailState;
  tries: number;
  /** When it is tried next. */
  next_try_at: string | null;
  /** Why it was not sent yet, or not at all. */
  reason: string | null;
  created_at: string;
  sent_at: string | null;
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

/** A mail as it is shown; one that waits for the configuration says so. */
export function showMail(deps: Pick<Deps, "mail">, mail: ListedMail): ShownMail {
  const { id, contact_id, to, subject, state, tries } = mail;
  const missing = state === "waiting" && "missing" in deps.mail ? deps.mail.missing : null;
  return {
    id,
    contact_id,
    to,
    subject,
    state,
    tries,
    next_try_at: state === "waiting" && missing === null ? isoOrNull(mail.next_at) : null,
    reason: missing ?? mail.last_error,
    created_at: iso(mail.created_at),
    sent_at: isoOrNull(mail.sent_at),
  };
}

export interface MailQuery {
  state?: MailState | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** The outbox, newest first; `next` is the `cursor` of the following page, `configure` what has to be configured before mail is sent. */
export async function outboxOf(
  deps: Deps,
  owner: OwnerRef,
  { state, limit, cursor }: MailQuery,
): Promise<{ items: ShownMail[]; next: string | null; configure: string | null }> {
  const after = cursor === undefined ? null : placeOf(cursor);
  const query = { state: state ?? null, after, limit };
  const databases = await mailDatabases(deps, owner);
  const found = await Promise.all(databases.map((db) => listMails(db, owner.id, query)));
  const rows = found
    .flat()
    .toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
  const last = rows.at(-1);
  return {
    items: rows.map((row) => showMail(deps, row)),
    next: last && rows.length === limit ? `${last.created_at}.${last.id}` : null,
    configure: "missing" in deps.mail ? deps.mail.missing : null,
  };
}

function placeOf(cursor: string): { at: number; id: string } {
  const [, at, id] = /^(\d{1,15})\.(mal_\w{1,40})$/.exec(cursor) ?? [];
  if (at !== undefined && id !== undefined) return { at: Number(at), id };
  throw new DrayError("invalid", "This is no cursor that an outbox gave", [
    { path: "cursor", message: "take it from `next` of the page before" },
  ]);
}

/** A mail with what it says. Throws `not_found`. */
export async function mailOf(
  deps: Deps,
  owner: OwnerRef,
  mailId: string,
): Promise<ShownMail & { text: string; html: string }> {
  const { mail } = await findMail(deps, owner, mailId);
  return { ...showMail(deps, mail), text: mail.text, html: mail.html };
}

/** A mail and the D1 that it is in. Throws `not_found`. */
export async function findMail(
  deps: Deps,
  owner: OwnerRef,
  mailId: string,
): Promise<{ db: D1Database; mail: Mail }> {
  for (const db of await mailDatabases(deps, owner)) {
    const mail = await readMail(db, owner.id, mailId);
    if (mail) return { db, mail };
  }
  throw new DrayError("not_found", "No such mail");
}
