import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { readConnection, setPaused } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** Rests or wakes a connection's jobs. What was parked meanwhile is `resumeConnection`'s business. Throws `not_found`. */
export async function pauseConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  paused: boolean,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  if (!(await readConnection(db, merchantId, connectionId))) {
    throw new DrayError("not_found", "No such connection");
  }
  await commit(db, setPaused(merchantId, connectionId, paused, deps.clock.now()));
  deps.log.info(paused ? "connection_paused" : "connection_resumed", {
    merchant_id: merchantId,
    connection_id: connectionId,
  });
}
