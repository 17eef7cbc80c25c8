import type { Actor } from "../domain/actor.ts";
import type { Contact, Frequency, KindChoices } from "../domain/contacts.ts";
import { DrayError } from "../domain/errors.ts";
import { stableId } from "../platform/ids.ts";
import { contactIsAs, insertContact, listContacts, MOST_CONTACTS } from "../store/contacts.ts";
import { commit } from "../store/statement.ts";
import { contactEntry } from "./audit-contact.ts";
import { ownerDatabase, type OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { showContact, type ShownContact } from "./list-contacts.ts";
import { followAtMerchants, followContact } from "./follow-contact.ts";

export interface WantedContact {
  email: string;
  name: string | null;
  frequency: Frequency;
  kinds: KindChoices;
}

/**
 * Adds a contact of a merchant, or of an account for all of its merchants. It hears of what is open
 * already by its frequency. Throws `conflict` when the address is there, or as many as there may be.
 */
export async function addContact(
  deps: Deps,
  owner: OwnerRef,
  wanted: WantedContact,
  by: Actor,
): Promise<ShownContact> {
  const db = await ownerDatabase(deps, owner);
  const contact: Contact = {
    ...wanted,
    owner_id: owner.id,
    id: stableId("cnt", owner.id, wanted.email.toLowerCase()),
    active: true,
    off_reason: null,
    off_key: deps.ids.secret(),
    created_at: deps.clock.now(),
  };
  const { email, name, frequency, kinds } = wanted;
  const after = { email, name, frequency, kinds };
  const [made] = await commit(db, [
    insertContact(contact),
    contactEntry(deps, owner, contact, by, { act: "contact_added", after }, contactIsAs(contact)),
    ...(await followContact(deps, contact)),
  ]);
  if (made?.changes !== 1) throw await whyNot(db, contact);
  await followAtMerchants(deps, contact);
  return showContact(contact, owner.kind);
}

async function whyNot(db: D1Database, { owner_id, id }: Contact): Promise<DrayError> {
  const there = await listContacts(db, owner_id);
  const message = there.some((contact) => contact.id === id)
    ? "There is a contact with this address"
    : `There are ${MOST_CONTACTS} contacts, and no more fit`;
  return new DrayError("conflict", message);
}
