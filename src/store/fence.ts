import { sql, type SQL } from "drizzle-orm";
import type { MerchantId } from "../domain/ids.ts";

/** True while `fence` is the newest claim of the dispatch: results of an older one are not taken. */
export const underFence = (merchantId: MerchantId, dispatchId: string, fence: number): SQL =>
  sql`EXISTS (SELECT 1 FROM dispatches x WHERE x.merchant_id = ${merchantId}
          AND x.id = ${dispatchId} AND x.fence = ${fence})`;
