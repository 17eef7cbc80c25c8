import { jobOfDispatch } from "../domain/dispatch.ts";
import type { ConnectorFailure, FailureKind } from "../domain/errors.ts";
import type { DispatchMessage } from "../domain/messages.ts";
import type { Connection } from "../store/connections.ts";
import { deleteDispatch, postponeDispatch, type Dispatch } from "../store/dispatches.ts";
import { insertRun } from "../store/runs.ts";
import { commit, type Statement } from "../store/statement.ts";
import { checkConnection } from "./check-connection.ts";
import { noteFailure } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { dispatchIds, hintDispatches } from "./dispatch-pages.ts";
import { tellOfBegun } from "./run-task.ts";

/** A dispatch that is ours to work on. */
export interface Claimed {
  db: D1Database;
  merchant_id: DispatchMessage["merchant_id"];
  dispatch: Dispatch;
  fence: number;
  /** An earlier claim ended without a word: whatever is not settled may have reached the vendor. */
  unknown: boolean;
  /** Something that was asked of the vendor was not answered: it may still be done. */
  open: boolean;
  started_at: number;
  /** What came of its records so far, by outcome; the run's record. */
  counts: Record<string, number>;
  /** Set by `isWelcome`. */
  welcome?: Promise<boolean>;
}

/** How far the work came: all of it, or the rest waits until `due_at` (null: until the connection works). */
export type DispatchResult = { kind: "settled" } | { kind: "postponed"; due_at: number | null };

/** Records per commit: a crash leaves at most this many whose outcome has to be looked up. */
export const SLICE = 25;

const WORK_MS = 10 * 60_000;

/** The job that a dispatch is worked for. */
export const jobOf = ({ kind }: Dispatch) => jobOfDispatch[kind];

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
  const done = await commit(db, [
    ...results,
    last ? deleteDispatch(merchant_id, dispatch.id, fence) : null,
    last && !nothing ? runOf(deps, claimed, resultOf(counts)) : null,
  ]);
  // Pages of work that these results led to.
  await hintDispatches(
    deps,
    merchant_id,
    done.flatMap(({ rows }) => dispatchIds(rows)),
  );
  await tellOfBegun(deps, merchant_id, done);
  return { kind: "settled" };
}

/** Leaves what is not settled of the dispatch for another try. */
export const tryAgain = (
  deps: Deps,
  claimed: Claimed,
  why: FailureKind,
  dueAt: number,
): Promise<DispatchResult> => postpone(deps, claimed, why, dueAt);

/** Leaves the rest of the dispatch for later, and says why in the record of the run. */
async function postpone(
  deps: Deps,
  claimed: Claimed,
  why: "throttled" | "unauthorized" | "out_of_time" | FailureKind,
  dueAt: number | null,
): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence, unknown } = claimed;
  const to = { due_at: dueAt, working: unknown };
  await commit(db, [
    postponeDispatch(merchant_id, dispatch.id, fence, to, deps.clock.now()),
    runOf(deps, claimed, why),
  ]);
  return { kind: "postponed", due_at: dueAt };
}

/** Whether time is left for a further slice; far less than a claim's term. */
export const hasTime = (deps: Deps, claimed: Claimed): boolean =>
  deps.clock.now() < claimed.started_at + WORK_MS;

/** No time left: the rest is due at once, for another worker. */
export const postponeRest = (deps: Deps, claimed: Claimed): Promise<DispatchResult> =>
  postpone(deps, claimed, "out_of_time", deps.clock.now());

/** Parks the rest of the page until its connection works again, without a word in its runs. */
export async function parkRest(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence, unknown } = claimed;
  const parked = { due_at: null, working: unknown };
  await commit(db, [postponeDispatch(merchant_id, dispatch.id, fence, parked, deps.clock.now())]);
  return { kind: "postponed", due_at: null };
}

/** What stops a whole page: the vendor asks for patience, or wants none of us. */
export type Stopping = Pick<ConnectorFailure, "kind" | "message" | "retry_after_ms">;

/** Ends the page early: throttled, it goes on when the vendor allows; unauthorized, when the connection works again. */
export async function stopPage(
  deps: Deps,
  claimed: Claimed,
  connection: Connection,
  stopping: Stopping,
): Promise<DispatchResult> {
  if (stopping.kind === "throttled") {
    await noteFailure(deps, connection, stopping);
    const wait = Math.max(60_000, stopping.retry_after_ms ?? 0);
    return postpone(deps, claimed, "throttled", deps.clock.now() + wait);
  }
  await noteFailure(deps, connection, stopping);
  return postpone(deps, claimed, "unauthorized", null);
}

/**
 * Whether the vendor still takes our credentials, asked once per page: a firewall may refuse one
 * record with the status that refuses us all.
 */
export function isWelcome(deps: Deps, claimed: Claimed): Promise<boolean> {
  claimed.welcome ??= checkConnection(
    deps,
    claimed.merchant_id,
    claimed.dispatch.connection_id,
  ).then(({ ok }) => ok);
  return claimed.welcome;
}

const good = ["accepted", "stopped", "confirmed", "withdrawn", "canceled", "too_late"];

/** `ok` when anything went through, otherwise what went wrong most often. */
function resultOf(counts: Readonly<Record<string, number>>): string {
  const most = Object.entries(counts).toSorted(([, a], [, b]) => b - a)[0];
  return good.some((outcome) => counts[outcome]) ? "ok" : (most?.[0] ?? "ok");
}

/** The record of the dispatch as a run of its job, and the log line of it. */
function runOf(deps: Deps, claimed: Claimed, result: string): Statement {
  const { merchant_id, dispatch, started_at, counts } = claimed;
  const duration_ms = deps.clock.now() - started_at;
  deps.log.info("run", {
    merchant_id,
    connection_id: dispatch.connection_id,
    dispatch_id: dispatch.id,
    job: jobOf(dispatch),
    result,
    ...counts,
    duration_ms,
  });
  return insertRun(merchant_id, {
    connection_id: dispatch.connection_id,
    id: deps.ids.next("run"),
    job: jobOf(dispatch),
    started_at,
    duration_ms,
    result,
    counts,
    message: null,
  });
}
