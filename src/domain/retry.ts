import type { FailureKind } from "./errors.ts";
import { TICK_MS, tickOf } from "./jobs.ts";

/**
 * The one place that turns a failure and a counter into "when next, give up, or wait for a person".
 * Rules: `docs/architecture.md`, "Retry".
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const DELIVERY_RETRY_MS = 60 * MINUTE;
export const DELIVERY_GIVE_UP_MS = 15 * DAY;

/** What an order waits in `error` for, until somebody mends it. */
export type MendReason = "address" | "ship_method" | "code" | "test_order";

export type RetryDecision =
  /** Try again at `at`; `counted` says whether this attempt counts as a failed one. */
  | { kind: "retry"; at: number; counted: boolean }
  /** No more tries by itself; a person can resend. */
  | { kind: "give_up" }
  /** Only an edit helps. */
  | { kind: "wait_for_person"; reason: MendReason }
  /** Nothing on this connection can go on until it has new credentials. */
  | { kind: "park" };

export type Trouble =
  | { kind: FailureKind; retry_after_ms: number | null }
  | { kind: "refused"; code: MendReason | "other" };

interface History {
  /** Failed tries before this one. */
  failed: number;
  /** Milliseconds, UTC; null: this is the first. */
  first_failed_at: number | null;
}

function vendorDecision(trouble: Trouble, now: number): RetryDecision | null {
  if (trouble.kind === "unauthorized") return { kind: "park" };
  if (trouble.kind === "throttled")
    return {
      kind: "retry",
      at: now + Math.max(MINUTE, trouble.retry_after_ms ?? 0),
      counted: false,
    };
  if (trouble.kind === "refused" && trouble.code !== "other")
    return { kind: "wait_for_person", reason: trouble.code };
  return null;
}

/** The tick on which the sweep takes up what is due then; rounded up, each try would come a tick late. */
const onTick = (at: number): number => tickOf(at) * TICK_MS;

/** Sends to a WMS: on the tick of an hour after the last attempt, for 15 days from the first failure. */
export function deliveryRetry(trouble: Trouble, history: History, now: number): RetryDecision {
  const decided = vendorDecision(trouble, now);
  if (decided) return decided;
  const at = onTick(now + DELIVERY_RETRY_MS);
  return at - (history.first_failed_at ?? now) > DELIVERY_GIVE_UP_MS
    ? { kind: "give_up" }
    : { kind: "retry", at, counted: true };
}

/** Every other record: at each run; given up after 720 tries or 30 days, never before 3 days. */
export function recordRetry(
  trouble: Trouble,
  history: History,
  now: number,
  intervalMs: number,
): RetryDecision {
  const decided = vendorDecision(trouble, now);
  if (decided && decided.kind !== "wait_for_person") return decided;
  const age = now - (history.first_failed_at ?? now);
  const tooMany = history.failed + 1 >= 720 || age >= 30 * DAY;
  return tooMany && age >= 3 * DAY
    ? { kind: "give_up" }
    : { kind: "retry", at: onTick(now + intervalMs), counted: true };
}
