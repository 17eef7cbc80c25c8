import { isTold, windowEnd, type Contact } from "../domain/contacts.ts";
import { INSTALLATION } from "../domain/alerts.ts";
import type { MerchantId } from "../domain/ids.ts";
import { commit, type Statement } from "../store/statement.ts";
import { noteNewcomer } from "../store/tellings.ts";
import { ownerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { noContact, noContactAtMerchants } from "./no-contact.ts";

/**
 * What a merchant's contact that is new, changed or gone brings about, for its own batch, behind the
 * change: whether anybody hears of the merchant, and that who is told hears of what is open. Of an account's
 * contact nothing; see `followAtMerchants`.
 */
export async function followContact(deps: Deps, contact: Contact): Promise<Statement[]> {
  const owner = ownerRef(contact.owner_id);
  if (owner.kind === "account") return [];
  return [...(await noContact(deps, [owner.id])), ...welcome(deps, contact, [owner.id])];
}

/** The same of an account's contact, at all of the account's merchants, page by page, and of Dray itself. */
export async function followAtMerchants(deps: Deps, contact: Contact): Promise<void> {
  const owner = ownerRef(contact.owner_id);
  if (owner.kind === "merchant") return;
  await commit(deps.databases.directory, welcome(deps, contact, [INSTALLATION]));
  await noContactAtMerchants(deps, owner.id, (ids) => welcome(deps, contact, ids));
}

function welcome(deps: Deps, contact: Contact, merchantIds: readonly MerchantId[]): Statement[] {
  const { id: contact_id, owner_id, frequency } = contact;
  if (!isTold(contact) || frequency === "off") return [];
  const due_at = windowEnd(frequency, deps.clock.now());
  return [noteNewcomer(merchantIds, { contact_id, owner_id, due_at })];
}
