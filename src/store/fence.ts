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

/** True once one of these connections was changed since it was read. */
export const onceChanged = (
  merchantId: MerchantId,
  read: readonly { id: ConnectionId; updated_at: number }[],
): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(read)}) j CROSS JOIN connections c
        WHERE c.merchant_id = ${merchantId} AND c.id = j.value->>'id' AND c.updated_at <> j.value->>'updated_at')`;

/** True while orders wait on one of these alerts, and `and` holds. */
export const whileWaiting = (merchantId: MerchantId, alertIds: readonly string[], and: SQL): SQL =>
  sql`(${and} AND EXISTS (SELECT 1 FROM json_each(${JSON.stringify(alertIds)}) j CROSS JOIN alerts a
        WHERE a.merchant_id = ${merchantId} AND a.id = j.value AND a.waiting > 0))`;
