import type { AccountId, MerchantId } from "../domain/ids.ts";
import { toldByAccount } from "../store/contacts.ts";
import { merchantsAfter } from "../store/merchants.ts";
import { followContacts } from "../store/no-contact.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** Merchants in one batch. */
const PAGE = 500;

/**
 * That nobody hears of what is wrong with a merchant is wrong itself: opens and closes what says so, for the
 * batch that changes who hears.
 */
export const noContact = async (
  { databases, clock }: Pick<Deps, "databases" | "clock">,
  merchantIds: readonly MerchantId[],
): Promise<Statement[]> =>
  followContacts(merchantIds, await toldByAccount(databases.directory, merchantIds), clock.now());

/** The same at all merchants of an account (null: of every one), page by page, with what else is to be done at each page. */
export async function noContactAtMerchants(
  deps: Deps,
  accountId: AccountId | null,
  also: (merchantIds: readonly MerchantId[]) => Statement[] = () => [],
): Promise<void> {
  const { directory, shards } = deps.databases;
  for (let after = ""; ;) {
    const page = await merchantsAfter(directory, accountId, after, PAGE);
    for (const [shard, rows] of Map.groupBy(page, ({ shard }) => shard)) {
      const db = shards[shard];
      const ids = rows.map(({ id }) => id);
      if (db) await commit(db, [...(await noContact(deps, ids)), ...also(ids)]);
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.id;
  }
}
