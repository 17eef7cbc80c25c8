import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AccountId, ApiUser, ConnectionId, MerchantId } from "../domain/ids.ts";
import { accounts, apiKeys } from "./schema.ts";
import { id } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

const keyLevels = ["cart", "merchant", "warehouse"] as const;
const keyAccesses = ["read", "write"] as const;

const apiKeyShape = z.object({
  user: id<ApiUser>(),
  account_id: id<AccountId>(),
  merchant_id: id<MerchantId>().nullable(),
  connection_id: id<ConnectionId>().nullable(),
  level: z.enum(keyLevels),
  access: z.enum(keyAccesses),
  key_hash: z.string(),
  name: z.string(),
  created_at: z.int(),
  revoked_at: z.int().nullable(),
});
export type ApiKey = z.infer<typeof apiKeyShape>;

const columns = sql`user AS user, account_id AS account_id, merchant_id AS merchant_id,
  connection_id AS connection_id, level AS level, access AS access, key_hash AS key_hash,
  name AS name, created_at AS created_at, revoked_at AS revoked_at`;

export const readApiKey = (directory: D1Database, user: string): Promise<ApiKey | null> =>
  readOne(directory, apiKeyShape, sql`SELECT ${columns} FROM ${apiKeys} WHERE user = ${user}`);

/** Keys of an account that still work. */
export const listApiKeys = (directory: D1Database, accountId: AccountId): Promise<ApiKey[]> =>
  read(
    directory,
    apiKeyShape,
    sql`SELECT ${columns} FROM ${apiKeys} WHERE account_id = ${accountId} AND revoked_at IS NULL
      ORDER BY user LIMIT 1000`,
  );

/** Written only if the account exists, so that it can stand behind a conditional one in a batch. */
export const insertApiKey = (key: ApiKey): SQL =>
  sql`INSERT INTO ${apiKeys} (user, account_id, merchant_id, connection_id, level, access, key_hash,
      name, created_at)
    SELECT ${key.user}, ${key.account_id}, ${key.merchant_id}, ${key.connection_id}, ${key.level},
      ${key.access}, ${key.key_hash}, ${key.name}, ${key.created_at}
    WHERE EXISTS (SELECT 1 FROM ${accounts} WHERE id = ${key.account_id})`;

export const revokeApiKey = (accountId: AccountId, user: ApiUser, now: number): SQL =>
  sql`UPDATE ${apiKeys} SET revoked_at = ${now}
    WHERE account_id = ${accountId} AND user = ${user} AND revoked_at IS NULL`;
