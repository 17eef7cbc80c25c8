import { ConnectorFailure } from "../domain/errors.ts";
import { settleDelivery, type SendResult } from "../domain/delivery.ts";
import type { MerchantId } from "../domain/ids.ts";
import { isShipped } from "../domain/parts.ts";
import {
  cancelStopped,
  keepStopped,
  queueCartCancels,
  queueWmsCancels,
} from "../store/cancellations.ts";
import { noteChange } from "../store/changes.ts";
import {
  cancelDeliveries,
  deliveriesToSend,
  settleDeliveries,
  type DeliveryWork,
} from "../store/deliveries.ts";
import { followHolds } from "../store/order-changes.ts";
import { updateSentOrders } from "../store/orders.ts";
import type { Statement } from "../store/statement.ts";
import { cartsThatCancel } from "./cancel-in-cart.ts";
import { noteFailure, noteSuccess } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { cancelPages } from "./dispatch-pages.ts";
import { openWms, type OpenWms } from "./open-connection.ts";
import {
  hasTime,
  isWelcome,
  postponeRest,
  settle,
  SLICE,
  stopPage,
  type Claimed,
  type DispatchResult,
} from "./claimed-dispatch.ts";

/**
 * Sends the orders of a claimed dispatch to their WMS. Each is settled on its own merits; results are
 * committed every 25. Rejected credentials and throttling stop the rest of the page: it keeps its
 * place and no try is counted.
 */
export async function deliverOrders(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { db, merchant_id, dispatch } = claimed;
  const wms = await openWms(deps, merchant_id, dispatch.connection_id);
  for (let from = 0; from < dispatch.items.length; from += SLICE) {
    if (!hasTime(deps, claimed)) return postponeRest(deps, claimed);
    const slice = dispatch.items.slice(from, from + SLICE);
    const work = await deliveriesToSend(db, merchant_id, dispatch.id, slice);
    const sent = await Promise.all(work.map((delivery) => sendOne(deps, claimed, wms, delivery)));
    const stopping = sent.map(({ result }) => result).find(stops);
    const last = from + SLICE >= dispatch.items.length;
    await settleSlice(
      deps,
      claimed,
      sent.filter(({ result }) => !stops(result)),
      last && !stopping,
    );
    if (stopping) {
      const { failure: kind, message, retry_after_ms } = stopping;
      return stopPage(deps, claimed, wms.connection, { kind, message, retry_after_ms });
    }
    await noteHealth(
      deps,
      wms,
      sent.map(({ result }) => result),
    );
  }
  return { kind: "settled" };
}

interface Sent {
  delivery: DeliveryWork;
  result: SendResult;
  durationMs: number;
}

const noTestOrders: SendResult = {
  kind: "refused",
  code: "test_order",
  message: "It is a test order, and this WMS connection takes none: allow them in its policy.",
};

/** One attempt, whatever becomes of it: a fault of ours in one record must not keep the others from being settled. */
async function sendOne(
  deps: Deps,
  claimed: Claimed,
  wms: OpenWms,
  delivery: DeliveryWork,
): Promise<Sent> {
  const started = deps.clock.now();
  let result: SendResult;
  try {
    // Asking costs one call, and only after something went wrong: before any second send it is worth it.
    const before = claimed.unknown || delivery.unknown || delivery.attempts.length > 0;
    result =
      delivery.is_test && !wms.policy.allow_test_orders
        ? noTestOrders
        : await sendOrder(wms, delivery, before);
  } catch (error) {
    deps.log.error("connector_failed", {
      merchant_id: claimed.merchant_id,
      connection_id: claimed.dispatch.connection_id,
      order_id: delivery.order_id,
      error,
    });
    result = {
      kind: "failed",
      failure: "bad_response",
      message: "The connector could not work with this order or its answer.",
      retry_after_ms: null,
      unknown: true,
    };
  }
  if (
    result.kind === "failed" &&
    result.failure === "unauthorized" &&
    (await isWelcome(deps, claimed))
  )
    result = { kind: "refused", code: "other", message: result.message };
  const durationMs = deps.clock.now() - started;
  logAttempt(deps, claimed, delivery, result, durationMs);
  return { delivery, result, durationMs };
}

/** Commits what became of a slice. */
async function settleSlice(
  deps: Deps,
  claimed: Claimed,
  sent: readonly Sent[],
  last: boolean,
): Promise<void> {
  const { merchant_id, dispatch, fence } = claimed;
  const now = deps.clock.now();
  const settled = sent.map(({ delivery, result, durationMs }) => ({
    order_id: delivery.order_id,
    ...settleDelivery({ ...delivery, state: "queued" }, result, now, durationMs),
  }));
  const accepted = sent
    .filter(({ result }) => result.kind === "accepted")
    .map(({ delivery }) => delivery.order_id);
  // Called off while it was being sent: now that the WMS has it, it is called off there.
  const calledOff = queueWmsCancels(
    merchant_id,
    accepted,
    cancelPages(deps, [dispatch.connection_id], now),
  );
  await settle(
    deps,
    claimed,
    [
      settleDeliveries(merchant_id, dispatch.id, fence, settled),
      updateSentOrders(
        merchant_id,
        dispatch.id,
        fence,
        settled.flatMap(({ order_id, order }) =>
          order
            ? [
                {
                  id: order_id,
                  status: order.status,
                  error_reason: order.error_reason,
                  entries: [order.entry],
                  at: now,
                },
              ]
            : [],
        ),
      ),
      calledOff,
      ...(await stoppedMeanwhile(deps, merchant_id, sent, now)),
      noteChange(merchant_id, "sent", accepted, now),
    ],
    sent.map(({ result }) => (result.kind === "failed" ? result.failure : result.kind)),
    last,
  );
}

/** What becomes of orders that were stopped before or during an attempt that the WMS did not accept. */
async function stoppedMeanwhile(
  deps: Deps,
  merchantId: MerchantId,
  sent: readonly Sent[],
  now: number,
): Promise<Statement[]> {
  const ids = sent
    .filter(({ result }) => result.kind !== "accepted")
    .map(({ delivery }) => delivery.order_id);
  if (ids.length === 0) return [];
  const carts = await cartsThatCancel(deps, merchantId);
  const text = "Not sent: it was called off before.";
  return [
    cancelStopped(merchantId, ids, carts, { at: now, event: "canceled", text }),
    cancelDeliveries(merchantId, ids),
    keepStopped(merchantId, ids),
    followHolds(merchantId, ids),
    queueCartCancels(merchantId, ids, cancelPages(deps, carts, now)),
  ];
}

/** A WMS that answers is healthy, whatever it says; one that answers nothing at all is not. */
async function noteHealth(deps: Deps, wms: OpenWms, results: readonly SendResult[]): Promise<void> {
  const failure = results.find((result) => result.kind === "failed");
  if (results.some((result) => result.kind !== "failed")) await noteSuccess(deps, wms.connection);
  else if (failure)
    await noteFailure(deps, wms.connection, { kind: failure.failure, message: failure.message });
}

const stops = (result: SendResult): result is Extract<SendResult, { kind: "failed" }> =>
  result.kind === "failed" && (result.failure === "unauthorized" || result.failure === "throttled");

/**
 * One order to the WMS. If an earlier try may have arrived, the WMS is asked first; if this one ends
 * without a clear answer, it is asked at once, because most lost answers are found again that way.
 */
async function sendOrder(
  wms: OpenWms,
  delivery: DeliveryWork,
  maybeThere: boolean,
): Promise<SendResult> {
  const { orders } = wms.connector;
  const reference = delivery.cust_ref;
  const find = async () => {
    const state = await orders.find(wms.call, reference);
    // What the WMS called off it will not ship, so it does not have it.
    return state && state.status !== "cancelled"
      ? ({ kind: "accepted", wms_order_id: state.wms_order_id, found: true } as const)
      : null;
  };
  try {
    const found = maybeThere ? await find() : null;
    if (found) return found;
  } catch (error) {
    // The question was not answered, whatever the reason, so it is still open.
    return { ...failed(error, true), unknown: true };
  }
  if (delivery.stopped) return { kind: "stopped" };
  try {
    const key = `${delivery.order_id}.${delivery.generation}`;
    const { cart_lines: _, ...body } = delivery.body;
    const order = { ...body, lines: body.lines.filter(isShipped) };
    const outcome = await orders.submit(wms.call, { reference, order }, key);
    if (outcome.kind === "accepted") return { ...outcome, found: false };
    if (outcome.kind === "refused") return outcome;
    return (
      (await find()) ?? {
        kind: "refused",
        code: "other",
        message: `It says it has ${reference} already, but does not find it.`,
      }
    );
  } catch (error) {
    const failure = failed(error, true);
    if (!failure.unknown) return failure;
    try {
      // Not there, says the WMS: only a request that may still be under way leaves that open.
      return (await find()) ?? { ...failure, unknown: failure.failure === "timed_out" };
    } catch (again) {
      if (again instanceof ConnectorFailure) return failure;
      throw again;
    }
  }
}

/** Answers that never came, or that nobody can read, leave open whether the order is there. */
const leavesOpen = new Set<ConnectorFailure["kind"]>(["timed_out", "unavailable", "bad_response"]);

function failed(error: unknown, mayHaveArrived: boolean) {
  if (!(error instanceof ConnectorFailure)) throw error;
  return {
    kind: "failed" as const,
    failure: error.kind,
    message: error.message,
    retry_after_ms: error.retry_after_ms,
    unknown: mayHaveArrived && leavesOpen.has(error.kind),
  };
}

function logAttempt(
  deps: Deps,
  { merchant_id, dispatch }: Claimed,
  delivery: DeliveryWork,
  result: SendResult,
  durationMs: number,
): void {
  deps.log.info("delivery_attempt", {
    merchant_id,
    connection_id: dispatch.connection_id,
    dispatch_id: dispatch.id,
    order_id: delivery.order_id,
    cust_ref: delivery.cust_ref,
    outcome: result.kind === "failed" ? result.failure : result.kind,
    ...(result.kind === "accepted"
      ? { wms_order_id: result.wms_order_id, found: result.found }
      : {}),
    duration_ms: durationMs,
  });
}
