import { z } from "zod";
import { actorText, type Actor } from "../domain/actor.ts";
import { alertKindNames, type AlertKind } from "../domain/alerts.ts";
import type { AlertId, ConnectionId, MerchantId } from "../domain/ids.ts";
import { methodMatches, methodOf, releasedText } from "../domain/ship-methods.ts";
import {
  alertsWaitedOn,
  ordersThatWait,
  releaseMended,
  renameReasons,
  waitingAlerts,
  type WaitedOn,
  type WaitingPlace,
} from "../store/alert-releases.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { unlistOrders, type Unlisted } from "../store/alerts.ts";
import { noteChange } from "../store/changes.ts";
import { followHolds, renewKeys } from "../store/order-changes.ts";
import { ordersById } from "../store/orders.ts";
import { commit } from "../store/statement.ts";
import type { NewTask } from "../store/tasks.ts";
import { changedBy } from "./action-results.ts";
import { checkOrders, type Checked, type OrderToCheck } from "./check-orders.ts";
import type { Deps } from "./deps.ts";
import { openWms } from "./open-connection.ts";
import { cartDestinations, cartWays, releaseCarts } from "./release-waiting.ts";
import { defineTask, newTask, type RunningTask, type TaskPage } from "./run-task.ts";

/** The kind of task, as it is stored. */
export const ALERT_RELEASE = "alert_release";

const PAGE_SIZE = 100;

const inputShape = z.object({
  /** What mended it, one plain sentence for timelines and alerts. */
  text: z.string(),
  of: z.union([
    z.object({ alerts: z.array(z.string().transform((text) => text as AlertId)) }),
    /** Every alert of a kind about a cart. */
    z.object({
      kind: z.enum(alertKindNames as [AlertKind, ...AlertKind[]]),
      cart_id: z.string().transform((text) => text as ConnectionId),
    }),
  ]),
  /** The rows of a cart's map that were changed. */
  rows: z.array(z.object({ match: z.enum(methodMatches), value: z.string() })).readonly(),
});
type Input = z.infer<typeof inputShape>;

/** A task that lets orders go which wait on alerts whose cause is gone, for the batch that takes it away. */
export const releaseTask = (deps: Deps, input: z.input<typeof inputShape>, by: Actor): NewTask =>
  newTask(deps, ALERT_RELEASE, input, by);

/**
 * Lets the orders go that wait on alerts whose cause is gone, a hundred a page, and takes them off the
 * alerts in the same batch; the last one resolves its alert. Each is checked as for sending: one that
 * would be held for the same again stays, and so does one that waits on something else too. What the
 * WMS itself refused for its method goes only by a row that was changed. A page that runs twice finds
 * only those that are left.
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
  const released = waiting.length === 0 ? 0 : await release(deps, merchant_id, waiting, input, by);
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
type Waiting = Omit<Unlisted, "text">;

/** Takes orders off alerts that do not keep them any more, and lets go what nothing else keeps. Answers how many went. */
async function release(
  deps: Deps,
  merchantId: MerchantId,
  waiting: readonly Waiting[],
  input: Input,
  by: Actor,
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  const [checked, alerts] = await Promise.all([
    checkedNow(deps, merchantId, waiting),
    alertsWaitedOn(db, merchantId, [...new Set(waiting.map(({ alert_id }) => alert_id))]),
  ]);
  const alertOf = new Map(alerts.map((alert) => [alert.id, alert]));
  const mended = waiting.flatMap((one): Unlisted[] => {
    const alert = alertOf.get(one.alert_id);
    const text = alert && mendedText(merchantId, alert, checked.get(one.order_id), input);
    return text === undefined ? [] : [{ ...one, text }];
  });
  if (mended.length === 0) return 0;
  const at = deps.clock.now();
  const entry = { at, event: "released" as const, by: actorText(by) };
  const groups = [...Map.groupBy(mended, ({ order_id }) => order_id)];
  const ids = groups.map(([id]) => id);
  const orders = groups.map(([order_id, of]) => ({
    order_id,
    alerts: of.map(({ alert_id }) => alert_id),
    entries: [...new Set(of.map(({ text }) => text))].map((text) => ({ ...entry, text })),
  }));
  const held = ids.flatMap((order_id) => {
    const now = checked.get(order_id)?.checked;
    return now?.kind === "held" ? [{ order_id, reason: now.reason }] : [];
  });
  const [done] = await commit(db, [
    releaseMended(merchantId, orders, await cartWays(deps, merchantId), at),
    renameReasons(merchantId, held),
    ...unlistOrders(merchantId, mended, at),
    renewKeys(merchantId, ids),
    followHolds(merchantId, ids),
    noteChange(merchantId, "revised", ids, at),
  ]);
  const gone = changedBy(done);
  await releaseCarts(
    deps,
    merchantId,
    gone.map(({ cart_id }) => cart_id),
  );
  return gone.length;
}

interface CheckedNow {
  order: OrderToCheck;
  checked: Checked | undefined;
}

/** What the orders would be held for if they were sent now, by order id; those without a WMS are not judged. */
async function checkedNow(
  deps: Deps,
  merchantId: MerchantId,
  waiting: readonly Waiting[],
): Promise<ReadonlyMap<string, CheckedNow>> {
  const db = await deps.databases.of(merchantId);
  const ids = [...new Set(waiting.map(({ order_id }) => order_id))];
  const [rows, to] = await Promise.all([
    ordersById(db, merchantId, ids),
    cartDestinations(deps, merchantId),
  ]);
  const orders = rows.map(({ id, cart_id, number, body }) => ({
    order_id: id,
    cart_id,
    number,
    body,
  }));
  const now = new Map<string, CheckedNow>();
  for (const [wmsId, group] of Map.groupBy(orders, (one) => to.get(one.cart_id)?.wms_id ?? null)) {
    const wms = wmsId === null ? null : await openWms(deps, merchantId, wmsId);
    const checks = wms ? await checkOrders(deps, merchantId, wms, group) : new Map();
    for (const order of group)
      now.set(order.order_id, { order, checked: checks.get(order.order_id) });
  }
  return now;
}

/** What lets an order go from an alert; undefined: nothing does. */
function mendedText(
  merchantId: MerchantId,
  { id, kind, details }: WaitedOn,
  now: CheckedNow | undefined,
  { text, rows }: Input,
): string | undefined {
  const checked = now?.checked;
  const isHeld =
    checked?.kind === "held" && checked.causes.some((cause) => alertIdOf(merchantId, cause) === id);
  if (isHeld) return undefined;
  if (kind !== "ship_method") return text;
  const verdict = checked?.method;
  if (details["refused"] !== undefined) {
    const row = verdict?.row;
    if (!rows.some(({ match, value }) => row?.match === match && row.value === value))
      return undefined;
  }
  return now && verdict ? releasedText(methodOf(now.order.body), verdict) : text;
}
