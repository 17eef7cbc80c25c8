import { DrayError } from "../domain/errors.ts";
import { insertFirstAccount, type Account } from "../store/accounts.ts";
import { insertApiKey } from "../store/api-keys.ts";
import { commit } from "../store/statement.ts";
import type { AccountDeps } from "./deps.ts";
import { newKey, type KeyPair } from "./new-key.ts";

/**
 * Makes the account and its first warehouse key. Throws `already_set_up` when there is an account;
 * of two callers at once, one wins.
 */
export async function setUp(
  deps: AccountDeps,
  name: string,
): Promise<{ account: Account; key: KeyPair }> {
  const account: Account = { id: deps.ids.next("acc"), name, created_at: deps.clock.now() };
  const { row, pair } = newKey(deps, {
    account_id: account.id,
    level: "warehouse",
    access: "write",
    name: "First key",
  });
  const [made] = await commit(deps.databases.directory, [
    insertFirstAccount(account),
    insertApiKey(row),
  ]);
  if (made?.changes !== 1)
    throw new DrayError("already_set_up", "This Dray has an account already");
  deps.log.info("account_made", { account_id: account.id });
  return { account, key: pair };
}
