import { isTold } from "../domain/contacts.ts";
import { afterMailFailure, SENDING_TERM_MS } from "../domain/mail-retry.ts";
import { composeMime } from "../notify/compose-mime.ts";
import { MailRefused } from "../platform/mail.ts";
import { readContact, switchContactOff } from "../store/contacts.ts";
import { claimMail, nextMail, settleMail, type Mail, type MailEnd } from "../store/mails.ts";
import { commit, type Statement } from "../store/statement.ts";
import { forgetMailTold } from "../store/tellings.ts";
import { ownerDatabase, ownerRef } from "./contact-owner.ts";
import type { Deps, Mailing } from "./deps.ts";
import { followAtMerchants, followContact } from "./follow-contact.ts";

/** Queries that a mail takes of those that an invocation has. */
const QUERIES = 4;
const LOST = "Nobody knows whether it was sent: whoever sent it never said";

/** What became of one mail; `rest`: the mail service takes none for now. */
type Sent = "sent" | "waiting" | "failed" | "rest" | "busy";

/** Sends the mails of a D1 that are due, one after the other; a message goes on where there are more. Answers how many were sent. */
export async function sendMails(deps: Deps, db: D1Database): Promise<number> {
  if (!("send" in deps.mail)) return 0;
  let sent = 0;
  for (let left = Math.max(1, Math.floor(deps.dispatchSize / QUERIES)); left > 0; left -= 1) {
    const mail = await nextMail(db, deps.clock.now());
    if (!mail) return sent;
    const end = await sendMail(deps, deps.mail, db, mail);
    if (end === "sent") sent += 1;
    if (end === "rest") return sent;
  }
  await deps.queues.notices.send({ kind: "mails" });
  return sent;
}

/**
 * Claims a mail, sends it, and notes what became of it. One whose sender never said that is sent once
 * more, and then no more: it may have arrived both times.
 */
export async function sendMail(
  deps: Deps,
  mailing: Extract<Mailing, { send: unknown }>,
  db: D1Database,
  mail: Mail,
): Promise<Sent> {
  const lost = mail.state === "sending";
  const mayHaveArrived = lost || mail.last_error === LOST;
  // What it was to tell nobody was told then: who is switched on again hears of it.
  const untold = mayHaveArrived ? [] : forgetMailTold(mail, deps.clock.now());
  const end = async (
    of: Mail,
    to: Partial<MailEnd> & Pick<MailEnd, "state">,
    also: Statement[] = [],
  ): Promise<Sent> => {
    const { tries, last_error } = of;
    const rest = { tries, next_at: null, last_error, sent_at: null, ...to };
    await commit(db, [settleMail(of, rest), ...also]);
    return to.state === "sending" ? "busy" : to.state;
  };
  if (lost && mail.last_error === LOST) return end(mail, { state: "failed" });
  const until = deps.clock.now() + SENDING_TERM_MS;
  const [claim] = await commit(db, [claimMail(mail, until, lost ? LOST : null)]);
  if (claim?.changes !== 1) return "busy";
  const claimed: Mail = { ...mail, state: "sending", tries: mail.tries + 1 };
  const home = await ownerDatabase(deps, ownerRef(mail.owner_id));
  const contact = await readContact(home, mail.owner_id, mail.contact_id);
  if (!contact || !isTold(contact))
    return end(
      claimed,
      { state: "failed", last_error: "The contact was switched off before" },
      untold,
    );
  const ids = { mail_id: mail.id, contact_id: mail.contact_id };
  try {
    const { from } = mailing;
    await mailing.send({ from: from.address, to: mail.to, raw: composeMime(mail, from) });
  } catch (error) {
    const code = error instanceof MailRefused ? error.code : null;
    if (!(error instanceof MailRefused)) deps.log.error("mail_failed", { ...ids, error });
    const now = deps.clock.now();
    const after = afterMailFailure({ code, tries: claimed.tries }, now);
    deps.log.warn("mail_refused", { ...ids, code, state: after.state });
    const off = { ...contact, active: false };
    const switched = after.off
      ? [switchContactOff(contact, after.reason), ...(await followContact(deps, off))]
      : [];
    // In one batch where that can be: until it is off, what is untold would be told again at once.
    const here = home === db ? switched : [];
    const became = await end(
      claimed,
      {
        state: after.state,
        next_at: after.next_at,
        tries: after.counts ? claimed.tries : mail.tries,
        // It may have arrived already: a refusal in between is no reason to send it a third time.
        last_error: after.state === "waiting" && mayHaveArrived ? LOST : after.reason,
      },
      after.off ? [...untold, ...here] : [],
    );
    if (after.off) {
      if (here.length === 0) await commit(home, switched);
      await followAtMerchants(deps, off);
    }
    return after.rest ? "rest" : became;
  }
  deps.log.info("mail_sent", ids);
  return end(claimed, { state: "sent", sent_at: deps.clock.now(), last_error: null });
}
