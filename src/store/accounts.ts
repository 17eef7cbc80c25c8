import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { AccountId } from "../domain/ids.ts";
import { accounts } from "./schema.ts";
import { id } from "./shapes.ts";
import { readOne } from "./statement.ts";

const accountShape = z.object({
  id: id<AccountId>(),
  name: z.string(),
  created_at: z.int(),
});
export type Account = z.infer<typeof accountShape>;

export const readAccount = (db: D1Database, accountId: AccountId): Promise<Account | null> =>
  readOne(
    db,
    accountShape,
    sql`SELECT id AS id, name AS name, created_at AS created_at FROM ${accounts} WHERE id = ${accountId}`,
  );

/** Changes one row if there is no account at all yet, none otherwise. */
export const insertFirstAccount = (account: Account): SQL =>
  sql`INSERT INTO ${accounts} (id, name, created_at)
    SELECT ${account.id}, ${account.name}, ${account.created_at}
    WHERE NOT EXISTS (SELECT 1 FROM ${accounts})`;
