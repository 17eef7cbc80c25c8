import type { ShipmentNotice } from "../connectors/contract.ts";
import { inCart } from "../domain/cart-lines.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import type { Trouble } from "../domain/retry.ts";
import { noteChange } from "../store/changes.ts";
import { ordersById, updateConfirmedOrders, type OrderForShipping } from "../store/orders.ts";
import {
  doubtShipments,
  putOffShipments,
  settleShipments,
  shipmentsOf,
  type ShipmentRow,
} from "../store/shipments.ts";
import { cartCarriers, type CartCarriers } from "./cart-carriers.ts";
import { noteAnswers } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { postedAs, type Posted } from "./posted-shipment.ts";
import { openCart, type OpenCart } from "./open-connection.ts";
import { admitted } from "./probe.ts";
import { trackingTroubles } from "./tracking-troubles.ts";
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

/** The cart that is told, with what it calls carriers. */
interface ToldCart extends OpenCart {
  carriers: CartCarriers;
}

/** Until the other page is through. */
const PUT_OFF_MS = 60_000;

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

/** What was posted of some orders, and what of them (`others`) was not. */
interface PostedSlice {
  posted: Posted[];
  /** Another page is telling of their orders right now; told at once, neither would know that it completes the order. */
  putOff: ShipmentRow[];
  others: ShipmentRow[];
  orders: readonly OrderForShipping[];
  stopping: ConnectorFailure | null;
  /** Stopped, and perhaps shown all the same. */
  doubted: ShipmentRow[];
}

/**
 * Tells a cart of the shipments of a claimed dispatch. The shipments of one order go one after the
 * other, so that only the last of them completes it; results are committed every 25 orders.
 */
export async function confirmShipments(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { dispatch } = claimed;
  const open = await openCart(deps, claimed.merchant_id, dispatch.connection_id);
  const carriers = cartCarriers(deps, claimed.merchant_id, open.connection.id);
  const cart = { ...open, carriers };
  const first = await admitted(deps, cart.connection);
  if (first === "none") return parkRest(deps, claimed);
  let probes = first === "one";
  let from = 0;
  while (from < dispatch.items.length) {
    if (!hasTime(deps, claimed)) return postponeRest(deps, claimed);
    const ids = dispatch.items.slice(from, from + (probes ? 1 : SLICE));
    from += ids.length;
    const slice = await postSlice(deps, claimed, cart, ids);
    const isDone = from >= dispatch.items.length;
    await settleSlice(deps, claimed, cart, slice, isDone && !slice.stopping);
    if (slice.stopping) return stopPage(deps, claimed, cart.connection, slice.stopping);
    const heard = await noteAnswers(
      deps,
      cart.connection,
      slice.posted.map(({ trouble }) => failureOf(trouble)),
      probes,
    );
    if (heard === "silent" && !isDone) return parkRest(deps, claimed);
    probes &&= heard === "nothing";
  }
  return { kind: "settled" };
}

const failureOf = (trouble: (Trouble & { message: string }) | null) =>
  trouble === null || trouble.kind === "refused"
    ? null
    : { kind: trouble.kind, message: trouble.message };

async function postSlice(
  deps: Deps,
  claimed: Claimed,
  cart: ToldCart,
  orderIds: readonly string[],
): Promise<PostedSlice> {
  const { db, merchant_id, dispatch } = claimed;
  const [orders, shipments] = await Promise.all([
    ordersById(db, merchant_id, orderIds),
    shipmentsOf(db, merchant_id, orderIds),
  ]);
  const byOrder = Map.groupBy(shipments, ({ order_id }) => order_id);
  const ofPage = shipments.filter((one) => one.dispatch_id === dispatch.id);
  await cart.carriers.learn(ofPage.map(({ body }) => body));
  const posted: Posted[] = [];
  const putOff: ShipmentRow[] = [];
  const doubted: ShipmentRow[] = [];
  let stopping: ConnectorFailure | null = null;
  await Promise.all(
    orders.map(async (order) => {
      const all = byOrder.get(order.id) ?? [];
      const queued = all.filter(({ state }) => state === "queued");
      const ours = queued.filter(({ dispatch_id }) => dispatch_id === dispatch.id);
      if (ours.length < queued.length) {
        putOff.push(...ours);
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
  const done = new Set(posted.map(({ shipment }) => shipment.id));
  const others = shipments.filter(({ id }) => !done.has(id));
  return { posted, putOff, stopping, doubted, orders, others };
}

/** Commits what became of a slice. */
async function settleSlice(
  deps: Deps,
  claimed: Claimed,
  cart: ToldCart,
  slice: PostedSlice,
  last: boolean,
): Promise<void> {
  const { posted, putOff } = slice;
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
      putOffShipments(merchant_id, dispatch.id, fence, putOff, {
        until: now + PUT_OFF_MS,
        doubted: claimed.unknown,
      }),
      doubtShipments(merchant_id, dispatch.id, fence, slice.doubted),
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
      cart.carriers.takeSeen(),
      ...trackingTroubles(deps, claimed, cart.connection, slice),
      noteChange(merchant_id, "confirmed", [...byId.keys()], now),
    ],
    [...posted.map(({ progress }) => progress.state), ...putOff.map(() => "due")],
    last,
  );
}

async function postShipment(
  deps: Deps,
  claimed: Claimed,
  cart: ToldCart,
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
  claimed.open ||= result instanceof ConnectorFailure && result.kind === "timed_out";
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
  return postedAs(shipment, notice, result, now);
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
  cart: ToldCart,
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
    carrier: cart.carriers.nameOf(body),
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
  cart: ToldCart,
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
