import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DELIVERY_GIVE_UP_MS,
  DELIVERY_RETRY_MS,
  deliveryRetry,
  recordRetry,
  type Trouble,
} from "../../../src/domain/retry.ts";

const NOW = Date.UTC(2026, 10, 21, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const down: Trouble = { kind: "unavailable", retry_after_ms: null };
const tries = (failed: number, ageMs: number) => ({ failed, first_failed_at: NOW - ageMs });

/** Fails again and again at the very moment that the rule names, and counts the tries. */
function failUntilTheEnd(
  decide: (
    history: { failed: number; first_failed_at: number },
    now: number,
  ) => ReturnType<typeof deliveryRetry>,
): { tries: number; lastedMs: number } {
  let failed = 0;
  let now = NOW;
  for (;;) {
    const decision = decide({ failed, first_failed_at: NOW }, now);
    failed += 1;
    if (decision.kind !== "retry") {
      expect(decision.kind).toBe("give_up");
      return { tries: failed, lastedMs: now - NOW };
    }
    expect(decision.at).toBeGreaterThan(now);
    now = decision.at;
  }
}

test("a WMS that is down is tried every hour for fifteen days, about 360 times, then no more", () => {
  const end = failUntilTheEnd((history, now) => deliveryRetry(down, history, now));
  expect(end).toEqual({ tries: 361, lastedMs: 15 * DAY });
});

test("a send is given up exactly when its next try would lie beyond fifteen days", () => {
  const last = DELIVERY_GIVE_UP_MS - DELIVERY_RETRY_MS;
  expect(deliveryRetry(down, tries(359, last), NOW)).toEqual({
    kind: "retry",
    at: NOW + HOUR,
    counted: true,
  });
  expect(deliveryRetry(down, tries(359, last + 1), NOW)).toEqual({ kind: "give_up" });
});

test("the fifteen days begin with the first failure, not with the number of tries", () => {
  expect(deliveryRetry(down, tries(10_000, DAY), NOW).kind).toBe("retry");
  expect(deliveryRetry(down, { failed: 0, first_failed_at: null }, NOW).kind).toBe("retry");
});

test("what may recover by itself is retried: silence, nonsense, and a no without a reason", () => {
  const troubles: Trouble[] = [
    down,
    { kind: "timed_out", retry_after_ms: null },
    { kind: "bad_response", retry_after_ms: null },
    { kind: "bad_request", retry_after_ms: null },
    { kind: "refused", code: "other" },
  ];
  for (const trouble of troubles)
    expect(deliveryRetry(trouble, tries(1, HOUR), NOW)).toEqual({
      kind: "retry",
      at: NOW + HOUR,
      counted: true,
    });
});

test("a throttled try does not count, and is repeated after a minute or when the vendor says", () => {
  fc.assert(
    fc.property(fc.option(fc.nat({ max: 10 * DAY })), fc.nat(5_000), (wait, failed) => {
      const trouble: Trouble = { kind: "throttled", retry_after_ms: wait };
      const expected = { kind: "retry", at: NOW + Math.max(MINUTE, wait ?? 0), counted: false };
      const history = tries(failed, 400 * DAY);
      expect(deliveryRetry(trouble, history, NOW)).toEqual(expected);
      expect(recordRetry(trouble, history, NOW, HOUR)).toEqual(expected);
    }),
  );
});

test("rejected credentials park the work, however often it failed before", () => {
  const trouble: Trouble = { kind: "unauthorized", retry_after_ms: null };
  expect(deliveryRetry(trouble, tries(5_000, 400 * DAY), NOW)).toEqual({ kind: "park" });
  expect(recordRetry(trouble, tries(5_000, 400 * DAY), NOW, HOUR)).toEqual({ kind: "park" });
});

test("an address, a ship method or a code that the WMS refuses waits for a person at once", () => {
  for (const code of ["address", "ship_method", "code"] as const)
    expect(deliveryRetry({ kind: "refused", code }, tries(0, 0), NOW)).toEqual({
      kind: "wait_for_person",
      reason: code,
    });
});

test("any other record that is refused is tried again at each run", () => {
  for (const code of ["address", "ship_method", "code", "other"] as const)
    expect(recordRetry({ kind: "refused", code }, tries(0, 0), NOW, 5 * MINUTE)).toEqual({
      kind: "retry",
      at: NOW + 5 * MINUTE,
      counted: true,
    });
});

test("a record tried every hour is given up after 30 days, one tried every 15 minutes after 720 tries", () => {
  const every = (intervalMs: number) =>
    failUntilTheEnd((history, now) => recordRetry(down, history, now, intervalMs));
  expect(every(2 * HOUR)).toEqual({ tries: 361, lastedMs: 30 * DAY });
  expect(every(15 * MINUTE)).toEqual({ tries: 720, lastedMs: 719 * 15 * MINUTE });
});

test("no record is given up before three days, however often it was tried", () => {
  const quick = failUntilTheEnd((history, now) => recordRetry(down, history, now, 5 * MINUTE));
  expect(quick).toEqual({ tries: 865, lastedMs: 3 * DAY });
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat({ max: 3 * DAY - 1 }), (failed, age) => {
      expect(recordRetry(down, tries(failed, age), NOW, MINUTE).kind).toBe("retry");
    }),
  );
});

test("the 720th try is the last, not the 719th", () => {
  expect(recordRetry(down, tries(718, 4 * DAY), NOW, HOUR).kind).toBe("retry");
  expect(recordRetry(down, tries(719, 4 * DAY), NOW, HOUR).kind).toBe("give_up");
  expect(recordRetry(down, tries(1, 30 * DAY - 1), NOW, HOUR).kind).toBe("retry");
  expect(recordRetry(down, tries(1, 30 * DAY), NOW, HOUR).kind).toBe("give_up");
});

test("a try a moment after a sweep is due at the sweep an hour later: about 360 tries in 15 days", () => {
  const trouble = { kind: "unavailable", retry_after_ms: null } as const;
  let now = Date.UTC(2026, 10, 21, 10, 0, 3);
  const first = now;
  let tries = 1;
  for (let failed = 0; ; failed += 1) {
    const decision = deliveryRetry(
      trouble,
      { failed, first_failed_at: failed ? first : null },
      now,
    );
    if (decision.kind !== "retry") break;
    expect(decision.at - now).toBeGreaterThan(55 * 60_000);
    expect(decision.at - now).toBeLessThanOrEqual(60 * 60_000);
    tries += 1;
    now = decision.at + 3_000;
  }
  expect(tries).toBeGreaterThan(355);
  expect(tries).toBeLessThan(365);
});
