import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import { atMost } from "../platform/pace.ts";
import { followTroubles } from "../store/alerts.ts";
import { cancelByWms, queueCartCancels } from "../store/cancellations.ts";
import { noteChange } from "../store/changes.ts";
import { cancelDeliveries } from "../store/deliveries.ts";
import { ordersByRef } from "../store/orders.ts";
import { releaseLastParcels } from "../store/shipments.ts";
import { commit } from "../store/statement.ts";
import { cartsThatCancel } from "./cancel-in-cart.ts";
import { noteFailure } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { cancelPages, dispatchIds, hintDispatches } from "./dispatch-pages.ts";
import { openWms, type OpenWms } from "./open-connection.ts";

/** A reference that the WMS will not ship, with its own words. */
export interface WmsCancel {
  reference: string;
  reason: string | null;
}

type Found = Awaited<ReturnType<OpenWms["connector"]["orders"]["find"]>>;

/** Asked at a time, of those that a page of a feed tells of. */
const AT_ONCE = 4;

/**
 * Takes in that a WMS called orders off by itself, and passes it on to the carts that want to hear
 * of it. Told again, it changes nothing. A feed may tell of one that was called off before it was
 * sent anew, so the WMS is asked whether it still has it. Answers how many orders it stopped; throws
 * the WMS's failure.
 */
export const takeWmsCancels = (
  deps: Deps,
  wms: OpenWms,
  told: readonly WmsCancel[],
): Promise<number> =>
  takeIfSo(deps, wms, told, (state) => state === null || state.status === "cancelled");

async function takeIfSo(
  deps: Deps,
  wms: OpenWms,
  told: readonly WmsCancel[],
  isSo: (state: Found) => boolean,
): Promise<number> {
  if (told.length === 0) return 0;
  const merchantId = wms.connection.merchant_id;
  const db = await deps.databases.of(merchantId);
  const reasonOf = new Map(told.map(({ reference, reason }) => [reference, reason]));
  const orders: Awaited<ReturnType<typeof ordersByRef>> = [];
  await atMost(AT_ONCE, await ordersByRef(db, merchantId, [...reasonOf.keys()]), async (order) => {
    if (order.status !== "at_wms" && order.status !== "partial") return;
    if (isSo(await wms.connector.orders.find(wms.call, order.cust_ref))) orders.push(order);
  });
  if (orders.length === 0) return 0;
  const now = deps.clock.now();
  const ids = orders.map(({ id }) => id);
  const carts = await cartsThatCancel(deps, merchantId);
  const done = await commit(db, [
    cancelByWms(
      merchantId,
      carts,
      orders.map(({ id, cust_ref }) => {
        const reason = reasonOf.get(cust_ref);
        const said = reason ? `: "${reason}"` : ".";
        const text = `The WMS called it off${said}`;
        const entries = [{ at: now, event: "canceled_by_wms" as const, text }];
        return { id, status: null, error_reason: null, entries, at: now };
      }),
    ),
    cancelDeliveries(merchantId, ids),
    ...followTroubles(merchantId, ids, { at: now, by: "The WMS called the order off." }),
    releaseLastParcels(merchantId, ids, now),
    queueCartCancels(merchantId, ids, cancelPages(deps, carts, now)),
    noteChange(merchantId, "canceled", ids, now),
  ]);
  await hintDispatches(
    deps,
    merchantId,
    done.flatMap(({ rows }) => dispatchIds(rows)),
  );
  return done[0]?.changes ?? 0;
}

/** Asks a WMS that says it called an order off whether that is so: a nudge is never believed. */
export async function confirmWmsCancel(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  reference: string,
): Promise<void> {
  const wms = await openWms(deps, merchantId, wmsId);
  try {
    await takeIfSo(
      deps,
      wms,
      [{ reference, reason: null }],
      (state) => state?.status === "cancelled",
    );
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    // The feed of shipments tells of it again.
    await noteFailure(deps, wms.connection, error);
  }
}
