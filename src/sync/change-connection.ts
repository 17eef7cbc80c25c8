import { connectorById } from "../connectors/registry.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { jobNames, jobRules } from "../domain/jobs.ts";
import { cartPolicyShape, type CartPolicy } from "../domain/policy.ts";
import { readConnection, updateConnection, type Connection } from "../store/connections.ts";
import { updateJob } from "../store/jobs.ts";
import { commit } from "../store/statement.ts";
import { overlay, refuseUnknownFields } from "./connection-fields.ts";
import { checkAndListen, isStockJob, refuseUnknownWms, spreadSlot } from "./create-connection.ts";
import type { CheckReport } from "./check-connection.ts";
import type { Deps } from "./deps.ts";
import { parseCredentials, unsealSecrets } from "./open-connection.ts";
import { releaseWaiting } from "./release-waiting.ts";
import { resumeConnection } from "./resume-connection.ts";

interface JobChange {
  on?: boolean | undefined;
  interval_minutes?: number | undefined;
}

export interface ConnectionChange {
  name?: string | undefined;
  settings?: Readonly<Record<string, unknown>> | undefined;
  policy?: Partial<CartPolicy> | undefined;
  jobs?: Readonly<Record<string, JobChange>> | undefined;
}

/**
 * Changes what a person may change; what is not given stays. Throws `not_found`, `invalid` with the
 * fields, and `conflict` when somebody else was faster. Delivery turned on releases the orders that
 * waited for it, and `released` says how many; a job turned on takes up what was left lying; changed
 * settings are tried like new ones.
 */
export async function changeConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  change: ConnectionChange,
): Promise<{ released: number | null; report: CheckReport | null }> {
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId);
  if (!connection) throw new DrayError("not_found", "No such connection");
  const policy = await changedPolicy(deps, connection, change.policy);
  const settings = await changedSettings(deps, connection, change.settings);
  const jobs = Object.entries(change.jobs ?? {}).map(([job, wanted]) =>
    changedJob(connection, job, wanted),
  );
  const seen = connection.updated_at;
  const changes = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(settings ? { settings } : {}),
    ...(policy ? { policy } : {}),
  };
  const done = await commit(db, [
    ...jobs.map(({ job, ...to }) => updateJob(merchantId, connectionId, seen, job, to)),
    updateConnection(merchantId, connectionId, seen, changes, deps.clock.now()),
  ]);
  if (done.at(-1)?.changes !== 1) throw changedMeanwhile();
  deps.log.info("connection_changed", {
    merchant_id: merchantId,
    connection_id: connectionId,
    changed: Object.keys(change),
  });
  if (jobs.some(({ enabled }) => enabled)) await resumeConnection(deps, merchantId, connectionId);
  const released = policy?.delivery ? await releaseWaiting(deps, merchantId, connectionId) : null;
  const report = settings ? await checkAndListen(deps, merchantId, connectionId) : null;
  return { released, report };
}

export const changedMeanwhile = () =>
  new DrayError("conflict", "Somebody else changed this connection just now: read it again");

async function changedPolicy(
  deps: Deps,
  connection: Connection,
  given: Partial<CartPolicy> | undefined,
): Promise<CartPolicy | null> {
  if (!given || Object.keys(given).length === 0) return null;
  if (connection.side !== "cart") {
    const fields = Object.keys(given).map((name) => ({
      path: `policy.${name}`,
      message: "belongs to a cart",
    }));
    throw new DrayError("invalid", "A WMS has no policy", fields);
  }
  await refuseUnknownWms(deps, connection.merchant_id, given.wms_id);
  return cartPolicyShape.parse({ ...connection.policy, ...given });
}

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
