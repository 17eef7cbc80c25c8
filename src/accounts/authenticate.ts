import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { sha256 } from "../platform/hash.ts";
import { sameText } from "../platform/hmac.ts";
import { readApiKey, type ApiKey } from "../store/api-keys.ts";
import { listMerchants, readMerchant } from "../store/merchants.ts";
import type { AccountDeps } from "./deps.ts";

/** Who calls: an API key without its hash. */
export type Caller = Omit<ApiKey, "key_hash" | "revoked_at">;

const wrong = () => new DrayError("unauthorized", "This user and key do not go together");

/** `user:key` of an `Authorization: Basic` header, or null. */
function basicPair(header: string | undefined): { user: string; key: string } | null {
  const encoded = /^basic ([a-z0-9+/]+=*)$/i.exec(header?.trim() ?? "")?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 1 ? null : { user: text.slice(0, colon), key: text.slice(colon + 1) };
}

/**
 * The key that a request is made with. Throws `unauthorized`: an unknown user, a revoked key and a
 * wrong key take the same way and give the same answer.
 */
export async function authenticate(
  deps: Pick<AccountDeps, "databases">,
  authorization: string | undefined,
): Promise<Caller> {
  const pair = basicPair(authorization);
  if (!pair) throw new DrayError("unauthorized", "Send user and key by HTTP Basic");
  const row = await readApiKey(deps.databases.directory, pair.user.slice(0, 100));
  const fits = sameText(sha256(pair.key), row?.key_hash ?? "");
  if (!row || !fits || row.revoked_at !== null) throw wrong();
  const { key_hash: _hash, revoked_at: _revoked, ...caller } = row;
  return caller;
}

/**
 * The merchant that a request is about: the key's own, the one that an account's key names, or the
 * only one there is. Throws `not_found` for any other, and `invalid` when it has to be named.
 */
export async function merchantFor(
  deps: Pick<AccountDeps, "databases">,
  caller: Caller,
  named: string | undefined,
): Promise<MerchantId> {
  const absent = new DrayError("not_found", "No such merchant");
  if (caller.merchant_id !== null) {
    if (named !== undefined && named !== caller.merchant_id) throw absent;
    return caller.merchant_id;
  }
  const { directory } = deps.databases;
  if (named !== undefined) {
    const merchant = await readMerchant(directory, named as MerchantId);
    if (merchant?.account_id !== caller.account_id) throw absent;
    return merchant.id;
  }
  const [only, another] = await listMerchants(directory, caller.account_id, 2);
  if (!only) throw new DrayError("not_found", "There is no merchant yet: make one first");
  if (another) {
    throw new DrayError("invalid", "Name the merchant: the account has several", [
      { path: "X-Dray-Merchant", message: "mer_... of one of the account's merchants" },
    ]);
  }
  return only.id;
}
