import type { ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import type { CancelPages } from "../store/cancellations.ts";
import type { NewDispatch } from "../store/dispatches.ts";
import type { Deps } from "./deps.ts";

/** How long a dispatch waits for its hint before the sweep sends another. */
export const HINT_GRACE_MS = 60_000;

/** Work for one connection, cut into pages. With `waitMs` none is to be hinted: the sweep finds it when it has waited. */
export function dispatchPages<T extends string>(
  deps: Deps,
  kind: NewDispatch["kind"],
  connectionId: ConnectionId,
  orderIds: readonly T[],
  now: number,
  waitMs = 0,
): (NewDispatch & { items: readonly T[] })[] {
  const pages = Math.ceil(orderIds.length / deps.dispatchSize);
  return Array.from({ length: pages }, (_, page) => ({
    id: deps.ids.next("dsp"),
    kind,
    connection_id: connectionId,
    items: orderIds.slice(page * deps.dispatchSize, (page + 1) * deps.dispatchSize),
    due_at: now + Math.max(HINT_GRACE_MS, waitMs),
    created_at: now,
  }));
}

/** Pages for what is to be called off at these connections; D1 makes those that there is work for. */
export const cancelPages = (
  deps: Deps,
  connectionIds: readonly ConnectionId[],
  now: number,
): CancelPages => ({
  pages: connectionIds.map((connection_id) => ({ id: deps.ids.next("dsp"), connection_id })),
  created_at: now,
  due_at: now + HINT_GRACE_MS,
});

/** The pages of work among what statements returned. */
export const dispatchIds = (rows: readonly unknown[]): DispatchId[] =>
  rows
    .map((row) => (row as { id?: unknown }).id)
    .filter((id): id is DispatchId => typeof id === "string" && id.startsWith("dsp_"));

/** Tells the queue of new dispatches. A queue that does not take the hint costs time only, so that is logged and no error. */
export async function hintDispatches(
  deps: Deps,
  merchantId: MerchantId,
  dispatchIds: readonly DispatchId[],
): Promise<void> {
  try {
    for (let from = 0; from < dispatchIds.length; from += 100)
      await deps.queues.deliveries.sendBatch(
        dispatchIds
          .slice(from, from + 100)
          .map((dispatch_id) => ({ body: { merchant_id: merchantId, dispatch_id } })),
      );
  } catch (error) {
    deps.log.warn("hint_lost", { merchant_id: merchantId, dispatches: dispatchIds.length, error });
  }
}
