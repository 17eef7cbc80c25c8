import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AccountId, MerchantId } from "../domain/ids.ts";
import { merchants } from "./schema.ts";
import { id } from "./shapes.ts";
import { jsonRows, read, readOne } from "./statement.ts";

const merchantShape = z.object({
  id: id<MerchantId>(),
  account_id: id<AccountId>(),
  name: z.string(),
  shard: z.int(),
  /** The merchant's data key, wrapped. */
  data_key: z.string(),
  created_at: z.int(),
});
export type Merchant = z.infer<typeof merchantShape>;

const columns = sql`id AS id, account_id AS account_id, name AS name, shard AS shard,
  data_key AS data_key, created_at AS created_at`;

export const readMerchant = (
  directory: D1Database,
  merchantId: MerchantId,
): Promise<Merchant | null> =>
  readOne(
    directory,
    merchantShape,
    sql`SELECT ${columns} FROM ${merchants} WHERE id = ${merchantId}`,
  );

/** Merchants of an account, oldest first. */
export const listMerchants = (
  directory: D1Database,
  accountId: AccountId,
  limit = 1_000,
): Promise<Merchant[]> =>
  read(
    directory,
    merchantShape,
    sql`SELECT ${columns} FROM ${merchants} WHERE account_id = ${accountId} ORDER BY id LIMIT ${limit}`,
  );

export const insertMerchant = (merchant: Merchant): SQL =>
  sql`INSERT INTO ${merchants} (id, account_id, name, shard, data_key, created_at)
    VALUES (${merchant.id}, ${merchant.account_id}, ${merchant.name}, ${merchant.shard},
      ${merchant.data_key}, ${merchant.created_at})`;

/** Ids of merchants of any account from one on, in order. */
export const listMerchantIds = async (
  directory: D1Database,
  from: string,
  limit: number,
): Promise<MerchantId[]> => {
  const rows = await read(
    directory,
    merchantShape.pick({ id: true }),
    sql`SELECT id AS id FROM ${merchants} WHERE id >= ${from} ORDER BY id LIMIT ${limit}`,
  );
  return rows.map((row) => row.id);
};

/** Wrapped data keys after a merchant, in order: the page of a walk over all merchants. */
export const listDataKeys = (
  directory: D1Database,
  after: string,
  limit: number,
): Promise<Pick<Merchant, "id" | "data_key">[]> =>
  read(
    directory,
    merchantShape.pick({ id: true, data_key: true }),
    sql`SELECT id AS id, data_key AS data_key FROM ${merchants} WHERE id > ${after} ORDER BY id LIMIT ${limit}`,
  );

/** Stores a data key wrapped anew, unless somebody did so meanwhile. */
export const replaceDataKey = (merchantId: MerchantId, before: string, wrapped: string): SQL =>
  sql`UPDATE ${merchants} SET data_key = ${wrapped} WHERE id = ${merchantId} AND data_key = ${before}`;

/** The names of merchants, by id. */
export const merchantNames = (
  directory: D1Database,
  merchantIds: readonly string[],
): Promise<Pick<Merchant, "id" | "name">[]> =>
  read(
    directory,
    merchantShape.pick({ id: true, name: true }),
    sql`SELECT m.id AS id, m.name AS name FROM ${jsonRows(merchantIds)} j CROSS JOIN merchants m WHERE m.id = j.value`,
  );

/** An account's merchants (null: everybody's) after one of them, in order, with their shards: the page of a walk over all of them. */
export const merchantsAfter = (
  directory: D1Database,
  accountId: AccountId | null,
  after: string,
  limit: number,
): Promise<Pick<Merchant, "id" | "shard">[]> =>
  read(
    directory,
    merchantShape.pick({ id: true, shard: true }),
    sql`SELECT id AS id, shard AS shard FROM ${merchants}
        WHERE ${accountId === null ? sql`` : sql`account_id = ${accountId} AND`} id > ${after}
        ORDER BY id LIMIT ${limit}`,
  );
