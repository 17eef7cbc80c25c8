import { DRAY } from "../domain/actor.ts";
import type { Contact, ContactOwner } from "../domain/contacts.ts";
import { DrayError } from "../domain/errors.ts";
import { sameText } from "../platform/hmac.ts";
import { contactIsAs, readContact, switchContactOff } from "../store/contacts.ts";
import { commit } from "../store/statement.ts";
import { contactEntry } from "./audit-contact.ts";
import { ownerDatabase, ownerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { followAtMerchants, followContact } from "./follow-contact.ts";

/** What the link in a mail says: whose contact, which one, and the key that proves it. */
export interface OffLink {
  owner: string;
  contact: string;
  key: string;
}

/** The contact that a link is of. Throws `not_found`, whatever of the link is wrong. */
export async function contactOfLink(deps: Deps, link: OffLink): Promise<Contact> {
  const owner = link.owner as ContactOwner;
  const isOwner = /^(mer|acc)_\w{1,40}$/.test(owner);
  const db = isOwner ? await ownerDatabase(deps, ownerRef(owner)) : deps.databases.directory;
  const contact = await readContact(db, owner, link.contact.slice(0, 100));
  const fits = sameText(link.key, contact?.off_key ?? "");
  if (!contact || !fits) throw new DrayError("not_found", "This link does not fit any contact");
  return contact;
}

const REASON = "Switched off by the link in a mail";

/** Switches off the contact that a link is of; once it is off, nothing more. Throws `not_found`. */
export async function unsubscribe(deps: Deps, link: OffLink): Promise<Contact> {
  const contact = await contactOfLink(deps, link);
  const owner = ownerRef(contact.owner_id);
  const db = await ownerDatabase(deps, owner);
  const entry = {
    act: "contact_changed" as const,
    before: { active: true },
    after: { active: false, off_reason: REASON },
  };
  if (contact.active) {
    const off = { ...contact, active: false };
    await commit(db, [
      contactEntry(deps, owner, contact, DRAY, entry, contactIsAs(contact)),
      switchContactOff(contact, REASON),
      ...(await followContact(deps, off)),
    ]);
    await followAtMerchants(deps, off);
  }
  deps.log.info("unsubscribed", { contact_id: contact.id });
  return contact;
}
