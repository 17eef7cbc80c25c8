import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { dueSlots, tickOf } from "../domain/jobs.ts";
import type { JobMessage } from "../domain/messages.ts";
import { dueDeliveries, type DueRecord } from "../store/deliveries.ts";
import { dueDispatches } from "../store/dispatches.ts";
import { dueJobs } from "../store/jobs.ts";
import { dueShipments } from "../store/shipments.ts";
import { commit } from "../store/statement.ts";
import { lastTick, noteTick } from "../store/sweeps.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { queueRecords } from "./queue-records.ts";

/** Per kind and sweep; the next one goes on. */
const MOST = 5_000;
const TICKS_A_DAY = 288;
const TICKS_AN_HOUR = 12;

export interface Swept extends Record<string, number> {
  jobs: number;
  deliveries: number;
  confirmations: number;
  /** Dispatches whose hint was sent again. */
  dispatches: number;
}

/**
 * Finds everything that is due and sends the queue a hint of it: jobs by their schedule, records
 * whose next try has come, dispatches whose hint or worker was lost. The guarantee behind every
 * queue message. Running twice at once sends some hints twice, and hints are harmless.
 */
export async function sweep(deps: Deps): Promise<Swept> {
  const now = deps.clock.now();
  const swept: Swept = { jobs: 0, deliveries: 0, confirmations: 0, dispatches: 0 };
  for (const db of deps.databases.shards) {
    const lost = await dueDispatches(db, now, MOST);
    for (const [merchantId, of] of Map.groupBy(lost, ({ merchant_id }) => merchant_id))
      await hintDispatches(
        deps,
        merchantId,
        of.map(({ dispatch_id }) => dispatch_id),
      );
    swept.dispatches += lost.length;
    swept.deliveries += await requeue(deps, "delivery", await dueDeliveries(db, now, MOST));
    swept.confirmations += await requeue(deps, "confirmation", await dueShipments(db, now, MOST));
    swept.jobs += await startJobs(deps, db, now);
  }
  return swept;
}

async function requeue(
  deps: Deps,
  kind: "delivery" | "confirmation",
  due: readonly DueRecord[],
): Promise<number> {
  const pages = Map.groupBy(due, (row) => `${row.merchant_id} ${row.connection_id}`);
  for (const page of pages.values()) {
    const [first] = page;
    if (!first) continue;
    const { merchant_id, connection_id } = first;
    const ids = [...new Set(page.map(({ order_id }) => order_id))];
    const dispatches = await queueRecords(deps, kind, merchant_id, connection_id, ids);
    await hintDispatches(deps, merchant_id, dispatches);
  }
  return due.length;
}

async function startJobs(deps: Deps, db: D1Database, now: number): Promise<number> {
  const tick = tickOf(now);
  const before = (await lastTick(db)) ?? tick - 1;
  if (before >= tick) return 0;
  const due = await dueJobs(db, dueSlots(Math.max(before, tick - TICKS_A_DAY), tick));
  const messages = due.flatMap(({ merchant_id, connection_id, job, interval_minutes }) => {
    const run: JobMessage = { kind: "run", merchant_id, connection_id, job, by: "schedule" };
    const firstOfHour = tick % TICKS_AN_HOUR < Math.max(1, interval_minutes / 5);
    return job === "order-download" && firstOfHour
      ? [run, webhooks(merchant_id, connection_id)]
      : [run];
  });
  for (let from = 0; from < messages.length; from += 100)
    await deps.queues.jobs.sendBatch(messages.slice(from, from + 100).map((body) => ({ body })));
  // Only now: a cron that dies before this line, or was missed, is made good by the next one.
  await commit(db, [noteTick(tick)]);
  return due.length;
}

const webhooks = (merchant_id: MerchantId, connection_id: ConnectionId): JobMessage => ({
  kind: "webhooks",
  merchant_id,
  connection_id,
});
