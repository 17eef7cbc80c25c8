import { sql, type SQL } from "drizzle-orm";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";

/** True while `fence` is the newest claim of the dispatch: results of an older one are not taken. */
export const underFence = (merchantId: MerchantId, dispatchId: string, fence: number): SQL =>
  sql`EXISTS (SELECT 1 FROM dispatches x WHERE x.merchant_id = ${merchantId}
          AND x.id = ${dispatchId} AND x.fence = ${fence})`;

/** True while a connection is as it was when its change was decided on; goes before that change in a batch. */
export const whileUnchanged = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  seen: number,
): SQL =>
  sql`EXISTS (SELECT 1 FROM connections c WHERE c.merchant_id = ${merchantId}
        AND c.id = ${connectionId} AND c.updated_at = ${seen})`;
