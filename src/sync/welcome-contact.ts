import { isTold, windowEnd, type Contact } from "../domain/contacts.ts";
import { INSTALLATION } from "../domain/alerts.ts";
import type { MerchantId } from "../domain/ids.ts";
import { merchantsAfter } from "../store/merchants.ts";
import { commit, type Statement } from "../store/statement.ts";
import { noteNewcomer } from "../store/tellings.ts";
import { ownerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { closeNoContact } from "./no-contact.ts";

/** Merchants of an account in one batch. */
const PAGE = 500;

/**
 * What a merchant's new contact brings about, for its own batch: somebody hears of the merchant now, and
 * hears of what is open. Of an account's contact nothing; see `welcomeAtMerchants`.
 */
export async function welcomeContact(
  deps: Deps,
  db: D1Database,
  contact: Contact,
): Promise<Statement[]> {
  const owner = ownerRef(contact.owner_id);
  return owner.kind === "merchant" ? welcome(deps, db, contact, [owner.id]) : [];
}

/** The same of an account's new contact, at all of the account's merchants, page by page, and of Dray itself. */
export async function welcomeAtMerchants(deps: Deps, contact: Contact): Promise<void> {
  const owner = ownerRef(contact.owner_id);
  if (owner.kind === "merchant" || !isTold(contact)) return;
  const { directory, shards } = deps.databases;
  await commit(directory, await welcome(deps, directory, contact, [INSTALLATION]));
  for (let after = ""; ;) {
    const page = await merchantsAfter(directory, owner.id, after, PAGE);
    for (const [shard, rows] of Map.groupBy(page, ({ shard }) => shard)) {
      const db = shards[shard];
      const ids = rows.map(({ id }) => id);
      if (db) await commit(db, await welcome(deps, db, contact, ids));
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.id;
  }
}

async function welcome(
  deps: Deps,
  db: D1Database,
  contact: Contact,
  merchantIds: readonly MerchantId[],
): Promise<Statement[]> {
  const { id: contact_id, owner_id, frequency } = contact;
  if (!isTold(contact) || frequency === "off") return [];
  const now = deps.clock.now();
  const newcomer = { contact_id, owner_id, due_at: windowEnd(frequency, now) };
  return [...(await closeNoContact(db, merchantIds, now)), noteNewcomer(merchantIds, newcomer)];
}
