import type { Actor } from "../domain/actor.ts";
import { contactIsAs, deleteContact } from "../store/contacts.ts";
import { commit } from "../store/statement.ts";
import { contactEntry } from "./audit-contact.ts";
import { findContact } from "./change-contact.ts";
import { ownerDatabase, type OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { followAtMerchants, followContact } from "./follow-contact.ts";

/** Removes a contact; what waits in the outbox for it is not sent any more. Throws `not_found`. */
export async function removeContact(
  deps: Deps,
  owner: OwnerRef,
  contactId: string,
  by: Actor,
): Promise<void> {
  const db = await ownerDatabase(deps, owner);
  const contact = await findContact(db, owner, contactId);
  const { email, name, frequency, kinds } = contact;
  const gone = { ...contact, active: false };
  const entry = { act: "contact_removed" as const, before: { email, name, frequency, kinds } };
  await commit(db, [
    contactEntry(deps, owner, contact, by, entry, contactIsAs(contact)),
    deleteContact(contact),
    ...(await followContact(deps, gone)),
  ]);
  await followAtMerchants(deps, gone);
}
