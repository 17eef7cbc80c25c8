import type { ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import { queueDeliveries } from "../store/deliveries.ts";
import { insertDispatches } from "../store/dispatches.ts";
import { queueShipments } from "../store/shipments.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { HINT_GRACE_MS } from "./hint-dispatches.ts";

type Statement = Parameters<typeof commit>[1][number];

/**
 * Puts records of one connection on new dispatches, each with `also` of its page in the same batch,
 * and answers the dispatches. Records that somebody else took meanwhile stay where they are.
 */
export async function queueRecords(
  deps: Deps,
  kind: "delivery" | "confirmation",
  merchantId: MerchantId,
  connectionId: ConnectionId,
  orderIds: readonly string[],
  also: (page: readonly string[]) => readonly Statement[] = () => [],
): Promise<DispatchId[]> {
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const dispatches: DispatchId[] = [];
  for (let from = 0; from < orderIds.length; from += deps.dispatchSize) {
    const items = orderIds.slice(from, from + deps.dispatchSize);
    const id = deps.ids.next("dsp");
    await commit(db, [
      insertDispatches(merchantId, [
        {
          id,
          kind,
          connection_id: connectionId,
          items,
          due_at: now + HINT_GRACE_MS,
          created_at: now,
        },
      ]),
      kind === "delivery"
        ? queueDeliveries(merchantId, id, connectionId, items)
        : queueShipments(merchantId, id, items),
      ...also(items),
    ]);
    dispatches.push(id);
  }
  return dispatches;
}
