import type { ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import { unparkDispatches } from "../store/dispatches.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";

/**
 * Commits what makes a connection work again, and in the same batch takes up the work that it left
 * lying: whoever dies in between leaves neither or both. Answers how many pages of work it took up.
 */
export async function resumeConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  because: readonly Statement[] = [],
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  const done = await commit(db, [
    ...because,
    unparkDispatches(merchantId, connectionId, deps.clock.now()),
  ]);
  const ids = (done.at(-1)?.rows ?? []).map((row) => (row as { id: DispatchId }).id);
  await hintDispatches(deps, merchantId, ids);
  return ids.length;
}
