import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { ConnectorFailure } from "../domain/errors.ts";
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
import { openWms } from "./open-connection.ts";

/** A reference that the WMS will not ship, with its own words. */
export interface WmsCancel {
  reference: string;
  reason: string | null;
}

/**
 * Takes in that a WMS called orders off by itself, and passes it on to the carts that want to hear
 * of it. Told again, it changes nothing. Answers how many orders it stopped.
 */
export async function takeWmsCancels(
  deps: Deps,
  merchantId: MerchantId,
  told: readonly WmsCancel[],
): Promise<number> {
  if (told.length === 0) return 0;
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const reasonOf = new Map(told.map(({ reference, reason }) => [reference, reason]));
  const orders = (await ordersByRef(db, merchantId, [...reasonOf.keys()])).filter(
    ({ status }) => status === "at_wms" || status === "partial",
  );
  if (orders.length === 0) return 0;
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
    const state = await wms.connector.orders.find(wms.call, reference);
    if (state?.status === "cancelled")
      await takeWmsCancels(deps, merchantId, [{ reference, reason: null }]);
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    // The feed of shipments tells of it again.
    await noteFailure(deps, wms.connection, error);
  }
}
