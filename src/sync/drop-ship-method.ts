import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { isMapped, methodKey, type MethodMatch } from "../domain/ship-methods.ts";
import { insertAudit } from "../store/audit.ts";
import { listConnections, updateConnection } from "../store/connections.ts";
import { whileUnchanged } from "../store/fence.ts";
import { dropMethod, methodRows } from "../store/ship-methods.ts";
import { commit } from "../store/statement.ts";
import { changedMeanwhile } from "./change-connection.ts";
import type { Deps } from "./deps.ts";
import { auditOf, cartAmong } from "./save-ship-methods.ts";

/**
 * Takes a mapping away. A method that the cart was seen to send stays listed, without one. Throws
 * `not_found` where there is none, and `conflict` when somebody else was faster.
 */
export async function dropShipMethod(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  wanted: { match: MethodMatch; value: string },
  by: Actor,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const { updated_at } = cartAmong(await listConnections(db, merchantId), cartId);
  const key = { match: wanted.match, value: methodKey(wanted.value) };
  const before = await methodRows(db, merchantId, cartId, [key]);
  const [row] = before;
  if (!row || (!isMapped(row) && row.seen_at !== null))
    throw new DrayError("not_found", "No such mapping");
  const unchanged = whileUnchanged(merchantId, cartId, updated_at);
  const done = await commit(db, [
    ...dropMethod(merchantId, cartId, key, unchanged),
    insertAudit(merchantId, auditOf(deps, cartId, by, before, []), unchanged),
    updateConnection(merchantId, cartId, updated_at, {}, deps.clock.now()),
  ]);
  if (done.at(-1)?.changes !== 1) throw changedMeanwhile();
}
