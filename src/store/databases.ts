import { sql } from "drizzle-orm";
import { z } from "zod";
import { INSTALLATION } from "../domain/alerts.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { readOne } from "./statement.ts";

/**
 * Which D1 holds what. Accounts, merchants and keys live in the directory (shard 0); a merchant's
 * own rows live in the shard that its directory row names. There is one shard until there are more:
 * a further one is a further D1 binding at the end of the list.
 */
export interface Databases {
  directory: D1Database;
  shards: readonly D1Database[];
  /** The D1 with the merchant's rows, or with the installation's own. Throws `not_found` for a merchant that does not exist. */
  of(merchantId: MerchantId): Promise<D1Database>;
}

const LIMIT = 10_000;

/** @param shards D1 bindings in shard order, the directory first. Assignments are cached per isolate. */
export function createDatabases(shards: readonly [D1Database, ...D1Database[]]): Databases {
  const directory = shards[0];
  const known = new Map<MerchantId, number>();
  return {
    directory,
    shards,
    of: async (merchantId) => {
      if (merchantId === INSTALLATION) return directory;
      const cached = known.get(merchantId);
      const shard = cached ?? (await shardOf(directory, merchantId));
      if (cached === undefined) {
        if (known.size >= LIMIT) known.clear();
        known.set(merchantId, shard);
      }
      const database = shards[shard];
      if (!database) throw new DrayError("unavailable", `Shard ${shard} has no D1 binding`);
      return database;
    },
  };
}

async function shardOf(directory: D1Database, merchantId: MerchantId): Promise<number> {
  const row = await readOne(
    directory,
    z.object({ shard: z.int() }),
    sql`SELECT shard AS shard FROM merchants WHERE id = ${merchantId}`,
  );
  if (!row) throw new DrayError("not_found", "No such merchant");
  return row.shard;
}
