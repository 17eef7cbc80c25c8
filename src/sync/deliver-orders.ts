import { sentCodes, type SentCodes } from "../domain/codes.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import { settleDelivery, type DeliverySettlement, type SendResult } from "../domain/delivery.ts";
import type { MerchantId } from "../domain/ids.ts";
import { isShipped } from "../domain/parts.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { followTroubles } from "../store/alerts.ts";
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
import type { OrderStep } from "../store/steps.ts";
import type { Statement } from "../store/statement.ts";
import { cartsThatCancel } from "./cancel-in-cart.ts";
import { checkOrders, type Checked, type Held } from "./check-orders.ts";
import { noteAnswers } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { cancelPages } from "./dispatch-pages.ts";
import { openWms, type OpenWms } from "./open-connection.ts";
import { admitted } from "./probe.ts";
import { sendingTroubles } from "./raise-troubles.ts";
import { releaseIfMended } from "./release-if-mended.ts";
import { tellSoon } from "./tell-soon.ts";
import {
  hasTime,
  isWelcome,
  parkRest,
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
 * place and no try is counted. So does a WMS that gives nobody an answer; then one order at a time tries.
 */
export async function deliverOrders(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { db, merchant_id, dispatch } = claimed;
  const wms = await openWms(deps, merchant_id, dispatch.connection_id);
  const first = await admitted(deps, wms.connection);
  if (first === "none") return parkRest(deps, claimed);
  let probes = first === "one";
  let from = 0;
  while (from < dispatch.items.length) {
    if (!hasTime(deps, claimed)) return postponeRest(deps, claimed);
    const slice = dispatch.items.slice(from, from + (probes ? 1 : SLICE));
    from += slice.length;
    const work = await deliveriesToSend(db, merchant_id, dispatch.id, slice);
    const checked = await checkOrders(deps, merchant_id, wms, work);
    const sent = await Promise.all(
      work.map((delivery) => sendOne(deps, claimed, wms, delivery, checked.get(delivery.order_id))),
    );
    const results = sent.map(({ result }) => result);
    claimed.open ||= results.some((result) => result.kind === "failed" && result.unknown);
    const stopping = results.find(stops);
    const isDone = from >= dispatch.items.length;
    const goOn = sent.filter(({ result }) => !stops(result));
    await settleSlice(deps, claimed, wms, goOn, isDone && !stopping);
    if (stopping) {
      const { failure: kind, message, retry_after_ms } = stopping;
      return stopPage(deps, claimed, wms.connection, { kind, message, retry_after_ms });
    }
    const answers = results
      .filter(wasAsked)
      .map((result) =>
        result.kind === "failed" ? { kind: result.failure, message: result.message } : null,
      );
    const heard = await noteAnswers(deps, wms.connection, answers, probes);
    if (heard === "silent" && !isDone) return parkRest(deps, claimed);
    probes &&= heard === "nothing";
  }
  return { kind: "settled" };
}

interface Sent {
  delivery: DeliveryWork;
  result: SendResult;
  durationMs: number;
  /** What was doubtful about it, for its timeline. */
  notes: readonly string[];
  /** What our own checks hold it for. */
  held: Held | null;
  /** The codes that the WMS was sent, where they are not the order's own. */
  codes: SentCodes | null;
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
  checked: Checked | undefined,
): Promise<Sent> {
  const started = deps.clock.now();
  let result: SendResult;
  try {
    // Asking costs one call, and only after something went wrong: before any second send it is worth it.
    const before = claimed.unknown || delivery.unknown || delivery.attempts.length > 0;
    result = await sendOrder(wms, delivery, before, checked);
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
    // A question that is still open is not answered by that.
    result = result.unknown
      ? { ...result, failure: "bad_request" }
      : { kind: "refused", code: "other", message: result.message };
  const durationMs = deps.clock.now() - started;
  logAttempt(deps, claimed, delivery, result, durationMs);
  const notes = checked?.kind === "ready" && result.kind === "accepted" ? checked.notes : [];
  const held = checked?.kind === "held" && result.kind === "held" ? checked : null;
  const codes = checked?.kind === "ready" ? sentCodes(delivery.body, checked.order) : null;
  return { delivery, result, durationMs, notes, held, codes };
}

/** Commits what became of a slice, with the alerts that it raises and resolves. */
async function settleSlice(
  deps: Deps,
  claimed: Claimed,
  wms: OpenWms,
  sent: readonly Sent[],
  last: boolean,
): Promise<void> {
  const { merchant_id, dispatch, fence } = claimed;
  const now = deps.clock.now();
  const settled = sent.map(({ delivery, result, durationMs, notes, codes }) => ({
    delivery,
    result,
    notes,
    sent_codes: isThere(result) ? { codes, found: wasThere(result) } : null,
    settlement: settleDelivery({ ...delivery, state: "queued" }, result, now, durationMs),
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
  const held = sent.flatMap((one) => one.held ?? []);
  const troubles = await sendingTroubles(deps, claimed, wms.connection, settled);
  await settle(
    deps,
    claimed,
    [
      settleDeliveries(
        merchant_id,
        dispatch.id,
        fence,
        settled.map(({ delivery, settlement, sent_codes }) => ({
          order_id: delivery.order_id,
          progress: settlement.progress,
          sent_codes,
        })),
      ),
      updateSentOrders(
        merchant_id,
        dispatch.id,
        fence,
        settled.flatMap((one) => stepOf(one, now)),
      ),
      calledOff,
      ...(await stoppedMeanwhile(deps, merchant_id, sent, now)),
      ...troubles.statements,
      ...new Set(held.flatMap(({ follow }) => follow)),
      releaseIfMended(deps, merchant_id, held),
      noteChange(merchant_id, "sent", accepted, now),
    ],
    sent.map(({ result }) => (result.kind === "failed" ? result.failure : result.kind)),
    last,
  );
  if (troubles.at_once) await tellSoon(deps, merchant_id);
}

/** Whether the WMS has what this attempt or an earlier one sent, or may have it. */
const isThere = (result: SendResult): boolean =>
  result.kind === "accepted" || (result.kind === "failed" && result.unknown);

/** An earlier attempt sent it. */
const wasThere = (result: SendResult): boolean => result.kind === "accepted" && result.found;

/** What an attempt makes of the order's own row, with what was doubtful about it. */
function stepOf(
  {
    delivery,
    notes,
    settlement: { order },
  }: { delivery: DeliveryWork; notes: readonly string[]; settlement: DeliverySettlement },
  at: number,
): OrderStep[] {
  if (!order) return [];
  const { status, error_reason, entry } = order;
  const noted = notes.map((text): TimelineEntry => ({ at, event: "noted", text }));
  return [{ id: delivery.order_id, status, error_reason, entries: [...noted, entry], at }];
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
    ...followTroubles(merchantId, ids, { at: now, by: "The order was called off." }),
  ];
}

/** Whether the WMS had a say in it. */
const wasAsked = (result: SendResult): boolean =>
  result.kind === "accepted" ||
  result.kind === "failed" ||
  (result.kind === "refused" && result.code !== "test_order");

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
  checked: Checked | undefined,
): Promise<SendResult> {
  const { orders } = wms.connector;
  const reference = delivery.cust_ref;
  // What the WMS called off it will not ship, so it does not have it.
  let calledOff: string | null = null;
  const find = async () => {
    const state = await orders.find(wms.call, reference);
    calledOff = state?.status === "cancelled" ? state.wms_order_id : null;
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
  if (delivery.is_test && !wms.policy.allow_test_orders) return noTestOrders;
  if (checked?.kind === "held") return checked;
  try {
    const key = `${delivery.order_id}.${delivery.generation}`;
    const { cart_lines: _, ...body } = checked?.order ?? delivery.body;
    const order = { ...body, lines: body.lines.filter(isShipped) };
    const outcome = await orders.submit(wms.call, { reference, order }, key);
    if (outcome.kind === "refused") return outcome;
    const isTaken = outcome.kind === "accepted" && outcome.wms_order_id !== calledOff;
    if (isTaken) return { ...outcome, found: false };
    const found = outcome.kind === "accepted" ? null : await find();
    const message =
      calledOff === null
        ? `It says it has ${reference} already, but does not find it.`
        : `It called ${reference} off and takes nothing else under this reference: have it opened there again, or cancel it here and enter it under another number.`;
    return found ?? { kind: "refused", code: "other", message };
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
