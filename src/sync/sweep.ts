import { DrayError } from "../domain/errors.ts";
import { dueSlots, tickOf } from "../domain/jobs.ts";
import type { JobMessage } from "../domain/messages.ts";
import { dueDeliveries, type DueRecord } from "../store/deliveries.ts";
import { dueDispatches } from "../store/dispatches.ts";
import { dueJobs } from "../store/jobs.ts";
import { dueShipments } from "../store/shipments.ts";
import { commit } from "../store/statement.ts";
import {
  claimSweep,
  noteTick,
  putOff,
  restHints,
  whatIsDue,
  type DueWork,
} from "../store/sweeps.ts";
import { dueTasks } from "../store/tasks.ts";
import type { Deps, Outbox } from "./deps.ts";
import { spreadSlot } from "./create-connection.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { endDueHolds } from "./end-holds.ts";
import { sendProbes } from "./probe.ts";
import { queueRecords } from "./queue-records.ts";
import { sendMails } from "./send-mails.ts";
import { tellAlerts } from "./tell-alerts.ts";

/** Per kind and sweep; the next one goes on. */
const MOST = 5_000;
/** New dispatches per sweep: each takes two or three of the 1,000 queries that D1 allows an invocation. */
const MOST_PAGES = 200;
const HINT_REST_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const TICKS_A_DAY = 288;
const TICKS_AN_HOUR = 12;
const MINUTES_A_DAY = 1_440;

export interface Swept extends Record<string, number> {
  jobs: number;
  /** Dispatches whose hint was sent again. */
  dispatches: number;
  /** Silent connections that one record tries. */
  probes: number;
  deliveries: number;
  confirmations: number;
  /** Long work that nobody is at. */
  tasks: number;
  /** Orders whose hold has ended. */
  holds: number;
  /** Mails that were made of what is new or over. */
  alerts: number;
  /** Mails that were sent. */
  mails: number;
}

/**
 * Finds everything that is due and sends the queue a hint of it: jobs by their schedule, records
 * whose next try has come, dispatches whose hint or worker was lost. The guarantee behind every
 * queue message. Running twice at once sends some hints twice, and hints are harmless. What fails
 * is logged and stops nothing else.
 *
 * @param moment When the schedule wanted it, milliseconds: of several sweeps of one moment, one goes.
 *   Null: this one goes.
 */
export async function sweep(deps: Deps, moment: number | null = null): Promise<Swept> {
  const now = deps.clock.now();
  const swept: Swept = {
    jobs: 0,
    dispatches: 0,
    probes: 0,
    deliveries: 0,
    confirmations: 0,
    tasks: 0,
    holds: 0,
    alerts: 0,
    mails: 0,
  };
  let pages = MOST_PAGES;
  for (const [shard, db] of deps.databases.shards.entries()) {
    const step = async (name: string, work: () => Promise<number>): Promise<void> => {
      try {
        swept[name] = (swept[name] ?? 0) + (await work());
      } catch (error) {
        deps.log.error("sweep_failed", { shard, step: name, error });
      }
    };
    const requeue = async (kind: "delivery" | "confirmation"): Promise<number> => {
      const due = await (kind === "delivery" ? dueDeliveries : dueShipments)(db, now, MOST);
      const took = await requeueRecords(deps, db, kind, due, now, pages);
      pages -= took.pages;
      return took.records;
    };
    if (moment !== null && !(await claimed(deps, db, moment))) continue;
    const due = await dueWork(deps, db, now);
    const { last_tick: last } = due;
    const works: readonly [keyof Due, () => Promise<number>][] = [
      ["jobs", async () => (last === undefined ? 0 : startJobs(deps, db, now, last))],
      ["dispatches", () => hintAgain(deps, db, now)],
      ["probes", () => sendProbes(deps, db, MOST)],
      ["tasks", () => goOnWithTasks(deps, db, now)],
      [
        "holds",
        async () => {
          const took = await endDueHolds(deps, db, MOST, pages);
          pages -= took.pages;
          return took.records;
        },
      ],
      ["deliveries", () => requeue("delivery")],
      ["confirmations", () => requeue("confirmation")],
      ["alerts", () => tellAlerts(deps, db)],
      ["mails", () => sendMails(deps, db)],
    ];
    for (const [name, work] of works) if (due[name]) await step(name, work);
  }
  return swept;
}

/** `last_tick` undefined: nobody can say, and the jobs are left to the next sweep. */
type Due = Omit<DueWork, "last_tick"> & {
  jobs: boolean;
  last_tick: DueWork["last_tick"] | undefined;
};

const everything: Due = {
  jobs: true,
  last_tick: undefined,
  dispatches: true,
  probes: true,
  tasks: true,
  holds: true,
  deliveries: true,
  confirmations: true,
  alerts: true,
  mails: true,
};

/** What the sweep has to look at: mostly nothing, which one query says; everything when nobody can say. */
async function dueWork(deps: Deps, db: D1Database, now: number): Promise<Due> {
  try {
    const due = await whatIsDue(db, now);
    // What is told is sent in the same sweep.
    return due === null
      ? everything
      : { ...due, jobs: due.last_tick !== tickOf(now), mails: due.mails || due.alerts };
  } catch (error) {
    deps.log.error("sweep_failed", { step: "due", error });
    return everything;
  }
}

/** Whether this sweep is the first of its moment; also when nobody can say. */
async function claimed(deps: Deps, db: D1Database, moment: number): Promise<boolean> {
  try {
    const [done] = await commit(db, [claimSweep(moment)]);
    return done?.changes === 1;
  } catch (error) {
    deps.log.error("sweep_failed", { step: "claim", error });
    return true;
  }
}

/** Sends the hints of waiting dispatches again; those that nobody ever worked on rest for a while, as the queue has them now. */
async function hintAgain(deps: Deps, db: D1Database, now: number): Promise<number> {
  const lost = await dueDispatches(db, now, MOST);
  await sendAll(deps.queues.deliveries, lost);
  if (lost.length > 0) await commit(db, [restHints(now, now + HINT_REST_MS, MOST)]);
  return lost.length;
}

/** Sends the hints of tasks that nobody works on again. */
async function goOnWithTasks(deps: Deps, db: D1Database, now: number): Promise<number> {
  const due = await dueTasks(db, now, MOST);
  await sendAll(
    deps.queues.jobs,
    due.map((task): JobMessage => ({ kind: "task", ...task })),
  );
  return due.length;
}

/** Puts due records on dispatches, the longest due first, at most `pages` of them. */
async function requeueRecords(
  deps: Deps,
  db: D1Database,
  kind: "delivery" | "confirmation",
  due: readonly DueRecord[],
  now: number,
  pages: number,
): Promise<{ records: number; pages: number }> {
  const took = { records: 0, pages: 0 };
  const groups = Map.groupBy(due, (row) => `${row.merchant_id} ${row.connection_id}`);
  for (const group of groups.values()) {
    const [first] = group;
    const room = (pages - took.pages) * deps.dispatchSize;
    if (!first || room <= 0) break;
    const { merchant_id, connection_id } = first;
    const ids = [...new Set(group.map(({ order_id }) => order_id))].slice(0, room);
    took.pages += Math.ceil(ids.length / deps.dispatchSize);
    try {
      const dispatches = await queueRecords(deps, kind, merchant_id, connection_id, ids);
      await hintDispatches(deps, merchant_id, dispatches);
      took.records += ids.length;
    } catch (error) {
      const gone = error instanceof DrayError && error.code === "not_found";
      deps.log.error("requeue_failed", { merchant_id, connection_id, error });
      // Otherwise those of merchants who are gone would be the longest due for ever, before all others.
      if (gone) await commit(db, [putOff(kind, first, now, now + DAY_MS)]);
    }
  }
  return took;
}

async function startJobs(
  deps: Deps,
  db: D1Database,
  now: number,
  last: number | null,
): Promise<number> {
  const tick = tickOf(now);
  // A tick that is still to come was noted by a clock that ran ahead.
  const before = last === null || last > tick ? tick - 1 : Math.max(last, tick - TICKS_A_DAY);
  const due = await dueJobs(db, dueSlots(before, tick));
  const messages = due.flatMap(
    ({ merchant_id, connection_id, job, interval_minutes }): JobMessage[] => {
      const run: JobMessage = { kind: "run", merchant_id, connection_id, job, by: "schedule" };
      // The spans between the runs of a job lie end to end, so that one a day has the connection's own time in it.
      const span = Math.max(interval_minutes / 5, tick - before);
      const daily = spreadSlot(connection_id, job, MINUTES_A_DAY);
      const firstOfDay = (tick - daily + TICKS_A_DAY) % TICKS_A_DAY < span;
      const to = { merchant_id, connection_id };
      if (job === "shipment-pickup")
        return [
          run,
          ...(firstOfDay ? (["methods", "products"] as const) : []).map((kind) => ({
            kind,
            ...to,
          })),
        ];
      if (job !== "order-download") return [run];
      const firstOfHour = tick % TICKS_AN_HOUR < Math.max(1, interval_minutes / 5);
      return [
        run,
        ...(firstOfHour ? [{ kind: "webhooks" as const, ...to }] : []),
        ...(firstOfDay ? [{ kind: "skips" as const, ...to }] : []),
      ];
    },
  );
  await sendAll(deps.queues.jobs, messages);
  // Only now: a cron that dies before this line, or was missed, is made good by the next one.
  await commit(db, [noteTick(tick)]);
  return due.length;
}

/** What a queue takes at once. */
const BATCH = 100;

async function sendAll<M>(queue: Outbox<M>, messages: readonly M[]): Promise<void> {
  for (let from = 0; from < messages.length; from += BATCH)
    await queue.sendBatch(messages.slice(from, from + BATCH).map((body) => ({ body })));
}
