import type { DispatchMessage } from "../domain/messages.ts";
import { deleteDispatch, postponeDispatch, type Dispatch } from "../store/dispatches.ts";
import { insertRun } from "../store/runs.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

type Statement = Parameters<typeof commit>[1][number];

/** A dispatch that is ours to work on. */
export interface Claimed {
  db: D1Database;
  merchant_id: DispatchMessage["merchant_id"];
  dispatch: Dispatch;
  fence: number;
  /** An earlier claim ended without a word: whatever is not settled may have reached the vendor. */
  unknown: boolean;
  started_at: number;
  /** What came of its records so far, by outcome; the run's record. */
  counts: Record<string, number>;
}

/** How far the work came: all of it, or the rest waits until `due_at` (null: until the connection works). */
export type DispatchResult = { kind: "settled" } | { kind: "postponed"; due_at: number | null };

/** Records per commit: a crash leaves at most this many whose outcome has to be looked up. */
export const SLICE = 25;

/** A dispatch is worked for one of two jobs. */
export const jobOf = ({ kind }: Dispatch) =>
  kind === "delivery" ? ("order-delivery" as const) : ("tracking-upload" as const);

/**
 * Commits the results of one slice, counted by outcome; with the last ones goes the end of the
 * dispatch, and the record of its run comes.
 */
export async function settle(
  deps: Deps,
  claimed: Claimed,
  results: readonly Statement[],
  outcomes: readonly string[],
  last: boolean,
): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence, counts } = claimed;
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const nothing = Object.keys(counts).length === 0;
  await commit(db, [
    ...results,
    last ? deleteDispatch(merchant_id, dispatch.id, fence) : null,
    last && !nothing ? runOf(deps, claimed, "ok") : null,
  ]);
  return { kind: "settled" };
}

/** Leaves the rest of the dispatch for later, and says why in the record of the run. */
export async function postpone(
  deps: Deps,
  claimed: Claimed,
  why: "off" | "throttled" | "unauthorized",
  dueAt: number | null,
): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence } = claimed;
  await commit(db, [
    postponeDispatch(merchant_id, dispatch.id, fence, dueAt),
    why === "off" ? null : runOf(deps, claimed, why),
  ]);
  return { kind: "postponed", due_at: dueAt };
}

function runOf(deps: Deps, claimed: Claimed, result: string): Statement {
  const { merchant_id, dispatch, started_at, counts } = claimed;
  return insertRun(merchant_id, {
    connection_id: dispatch.connection_id,
    id: deps.ids.next("run"),
    job: jobOf(dispatch),
    started_at,
    duration_ms: deps.clock.now() - started_at,
    result,
    counts,
    message: null,
  });
}
