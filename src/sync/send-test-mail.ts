import { isTold } from "../domain/contacts.ts";
import { DrayError } from "../domain/errors.ts";
import { renderTest } from "../notify/render-test.ts";
import { insertMail, type NewMail } from "../store/mails.ts";
import { commit } from "../store/statement.ts";
import { findContact } from "./change-contact.ts";
import { ownerDatabase, type OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import type { ShownMail } from "./list-mails.ts";
import { offUrl } from "./off-url.ts";
import { sendNow } from "./resend-mail.ts";

/** Sends a contact a mail that says nothing but that mail arrives. Throws `not_found`, and `conflict` for a contact that is off. */
export async function sendTestMail(
  deps: Deps,
  owner: OwnerRef,
  contactId: string,
): Promise<ShownMail> {
  const db = await ownerDatabase(deps, owner);
  const contact = await findContact(db, owner, contactId);
  if (!isTold(contact)) throw new DrayError("conflict", "This contact is off, and gets no mail");
  const off_url = offUrl(deps, contact);
  const mail: NewMail = {
    owner_id: owner.id,
    id: deps.ids.next("mal"),
    contact_id: contact.id,
    to: contact.email,
    ...renderTest({ publicUrl: deps.publicUrl, offUrl: off_url }),
    off_url,
    created_at: deps.clock.now(),
    tells: [],
  };
  await commit(db, [insertMail(mail)]);
  return sendNow(deps, owner, mail.id);
}
