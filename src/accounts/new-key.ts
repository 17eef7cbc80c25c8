import type { AccountId, ConnectionId, MerchantId } from "../domain/ids.ts";
import { sha256 } from "../platform/hash.ts";
import type { ApiKey } from "../store/api-keys.ts";
import type { AccountDeps } from "./deps.ts";

/** What a caller types in: shown once, never stored. */
export interface KeyPair {
  user: ApiKey["user"];
  key: string;
}

interface Wanted {
  account_id: AccountId;
  merchant_id?: MerchantId | null;
  connection_id?: ConnectionId | null;
  level: ApiKey["level"];
  access: ApiKey["access"];
  name: string;
}

/** A random key of 256 bits and the row that knows only its hash. */
export function newKey(deps: AccountDeps, wanted: Wanted): { row: ApiKey; pair: KeyPair } {
  const pair: KeyPair = { user: deps.ids.next(wanted.level), key: deps.ids.secret() };
  return {
    pair,
    row: {
      user: pair.user,
      account_id: wanted.account_id,
      merchant_id: wanted.merchant_id ?? null,
      connection_id: wanted.connection_id ?? null,
      level: wanted.level,
      access: wanted.access,
      key_hash: sha256(pair.key),
      name: wanted.name,
      created_at: deps.clock.now(),
      revoked_at: null,
    },
  };
}
