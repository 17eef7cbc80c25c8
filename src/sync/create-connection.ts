import type { Connector } from "../connectors/contract.ts";
import { connectorById } from "../connectors/registry.ts";
import { ConnectorFailure, DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { jobNames, jobRules, slotOf, type JobName } from "../domain/jobs.ts";
import { sha256 } from "../platform/hash.ts";
import { insertConnection } from "../store/connections.ts";
import { insertJobs, type NewJob } from "../store/jobs.ts";
import { commit } from "../store/statement.ts";
import { checkConnection, type CheckReport } from "./check-connection.ts";
import {
  makesWebhookSecret,
  newWebhookSecret,
  overlay,
  refuseUnknownFields,
  WEBHOOK_SECRET,
} from "./connection-fields.ts";
import { firstPolicy, refuseUnknownWms, type PolicyChange } from "./connection-policy.ts";
import type { Deps } from "./deps.ts";
import { ensureWebhooks } from "./ensure-webhooks.ts";
import { parseCredentials, sealSecrets } from "./open-connection.ts";

export interface WantedConnection {
  /** The connector's id. */
  connector: string;
  name?: string | undefined;
  settings: Readonly<Record<string, unknown>>;
  secrets: Readonly<Record<string, string | null>>;
  policy?: PolicyChange | undefined;
}

export interface CreatedConnection {
  connectionId: ConnectionId;
  side: Connector["side"];
  report: CheckReport;
  /** A secret that Dray made and the other side has to be told by hand; shown this once. */
  webhookSecret: string | null;
}

/**
 * Stores a connection with its jobs, then tries it and registers its webhooks. A check that fails
 * does not undo it: the report says what to mend. A cart takes orders from this moment on and sends
 * none until delivery is turned on. Throws `invalid`, naming each field.
 */
export async function createConnection(
  deps: Deps,
  merchantId: MerchantId,
  wanted: WantedConnection,
): Promise<CreatedConnection> {
  const connector = connectorById(deps.connectors, wanted.connector);
  if (!connector) {
    const known = deps.connectors.map((one) => one.id).join(", ");
    const fields = [{ path: "connector", message: `one of ${known}` }];
    throw new DrayError("invalid", "No such connector", fields);
  }
  refuseUnknownFields(connector, "settings", wanted.settings);
  refuseUnknownFields(connector, "secrets", wanted.secrets);
  const settings = overlay<unknown>({}, wanted.settings);
  const secrets = overlay<string>({}, wanted.secrets);
  if (makesWebhookSecret(connector)) secrets[WEBHOOK_SECRET] ??= newWebhookSecret(deps);
  parseCredentials(connector, settings, secrets);
  const now = deps.clock.now();
  const policy = firstPolicy(connector, wanted.policy ?? {}, now);
  await refuseUnknownWms(deps, merchantId, wanted.policy?.wms_id);

  const id = deps.ids.next("con");
  const row = {
    merchant_id: merchantId,
    id,
    connector: connector.id,
    side: connector.side,
    name: wanted.name ?? connector.label,
    settings,
    policy,
    secrets: await sealSecrets(deps, merchantId, id, secrets),
  };
  await commit(await deps.databases.of(merchantId), [
    insertConnection(row, now),
    insertJobs(firstJobs(merchantId, id, connector)),
  ]);
  deps.log.info("connection_made", {
    merchant_id: merchantId,
    connection_id: id,
    connector: connector.id,
  });
  const report = await checkAndListen(deps, merchantId, id);
  const byHand = connector.webhooks?.ensure === undefined && !wanted.secrets[WEBHOOK_SECRET];
  const webhookSecret = byHand ? (secrets[WEBHOOK_SECRET] ?? null) : null;
  return { connectionId: id, side: connector.side, report, webhookSecret };
}

/** Checks a connection and, when that went well, sees to its webhooks; trouble there is a problem in the report. */
export async function checkAndListen(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<CheckReport> {
  const report = await checkConnection(deps, merchantId, connectionId);
  if (!report.ok) return report;
  try {
    await ensureWebhooks(deps, merchantId, connectionId);
    return report;
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    const problem = `The webhooks could not be registered, so changes arrive at the next download: ${error.message}`;
    return { ...report, problems: [...report.problems, problem] };
  }
}

/** Where in its interval a job of a connection runs: spread, and always the same. */
export const spreadSlot = (
  connectionId: ConnectionId,
  job: JobName,
  intervalMinutes: number,
): number =>
  slotOf(intervalMinutes, Number.parseInt(sha256(`${connectionId}/${job}`).slice(0, 8), 16));

/** Dray does not move stock yet, so those jobs are there and off. */
export const isStockJob = (job: JobName): boolean => job.startsWith("stock-");

function firstJobs(
  merchantId: MerchantId,
  connectionId: ConnectionId,
  connector: Connector,
): NewJob[] {
  // Of a cart that pushes nothing can be downloaded.
  const pushes = connector.side === "cart" && connector.orders === undefined;
  return jobNames
    .filter((job) => jobRules[job].side === connector.side)
    .map((job) => {
      const interval = jobRules[job].default_interval_minutes;
      return {
        merchant_id: merchantId,
        connection_id: connectionId,
        job,
        enabled: !isStockJob(job) && !(pushes && job === "order-download"),
        interval_minutes: interval,
        slot: spreadSlot(connectionId, job, interval),
      };
    });
}
