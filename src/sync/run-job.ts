import { ConnectorFailure } from "../domain/errors.ts";
import type { ConnectionId } from "../domain/ids.ts";
import type { JobName } from "../domain/jobs.ts";
import type { JobMessage } from "../domain/messages.ts";
import { readConnection } from "../store/connections.ts";
import { readJob } from "../store/jobs.ts";
import { insertRun } from "../store/runs.ts";
import { commit } from "../store/statement.ts";
import { noteFailure, noteSuccess } from "./connection-health.ts";
import type { Deps } from "./deps.ts";

/** What a job does under its lease. */
export interface Leased {
  fence: number;
  cursor: string | null;
  /** Whether a further page may be begun: there is time left, and the lease is ours for another term. */
  goOn(): Promise<boolean>;
}

export interface Worked {
  cursor: string | null;
  counts: Record<string, number>;
  /** False: there is more, and a further message goes on with it. */
  drained: boolean;
  /** A row that could not be read: the run says so, although the others went through. */
  unread?: string | null;
}

export type RunResult =
  | { result: "ok"; counts: Record<string, number> }
  /** Somebody runs it right now, until then at the latest (milliseconds, UTC). */
  | { result: "busy"; until: number }
  /** Switched off, paused, or without valid credentials. */
  | { result: "off" }
  | { result: "failed"; kind: ConnectorFailure["kind"]; message: string };

/** What a page may take: a vendor that answers at the last moment, and the batch that stores it. */
const PAGE_MS = 35_000;
/** A lease covers a page and some seconds more, in which pages that find nothing need no further row. */
const TERM_MS = 45_000;
const WORK_MS = 120_000;

/** The coordinator's name for a job of a connection. */
export const jobScope = (connectionId: ConnectionId, job: JobName): string =>
  `${connectionId}/${job}`;

/**
 * Runs `work` under the job's lease: at most one run of a job at a time. A run that saw something or
 * failed is recorded; one that saw nothing leaves one row in the coordinator and none in D1.
 * A vendor's failure is a result; our own faults throw, and the queue brings the message again.
 */
export async function runJob(
  deps: Deps,
  message: Extract<JobMessage, { kind: "run" }>,
  work: (leased: Leased) => Promise<Worked>,
): Promise<RunResult> {
  const { merchant_id, connection_id, job, by } = message;
  const db = await deps.databases.of(merchant_id);
  const [row, connection] = await Promise.all([
    readJob(db, merchant_id, connection_id, job),
    readConnection(db, merchant_id, connection_id),
  ]);
  const on = row?.enabled || by === "person";
  if (!row || !connection || !on || row.suspended) return { result: "off" };

  const coordinator = deps.coordinator(merchant_id);
  const scope = jobScope(connection_id, job);
  const started = deps.clock.now();
  const grant = await coordinator.grant(scope, row, TERM_MS, started);
  const log = deps.log.with({ merchant_id, connection_id, job, by });
  if (!grant.granted) {
    log.info("run", { result: "busy", until: grant.until });
    return { result: "busy", until: grant.until };
  }
  const { fence } = grant;
  let heldUntil = started + TERM_MS;
  const goOn = async () => {
    const now = deps.clock.now();
    if (now >= started + WORK_MS) return false;
    if (now < heldUntil - PAGE_MS) return true;
    heldUntil = now + TERM_MS;
    return coordinator.extend(scope, fence, TERM_MS, now);
  };
  let worked: Worked;
  try {
    worked = await work({ fence, cursor: grant.cursor, goOn });
  } catch (error) {
    const failure = error instanceof ConnectorFailure ? error : null;
    const now = deps.clock.now();
    await coordinator.finish(
      scope,
      fence,
      { result: failure?.kind ?? "failed", cursor: grant.cursor, idle: false },
      now,
    );
    if (!failure) throw error;
    const run = insertRun(merchant_id, {
      connection_id,
      id: deps.ids.next("run"),
      job,
      started_at: started,
      duration_ms: now - started,
      result: failure.kind,
      counts: {},
      message: placed(failure),
    });
    await noteFailure(deps, connection, failure, { also: [run] });
    log.warn("run", {
      result: failure.kind,
      message: placed(failure),
      duration_ms: now - started,
      tries: grant.tries,
    });
    return { result: "failed", kind: failure.kind, message: failure.message };
  }

  const now = deps.clock.now();
  const { counts, unread = null } = worked;
  const result = unread === null ? "ok" : "bad_response";
  const idle = Object.entries(counts).every(([name, count]) => count === 0 || noNews.has(name));
  if (!idle)
    await commit(db, [
      insertRun(merchant_id, {
        connection_id,
        id: deps.ids.next("run"),
        job,
        started_at: started,
        duration_ms: now - started,
        result,
        counts,
        message: unread,
      }),
    ]);
  await noteSuccess(deps, connection);
  await coordinator.finish(scope, fence, { result, cursor: worked.cursor, idle }, now);
  log.info("run", { result, ...counts, duration_ms: now - started });
  if (!worked.drained)
    await deps.queues.jobs.send({
      kind: "run",
      merchant_id,
      connection_id,
      job,
      // What a person began goes on, even if the job is off.
      by: by === "person" ? by : "continuation",
    });
  return { result: "ok", counts };
}

/** Counts of what was there before: overlapping pages show it again and again. */
const noNews = new Set(["same", "too_old"]);

const placed = (failure: ConnectorFailure) =>
  failure.place ? `${failure.message} (at ${failure.place})` : failure.message;
