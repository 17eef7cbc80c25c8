import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { insertApiKey, listApiKeys, readApiKey, revokeApiKey } from "../store/api-keys.ts";
import { readConnection } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import { merchantFor, type Caller } from "./authenticate.ts";
import type { AccountDeps } from "./deps.ts";
import { newKey, type KeyPair } from "./new-key.ts";

export interface WantedKey {
  name: string;
  level: Caller["level"];
  access: Caller["access"];
  merchant_id?: string | undefined;
  connection_id?: string | undefined;
}

/** Whether the caller's own reach covers a key. */
const covers = (caller: Caller, key: Caller): boolean =>
  key.account_id === caller.account_id &&
  (caller.level === "warehouse" ||
    (caller.level === "merchant" && key.merchant_id === caller.merchant_id));

/** A new key within the caller's own reach. Throws `forbidden`, `not_found` or `invalid`. */
export async function createKey(
  deps: AccountDeps,
  caller: Caller,
  wanted: WantedKey,
): Promise<{ key: KeyPair & Pick<Caller, "name" | "level" | "access"> }> {
  if (caller.level === "cart" || (caller.level === "merchant" && wanted.level === "warehouse")) {
    throw new DrayError("forbidden", "A key cannot make one that reaches further than itself");
  }
  const merchantId =
    wanted.level === "warehouse" ? null : await merchantFor(deps, caller, wanted.merchant_id);
  const connectionId =
    merchantId === null || wanted.level !== "cart"
      ? null
      : await cartOf(deps, merchantId, wanted.connection_id);
  const { row, pair } = newKey(deps, {
    account_id: caller.account_id,
    merchant_id: merchantId,
    connection_id: connectionId,
    level: wanted.level,
    access: wanted.access,
    name: wanted.name,
  });
  await commit(deps.databases.directory, [insertApiKey(row)]);
  deps.log.info("api_user_made", { api_user: pair.user, by: caller.user, level: wanted.level });
  return { key: { ...pair, name: wanted.name, level: wanted.level, access: wanted.access } };
}

async function cartOf(
  deps: AccountDeps,
  merchantId: MerchantId,
  connectionId: string | undefined,
): Promise<ConnectionId> {
  const field = (message: string) =>
    new DrayError("invalid", "A cart's key names its cart", [{ path: "connection_id", message }]);
  if (connectionId === undefined) throw field("con_... of a cart");
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId as ConnectionId);
  if (connection?.side !== "cart") throw field("there is no such cart");
  return connection.id;
}

/** The keys within the caller's reach that still work; a key itself is never shown again. */
export async function keysOf(deps: AccountDeps, caller: Caller): Promise<Caller[]> {
  const rows = await listApiKeys(deps.databases.directory, caller.account_id);
  return rows
    .map(({ key_hash: _hash, revoked_at: _revoked, ...key }) => key)
    .filter((key) => covers(caller, key));
}

/** Ends a key. Throws `not_found` outside the caller's reach and `conflict` for the caller's own key. */
export async function endKey(deps: AccountDeps, caller: Caller, user: string): Promise<void> {
  const row = await readApiKey(deps.databases.directory, user);
  if (!row || row.revoked_at !== null || !covers(caller, row)) {
    throw new DrayError("not_found", "No such key");
  }
  if (row.user === caller.user) {
    throw new DrayError("conflict", "A key cannot end itself: use another one");
  }
  await commit(deps.databases.directory, [
    revokeApiKey(caller.account_id, row.user, deps.clock.now()),
  ]);
  deps.log.info("api_user_ended", { api_user: row.user, by: caller.user });
}
