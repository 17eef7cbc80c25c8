import { connectorById } from "../connectors/registry.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { nextRunAt, type JobName } from "../domain/jobs.ts";
import type { LastUse } from "../coordinator/client.ts";
import { listConnections, readConnection, type Connection } from "../store/connections.ts";
import { listJobs, type JobRow } from "../store/jobs.ts";
import { listRunRows, type Run } from "../store/runs.ts";
import { listVendorCalls } from "../store/vendor-calls.ts";
import { PREVIOUS_WEBHOOK_SECRET } from "./connection-fields.ts";
import type { Deps } from "./deps.ts";
import { webhookUrl } from "./ensure-webhooks.ts";
import { shownCall, type ShownCall } from "./list-failed-calls.ts";
import { unsealSecrets } from "./open-connection.ts";
import { waitingCount } from "./release-waiting.ts";
import { jobScope } from "./run-job.ts";

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** A connection as people and API clients see it: without a single secret. */
export interface ShownConnection {
  id: ConnectionId;
  connector: string;
  label: string;
  side: "cart" | "wms";
  name: string;
  settings: Record<string, unknown>;
  policy: Record<string, unknown>;
  /** Names of the secrets that are set; null when SEAL_KEYS does not open them. */
  secrets_set: readonly string[] | null;
  /** Health and pause in one word; a paused connection is that, whatever its health. */
  state: Connection["health"] | "paused";
  health: Connection["health"];
  paused: boolean;
  last_error: string | null;
  last_error_at: string | null;
  /** Since when nothing works. */
  failing_since: string | null;
  /** While nothing works: when it is tried next, by one record instead of all. */
  probe_at: string | null;
  last_webhook_at: string | null;
  rejected_webhooks: number;
  /** Null where the connector takes no webhooks. */
  webhook: { url: string } | null;
  created_at: string | null;
  updated_at: string | null;
}

/** One line of the table of jobs. */
export interface ShownJob {
  job: JobName;
  on: boolean;
  schedule: string;
  interval_minutes: number;
  /** Null: it never ran. */
  last_run: string | null;
  /** `off`, `paused`, `needs_reauth`, `N/A`, `running`, `ok`, or what went wrong. */
  status: string;
  next_run: string | null;
}

export async function showConnections(
  deps: Deps,
  merchantId: MerchantId,
): Promise<ShownConnection[]> {
  const rows = await listConnections(await deps.databases.of(merchantId), merchantId);
  return Promise.all(rows.map((row) => show(deps, row)));
}

/** What a merchant's connections are called, by id. */
export async function connectionNames(
  deps: Deps,
  merchantId: MerchantId,
): Promise<Map<string, string>> {
  const rows = await listConnections(await deps.databases.of(merchantId), merchantId);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** A run that did something or failed. */
export interface ShownRun {
  id: string;
  job: JobName;
  started_at: string;
  duration_ms: number;
  /** `ok`, or the kind of failure. */
  result: string;
  counts: Readonly<Record<string, number>>;
  message: string | null;
}

/** What is behind a connection's state. */
interface ShownPast {
  /** Newest first. */
  runs: ShownRun[];
  /** Newest first; all of them are listed under `/calls`. */
  failed_calls: ShownCall[];
}

/**
 * One connection with its table of jobs, its newest runs and failed calls and, for a cart, how many
 * orders wait for its delivery. Throws `not_found`.
 */
export async function showConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<ShownConnection & ShownPast & { waiting_orders?: number; jobs: ShownJob[] }> {
  const db = await deps.databases.of(merchantId);
  const row = await readConnection(db, merchantId, connectionId);
  if (!row) throw new DrayError("not_found", "No such connection");
  const [jobs, uses, runs, calls] = await Promise.all([
    listJobs(db, merchantId, connectionId),
    deps.coordinator(merchantId).lastUses(`${connectionId}/`),
    listRunRows(db, merchantId, connectionId, RECENT_RUNS),
    listVendorCalls(db, merchantId, connectionId, { before: null, limit: SHOWN_CALLS }),
  ]);
  const now = deps.clock.now();
  return {
    ...(await show(deps, row)),
    ...(row.side === "cart"
      ? { waiting_orders: await waitingCount(deps, merchantId, connectionId) }
      : {}),
    jobs: jobs.map((job) => showJob(row, job, lastOf(job, uses, runs), now)),
    runs: runs.slice(0, SHOWN_RUNS).map(shownRun),
    failed_calls: calls.map(shownCall),
  };
}

const SHOWN_RUNS = 20;
const SHOWN_CALLS = 5;

const shownRun = ({ connection_id: _, started_at, ...run }: Run): ShownRun => ({
  ...run,
  started_at: new Date(started_at).toISOString(),
});

async function show(deps: Deps, row: Connection): Promise<ShownConnection> {
  const connector = connectorById(deps.connectors, row.connector);
  const { earliest_order_at, former_references: _, ...policy } = row.policy;
  return {
    id: row.id,
    connector: row.connector,
    label: connector?.label ?? row.connector,
    side: row.side,
    name: row.name,
    settings: row.settings,
    policy:
      typeof earliest_order_at === "number"
        ? { ...policy, earliest_order_at: iso(earliest_order_at) }
        : policy,
    secrets_set: await namesOfSecrets(deps, row),
    state: row.paused ? "paused" : row.health,
    health: row.health,
    paused: row.paused,
    last_error: row.last_error,
    last_error_at: iso(row.last_error_at),
    failing_since: iso(row.failing_since),
    probe_at: iso(row.probe_at),
    last_webhook_at: iso(row.last_webhook_at),
    rejected_webhooks: row.rejected_webhooks,
    webhook: connector?.webhooks ? { url: webhookUrl(deps, row.merchant_id, row.id) } : null,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  };
}

async function namesOfSecrets(deps: Deps, row: Connection): Promise<string[] | null> {
  try {
    const names = Object.keys(await unsealSecrets(deps, row));
    return names.filter((name) => name !== PREVIOUS_WEBHOOK_SECRET);
  } catch (error) {
    if (error instanceof DrayError && error.code === "unavailable") return null;
    throw error;
  }
}

/** Runs looked through for the last one of each job. */
const RECENT_RUNS = 100;

/** The last time a job ran: the coordinator knows idle runs too, D1 what came of those that did something. */
function lastOf(
  { connection_id, job }: JobRow,
  uses: readonly LastUse[],
  runs: readonly Run[],
): LastUse | undefined {
  const scope = jobScope(connection_id, job);
  const use = uses.find((one) => one.scope === scope);
  const run = runs.find((one) => one.job === job);
  if (!run || (use && use.started_at >= run.started_at)) return use;
  const { started_at, duration_ms, result } = run;
  const finished_at = started_at + duration_ms;
  return { scope, started_at, finished_at, result, held_until: 0, tries: 0 };
}

function showJob(
  connection: Connection,
  job: JobRow,
  last: LastUse | undefined,
  now: number,
): ShownJob {
  const next = nextRunAt(job.interval_minutes, job.slot, now);
  return {
    job: job.job,
    on: job.enabled,
    schedule:
      job.interval_minutes === 0 ? "as data arrives" : `every ${job.interval_minutes} minutes`,
    interval_minutes: job.interval_minutes,
    last_run: iso(last?.started_at ?? null),
    status: statusOf(connection, job, last, now),
    next_run: job.enabled && !job.suspended ? iso(next) : null,
  };
}

function statusOf(
  connection: Connection,
  job: JobRow,
  last: LastUse | undefined,
  now: number,
): string {
  if (!job.enabled) return "off";
  if (connection.paused) return "paused";
  if (connection.health === "needs_reauth") return "needs_reauth";
  if (!last) return "N/A";
  if (last.result !== null) return last.result;
  // An idle run is not written down when it ends; one that died left nothing that a next run lacks.
  return now < last.held_until ? "running" : "ok";
}
