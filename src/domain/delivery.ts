import type { Cause } from "./alerts.ts";
import type { FailureKind } from "./errors.ts";
import { deliveryRetry, type MendReason, type Trouble } from "./retry.ts";
import type { TimelineEntry } from "./timeline.ts";

/**
 * One order on its way to one WMS.
 * `waiting` for its cart's delivery or a WMS · `held` until a person, a day or a rule lets it go · `queued` on a dispatch · `due` failed, waits for `next_at` ·
 * `accepted` · `error` only an edit helps · `given_up` after 15 days · `canceled` will not be sent.
 */
export type DeliveryState =
  | "waiting"
  | "held"
  | "queued"
  | "due"
  | "accepted"
  | "error"
  | "given_up"
  | "canceled";

export interface Attempt {
  n: number;
  /** Milliseconds, UTC. */
  at: number;
  duration_ms: number;
  outcome: "accepted" | "found" | "refused" | FailureKind;
  message?: string;
}

/** The part of a delivery that an attempt changes. */
export interface DeliveryProgress {
  state: DeliveryState;
  wms_order_id: string | null;
  unknown: boolean;
  failed_sends: number;
  first_failed_at: number | null;
  last_error: string | null;
  next_at: number | null;
  attempts: readonly Attempt[];
}

/** How one attempt ended. `unknown`: the WMS may have the order although no answer said so. */
export type SendResult =
  | { kind: "accepted"; wms_order_id: string; found: boolean }
  | { kind: "stopped" }
  | { kind: "refused"; code: MendReason | "other"; message: string }
  /** Dray's own checks found something that only a person mends; the WMS was not called. */
  | { kind: "held"; reason: MendReason; message: string; causes: readonly Cause[] }
  | {
      kind: "failed";
      failure: FailureKind;
      message: string;
      retry_after_ms: number | null;
      unknown: boolean;
    };

export interface DeliverySettlement {
  progress: DeliveryProgress;
  /** Null: the order's row stays as it is. */
  order: {
    status: "new" | "at_wms" | "error";
    error_reason: string | null;
    entry: TimelineEntry;
  } | null;
}

const KEPT_ATTEMPTS = 20;
const MESSAGE_LENGTH = 300;

/** What an attempt made of a delivery and its order. Pure. */
export function settleDelivery(
  before: DeliveryProgress,
  result: SendResult,
  now: number,
  durationMs: number,
): DeliverySettlement {
  // Whether it is canceled, or only not sent, is for whoever stopped it; meant after all, it goes at once.
  if (result.kind === "stopped")
    return { progress: { ...before, state: "due", unknown: false, next_at: now }, order: null };
  if (result.kind === "held")
    return {
      progress: {
        ...before,
        state: "error",
        // What may have arrived was asked for first.
        unknown: false,
        last_error: result.message.slice(0, MESSAGE_LENGTH),
        next_at: null,
      },
      order: {
        status: "error",
        error_reason: result.reason,
        entry: { at: now, event: "check_failed", text: result.message },
      },
    };
  const message = result.kind === "accepted" ? undefined : result.message.slice(0, MESSAGE_LENGTH);
  const attempt: Attempt = {
    n: (before.attempts.at(-1)?.n ?? 0) + 1,
    at: now,
    duration_ms: durationMs,
    outcome: outcomeOf(result),
    ...(message ? { message } : {}),
  };
  const attempts = [...before.attempts, attempt].slice(-KEPT_ATTEMPTS);
  if (result.kind === "accepted")
    return {
      progress: {
        ...before,
        state: "accepted",
        wms_order_id: result.wms_order_id,
        unknown: false,
        last_error: null,
        next_at: null,
        attempts,
      },
      order: {
        status: "at_wms",
        error_reason: null,
        entry: {
          at: now,
          event: "sent",
          text: result.found
            ? `The WMS already had it, as ${result.wms_order_id}.`
            : `Accepted by the WMS as ${result.wms_order_id}.`,
        },
      },
    };

  const trouble: Trouble =
    result.kind === "refused"
      ? { kind: "refused", code: result.code }
      : { kind: result.failure, retry_after_ms: result.retry_after_ms };
  const decision = deliveryRetry(
    trouble,
    { failed: before.failed_sends, first_failed_at: before.first_failed_at },
    now,
  );
  const failed: DeliveryProgress = {
    ...before,
    state: "due",
    unknown: result.kind === "failed" ? before.unknown || result.unknown : false,
    failed_sends: before.failed_sends + 1,
    first_failed_at: before.first_failed_at ?? now,
    last_error: message ?? null,
    next_at: null,
    attempts,
  };
  // What did not come from the other side must not look as if it had.
  const isTheirs = result.kind === "refused" && result.code !== "test_order";
  const said = isTheirs ? `The WMS said: "${message}"` : `${message}`;
  switch (decision.kind) {
    case "retry":
      return {
        progress: {
          ...failed,
          ...(decision.counted
            ? {}
            : { failed_sends: before.failed_sends, first_failed_at: before.first_failed_at }),
          next_at: decision.at,
        },
        // Hundreds of equal tries would bury the rest of the story.
        order:
          before.last_error === failed.last_error
            ? null
            : {
                status: "new",
                error_reason: null,
                entry: { at: now, event: "send_failed", text: `Sending failed. ${said}` },
              },
      };
    case "give_up":
      return {
        progress: { ...failed, state: "given_up" },
        order: {
          status: "error",
          error_reason: "given_up",
          entry: {
            at: now,
            event: "given_up",
            text: `Given up after ${failed.failed_sends} tries in 15 days. ${said}`,
          },
        },
      };
    case "wait_for_person":
      return {
        progress: { ...failed, state: "error" },
        order: {
          status: "error",
          error_reason: decision.reason,
          entry: { at: now, event: "refused", text: said },
        },
      };
    case "park":
      return { progress: before, order: null };
  }
}

function outcomeOf(result: Exclude<SendResult, { kind: "stopped" | "held" }>): Attempt["outcome"] {
  switch (result.kind) {
    case "accepted":
      return result.found ? "found" : "accepted";
    case "refused":
      return "refused";
    case "failed":
      return result.failure;
  }
}
