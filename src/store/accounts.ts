import { sql, type SQL } from "drizzle-orm";
import type { AccountId } from "../domain/ids.ts";
import { accounts } from "./schema.ts";

export interface Account {
  id: AccountId;
  name: string;
  /** Milliseconds, UTC. */
  created_at: number;
}

/** Changes one row if there is no account at all yet, none otherwise. */
export const insertFirstAccount = (account: Account): SQL =>
  sql`INSERT INTO ${accounts} (id, name, created_at)
    SELECT ${account.id}, ${account.name}, ${account.created_at}
    WHERE NOT EXISTS (SELECT 1 FROM ${accounts})`;
