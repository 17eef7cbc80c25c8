import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { readConnection, setPaused } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { resumeConnection } from "./resume-connection.ts";

/** Rests a connection's jobs, or wakes them and takes up what was left lying meanwhile. Throws `not_found`. */
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
  const switched = setPaused(merchantId, connectionId, paused, deps.clock.now());
  if (paused) await commit(db, switched);
  else await resumeConnection(deps, merchantId, connectionId, switched);
  deps.log.info(paused ? "connection_paused" : "connection_resumed", {
    merchant_id: merchantId,
    connection_id: connectionId,
  });
}
