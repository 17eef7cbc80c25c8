import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { noteChange } from "../store/changes.ts";
import { endHolds, endingHolds, putOffHolds } from "../store/held-orders.ts";
import { followHolds } from "../store/order-changes.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { cartWays, releaseWaiting } from "./release-waiting.ts";

/** Ids of one statement. */
const AT_ONCE = 1_000;
const DAY_MS = 24 * 60 * 60_000;
/** What a group asks of D1 besides its dispatches, counted in dispatches. */
const GROUP_PAGES = 4;

/**
 * Ends the holds whose time has come, of any merchant of a database, and sends the orders. What fails
 * is logged, stops no other cart, and is found again by the next sweep. Answers how many holds it
 * ended, and how many of `pages` new dispatches that took.
 */
export async function endDueHolds(
  deps: Deps,
  db: D1Database,
  most: number,
  pages: number,
): Promise<{ records: number; pages: number }> {
  const took = { records: 0, pages: 0 };
  const now = deps.clock.now();
  const due = await endingHolds(db, now, most);
  const groups = Map.groupBy(due, (row) => `${row.merchant_id} ${row.cart_id}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (!first || took.pages + GROUP_PAGES > pages) break;
    const { merchant_id, cart_id } = first;
    const ids = group.map(({ order_id }) => order_id).slice(0, AT_ONCE);
    took.pages += GROUP_PAGES + Math.ceil(ids.length / deps.dispatchSize);
    try {
      await endOf(deps, merchant_id, cart_id, ids, now);
      took.records += ids.length;
    } catch (error) {
      const gone = error instanceof DrayError && error.code === "not_found";
      deps.log.error("hold_failed", { merchant_id, connection_id: cart_id, error });
      // Otherwise those of merchants who are gone would be the longest ended for ever, before all others.
      if (gone) await commit(db, [putOffHolds(merchant_id, ids, now + DAY_MS)]);
    }
  }
  return took;
}

async function endOf(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  ids: readonly string[],
  now: number,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const ways = await cartWays(deps, merchantId);
  const entry = { at: now, event: "released" as const, text: "Its hold ended." };
  await commit(db, [
    endHolds(merchantId, ids, ways, entry),
    followHolds(merchantId, ids),
    noteChange(merchantId, "revised", ids, now),
  ]);
  await releaseWaiting(deps, merchantId, cartId);
}
