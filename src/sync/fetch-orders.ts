import type { ConnectorFailure } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { someOf } from "../platform/log.ts";
import { readJob } from "../store/jobs.ts";
import { insertRun } from "../store/runs.ts";
import { commit } from "../store/statement.ts";
import { askForOrders } from "./ask-orders.ts";
import { noteFailure } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { intakeOrders, type Taken } from "./intake-orders.ts";
import { openCart, orderSource, type OpenCart } from "./open-connection.ts";
import { releaseWaiting } from "./release-waiting.ts";

/**
 * Fetches single orders again from their cart and takes them in. A nudge that finds the connection
 * off is dropped: the next download sees the order anyway. What the cart did not answer is asked again, up to two hours later.
 * Answers those that got no answer.
 */
export async function fetchOrders(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceIds: readonly string[],
  tries = 0,
): Promise<readonly string[]> {
  const open = await openCart(deps, merchantId, cartId);
  orderSource(open);
  const db = await deps.databases.of(merchantId);
  const job = await readJob(db, merchantId, cartId, "order-download");
  if (!job || !job.enabled || job.suspended) return [];
  const log = deps.log.with({ merchant_id: merchantId, connection_id: cartId });
  const started = deps.clock.now();
  const { failure, unanswered, ...shown } = await askForOrders(open, sourceIds);
  const cart = await intakeCart(deps, open);
  const taken = await intakeOrders(deps, cart, shown);
  const { counts, decisions, unread } = taken;
  log[unread === null ? "info" : "warn"]("fetch", {
    ...counts,
    gone: shown.gone.length,
    source_ids: someOf(new Set(sourceIds)),
    order_ids: someOf(
      [...decisions].flatMap(([id, { kind }]) => (kind === "skip" || kind === "too_old" ? [] : id)),
    ),
    ...(unread === null ? {} : { result: "bad_response", message: unread }),
    duration_ms: deps.clock.now() - started,
  });
  if (unread !== null) await recordUnread(deps, open.connection, taken, started);
  if (open.policy.delivery) await releaseWaiting(deps, merchantId, cartId);
  if (!failure) return [];
  await noteTrouble(deps, open.connection, failure);
  // A deletion is told once and shown by no download, so this question has to be asked again.
  if (tries < MOST_TRIES)
    for (const source_id of unanswered)
      await deps.queues.jobs.send(
        {
          kind: "fetch",
          merchant_id: merchantId,
          connection_id: cartId,
          source_id,
          tries: tries + 1,
        },
        { delaySeconds: 60 * 2 ** tries },
      );
  return unanswered;
}

/** A fetch leaves no run unless it found what nobody has seen yet and cannot be read: no later download will say so. */
async function recordUnread(
  deps: Deps,
  { merchant_id, id }: OpenCart["connection"],
  { counts, unread }: Taken,
  started: number,
): Promise<void> {
  await commit(await deps.databases.of(merchant_id), [
    insertRun(merchant_id, {
      connection_id: id,
      id: deps.ids.next("run"),
      job: "order-download",
      started_at: started,
      duration_ms: deps.clock.now() - started,
      result: "bad_response",
      counts,
      message: unread,
    }),
  ]);
}

/** The last one comes two hours after the first. */
const MOST_TRIES = 7;

async function noteTrouble(
  deps: Deps,
  connection: Parameters<typeof noteFailure>[1],
  failure: ConnectorFailure,
): Promise<void> {
  deps.log.warn("fetch_failed", {
    merchant_id: connection.merchant_id,
    connection_id: connection.id,
    result: failure.kind,
    message: failure.message,
  });
  await noteFailure(deps, connection, failure);
}
