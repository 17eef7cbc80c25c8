import type { MerchantId } from "../domain/ids.ts";
import type { Deps } from "./deps.ts";

/** So that what goes wrong together is told together. */
const GATHER_S = 10;

/** Has whoever is to be told at once told soon. A queue that does not take the hint costs time only: the sweep tells too. */
export async function tellSoon(deps: Deps, merchantId: MerchantId): Promise<void> {
  try {
    await deps.queues.notices.send(
      { kind: "alerts", merchant_id: merchantId },
      { delaySeconds: GATHER_S },
    );
  } catch (error) {
    deps.log.warn("hint_lost", { merchant_id: merchantId, error });
  }
}
