import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import {
  changedMeanwhile,
  whyNotDone,
  type ActionResult,
  type OrderActionName,
} from "../domain/order-actions.ts";
import { standingsOf } from "../store/order-actions.ts";
import type { Committed } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** An order that a statement changed, as it returns it. */
export interface Changed {
  id: OrderId;
  cart_id: ConnectionId;
  /** Of restored ones: the cart's own id, and 1 where no WMS has it. */
  source_id?: string;
  is_unsent?: number;
}

/** What a statement of a batch returned. */
export const changedBy = (committed: Committed | undefined): readonly Changed[] =>
  (committed?.rows ?? []) as readonly Changed[];

/**
 * One result per order that an action was meant for, in their sequence. `done` says what happened to
 * those that D1 changed; of the others it is read now why not. `settled`: what the verb itself found,
 * which counts where nothing else stands against the action.
 */
export async function resultsOf(
  deps: Deps,
  merchantId: MerchantId,
  action: OrderActionName,
  ids: readonly string[],
  done: ReadonlyMap<string, string>,
  settled: ReadonlyMap<string, ActionResult> = new Map(),
): Promise<ActionResult[]> {
  const open = ids.filter((id) => !done.has(id));
  const db = await deps.databases.of(merchantId);
  const standings = open.length === 0 ? [] : await standingsOf(db, merchantId, open);
  const standing = new Map<string, (typeof standings)[number]>(
    standings.map((order) => [order.id, order]),
  );
  const now = deps.clock.now();
  return ids.map((id): ActionResult => {
    const message = done.get(id);
    if (message !== undefined) return { id, result: "done", message };
    const order = standing.get(id);
    if (!order) return { id, result: "refused", message: "There is no such order." };
    const why = whyNotDone(action, order, now);
    return why ? { id, ...why } : (settled.get(id) ?? { id, ...changedMeanwhile });
  });
}

/** The same message for all of them. */
export const allDone = (
  rows: readonly { id: string }[],
  message: string,
): ReadonlyMap<string, string> => new Map(rows.map(({ id }) => [id, message]));
