import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { jobNames, jobRules } from "../domain/jobs.ts";
import { readConnection } from "../store/connections.ts";
import { STOCK_LATER } from "./change-connection.ts";
import { isStockJob } from "./create-connection.ts";
import type { Deps } from "./deps.ts";

/**
 * Asks for a run of a job now. Throws `not_found` for what does not exist and `conflict` for what
 * cannot run.
 */
export async function queueRun(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  name: string,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId);
  if (!connection) throw new DrayError("not_found", "No such connection");
  const job = jobNames.find((one) => one === name);
  if (!job) throw new DrayError("not_found", `There is no such job: ${jobNames.join(", ")}`);
  const { side } = jobRules[job];
  if (side !== connection.side) {
    const owner = side === "cart" ? "carts" : "WMS connections";
    throw new DrayError("conflict", `${job} is a job of ${owner}`);
  }
  if (isStockJob(job)) throw new DrayError("conflict", STOCK_LATER);
  if (connection.paused)
    throw new DrayError("conflict", "The connection is paused: resume it first");
  if (connection.health === "needs_reauth") {
    throw new DrayError(
      "conflict",
      "The connection needs new credentials: replace its secrets first",
    );
  }
  await deps.queues.jobs.send({
    kind: "run",
    merchant_id: merchantId,
    connection_id: connectionId,
    job,
    by: "person",
  });
}
