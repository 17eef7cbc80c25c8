import type { Actor } from "../domain/actor.ts";
import type { AlertKind } from "../domain/alerts.ts";
import type { AlertId, ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import type { MethodMatch } from "../domain/ship-methods.ts";
import { whileAnyWaits, whileOrdersWait } from "../store/alert-releases.ts";
import { closeAlerts } from "../store/alerts.ts";
import { noteMending } from "../store/changes.ts";
import { commit, pagesOf, type Committed, type Statement } from "../store/statement.ts";
import { insertTask } from "../store/tasks.ts";
import type { Deps } from "./deps.ts";
import { releaseTask } from "./release-alerts.ts";
import { tellOfBegun } from "./run-task.ts";

/** Alerts of one task, so that its input stays small. */
const MOST_ALERTS = 2_000;

/** What was mended, and so what orders need not wait on any more. */
export interface Mended {
  /** One plain sentence for timelines and alerts. */
  text: string;
  /** These alerts, or every alert of a kind about a cart. */
  of: { alerts: readonly AlertId[] } | { kind: AlertKind; cart_id: ConnectionId };
  /** The rows of a cart's map that were changed: what the WMS refused goes again only by one of them. */
  rows?: readonly { match: MethodMatch; value: string }[];
}

/**
 * What goes into the batch that mends something: tasks, each stored only where orders wait on it, that
 * let them go in the background, and a word in the feed for whoever is just about to hold more of them.
 * Alerts on which no order waits are resolved at once. `when`: what the mending itself depends on.
 */
function releasesOf(
  deps: Deps,
  merchantId: MerchantId,
  mended: readonly Mended[],
  by: Actor,
  when?: NonNullable<Statement>,
): NonNullable<Statement>[] {
  if (mended.length === 0) return [];
  const at = deps.clock.now();
  const releases = mended.flatMap(({ text, of, rows = [] }) => {
    if ("kind" in of) {
      const task = releaseTask(deps, { text, of, rows }, by);
      return [insertTask(merchantId, task, whileAnyWaits(merchantId, when))];
    }
    return pagesOf([...new Set(of.alerts)].toSorted(), MOST_ALERTS).flatMap((alerts) => {
      const task = releaseTask(deps, { text, of: { alerts }, rows }, by);
      return [
        closeAlerts(merchantId, alerts, { at, by: text, ...(when ? { when } : {}) }),
        insertTask(merchantId, task, whileOrdersWait(merchantId, alerts, when)),
      ];
    });
  });
  return [...releases, noteMending(merchantId, at, when)];
}

/** What all of a batch depends on, and the statement behind it that ends that. */
interface Lock {
  when: NonNullable<Statement>;
  end: Statement;
}

/**
 * Commits what mends something, and has the orders released that waited on it. Answers what the
 * statements did, the lock's end among them, and the tasks that began.
 */
export async function commitAndRelease(
  deps: Deps,
  merchantId: MerchantId,
  statements: readonly Statement[],
  mended: readonly Mended[],
  by: Actor,
  lock?: Lock,
): Promise<{ done: Committed[]; begun: TaskId[] }> {
  const done = await commit(await deps.databases.of(merchantId), [
    ...statements,
    ...releasesOf(deps, merchantId, mended, by, lock?.when),
    lock?.end ?? null,
  ]);
  return { done, begun: await tellOfBegun(deps, merchantId, done) };
}
