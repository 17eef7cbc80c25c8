import { KEEP_DEAD_LETTERS_MS } from "../domain/dead-letters.ts";
import { KEEP_CALLS_MS } from "../domain/failed-call.ts";
import { deleteDeadLetters } from "../store/dead-letters.ts";
import { commit } from "../store/statement.ts";
import { deleteVendorCalls } from "../store/vendor-calls.ts";
import type { Deps } from "./deps.ts";

/** Rows of one statement, and statements of one run: what is left over goes the next day. */
const PAGE_SIZE = 1_000;
const MOST_PAGES = 100;

export interface Forgotten extends Record<string, number> {
  calls: number;
  dead_letters: number;
}

/**
 * Deletes failed vendor calls and settled dead letters of more than 30 days ago, page by page. Running
 * it twice, or at the same time, deletes nothing else; stopped half-way it goes on the next day.
 */
export async function forgetOld(deps: Deps): Promise<Forgotten> {
  const now = deps.clock.now();
  let pages = MOST_PAGES;
  const forget = async (db: D1Database, page: () => ReturnType<typeof deleteVendorCalls>) => {
    let deleted = 0;
    while (pages > 0) {
      pages -= 1;
      const [done] = await commit(db, [page()]);
      deleted += done?.changes ?? 0;
      if ((done?.changes ?? 0) < PAGE_SIZE) break;
    }
    return deleted;
  };
  const forgotten: Forgotten = { calls: 0, dead_letters: 0 };
  forgotten.dead_letters = await forget(deps.databases.directory, () =>
    deleteDeadLetters(now - KEEP_DEAD_LETTERS_MS, PAGE_SIZE),
  );
  for (const db of deps.databases.shards)
    forgotten.calls += await forget(db, () => deleteVendorCalls(now - KEEP_CALLS_MS, PAGE_SIZE));
  return forgotten;
}
