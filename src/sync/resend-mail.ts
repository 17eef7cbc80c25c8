import { DrayError } from "../domain/errors.ts";
import type { MailId } from "../domain/ids.ts";
import { reviveMail } from "../store/mails.ts";
import { commit } from "../store/statement.ts";
import { noteMailTold } from "../store/tellings.ts";
import type { OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { findMail, showMail, type ShownMail } from "./list-mails.ts";
import { sendMail } from "./send-mails.ts";

/** Sends a mail that failed again, now. Throws `not_found`, and `conflict` for one that did not fail. */
export async function resendMail(deps: Deps, owner: OwnerRef, mailId: string): Promise<ShownMail> {
  const { db } = await findMail(deps, owner, mailId);
  const [done] = await commit(db, [
    reviveMail(owner.id, mailId, deps.clock.now()),
    noteMailTold({ owner_id: owner.id, id: mailId as MailId }),
  ]);
  if (done?.changes !== 1) {
    throw new DrayError("conflict", "Only a mail that failed is sent again");
  }
  return sendNow(deps, owner, mailId);
}

/** Tries a mail of the outbox at once, and answers what became of it. */
export async function sendNow(deps: Deps, owner: OwnerRef, mailId: string): Promise<ShownMail> {
  const { db, mail } = await findMail(deps, owner, mailId);
  if ("send" in deps.mail) await sendMail(deps, deps.mail, db, mail);
  return showMail(deps, (await findMail(deps, owner, mailId)).mail);
}
