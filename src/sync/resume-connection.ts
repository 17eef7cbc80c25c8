import type { ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import { unparkDispatches } from "../store/dispatches.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";

/** Takes up the work that a paused or rejected connection left lying. Answers how many pages of it. */
export async function resumeConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  const [unparked] = await commit(db, [
    unparkDispatches(merchantId, connectionId, deps.clock.now()),
  ]);
  const ids = (unparked?.rows ?? []).map((row) => (row as { id: DispatchId }).id);
  await hintDispatches(deps, merchantId, ids);
  return ids.length;
}
