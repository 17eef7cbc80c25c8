import { DRAY } from "../domain/actor.ts";
import type { SendResult } from "../domain/delivery.ts";
import type { MerchantId } from "../domain/ids.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import type { Deps } from "./deps.ts";
import { releaseFromAlerts } from "./release-alerts.ts";

/**
 * After orders were held by our own checks: whoever mended something between the check and this did not
 * find them listed, so what would not be held any more is let go. What fails is logged: the orders are
 * listed, and go when somebody looks again.
 */
export async function releaseIfMended(
  deps: Deps,
  merchantId: MerchantId,
  sent: readonly { delivery: DeliveryWork; result: SendResult }[],
): Promise<void> {
  const waiting = sent.flatMap(({ delivery: { order_id }, result }) =>
    result.kind === "held"
      ? result.causes.map((cause) => ({ alert_id: alertIdOf(merchantId, cause), order_id }))
      : [],
  );
  if (waiting.length === 0) return;
  try {
    await releaseFromAlerts(deps, merchantId, waiting, "What kept it was mended meanwhile.", DRAY);
  } catch (error) {
    deps.log.error("release_failed", { merchant_id: merchantId, error });
  }
}
