import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { connectionAlertIds } from "../store/alert-ids.ts";
import { alertsWaitedOn } from "../store/alert-releases.ts";
import { readConnection } from "../store/connections.ts";
import { listJobs } from "../store/jobs.ts";
import { checkConnection, type CheckReport } from "./check-connection.ts";
import type { Deps } from "./deps.ts";
import { queueRun } from "./queue-run.ts";

/**
 * Checks a connection as a person asks for it. If it works, what waits for its next try because it did
 * not work before goes now, unless the connection is paused or its job is off. Throws `not_found`.
 */
export async function checkAndPush(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<CheckReport> {
  const report = await checkConnection(deps, merchantId, connectionId);
  if (!report.ok) return report;
  const db = await deps.databases.of(merchantId);
  const alerts = await alertsWaitedOn(db, merchantId, connectionAlertIds(merchantId, connectionId));
  if (alerts.every(({ waiting }) => waiting === 0)) return report;
  const [connection, jobs] = await Promise.all([
    readConnection(db, merchantId, connectionId),
    listJobs(db, merchantId, connectionId),
  ]);
  const job = connection?.side === "wms" ? "order-delivery" : "tracking-upload";
  if (connection?.paused === false && jobs.some((one) => one.job === job && one.enabled))
    await queueRun(deps, merchantId, connectionId, job);
  return report;
}
