import type { Actor } from "../domain/actor.ts";
import type { Contact, Frequency, KindChoices } from "../domain/contacts.ts";
import { differences } from "../domain/differences.ts";
import { DrayError } from "../domain/errors.ts";
import { contactIsAs, readContact, updateContact, type ContactChange } from "../store/contacts.ts";
import { commit } from "../store/statement.ts";
import { contactEntry } from "./audit-contact.ts";
import { ownerDatabase, type OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { showContact, type ShownContact } from "./list-contacts.ts";
import { followAtMerchants, followContact } from "./follow-contact.ts";

export interface WantedChange {
  name?: string | null | undefined;
  frequency?: Frequency | undefined;
  kinds?: KindChoices | undefined;
  active?: boolean | undefined;
}

/**
 * Changes how somebody is told; what is not given stays, and `kinds` is replaced whole. Who is switched on
 * again, or hears of more or sooner, hears of what is open and was not told. Throws `not_found`, and
 * `conflict` when somebody else was faster.
 */
export async function changeContact(
  deps: Deps,
  owner: OwnerRef,
  contactId: string,
  wanted: WantedChange,
  by: Actor,
): Promise<ShownContact> {
  const db = await ownerDatabase(deps, owner);
  const before = await findContact(db, owner, contactId);
  const active = wanted.active ?? before.active;
  const to: ContactChange = {
    name: wanted.name === undefined ? before.name : wanted.name,
    frequency: wanted.frequency ?? before.frequency,
    kinds: wanted.kinds ?? before.kinds,
    active,
    off_reason: active ? null : (before.off_reason ?? "A person switched it off"),
  };
  const contact: Contact = { ...before, ...to };
  const differ = differences(settingsOf(before), settingsOf(to));
  if (differ) {
    const entry = { act: "contact_changed" as const, ...differ };
    const [done] = await commit(db, [
      updateContact(before, to),
      contactEntry(deps, owner, contact, by, entry, contactIsAs(contact)),
      ...(await followContact(deps, contact)),
    ]);
    if (done?.changes !== 1)
      throw new DrayError("conflict", "Somebody else changed this contact: read it again");
  }
  // Also when nothing differs: the same call again finishes what broke off.
  await followAtMerchants(deps, contact);
  return showContact(contact, owner.kind);
}

const settingsOf = ({ name, frequency, kinds, active }: ContactChange) => ({
  name,
  frequency,
  kinds,
  active,
});

/** A contact. Throws `not_found`. */
export async function findContact(
  db: D1Database,
  owner: OwnerRef,
  contactId: string,
): Promise<Contact> {
  const contact = await readContact(db, owner.id, contactId);
  if (!contact) throw new DrayError("not_found", "No such contact");
  return contact;
}
