import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { noteChange } from "../store/changes.ts";
import { countWaitingDeliveries, waitingDeliveries } from "../store/deliveries.ts";
import { releaseOrders } from "../store/orders.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { wmsOf } from "./intake-orders.ts";
import { openCart } from "./open-connection.ts";
import { queueRecords } from "./queue-records.ts";

const PAGE_SIZE = 1_000;

/** How many orders of a cart wait for its delivery to be turned on. */
export async function waitingCount(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<number> {
  return countWaitingDeliveries(await deps.databases.of(merchantId), merchantId, cartId);
}

/**
 * Sends the orders of a cart that waited for its delivery to be turned on or for a WMS. Does nothing
 * while either is missing. Answers how many it released.
 */
export async function releaseWaiting(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  let released = 0;
  for (;;) {
    const waiting = await waitingDeliveries(db, merchantId, cartId, PAGE_SIZE);
    if (waiting.length === 0) return released;
    const { policy } = await openCart(deps, merchantId, cartId);
    const wmsId = await wmsOf(deps, merchantId, policy.wms_id);
    if (!policy.delivery || wmsId === null) return released;
    const at = deps.clock.now();
    const entry = { at, event: "released" as const, text: "Released to be sent." };
    const dispatches = await queueRecords(
      deps,
      "delivery",
      merchantId,
      wmsId,
      waiting.map(({ order_id }) => order_id),
      (page) => [
        releaseOrders(merchantId, page, entry),
        noteChange(merchantId, "released", page, at),
      ],
    );
    await hintDispatches(deps, merchantId, dispatches);
    released += waiting.length;
  }
}
