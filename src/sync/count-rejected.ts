import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { noteRejectedWebhooks } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** Goes on with work after the answer; the platform gives it 30 seconds. */
export type Later = (work: Promise<void>) => void;

const WINDOW_MS = 20_000;

/** Rejected calls that are not written yet, of connections whose window is open. */
const unwritten = new Map<ConnectionId, number>();

/**
 * Counts a rejected call. The first is written at once and opens a window of 20 seconds; the others of
 * the window are counted in memory and written together at its end, so that noise cannot buy writes.
 */
export async function countRejected(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  later: Later,
): Promise<void> {
  const waiting = unwritten.get(connectionId);
  if (waiting !== undefined) {
    unwritten.set(connectionId, waiting + 1);
    return;
  }
  unwritten.set(connectionId, 0);
  later(writeRest(deps, merchantId, connectionId));
  await write(deps, merchantId, connectionId, 1);
}

async function writeRest(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<void> {
  await deps.clock.sleep(WINDOW_MS);
  const count = unwritten.get(connectionId) ?? 0;
  unwritten.delete(connectionId);
  if (count === 0) return;
  try {
    await write(deps, merchantId, connectionId, count);
  } catch (error) {
    const of = { merchant_id: merchantId, connection_id: connectionId };
    deps.log.error("rejected_uncounted", { ...of, webhooks: count, error });
  }
}

async function write(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  count: number,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  await commit(db, [noteRejectedWebhooks(merchantId, connectionId, count)]);
}
