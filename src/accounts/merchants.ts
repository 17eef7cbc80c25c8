import { isTold } from "../domain/contacts.ts";
import type { AccountId } from "../domain/ids.ts";
import { insertApiKey } from "../store/api-keys.ts";
import { listContacts } from "../store/contacts.ts";
import { insertMerchant, listMerchants, type Merchant } from "../store/merchants.ts";
import { followContacts } from "../store/no-contact.ts";
import { commit } from "../store/statement.ts";
import type { AccountDeps } from "./deps.ts";
import { newKey, type KeyPair } from "./new-key.ts";

export type ShownMerchant = Pick<Merchant, "id" | "name" | "created_at">;

const show = ({ id, name, created_at }: Merchant): ShownMerchant => ({ id, name, created_at });

/** A merchant with a data key of its own, on the first shard, which is the directory, and its first key. */
export async function createMerchant(
  deps: AccountDeps,
  accountId: AccountId,
  name: string,
): Promise<{ merchant: ShownMerchant; key: KeyPair }> {
  const id = deps.ids.next("mer");
  const merchant: Merchant = {
    id,
    account_id: accountId,
    name,
    shard: 0,
    data_key: await deps.sealer.newDataKey(id),
    created_at: deps.clock.now(),
  };
  const { row, pair } = newKey(deps, {
    account_id: accountId,
    merchant_id: id,
    level: "merchant",
    access: "write",
    name: "First key",
  });
  const { directory } = deps.databases;
  const isHeard = (await listContacts(directory, accountId)).some(isTold);
  await commit(directory, [
    insertMerchant(merchant),
    insertApiKey(row),
    ...followContacts([id], isHeard ? [id] : [], merchant.created_at),
  ]);
  deps.log.info("merchant_made", { account_id: accountId, merchant_id: id });
  return { merchant: show(merchant), key: pair };
}

/** The merchants of an account, up to 1,000, oldest first. */
export async function merchantsOf(
  deps: AccountDeps,
  accountId: AccountId,
): Promise<ShownMerchant[]> {
  return (await listMerchants(deps.databases.directory, accountId)).map(show);
}
