import type { ShipmentNotice } from "../connectors/contract.ts";
import { inCart } from "../domain/cart-lines.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import { recordRetry, type Trouble } from "../domain/retry.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { noteChange } from "../store/changes.ts";
import { ordersById, updateConfirmedOrders, type OrderForShipping } from "../store/orders.ts";
import {
  doubtShipments,
  settleShipments,
  shipmentsOf,
  type ShipmentProgress,
  type ShipmentRow,
} from "../store/shipments.ts";
import { noteSuccess } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { openCart, type OpenCart } from "./open-connection.ts";
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

/** Between two tries of a shipment that the cart did not take. */
const RETRY_MS = 15 * 60_000;

/** How posting one shipment ended; `entry` null says nothing new. */
interface Posted {
  shipment: ShipmentRow;
  progress: ShipmentProgress;
  entry: TimelineEntry | null;
}

/** Rejected credentials, or the cart asks for patience: the rest of the page waits. */
class Stopped extends Error {
  readonly failure: ConnectorFailure;
  /** It may be shown all the same: a cart takes a shipment in several calls, and any of them may be stopped. */
  readonly shipment: ShipmentRow;
  constructor(failure: ConnectorFailure, shipment: ShipmentRow) {
    super(failure.message);
    this.failure = failure;
    this.shipment = shipment;
  }
}

/**
 * Tells a cart of the shipments of a claimed dispatch. The shipments of one order go one after the
 * other, so that only the last of them completes it; results are committed every 25 orders.
 */
export async function confirmShipments(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { dispatch } = claimed;
  const cart = await openCart(deps, claimed.merchant_id, dispatch.connection_id);
  for (let from = 0; from < dispatch.items.length; from += SLICE) {
    if (!hasTime(deps, claimed)) return postponeRest(deps, claimed);
    const { posted, stopping, doubted } = await postSlice(
      deps,
      claimed,
      cart,
      dispatch.items.slice(from, from + SLICE),
    );
    const last = from + SLICE >= dispatch.items.length;
    await settleSlice(deps, claimed, posted, doubted, last && !stopping);
    if (stopping) return stopPage(deps, claimed, cart.connection, stopping);
    if (posted.some(({ progress }) => progress.last_error === null))
      await noteSuccess(deps, cart.connection);
  }
  return { kind: "settled" };
}

async function postSlice(
  deps: Deps,
  claimed: Claimed,
  cart: OpenCart,
  orderIds: readonly string[],
): Promise<{
  posted: Posted[];
  stopping: ConnectorFailure | null;
  doubted: ShipmentRow[];
}> {
  const { db, merchant_id, dispatch } = claimed;
  const [orders, shipments] = await Promise.all([
    ordersById(db, merchant_id, orderIds),
    shipmentsOf(db, merchant_id, orderIds),
  ]);
  const byOrder = Map.groupBy(shipments, ({ order_id }) => order_id);
  const posted: Posted[] = [];
  const doubted: ShipmentRow[] = [];
  let stopping: ConnectorFailure | null = null;
  await Promise.all(
    orders.map(async (order) => {
      const all = byOrder.get(order.id) ?? [];
      const queued = all.filter(({ state }) => state === "queued");
      const ours = queued.filter(({ dispatch_id }) => dispatch_id === dispatch.id);
      if (ours.length < queued.length) {
        posted.push(...ours.map((shipment) => afterTheOther(shipment, deps.clock.now())));
        return;
      }
      try {
        for (const shipment of ours)
          posted.push(await postShipment(deps, claimed, cart, order, shipment, all, posted));
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
        stopping = error.failure;
        doubted.push(error.shipment);
      }
    }),
  );
  return { posted, stopping, doubted };
}

/** Another page is telling of this order right now; told at once, neither would know that it completes the order. */
const afterTheOther = (shipment: ShipmentRow, now: number): Posted => ({
  shipment,
  progress: {
    ...shipment,
    state: "due",
    next_at: now + 60_000,
    last_error: shipment.last_error,
  },
  entry: null,
});

/** Commits what became of a slice. */
async function settleSlice(
  deps: Deps,
  claimed: Claimed,
  posted: readonly Posted[],
  doubted: readonly ShipmentRow[],
  last: boolean,
): Promise<void> {
  const { merchant_id, dispatch, fence } = claimed;
  const now = deps.clock.now();
  const byId = Map.groupBy(posted, ({ shipment }) => shipment.order_id);
  await settle(
    deps,
    claimed,
    [
      settleShipments(
        merchant_id,
        dispatch.id,
        fence,
        posted.map(({ progress }) => progress),
        now,
      ),
      doubtShipments(merchant_id, dispatch.id, fence, doubted),
      updateConfirmedOrders(
        merchant_id,
        dispatch.id,
        fence,
        [...byId].map(([id, done]) => ({
          id,
          status: null,
          error_reason: null,
          entries: done.flatMap(({ entry }) => (entry ? [entry] : [])),
          at: now,
        })),
      ),
      noteChange(merchant_id, "confirmed", [...byId.keys()], now),
    ],
    posted.map(({ progress }) => progress.state),
    last,
  );
}

async function postShipment(
  deps: Deps,
  claimed: Claimed,
  cart: OpenCart,
  order: OrderForShipping,
  shipment: ShipmentRow,
  all: readonly ShipmentRow[],
  posted: readonly Posted[],
): Promise<Posted> {
  const started = deps.clock.now();
  const notice = noticeOf(cart, order, shipment, all, posted);
  let result: { cart_shipment_id: string | null; refused: string | null } | ConnectorFailure;
  const maybeThere = claimed.unknown || shipment.unknown;
  try {
    result = await tell(cart, notice, shipment, maybeThere);
  } catch (error) {
    result = asFailure(deps, claimed, order, error);
    if (result.kind === "unauthorized" && (await isWelcome(deps, claimed)))
      result = new ConnectorFailure("bad_request", result.message);
    if (result.kind === "unauthorized" || result.kind === "throttled")
      throw new Stopped(result, shipment);
  }
  const now = deps.clock.now();
  deps.log.info("confirmation_attempt", {
    merchant_id: claimed.merchant_id,
    connection_id: claimed.dispatch.connection_id,
    dispatch_id: claimed.dispatch.id,
    order_id: order.id,
    shipment_id: shipment.id,
    outcome:
      result instanceof ConnectorFailure ? result.kind : result.refused ? "refused" : "confirmed",
    duration_ms: now - started,
  });
  return settled(shipment, notice, result, now);
}

/** A fault of ours in one record must not keep the others from being settled. */
function asFailure(
  deps: Deps,
  claimed: Claimed,
  order: OrderForShipping,
  error: unknown,
): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  deps.log.error("connector_failed", {
    merchant_id: claimed.merchant_id,
    connection_id: claimed.dispatch.connection_id,
    order_id: order.id,
    error,
  });
  const message = "The connector could not work with this shipment or its answer.";
  return new ConnectorFailure("bad_response", message);
}

function noticeOf(
  cart: OpenCart,
  order: OrderForShipping,
  shipment: ShipmentRow,
  all: readonly ShipmentRow[],
  posted: readonly Posted[],
): ShipmentNotice {
  const { body } = shipment;
  const shown = new Set(
    posted
      .filter(({ progress }) => progress.state === "confirmed")
      .map(({ progress }) => progress.id),
  );
  const open = all.filter(
    (other) =>
      other.id !== shipment.id &&
      !other.voided &&
      other.state !== "confirmed" &&
      other.state !== "none" &&
      !shown.has(other.id),
  );
  return {
    source_id: order.source_id,
    number: order.number,
    shipment_id: shipment.id,
    tracking_number: body.tracking_number,
    tracking_url: body.tracking_url,
    carrier: body.carrier,
    service: body.service,
    shipped_at: body.shipped_at,
    lines: inCart(order.body, body.lines),
    completes_order:
      (order.status === "shipped" || order.status === "confirmed") && open.length === 0,
    mail_customer: cart.policy.mail_customer,
  };
}

/** Makes the cart show the shipment, or show a voided one no more. It is looked up first when an earlier try may have arrived. */
async function tell(
  cart: OpenCart,
  notice: ShipmentNotice,
  shipment: ShipmentRow,
  maybeThere: boolean,
): Promise<{ cart_shipment_id: string | null; refused: string | null }> {
  const { shipments } = cart.connector;
  if (!shipments) return { cart_shipment_id: null, refused: "This cart takes no tracking." };
  const known =
    shipment.cart_shipment_id ??
    (maybeThere || shipment.voided ? await shipments.find(cart.call, notice) : null);
  if (!shipment.voided) {
    const outcome = await shipments.confirm(cart.call, notice, known);
    return outcome.kind === "confirmed"
      ? { cart_shipment_id: outcome.cart_shipment_id ?? known, refused: null }
      : { cart_shipment_id: known, refused: outcome.message };
  }
  if (known === null) return { cart_shipment_id: null, refused: null };
  const outcome = shipments.withdraw
    ? await shipments.withdraw(cart.call, notice, known)
    : { kind: "cannot_withdraw" as const, message: "this cart cannot take a shipment back" };
  // The void stands whatever the cart can do; the order says so, and nothing is tried for ever.
  return outcome.kind === "withdrawn"
    ? { cart_shipment_id: known, refused: null }
    : { cart_shipment_id: known, refused: outcome.message };
}

function settled(
  shipment: ShipmentRow,
  notice: ShipmentNotice,
  result: { cart_shipment_id: string | null; refused: string | null } | ConnectorFailure,
  now: number,
): Posted {
  const name = notice.tracking_number ?? "without tracking";
  const base: ShipmentProgress = {
    order_id: shipment.order_id,
    id: shipment.id,
    version: shipment.version,
    state: shipment.voided ? "withdrawn" : "confirmed",
    cart_shipment_id: shipment.cart_shipment_id,
    unknown: false,
    failed_posts: shipment.failed_posts,
    first_failed_at: shipment.first_failed_at,
    last_error: null,
    next_at: null,
    confirmed_at: shipment.voided ? null : now,
  };
  const failure = result instanceof ConnectorFailure ? result : null;
  const refused = result instanceof ConnectorFailure ? null : result.refused;
  if (!(result instanceof ConnectorFailure)) base.cart_shipment_id = result.cart_shipment_id;

  if (!failure && !refused)
    return {
      shipment,
      progress: shipment.voided ? { ...base, cart_shipment_id: null } : base,
      entry: {
        at: now,
        event: shipment.voided ? "withdrawn" : "confirmed",
        text: shipment.voided
          ? `Shipment ${name} was taken back from the cart.`
          : `The cart shows shipment ${name}.`,
      },
    };
  const message = (failure?.message ?? refused ?? "").slice(0, 300);
  if (shipment.voided && refused)
    return {
      shipment,
      progress: { ...base, last_error: message },
      entry: {
        at: now,
        event: "withdrawn",
        text: `Shipment ${name} was voided, but the cart still shows it: "${message}".`,
      },
    };

  const trouble: Trouble = failure
    ? { kind: failure.kind, retry_after_ms: failure.retry_after_ms }
    : { kind: "refused", code: "other" };
  const history = { failed: shipment.failed_posts, first_failed_at: shipment.first_failed_at };
  const decision = recordRetry(trouble, history, now, RETRY_MS);
  return {
    shipment,
    progress: {
      ...base,
      state: decision.kind === "retry" ? "due" : "given_up",
      // Also after a plain no: it may be to the last of several calls, behind the one that showed it.
      unknown: true,
      failed_posts: shipment.failed_posts + 1,
      first_failed_at: shipment.first_failed_at ?? now,
      last_error: message,
      next_at: decision.kind === "retry" ? decision.at : null,
      confirmed_at: null,
    },
    entry:
      shipment.last_error === message && decision.kind === "retry"
        ? null
        : {
            at: now,
            event: "confirm_failed",
            text: `The cart did not take shipment ${name}${decision.kind === "retry" ? "" : ", and it is given up"}. ${failure ? message : `It said: "${message}"`}`,
          },
  };
}
