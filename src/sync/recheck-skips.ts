import { z } from "zod";
import { connectorById } from "../connectors/registry.ts";
import { DRAY, type Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId, OrderId, TaskId } from "../domain/ids.ts";
import { skipReasons } from "../domain/intake.ts";
import { skipKey, sourceIdOfSkip } from "../domain/parts.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import {
  countSkips,
  linkSkips,
  listSkips,
  markGoneSkips,
  readSkip,
  type SkippedOrder,
  type SkipQuery,
} from "../store/skipped-orders.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { NewTask } from "../store/tasks.ts";
import {
  answered,
  askForOrders,
  noAnswer,
  openToAsk,
  stopIfUnanswered,
  type Asked,
} from "./ask-orders.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { intakeOrders } from "./intake-orders.ts";
import {
  showSkip,
  skipPlace,
  skipPlaceText,
  withNumberMeant,
  type ShownSkip,
} from "./list-skips.ts";
import type { OpenCart } from "./open-connection.ts";
import { FIRST_ORDERS, hasUnsent, isOfOrders, recheckOrders } from "./recheck-orders.ts";
import { releaseWaiting } from "./release-waiting.ts";
import { defineTask, newTask, startTask } from "./run-task.ts";

/** What became of a skip that was looked at again. */
export type RecheckResult =
  | "loaded"
  /** It is here already, and the skip names it now. */
  | "already_here"
  | "skipped"
  | "too_old"
  /** A person cleared the order. */
  | "cleared"
  /** The cart has it no more: it stays in the list, and is asked for no more. */
  | "gone"
  /** The cart gave no usable answer. */
  | "unanswered";

export type SkipFilter = Pick<SkipQuery, "reason" | "from" | "to" | "number">;

const FIRST_SKIPS = "skips";
const PAGE_SIZE = 50;
const MOST_COUNTED = 10_000;
const DAY_MS = 24 * 60 * 60_000;
/** Skips that were last seen longer ago are not read again by themselves. */
const REREAD_MS = 14 * DAY_MS;

const inputShape = z.object({
  cart_id: z.string().transform((id) => id as ConnectionId),
  reason: z.enum(skipReasons).optional(),
  from: z.int().optional(),
  to: z.int().optional(),
  number: z.string().optional(),
  /** Orders that no WMS has are looked at again too. */
  orders: z.boolean().optional(),
});

/** Skips that are still to be asked for; those that are gone only where they are meant. */
const queryOf = (input: SkipFilter & { cart_id: ConnectionId }): SkipQuery => ({
  ...input,
  present: input.reason !== "gone",
});

/**
 * Looks at the skips of a cart again, newest seen first, by reading each order from the cart. What is
 * written meanwhile moves to the front, where this walk does not come by again.
 */
export const recheckTask = defineTask<z.infer<typeof inputShape>>({
  input: inputShape,
  page: async (deps, { merchant_id, input }, cursor) => {
    const open = await openToAsk(deps, merchant_id, input.cart_id);
    // Orders first: what is loaded of the skips has just been read.
    const place = cursor ?? (input.orders ? FIRST_ORDERS : FIRST_SKIPS);
    if (isOfOrders(place)) {
      const page = await recheckOrders(deps, open, place);
      return { ...page, cursor: page.cursor ?? FIRST_SKIPS };
    }
    const db = await deps.databases.of(merchant_id);
    const query = queryOf(input);
    const isFirst = place === FIRST_SKIPS;
    const after = isFirst ? null : skipPlace(query, place);
    const skips = await listSkips(db, merchant_id, query, { limit: PAGE_SIZE, after });
    const total = isFirst ? await countSkips(db, merchant_id, query, MOST_COUNTED) : null;
    const { results, statements } = await recheck(deps, open, skips);
    const counts: Record<string, number> = {};
    for (const result of results.values()) counts[result] = (counts[result] ?? 0) + 1;
    const last = skips.length === PAGE_SIZE ? skips.at(-1) : undefined;
    if (!last && open.policy.delivery) await releaseWaiting(deps, merchant_id, input.cart_id);
    return {
      cursor: last ? skipPlaceText(query, last) : null,
      done: skips.length,
      counts,
      statements,
      ...(total !== null && total < MOST_COUNTED ? { total } : {}),
    };
  },
});

/** Reads the orders of some skips from their cart and takes them in; `statements` are still to be committed. */
async function recheck(
  deps: Deps,
  open: OpenCart,
  skips: readonly SkippedOrder[],
): Promise<{ results: Map<SkippedOrder, RecheckResult>; statements: Statement[]; asked: Asked }> {
  const { merchant_id, id: cartId } = open.connection;
  const sourceIds = skips.map(({ source_id }) => sourceIdOfSkip(source_id));
  const asked = await askForOrders(open, sourceIds);
  await stopIfUnanswered(deps, open, asked);
  const cart = await intakeCart(deps, open);
  const { arrivals, decisions } = await intakeOrders(deps, cart, asked);
  const byKey = new Map(
    [...arrivals].map(([id, arrival]) => [skipKey(arrival), { id, of: decisions.get(id) }]),
  );
  const unreadable = new Set(asked.skipped.map(({ source_id }) => source_id));
  const unanswered = new Set(asked.unanswered);
  const here: { source_id: string; id: OrderId }[] = [];
  const resultOf = ({ source_id }: SkippedOrder): RecheckResult => {
    if (unanswered.has(sourceIdOfSkip(source_id))) return "unanswered";
    const found = byKey.get(source_id);
    // Also a part that the order does not have any more.
    if (!found) return unreadable.has(source_id) ? "skipped" : "gone";
    switch (found.of?.kind) {
      case "load":
        return "loaded";
      case "skip":
        return "skipped";
      case "too_old":
        return "too_old";
      case "cleared":
        return "cleared";
      default:
        here.push({ source_id, id: found.id });
        return "already_here";
    }
  };
  const results = new Map(skips.map((skip) => [skip, resultOf(skip)]));
  const gone = skips.filter((skip) => results.get(skip) === "gone");
  return {
    results,
    asked,
    statements: [
      linkSkips(merchant_id, cartId, here),
      markGoneSkips(
        merchant_id,
        cartId,
        gone.map(({ source_id }) => source_id),
        "The cart has it no more.",
      ),
    ],
  };
}

/**
 * Looks at one skip again, now. Throws `not_found`, `conflict` for a cart that cannot be asked, and
 * `unavailable` when it does not answer.
 */
export async function recheckSkip(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceId: string,
): Promise<{ result: RecheckResult; skip: ShownSkip }> {
  const db = await deps.databases.of(merchantId);
  const skip = await readSkip(db, merchantId, cartId, sourceId);
  if (!skip) throw new DrayError("not_found", "No such skipped order");
  const open = await openToAsk(deps, merchantId, cartId);
  const result = await recheckNow(deps, open, skip);
  const after = (await readSkip(db, merchantId, cartId, sourceId)) ?? skip;
  return { result, skip: showSkip(after, open) };
}

async function recheckNow(deps: Deps, open: OpenCart, skip: SkippedOrder): Promise<RecheckResult> {
  const { merchant_id, id } = open.connection;
  const { results, statements, asked } = await answered(() => recheck(deps, open, [skip]));
  if (asked.failure) throw noAnswer(asked.failure);
  await commit(await deps.databases.of(merchant_id), statements);
  if (open.policy.delivery) await releaseWaiting(deps, merchant_id, id);
  return results.get(skip) ?? "skipped";
}

/**
 * Begins to look at all skips again that fit, a task per cart: the named one, or each that can be
 * asked. Throws `not_found`, and `conflict` where no cart can be asked.
 */
export async function startRecheck(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId | undefined,
  filter: SkipFilter,
  by: Actor,
): Promise<TaskId[]> {
  const db = await deps.databases.of(merchantId);
  const all = await listConnections(db, merchantId);
  const carts = cartId === undefined ? cartsToAsk(deps, all) : [cartId];
  if (cartId !== undefined) await openToAsk(deps, merchantId, cartId);
  const tasks: TaskId[] = [];
  for (const cart_id of carts) {
    const wanted = await withNumberMeant(db, merchantId, { cart_id, ...filter }, all);
    tasks.push(await startTask(deps, merchantId, "recheck", wanted, by));
  }
  return tasks;
}

function cartsToAsk(deps: Deps, all: readonly Connection[]): ConnectionId[] {
  const carts = all.filter((one) => canBeAsked(deps, one)).map(({ id }) => id);
  if (carts.length > 0) return carts;
  throw new DrayError(
    "conflict",
    "No cart can be asked for its orders now: they are paused, need credentials, or push their orders",
  );
}

const canBeAsked = (deps: Deps, { connector, side, paused, health }: Connection): boolean => {
  const found = connectorById(deps.connectors, connector);
  const isAsked = side === "cart" && found?.side === "cart" && found.orders !== undefined;
  return isAsked && !paused && health !== "needs_reauth";
};

/** The task for a cart whose settings changed: its skips and its unsent orders are judged anew. Null where it has neither, or cannot be asked. */
export async function recheckAfterChange(
  deps: Deps,
  connection: Connection,
  by: Actor,
): Promise<NewTask | null> {
  const { merchant_id, id } = connection;
  if (!canBeAsked(deps, connection)) return null;
  const db = await deps.databases.of(merchant_id);
  const skips = await countSkips(db, merchant_id, queryOf({ cart_id: id }), 1);
  if (skips === 0 && !(await hasUnsent(db, merchant_id, id))) return null;
  return newTask(deps, "recheck", { cart_id: id, orders: true }, by);
}

/** Reads a cart's skips of the last 14 days again, where there are any: not every change is one that its pull notices. */
export async function rereadSkips(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<TaskId | null> {
  const db = await deps.databases.of(merchantId);
  const from = deps.clock.now() - REREAD_MS;
  const query = queryOf({ cart_id: cartId, from });
  if ((await countSkips(db, merchantId, query, 1)) === 0) return null;
  const all = await listConnections(db, merchantId);
  if (!all.some((one) => one.id === cartId && canBeAsked(deps, one))) return null;
  const by = { ...DRAY, name: "Daily re-read" };
  return startTask(deps, merchantId, "recheck", { cart_id: cartId, from }, by);
}
