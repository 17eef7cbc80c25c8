import { actorText, type Actor } from "../domain/actor.ts";
import { ConnectorFailure, DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import { noteChange } from "../store/changes.ts";
import {
  ordersToResend,
  renewDeliveries,
  retryDeliveries,
  retryStopped,
  retryUnsent,
  sendAnew,
  type LostOrder,
  type OrderToResend,
} from "../store/resends.ts";
import { commit } from "../store/statement.ts";
import { allDone, changedBy, resultsOf } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { hintDispatches } from "./dispatch-pages.ts";
import { openWms, type OpenWms } from "./open-connection.ts";
import { queueRecords } from "./queue-records.ts";
import { cartDestinations, cartWays } from "./release-waiting.ts";

const RETRIED = "It is sent again now; its 15 days begin anew.";
const ASKED = "The WMS is asked again whether it has it, so that it can be called off.";
const RENEWED = "The WMS does not have it: it is sent again now.";

/**
 * Has orders sent again now. One whose sending failed or that is in error is tried at once, for 15 days
 * more; of one that is to be called off and was given up the WMS is asked once more. One that a WMS
 * accepted is asked for there first: found, it is refused with the WMS's id; not found, it is sent under a
 * new key; if the WMS cannot tell, `mayShipTwice` sends it all the same.
 */
export async function resendOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  mayShipTwice: boolean,
  by: Actor,
): Promise<ActionResult[]> {
  const db = await deps.databases.of(merchantId);
  const ways = await cartWays(deps, merchantId);
  const orders = await ordersToResend(db, merchantId, ids);
  const asked = await askWms(
    deps,
    merchantId,
    orders.filter(({ status }) => status === "at_wms"),
    mayShipTwice,
  );
  const now = deps.clock.now();
  const entry = (text: string) => ({
    at: now,
    event: "resent" as const,
    text,
    by: actorText(by),
  });
  const lostIds = new Set(asked.lost.map(({ id }) => id));
  const others = ids.filter((id) => !lostIds.has(id));
  const [retried, stopped, , renewed] = await commit(db, [
    retryUnsent(merchantId, others, ways, entry("To be sent again at once.")),
    retryStopped(merchantId, others, entry("The WMS is to be asked for it again at once.")),
    retryDeliveries(merchantId, others, now),
    sendAnew(merchantId, asked.lost, ways, entry(`The WMS ${asked.said}, so it is sent anew.`)),
    renewDeliveries(merchantId, asked.lost, now),
    noteChange(merchantId, "revised", ids, now),
  ]);
  const done = [retried, stopped, renewed].flatMap(changedBy);
  await sendNow(deps, merchantId, orders, done);
  return resultsOf(
    deps,
    merchantId,
    "resend",
    ids,
    new Map([
      ...allDone(changedBy(retried), RETRIED),
      ...allDone(changedBy(stopped), ASKED),
      ...allDone(changedBy(renewed), RENEWED),
    ]),
    asked.settled,
  );
}

interface Asked {
  lost: LostOrder[];
  /** What it said of those, for the middle of a sentence. */
  said: string;
  settled: Map<string, ActionResult>;
}

/** Asks each WMS for the orders that it accepted. */
async function askWms(
  deps: Deps,
  merchantId: MerchantId,
  orders: readonly OrderToResend[],
  mayShipTwice: boolean,
): Promise<Asked> {
  const asked: Asked = {
    lost: [],
    said: mayShipTwice ? "does not have it or cannot tell" : "does not have it",
    settled: new Map(),
  };
  for (const [wmsId, group] of Map.groupBy(orders, ({ wms_id }) => wms_id)) {
    if (wmsId === null) continue;
    try {
      const wms = await openWms(deps, merchantId, wmsId);
      await Promise.all(group.map((order) => askFor(deps, wms, order, mayShipTwice, asked)));
    } catch (error) {
      if (!(error instanceof DrayError)) throw error;
      for (const { id } of group) asked.settled.set(id, refusal(id, error.message));
    }
  }
  return asked;
}

const refusal = (id: string, message: string): ActionResult => ({ id, result: "refused", message });

async function askFor(
  deps: Deps,
  { connection, connector, call }: OpenWms,
  { id, cust_ref, generation }: OrderToResend,
  mayShipTwice: boolean,
  { lost, settled }: Asked,
): Promise<void> {
  const refused = (message: string) => settled.set(id, refusal(id, message));
  try {
    const state = await connector.orders.find(call, cust_ref);
    if (state && state.status !== "cancelled")
      refused(`The WMS has it, as ${state.wms_order_id}: sent again it would ship twice.`);
    else lost.push({ id, generation, unasked: false });
  } catch (error) {
    if (!(error instanceof ConnectorFailure))
      deps.log.error("connector_failed", { connection_id: connection.id, order_id: id, error });
    const why =
      error instanceof ConnectorFailure ? error.message : "Dray could not read its answer";
    if (mayShipTwice) lost.push({ id, generation, unasked: true });
    else
      refused(
        `The WMS cannot tell whether it has it (${why.slice(0, 200)}). To send it all the same, say confirm: "may_ship_twice".`,
      );
  }
}

/** Puts them on pages of work at once; a worker that dies leaves them due for the sweep. */
async function sendNow(
  deps: Deps,
  merchantId: MerchantId,
  orders: readonly OrderToResend[],
  done: readonly { id: string; cart_id: ConnectionId }[],
): Promise<void> {
  if (done.length === 0) return;
  const goesTo = await cartDestinations(deps, merchantId);
  const before = new Map<string, OrderToResend>(orders.map((order) => [order.id, order]));
  const groups = Map.groupBy(done, ({ id, cart_id }) => {
    const order = before.get(id);
    // Whoever may have it already is the one to be asked.
    return order?.unknown ? order.wms_id : (goesTo.get(cart_id)?.wms_id ?? null);
  });
  for (const [wmsId, group] of groups) {
    if (wmsId === null) continue;
    const ids = group.map(({ id }) => id);
    try {
      const dispatches = await queueRecords(deps, "delivery", merchantId, wmsId, ids);
      await hintDispatches(deps, merchantId, dispatches);
    } catch (error) {
      deps.log.error("resend_failed", { merchant_id: merchantId, connection_id: wmsId, error });
    }
  }
}
