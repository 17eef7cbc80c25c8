import type { FailedCall } from "../domain/failed-call.ts";
import type { Connection } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import { insertVendorCall } from "../store/vendor-calls.ts";
import type { Deps } from "./deps.ts";

/** Of one connection and minute: an outage leaves its first ones, each call has its log line anyway. */
const MOST = 20;
const MINUTE_MS = 60_000;

/**
 * Keeps the calls of a connection that failed, beside the work: what cannot be kept is logged. One
 * use of a connection asks D1 for no more than 20 a minute, and D1 takes no more from all of them.
 */
export function failedCallKeeper(
  deps: Deps,
  { merchant_id, id }: Pick<Connection, "merchant_id" | "id">,
): (call: () => FailedCall) => void {
  let recent: number[] = [];
  return (make) => {
    const now = deps.clock.now();
    const since = now - MINUTE_MS;
    recent = recent.filter((at) => at > since);
    if (recent.length >= MOST) return;
    recent.push(now);
    deps.later(async () => {
      try {
        const call = { ...make(), id: deps.ids.next("cal") };
        const db = await deps.databases.of(merchant_id);
        await commit(db, [insertVendorCall(merchant_id, id, call, { since, most: MOST })]);
      } catch (error) {
        deps.log.warn("call_not_kept", { merchant_id, connection_id: id, error });
      }
    });
  };
}
