import type { DeadLetterState } from "../domain/dead-letters.ts";
import { DrayError } from "../domain/errors.ts";
import type { AccountId } from "../domain/ids.ts";
import { listDeadLetters, readDeadLetter, type DeadLetter } from "../store/dead-letters.ts";
import type { Deps } from "./deps.ts";
import { iso, isoOrNull } from "./list-orders.ts";

/** A message that failed through a fault of ours, as an operator sees it. */
export interface ShownDeadLetter {
  id: string;
  queue: string;
  state: DeadLetterState;
  body: unknown;
  /** Name and message of the error; null: not known. */
  cause: string | null;
  merchant_id: string | null;
  /** How often it came out of the dead-letter queue. */
  times: number;
  at: string;
  settled_at: string | null;
  settled_by: string | null;
}

export interface DeadLetterQuery {
  state?: DeadLetterState | undefined;
  after?: string | undefined;
  limit: number;
}

/** An account's dead letters, newest first; `next` is the `after` of the following page. */
export async function showDeadLetters(
  deps: Deps,
  accountId: AccountId,
  { state, after, limit }: DeadLetterQuery,
): Promise<{ items: ShownDeadLetter[]; next: string | null }> {
  const rows = await listDeadLetters(deps.databases.directory, accountId, {
    state: state ?? null,
    after: after === undefined ? null : placeOf(after),
    limit,
  });
  const last = rows.at(-1);
  return {
    items: rows.map(shown),
    next: last && rows.length === limit ? `${last.at}.${last.place}` : null,
  };
}

/** One dead letter. Throws `not_found`, also for another account's. */
export async function showDeadLetter(
  deps: Deps,
  accountId: AccountId,
  letterId: string,
): Promise<ShownDeadLetter> {
  const row = await readDeadLetter(deps.databases.directory, accountId, letterId);
  if (!row) throw new DrayError("not_found", "No such dead letter");
  return shown(row);
}

const shown = ({ place: _, at, settled_at, ...row }: DeadLetter): ShownDeadLetter => ({
  ...row,
  at: iso(at),
  settled_at: isoOrNull(settled_at),
});

function placeOf(after: string): { at: number; place: number } {
  const [, at, place] = /^(\d{1,15})\.(\d{1,15})$/.exec(after) ?? [];
  if (at === undefined || place === undefined)
    throw new DrayError("invalid", "This is no place that a list of dead letters gave", [
      { path: "after", message: "take it from `next` of the page before" },
    ]);
  return { at: Number(at), place: Number(place) };
}
