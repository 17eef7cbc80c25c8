import type { ShipmentNotice } from "../connectors/contract.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import { recordRetry, type Trouble } from "../domain/retry.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import type { ShipmentProgress, ShipmentRow } from "../store/shipments.ts";

/** Between two tries of a shipment that the cart did not take. */
const RETRY_MS = 15 * 60_000;

/** How posting one shipment ended; `entry` null says nothing new. */
export interface Posted {
  shipment: ShipmentRow;
  progress: ShipmentProgress;
  entry: TimelineEntry | null;
  /** The cart does not show it, and why. */
  trouble: (Trouble & { message: string }) | null;
}

/** What a cart's answer, or none, makes of a shipment. Pure. */
export function postedAs(
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
      trouble: null,
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
      trouble: null,
      progress: { ...base, last_error: message },
      entry: {
        at: now,
        event: "withdrawn",
        text: `Shipment ${name} was voided, but the cart still shows it: "${message}".`,
      },
    };

  const trouble: Trouble & { message: string } = failure
    ? { kind: failure.kind, retry_after_ms: failure.retry_after_ms, message }
    : { kind: "refused", code: "other", message };
  const history = { failed: shipment.failed_posts, first_failed_at: shipment.first_failed_at };
  const decision = recordRetry(trouble, history, now, RETRY_MS);
  return {
    shipment,
    trouble,
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
