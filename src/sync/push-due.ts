import type { JobMessage } from "../domain/messages.ts";
import { dueDeliveries } from "../store/deliveries.ts";
import { dueShipments } from "../store/shipments.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { queueRecords } from "./queue-records.ts";
import { resumeConnection } from "./resume-connection.ts";
import { runJob, type RunResult } from "./run-job.ts";

const MOST = 5_000;

/**
 * Order delivery and tracking upload, run by a person: what waits for its next try goes now, and what
 * was parked is tried again. Everything else about these two jobs happens as data arrives.
 */
export function pushDue(
  deps: Deps,
  message: Extract<JobMessage, { kind: "run" }>,
): Promise<RunResult> {
  return runJob(deps, message, async ({ cursor }) => {
    const { merchant_id, connection_id, job } = message;
    const db = await deps.databases.of(merchant_id);
    const kind = job === "order-delivery" ? "delivery" : "confirmation";
    const find = kind === "delivery" ? dueDeliveries : dueShipments;
    // A person who asks for it now does not mean in an hour.
    const until = message.by === "person" ? Number.MAX_SAFE_INTEGER : deps.clock.now();
    const due = await find(db, until, MOST, { merchant_id, connection_id });
    const ids = [...new Set(due.map(({ order_id }) => order_id))];
    const dispatches = await queueRecords(deps, kind, merchant_id, connection_id, ids);
    await hintDispatches(deps, merchant_id, dispatches);
    const pages = await resumeConnection(deps, merchant_id, connection_id);
    return { cursor, counts: { due: due.length, parked_pages: pages }, drained: true };
  });
}
