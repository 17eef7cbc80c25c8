import type { JobMessage } from "../domain/messages.ts";
import { moveCursor } from "../store/jobs.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { intakeOrders } from "./intake-orders.ts";
import { openCart } from "./open-connection.ts";
import { releaseWaiting } from "./release-waiting.ts";
import { runJob, type RunResult } from "./run-job.ts";

const PAGE_SIZE = 100;

/** Reads what is new in a cart, page by page, until it has no more or time is up. */
export function downloadOrders(
  deps: Deps,
  message: Extract<JobMessage, { kind: "run" }>,
): Promise<RunResult> {
  return runJob(deps, message, async ({ fence, cursor: from, goOn }) => {
    const { merchant_id, connection_id, job } = message;
    const open = await openCart(deps, merchant_id, connection_id);
    const { orders } = open.connector;
    // A cart that pushes has nothing to be asked; what waits for its delivery goes with it.
    if (!orders) {
      if (open.policy.delivery) await releaseWaiting(deps, merchant_id, connection_id);
      return { cursor: from, counts: {}, drained: true };
    }
    const cart = await intakeCart(deps, open);
    const total: Record<string, number> = {};
    let cursor = from;
    let drained = false;
    let unread: string | null = null;
    do {
      const page = await orders.pull(open.call, {
        cursor,
        since: cart.policy.earliest_order_at,
        statuses: [],
        limit: PAGE_SIZE,
      });
      const move = moveCursor(merchant_id, connection_id, job, page.next, fence);
      const taken = await intakeOrders(deps, cart, page, move);
      const { counts } = taken;
      unread ??= taken.unread;
      for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
      if (page.next === cursor && !page.drained) break;
      cursor = page.next;
      drained = page.drained;
    } while (!drained && (await goOn()));
    if (open.policy.delivery) await releaseWaiting(deps, merchant_id, connection_id);
    return { cursor, counts: total, drained, unread };
  });
}
