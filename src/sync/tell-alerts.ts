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
