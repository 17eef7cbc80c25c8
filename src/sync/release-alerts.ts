import { z } from "zod";
import { actorText, type Actor } from "../domain/actor.ts";
import { alertKindNames, type AlertKind } from "../domain/alerts.ts";
import type { AlertId, ConnectionId, MerchantId } from "../domain/ids.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import {
  ordersThatWait,
  releaseMended,
  waitingAlerts,
  whileAnyWaits,
  whileOrdersWait,
  type WaitingPlace,
} from "../store/alert-releases.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { closeAlerts, unlistOrders } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { followHolds, renewKeys } from "../store/order-changes.ts";
import { commit, pagesOf, type Committed, type Statement } from "../store/statement.ts";
import { insertTask, type NewTask } from "../store/tasks.ts";
import { ordersById } from "../store/orders.ts";
import { changedBy } from "./action-results.ts";
import { checkOrders } from "./check-orders.ts";
import type { Deps } from "./deps.ts";
import { openWms } from "./open-connection.ts";
import { cartDestinations, cartWays, releaseCarts } from "./release-waiting.ts";
import { defineTask, newTask, tellOfTask, type RunningTask, type TaskPage } from "./run-task.ts";

/** The kind of task, as it is stored. */
export const ALERT_RELEASE = "alert_release";

const PAGE_SIZE = 100;
/** Alerts of one task, so that its input stays small. */
const MOST_ALERTS = 2_000;

const inputShape = z.object({
  /** What mended it, one plain sentence for timelines and alerts. */
  text: z.string(),
  of: z.union([
    z.object({ alerts: z.array(z.string()) }),
    /** Every alert of a kind about a cart. */
    z.object({
      kind: z.enum(alertKindNames as [AlertKind, ...AlertKind[]]),
      cart_id: z.string().transform((text) => text as ConnectionId),
    }),
  ]),
});
type Input = z.infer<typeof inputShape>;

/** What was mended, and so what orders need not wait on any more. */
export interface Mended {
  /** One plain sentence for timelines and alerts. */
  text: string;
  /** These alerts, or every alert of a kind about a cart. */
  of: { alerts: readonly AlertId[] } | { kind: AlertKind; cart_id: ConnectionId };
}

/** Tasks for the batch that mends something, each stored only where orders wait on it. */
export interface Releases {
  tasks: readonly NewTask[];
  statements: readonly NonNullable<Statement>[];
}

export const NO_RELEASES: Releases = { tasks: [], statements: [] };

/**
 * What lets orders go in the background that wait on what is mended in the same batch. Alerts on which
 * no order waits are resolved at once. `when`: what the mending itself depends on.
 */
export function releasesOf(
  deps: Deps,
  merchantId: MerchantId,
  { text, of }: Mended,
  by: Actor,
  when?: NonNullable<Statement>,
): Releases {
  if ("kind" in of) {
    const task = newTask(deps, ALERT_RELEASE, { text, of }, by);
    const waits = whileAnyWaits(merchantId, when);
    return { tasks: [task], statements: [insertTask(merchantId, task, waits)] };
  }
  const pages = pagesOf([...new Set(of.alerts)].toSorted(), MOST_ALERTS);
  const tasks = pages.map((alerts) => newTask(deps, ALERT_RELEASE, { text, of: { alerts } }, by));
  const at = deps.clock.now();
  return {
    tasks,
    statements: pages.flatMap((alerts, nth) => {
      const task = tasks[nth];
      return [
        closeAlerts(merchantId, alerts, { at, by: text, ...(when ? { when } : {}) }),
        ...(task ? [insertTask(merchantId, task, whileOrdersWait(merchantId, alerts, when))] : []),
      ];
    }),
  };
}

/** Tells the queue of those tasks that were stored, by what their statements did; answers how many. */
export async function tellOfReleases(
  deps: Deps,
  merchantId: MerchantId,
  { tasks, statements }: Releases,
  done: readonly Committed[],
): Promise<number> {
  const stride = tasks.length === 0 ? 1 : statements.length / tasks.length;
  const stored = tasks.filter((_, nth) => done[nth * stride + stride - 1]?.changes === 1);
  for (const task of stored) await tellOfTask(deps, merchantId, task);
  return stored.length;
}

/** Commits what mends something, and has the orders released that waited on it. */
export async function commitAndRelease(
  deps: Deps,
  merchantId: MerchantId,
  statements: readonly Statement[],
  mended: readonly Mended[],
  by: Actor,
): Promise<Committed[]> {
  const releases = mended.map((one) => releasesOf(deps, merchantId, one, by));
  const own = statements.filter((one) => one !== null);
  const done = await commit(await deps.databases.of(merchantId), [
    ...own,
    ...releases.flatMap((one) => one.statements),
  ]);
  let from = own.length;
  for (const release of releases) {
    const to = from + release.statements.length;
    await tellOfReleases(deps, merchantId, release, done.slice(from, to));
    from = to;
  }
  return done.slice(0, own.length);
}

/**
 * Lets the orders go that wait on alerts whose cause is gone, a hundred a page, and takes them off the
 * alerts in the same batch; the last one resolves its alert. Each is checked as for sending: one that
 * would be held for the same again stays, and so does one that waits on something else too. A page that
 * runs twice finds only those that are left.
 */
export const releaseAlertsTask = defineTask<Input>({ input: inputShape, page: releasePage });

async function releasePage(
  deps: Deps,
  { merchant_id, input, by }: RunningTask<Input>,
  cursor: string | null,
): Promise<TaskPage> {
  const from = (cursor === null ? { alert: "", order: "" } : JSON.parse(cursor)) as WaitingPlace;
  const db = await deps.databases.of(merchant_id);
  const found =
    "alerts" in input.of
      ? { ids: input.of.alerts.filter((id) => id >= from.alert), last: null, more: false }
      : await waitingAlerts(db, merchant_id, input.of, from.alert, PAGE_SIZE);
  const waiting = await ordersThatWait(db, merchant_id, found.ids, from, PAGE_SIZE);
  const released = await releaseFromAlerts(deps, merchant_id, waiting, input.text, by);
  const last = waiting.at(-1);
  const behind: WaitingPlace | null =
    last && waiting.length === PAGE_SIZE
      ? { alert: last.alert_id, order: last.order_id }
      : found.more && found.last !== null
        ? { alert: `${found.last}~`, order: "" }
        : null;
  return {
    cursor: behind && JSON.stringify(behind),
    done: waiting.length,
    counts: { released, kept: waiting.length - released },
  };
}

/** An order that waits on an alert. */
export interface Waiting {
  alert_id: AlertId;
  order_id: string;
}

/**
 * Takes orders off alerts that do not keep them any more, and lets go at once what nothing else keeps.
 * Answers how many went.
 */
export async function releaseFromAlerts(
  deps: Deps,
  merchantId: MerchantId,
  listed: readonly Waiting[],
  text: string,
  by: Actor,
): Promise<number> {
  const waiting = await mendedOf(deps, merchantId, listed);
  if (waiting.length === 0) return 0;
  const at = deps.clock.now();
  const ways = await cartWays(deps, merchantId);
  const entry: TimelineEntry = { at, event: "released", text, by: actorText(by) };
  const ids = [...new Set(waiting.map(({ order_id }) => order_id))];
  const groups = [...Map.groupBy(waiting, ({ alert_id }) => alert_id)].map(
    ([alertId, of]) => [alertId, of.map(({ order_id }) => order_id)] as const,
  );
  const done = await commit(await deps.databases.of(merchantId), [
    ...groups.flatMap(([alertId, of]) => [
      releaseMended(merchantId, alertId, of, ways, entry),
      ...unlistOrders(merchantId, alertId, of, { at, by: text }),
    ]),
    renewKeys(merchantId, ids),
    followHolds(merchantId, ids),
    noteChange(merchantId, "revised", ids, at),
  ]);
  const rows = done.flatMap((one) => changedBy(one));
  await releaseCarts(
    deps,
    merchantId,
    rows.map(({ cart_id }) => cart_id),
  );
  return rows.length;
}

/** Those whose alert is not what their orders would be held for if they were sent now. */
async function mendedOf(
  deps: Deps,
  merchantId: MerchantId,
  listed: readonly Waiting[],
): Promise<readonly Waiting[]> {
  if (listed.length === 0) return [];
  const db = await deps.databases.of(merchantId);
  const ids = [...new Set(listed.map(({ order_id }) => order_id))];
  const [orders, to] = await Promise.all([
    ordersById(db, merchantId, ids),
    cartDestinations(deps, merchantId),
  ]);
  const still = new Set<string>();
  const byWms = Map.groupBy(orders, ({ cart_id }) => to.get(cart_id)?.wms_id ?? null);
  for (const [wmsId, group] of byWms) {
    if (wmsId === null) continue;
    const wms = await openWms(deps, merchantId, wmsId);
    const asked = group.map(({ id, cart_id, number, body }) => ({
      order_id: id,
      cart_id,
      number,
      body,
    }));
    for (const [orderId, checked] of await checkOrders(deps, merchantId, wms, asked))
      if (checked.kind === "held")
        for (const cause of checked.causes) still.add(`${alertIdOf(merchantId, cause)} ${orderId}`);
  }
  return listed.filter(({ alert_id, order_id }) => !still.has(`${alert_id} ${order_id}`));
}
