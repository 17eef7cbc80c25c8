import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Deps } from "./deps.ts";
import { mailNews } from "./mail-news.ts";
import { noteNews } from "./note-news.ts";

/** Alerts that one round takes up. */
const MOST_ALERTS = 1_000;
const MOST_ROUNDS = 5;
const MOST_TELLINGS = 5_000;

/** Tells what is new and what is over: notes who is to be told of it, and makes the mails that are due. Answers how many. */
export async function tellAlerts(deps: Deps, db: D1Database): Promise<number> {
  for (let round = 0; round < MOST_ROUNDS; round += 1)
    if ((await noteNews(deps, db, MOST_ALERTS)) < MOST_ALERTS) break;
  return mailNews(deps, db, MOST_TELLINGS);
}

/** The D1s with the alerts of these merchants; one that is gone has none. */
export async function alertDatabases(
  deps: Deps,
  merchantIds: readonly MerchantId[],
): Promise<Set<D1Database>> {
  const found = new Set<D1Database>();
  for (const merchantId of new Set(merchantIds))
    try {
      found.add(await deps.databases.of(merchantId));
    } catch (error) {
      if (!(error instanceof DrayError) || error.code !== "not_found") throw error;
    }
  return found;
}
