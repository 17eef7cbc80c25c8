import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { readConnection } from "../store/connections.ts";
import { listVendorCalls, type StoredCall } from "../store/vendor-calls.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";

/** A call to a vendor that failed; its bodies are redacted and cut. */
export interface ShownCall {
  id: string;
  at: string;
  method: string;
  url: string;
  /** Null: no answer came. */
  status: number | null;
  duration_ms: number;
  message: string;
  request: string | null;
  response: string | null;
}

export const shownCall = ({ at, ...call }: StoredCall): ShownCall => ({ ...call, at: iso(at) });

/** A connection's failed calls of the last 30 days, newest first; `next` is the `before` of the following page. Throws `not_found`. */
export async function listFailedCalls(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ items: ShownCall[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  if (!(await readConnection(db, merchantId, connectionId)))
    throw new DrayError("not_found", "No such connection");
  const page = { before: before ?? null, limit };
  const rows = await listVendorCalls(db, merchantId, connectionId, page);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { items: rows.map(shownCall), next: last?.id ?? null };
}
