import type { FailureKind } from "../domain/errors.ts";
import type { ConnectionId, DispatchId, MerchantId } from "../domain/ids.ts";
import type { Connection } from "../store/connections.ts";
import { claimProbe, dueProbes, endProbing, unparkOne } from "../store/probes.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";

/**
 * A connection that fails for everybody is tried by one record every five minutes; the pages of the
 * others are parked, and no try of theirs counts. The first that gets through wakes them all.
 */
export const PROBE_MS = 5 * 60_000;

/** So many failures and no answer is no accident of single records. */
const SILENT = 5;
const silence = new Set<FailureKind>(["unavailable", "timed_out", "bad_response"]);

/** Whether a vendor gave none of the records any usable answer. */
export const fellSilent = (failures: readonly (FailureKind | null)[]): boolean =>
  failures.length >= SILENT && failures.every((kind) => kind !== null && silence.has(kind));

/** How many of a page's records may be tried at first: all of them, the one that probes, or none. */
export async function admitted(
  deps: Deps,
  { merchant_id, id, probe_at }: Connection,
): Promise<"all" | "one" | "none"> {
  if (probe_at === null) return "all";
  const now = deps.clock.now();
  const db = await deps.databases.of(merchant_id);
  const [won] = await commit(db, [claimProbe(merchant_id, id, now, now + PROBE_MS)]);
  return won?.rows.length === 1 ? "one" : "none";
}

/**
 * Gives each silent connection of a database whose time has come one page to probe with. Answers how
 * many; what fails is logged and found again.
 */
export async function sendProbes(deps: Deps, db: D1Database, most: number): Promise<number> {
  const due = await dueProbes(db, deps.clock.now(), most);
  for (const { merchant_id, connection_id } of due)
    try {
      await sendProbe(deps, db, merchant_id, connection_id);
    } catch (error) {
      deps.log.error("probe_failed", { merchant_id, connection_id, error });
    }
  return due.length;
}

async function sendProbe(
  deps: Deps,
  db: D1Database,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<void> {
  const [woken] = await commit(db, [unparkOne(merchantId, connectionId, deps.clock.now())]);
  const ids = (woken?.rows ?? []).map((row) => (row as { id: DispatchId }).id);
  if (ids.length === 0) await commit(db, [endProbing(merchantId, connectionId)]);
  else await hintDispatches(deps, merchantId, ids);
}
