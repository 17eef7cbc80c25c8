import { z } from "zod";
import { actorText, type Actor } from "../domain/actor.ts";
import type { AlertId, ConnectionId, MerchantId } from "../domain/ids.ts";
import {
  judgeMethod,
  methodMatches,
  methodOf,
  releasedText,
  type MethodVerdict,
} from "../domain/ship-methods.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { closeAlerts, unlistOrders } from "../store/alerts.ts";
import type { AuditEntry } from "../store/audit.ts";
import { noteChange } from "../store/changes.ts";
import { listConnections } from "../store/connections.ts";
import { releaseMended } from "../store/mended-orders.ts";
import { followHolds, renewKeys } from "../store/order-changes.ts";
import { listMethods, methodAlerts, methodsOfWaiting } from "../store/ship-methods.ts";
import { commit } from "../store/statement.ts";
import type { NewTask } from "../store/tasks.ts";
import type { Deps } from "./deps.ts";
import { cartWays, cartWms, releaseCarts } from "./release-waiting.ts";
import { defineTask, newTask } from "./run-task.ts";
import { shipMethodFacts } from "./ship-method-facts.ts";

export const SHIP_METHODS = "ship-methods";

const inputShape = z.object({
  cart_id: z.string().transform((id) => id as ConnectionId),
  /** The methods that are looked at; null: all that the cart was seen to send. */
  keys: z.array(z.string()).nullable(),
  /** The rows that a person saved: what the WMS refused goes again only by one of them. */
  saved: z.array(z.object({ match: z.enum(methodMatches), value: z.string() })),
});
export type ReleaseInput = z.infer<typeof inputShape>;

const cursorShape = z.object({
  /** Methods up to this one are done; null: none is. */
  method: z.string().nullable(),
  /** Orders of a further method up to this one are done. */
  within: z.object({ method: z.string(), order: z.string() }).nullable(),
});
type Place = z.infer<typeof cursorShape>;
const START: Place = { method: null, within: null };

/** Methods that are looked up at once. */
const LOOKED_AT = 100;
/** Methods whose orders are released at once: each takes three statements. */
const AT_ONCE = 4;
const PAGE_SIZE = 100;

/**
 * Lets orders go whose ship method is mapped now, or holds them no more: those that wait on the alerts
 * of the cart's methods. A page that runs twice finds itself done.
 */
export const releaseMappedTask = defineTask<ReleaseInput>({
  input: inputShape,
  page: async (deps, { merchant_id, input, by }, cursor) => {
    const from = cursor === null ? START : cursorShape.parse(JSON.parse(cursor));
    const db = await deps.databases.of(merchant_id);
    const { groups, next } = await groupsAfter(db, merchant_id, input, from);
    const released = await release(deps, merchant_id, input, groups, by);
    return { cursor: next && JSON.stringify(next), done: released, counts: { released } };
  },
});

/** Orders that wait on the alert about one method. */
interface Group {
  alert: AlertId;
  /** It is the WMS that did not take the method. */
  refused: boolean;
  /** No order waits on it. */
  empty: boolean;
  orders: Awaited<ReturnType<typeof methodsOfWaiting>>;
}

/** The next orders that wait, and where it goes on; null: these are the last. */
async function groupsAfter(
  db: D1Database,
  merchantId: MerchantId,
  input: ReleaseInput,
  from: Place,
): Promise<{ groups: Group[]; next: Place | null }> {
  const keys = await keysAfter(db, merchantId, input, from.method);
  const idOf = (key: string) => methodAlertId(merchantId, input.cart_id, key);
  const open = await methodAlerts(db, merchantId, keys.map(idOf));
  const alerts = new Map(open.map((alert) => [alert.id, alert]));
  const groups: Group[] = [];
  let room = PAGE_SIZE;
  let done = from.method;
  for (const key of keys) {
    const alert = alerts.get(idOf(key));
    const refused = alert?.details["refused"] !== undefined;
    if (!alert || (refused && input.saved.length === 0)) {
      done = key;
      continue;
    }
    if (groups.length === AT_ONCE) return { groups, next: { method: done, within: null } };
    const after = from.within?.method === key ? from.within.order : null;
    const orders = await methodsOfWaiting(db, merchantId, alert.id, after, room);
    groups.push({ alert: alert.id, refused, empty: alert.waiting === 0, orders });
    const last = orders.length === room ? orders.at(-1) : undefined;
    if (last)
      return { groups, next: { method: done, within: { method: key, order: last.order_id } } };
    room -= orders.length;
    done = key;
  }
  return { groups, next: keys.length < LOOKED_AT ? null : { method: done, within: null } };
}

/** The next methods in their sequence; orders without one come first. */
async function keysAfter(
  db: D1Database,
  merchantId: MerchantId,
  { cart_id, keys }: ReleaseInput,
  after: string | null,
): Promise<string[]> {
  if (keys) {
    const sorted = [...new Set(keys)].toSorted();
    const from = after === null ? 0 : sorted.findIndex((key) => key > after);
    return from < 0 ? [] : sorted.slice(from, from + LOOKED_AT);
  }
  const isFirst = after === null;
  const place = { match: "exact" as const, value: after ?? "" };
  const rows = await listMethods(db, merchantId, cart_id, place, LOOKED_AT - (isFirst ? 1 : 0));
  const exact = rows.flatMap(({ match, value }) => (match === "exact" ? [value] : []));
  return isFirst ? ["", ...exact] : exact;
}

/** The alert about a method of a cart. */
export const methodAlertId = (merchantId: MerchantId, cartId: ConnectionId, key: string): AlertId =>
  alertIdOf(merchantId, { kind: "ship_method", parts: [cartId, key] });

/** Releases those of the orders that nothing about their method holds any more. Answers how many. */
async function release(
  deps: Deps,
  merchantId: MerchantId,
  { cart_id, saved }: ReleaseInput,
  groups: readonly Group[],
  by: Actor,
): Promise<number> {
  if (groups.length === 0) return 0;
  const db = await deps.databases.of(merchantId);
  const at = deps.clock.now();
  const wmsId = cartWms(await listConnections(db, merchantId), cart_id);
  const all = groups.flatMap(({ orders }) => orders.map((order) => ({ ...order, cart_id })));
  const methods =
    wmsId && (await shipMethodFacts(db, merchantId, wmsId, all)).get(cart_id)?.methods;
  if (!methods) return 0;
  const isSaved = ({ row }: MethodVerdict) =>
    saved.some(({ match, value }) => row?.match === match && row.value === value);
  const freed = groups.map((group) => ({
    group,
    orders: group.orders.flatMap((order) => {
      const verdict = judgeMethod(order, methods.facts);
      if (verdict.kind === "unmapped" || (group.refused && !isSaved(verdict))) return [];
      return [{ id: order.order_id, text: releasedText(methodOf(order), verdict) }];
    }),
  }));
  const orders = freed.flatMap((one) => one.orders);
  const ids = orders.map(({ id }) => id);
  const entry = { at, event: "released" as const, by: actorText(by) };
  const [done] = await commit(db, [
    releaseMended(
      merchantId,
      orders.map(({ id, text }) => ({ id, entries: [{ ...entry, text }] })),
      await cartWays(deps, merchantId),
      at,
    ),
    ...(ids.length === 0 ? [] : [followHolds(merchantId, ids), renewKeys(merchantId, ids)]),
    ...freed.flatMap(({ group, orders: mended }) =>
      unlistOrders(
        merchantId,
        group.alert,
        mended.map(({ id }) => id),
        { at, by: mended[0]?.text ?? "" },
      ),
    ),
    ...groups
      .filter(({ empty }) => empty)
      .map(({ alert }) => closeAlerts(merchantId, [alert], { at, by: "No order waits on it." })),
    noteChange(merchantId, "revised", ids, at),
  ]);
  if (ids.length === 0) return 0;
  await releaseCarts(deps, merchantId, [cart_id]);
  return done?.changes ?? 0;
}

const deciding = ["hold_unmapped", "wms_id"];

/** The task that follows a change of a cart's settings by which orders may have to wait no more; null: none. */
export function releaseAfterChange(
  deps: Deps,
  cartId: ConnectionId,
  entries: readonly AuditEntry[],
  by: Actor,
): NewTask | null {
  const isMeant = entries.some(
    ({ act, after }) =>
      act === "cart_settings_changed" &&
      Object.keys(after as object).some((name) => deciding.includes(name)),
  );
  return isMeant ? releaseTask(deps, { cart_id: cartId, keys: null, saved: [] }, by) : null;
}

export const releaseTask = (deps: Deps, input: ReleaseInput, by: Actor): NewTask =>
  newTask(deps, SHIP_METHODS, input, by);
