import type { ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import { queueDeliveries } from "../store/deliveries.ts";
import { insertDispatches } from "../store/dispatches.ts";
import { queueShipments } from "../store/shipments.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { dispatchPages } from "./dispatch-pages.ts";

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
  const dispatches = dispatchPages(deps, kind, connectionId, orderIds, now);
  for (const dispatch of dispatches)
    await commit(db, [
      insertDispatches(merchantId, [dispatch]),
      kind === "delivery"
        ? queueDeliveries(merchantId, dispatch.id, connectionId, dispatch.items)
        : queueShipments(merchantId, dispatch.id, dispatch.items),
      ...also(dispatch.items),
    ]);
  return dispatches.map(({ id }) => id);
}
