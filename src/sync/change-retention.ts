import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { DEFAULT_DAYS } from "../domain/retention.ts";
import { readRetention, setRetentionDays } from "../store/retention.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** How long a merchant's customers' data is kept after an order's end. */
export interface ShownRetention {
  days: number;
  default_days: number;
}

export async function showRetention(deps: Deps, merchantId: MerchantId): Promise<ShownRetention> {
  const { days } = await readRetention(await deps.databases.of(merchantId), merchantId);
  return { days, default_days: DEFAULT_DAYS };
}

/**
 * Sets the days, from the next daily round on. What was taken out stays so. Throws `conflict` when
 * somebody else set them at the same moment.
 */
export async function changeRetention(
  deps: Deps,
  merchantId: MerchantId,
  days: number,
  by: Actor,
): Promise<ShownRetention> {
  const db = await deps.databases.of(merchantId);
  const seen = await readRetention(db, merchantId);
  if (seen.days !== days) {
    const entry = {
      id: deps.ids.next("aud"),
      at: deps.clock.now(),
      by,
      act: "retention_changed",
      subject: merchantId,
      before: { days: seen.days },
      after: { days },
    };
    const [noted] = await commit(db, setRetentionDays(merchantId, seen.days, days, entry));
    if (noted?.changes !== 1)
      throw new DrayError("conflict", "Somebody else changed it at the same moment: try again");
  }
  return { days, default_days: DEFAULT_DAYS };
}
