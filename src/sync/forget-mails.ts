import { deleteOldMails } from "../store/mails.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

const KEPT_MS = 30 * 24 * 60 * 60_000;
const PAGE = 500;
/** The rest goes the next day. */
const MOST_PAGES = 100;

/** Deletes the mails of the outbox that are older than 30 days. Answers how many. */
export async function forgetMails(deps: Deps): Promise<{ mails: number }> {
  const until = deps.clock.now() - KEPT_MS;
  let mails = 0;
  for (const db of deps.databases.shards)
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const [done] = await commit(db, [deleteOldMails(until, PAGE)]);
      mails += done?.changes ?? 0;
      if ((done?.changes ?? 0) === 0) break;
    }
  return { mails };
}
