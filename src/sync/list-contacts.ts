import type { Contact } from "../domain/contacts.ts";
import { listContacts } from "../store/contacts.ts";
import { ownerDatabase, type OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";

/** A contact as it is shown: without the key of the link that switches it off. */
export type ShownContact = Omit<Contact, "owner_id" | "off_key" | "created_at"> & {
  of: OwnerRef["kind"];
  created_at: string;
};

export const showContact = (
  { owner_id: _owner, off_key: _key, created_at, ...contact }: Contact,
  of: OwnerRef["kind"],
): ShownContact => ({ ...contact, of, created_at: iso(created_at) });

/** The contacts of a merchant, or of an account. */
export async function contactsOf(deps: Deps, owner: OwnerRef): Promise<{ items: ShownContact[] }> {
  const contacts = await listContacts(await ownerDatabase(deps, owner), owner.id);
  return { items: contacts.map((contact) => showContact(contact, owner.kind)) };
}
