import { connectorById } from "../connectors/registry.ts";
import { DRAY, type Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import { NO_ITEM_FILTER, type ItemFilter } from "../domain/filters.ts";
import type { ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import { jobNames, jobRules } from "../domain/jobs.ts";
import { insertAudit } from "../store/audit.ts";
import { readConnection, updateConnection, type Connection } from "../store/connections.ts";
import { whileUnchanged } from "../store/fence.ts";
import { readItemFilter, writeItemFilter } from "../store/item-filters.ts";
import { listJobs, updateJob } from "../store/jobs.ts";
import { insertTask, stopSameTasks, type NewTask } from "../store/tasks.ts";
import {
  changeEntries,
  changesWhatLoads,
  mendedKinds,
  type ConnectionState,
} from "./audit-changes.ts";
import { commitAndRelease, type Mended } from "./commit-and-release.ts";
import { overlay, refuseUnknownFields } from "./connection-fields.ts";
import { knownPolicy, policyWith, type PolicyChange } from "./connection-policy.ts";
import { checkAndListen, isStockJob, spreadSlot } from "./create-connection.ts";
import type { CheckReport } from "./check-connection.ts";
import type { Deps } from "./deps.ts";
import { parseCredentials, unsealSecrets } from "./open-connection.ts";
import { recheckAfterChange } from "./recheck-skips.ts";
import { releaseWaiting } from "./release-waiting.ts";
import { resumeConnection } from "./resume-connection.ts";

interface JobChange {
  on?: boolean | undefined;
  interval_minutes?: number | undefined;
}

export interface ConnectionChange {
  name?: string | undefined;
  settings?: Readonly<Record<string, unknown>> | undefined;
  policy?: PolicyChange | undefined;
  jobs?: Readonly<Record<string, JobChange>> | undefined;
  /** Of a cart only; may be made of the stored one, which nobody changes meanwhile. */
  item_filter?: ItemFilter | ((stored: ItemFilter) => ItemFilter) | undefined;
}

export interface ConnectionChanged {
  /** Orders that waited for the cart's delivery; null: it is off, or was not touched. */
  released: number | null;
  report: CheckReport | null;
  /** The task that looks at the cart's skipped orders again; null: none is needed. */
  recheck: TaskId | null;
}

const NEWER_CHANGE = "A newer change of the settings took its place.";

/**
 * Changes what a person may change; what is not given stays. The audit of it is in the same batch.
 * Throws `not_found`, `invalid` with the fields, and `conflict` when somebody else was faster.
 * Delivery turned on releases the orders that waited for it, and `released` says how many; a job
 * turned on takes up what was left lying; changed settings are tried like new ones; and where other
 * orders are taken than before, those that were skipped are looked at again, and by the newest change
 * alone.
 */
export async function changeConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  change: ConnectionChange,
  by: Actor = DRAY,
): Promise<ConnectionChanged> {
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId);
  if (!connection) throw new DrayError("not_found", "No such connection");
  if (change.item_filter && connection.side !== "cart")
    throw new DrayError("not_found", "This connection is not a cart");
  const policy = await policyWith(deps, connection, change.policy);
  const settings = await changedSettings(deps, connection, change.settings);
  const jobs = Object.entries(change.jobs ?? {}).map(([job, wanted]) =>
    changedJob(connection, job, wanted),
  );
  const changes = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(settings ? { settings } : {}),
    ...(policy ? { policy } : {}),
  };
  const items = change.item_filter
    ? ((await readItemFilter(db, merchantId, connectionId)) ?? NO_ITEM_FILTER)
    : null;
  const item_filter = items && wantedItems(items, change.item_filter);
  const was: ConnectionState = {
    ...connection,
    policy: policy ? knownPolicy(connection) : {},
    jobs: jobs.length > 0 ? await listJobs(db, merchantId, connectionId) : [],
    items,
  };
  const entries = changeEntries(deps, connection, by, was, {
    ...was,
    ...changes,
    jobs: was.jobs.map((job) => ({ ...job, ...jobs.find((one) => one.job === job.job) })),
    items: item_filter,
  });
  const recheck = changesWhatLoads(entries) ? await recheckAfterChange(deps, connection, by) : null;
  const mended = mendedKinds(entries).map((kind): Mended => ({
    text: "The cart's settings were changed.",
    of: { kind, cart_id: connectionId },
  }));

  const seen = connection.updated_at;
  const unchanged = whileUnchanged(merchantId, connectionId, seen);
  const { done } = await commitAndRelease(
    deps,
    merchantId,
    [
      ...jobs.map(({ job, ...to }) => updateJob(merchantId, connectionId, seen, job, to)),
      item_filter ? writeItemFilter(merchantId, connectionId, item_filter, unchanged) : null,
      ...entries.map((entry) => insertAudit(merchantId, entry, unchanged)),
      recheck && stopSameTasks(merchantId, recheck, NEWER_CHANGE, unchanged),
      recheck && insertTask(merchantId, recheck, unchanged),
    ],
    mended,
    by,
    {
      when: unchanged,
      end: updateConnection(merchantId, connectionId, seen, changes, deps.clock.now()),
    },
  );
  if (done.at(-1)?.changes !== 1) throw changedMeanwhile();
  deps.log.info("connection_changed", {
    merchant_id: merchantId,
    connection_id: connectionId,
    changed: Object.keys(change),
  });
  return follow(deps, merchantId, connectionId, {
    resumes: jobs.some(({ enabled }) => enabled),
    releases: policy !== null && "delivery" in policy && policy.delivery,
    checks: settings !== null,
    recheck,
  });
}

const wantedItems = (
  stored: ItemFilter,
  wanted: NonNullable<ConnectionChange["item_filter"]> = stored,
): ItemFilter => (typeof wanted === "function" ? wanted(stored) : wanted);

/** What a stored change brings about. */
async function follow(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  wants: {
    resumes: boolean;
    releases: boolean;
    checks: boolean;
    recheck: NewTask | null;
  },
): Promise<ConnectionChanged> {
  if (wants.resumes) await resumeConnection(deps, merchantId, connectionId);
  const released = wants.releases ? await releaseWaiting(deps, merchantId, connectionId) : null;
  const report = wants.checks ? await checkAndListen(deps, merchantId, connectionId) : null;
  return { released, report, recheck: wants.recheck?.id ?? null };
}

export const changedMeanwhile = () =>
  new DrayError("conflict", "Somebody else changed this connection just now: read it again");

async function changedSettings(
  deps: Deps,
  connection: Connection,
  given: Readonly<Record<string, unknown>> | undefined,
): Promise<Record<string, unknown> | null> {
  if (!given) return null;
  const connector = connectorById(deps.connectors, connection.connector);
  if (!connector) {
    throw new DrayError("unavailable", `This Dray has no connector ${connection.connector}`);
  }
  refuseUnknownFields(connector, "settings", given);
  const settings = overlay(connection.settings, given);
  parseCredentials(connector, settings, await unsealSecrets(deps, connection));
  return settings;
}

function changedJob(connection: Connection, name: string, wanted: JobChange) {
  const job = jobNames.find((one) => one === name && jobRules[one].side === connection.side);
  const refuse = (path: string, message: string) =>
    new DrayError("invalid", "The jobs cannot be changed like this", [{ path, message }]);
  if (!job) {
    const known = jobNames.filter((one) => jobRules[one].side === connection.side);
    throw refuse(`jobs.${name.slice(0, 60)}`, `this connection has ${known.join(", ")}`);
  }
  if (wanted.on && isStockJob(job)) throw refuse(`jobs.${job}.on`, STOCK_LATER);
  const minutes = wanted.interval_minutes;
  if (minutes !== undefined) {
    const allowed = jobRules[job].intervals;
    if (!allowed.includes(minutes)) {
      throw refuse(`jobs.${job}.interval_minutes`, `one of ${allowed.join(", ")}`);
    }
  }
  return {
    job,
    ...(wanted.on === undefined ? {} : { enabled: wanted.on }),
    ...(minutes === undefined
      ? {}
      : { interval_minutes: minutes, slot: spreadSlot(connection.id, job, minutes) }),
  };
}

export const STOCK_LATER = "Dray does not move stock yet";
