import type { Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult, OrderAction } from "../domain/order-actions.ts";
import { cancelOrders } from "./cancel-orders.ts";
import { cancelSending } from "./cancel-sending.ts";
import { clearOrders } from "./clear-orders.ts";
import type { Deps } from "./deps.ts";
import { editOrders } from "./edit-orders.ts";
import { holdOrders } from "./hold-orders.ts";
import { releaseHeldOrders } from "./release-orders.ts";
import { resendOrders } from "./resend-orders.ts";
import { resendTracking } from "./resend-tracking.ts";
import { restoreOrders } from "./restore-orders.ts";

/** Does what a person asked for with one order or up to a hundred; one result for each, in their sequence. */
export function actOnOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  wanted: OrderAction,
  by: Actor,
): Promise<ActionResult[]> {
  switch (wanted.action) {
    case "hold":
      return holdOrders(deps, merchantId, ids, wanted.until, by);
    case "release":
      return releaseHeldOrders(deps, merchantId, ids, by);
    case "edit":
      return editOrders(deps, merchantId, ids, wanted.edit, by);
    case "cancel-sending":
      return cancelSending(deps, merchantId, ids, by);
    case "cancel":
      return cancelOrders(deps, merchantId, ids, by);
    case "clear":
      return clearOrders(deps, merchantId, ids, by);
    case "resend":
      return resendOrders(deps, merchantId, ids, wanted.may_ship_twice, by);
    case "resend-tracking":
      return resendTracking(deps, merchantId, ids, by);
    case "restore":
      return restoreOrders(deps, merchantId, ids, by);
  }
}
