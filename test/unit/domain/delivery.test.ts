import { expect, test } from "vitest";
import {
  settleDelivery,
  type Attempt,
  type DeliveryProgress,
  type SendResult,
} from "../../../src/domain/delivery.ts";
import { NOW } from "./samples.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const fresh: DeliveryProgress = {
  state: "queued",
  wms_order_id: null,
  unknown: false,
  failed_sends: 0,
  first_failed_at: null,
  last_error: null,
  next_at: null,
  attempts: [],
};

const accepted: SendResult = { kind: "accepted", wms_order_id: "W-9", found: false };
const refused = (code: "address" | "ship_method" | "code" | "other"): SendResult => ({
  kind: "refused",
  code,
  message: "No such street",
});
const failed = (more: Partial<Extract<SendResult, { kind: "failed" }>> = {}): SendResult => ({
  kind: "failed",
  failure: "unavailable",
  message: "503",
  retry_after_ms: null,
  unknown: false,
  ...more,
});

/** The delivery after each of the results, an hour apart. */
const after = (results: readonly SendResult[], start = fresh) =>
  results.reduce(
    (progress, result, at) => settleDelivery(progress, result, NOW + at * HOUR, 5).progress,
    start,
  );

test("an accepted order is at the WMS under the WMS's own id, and waits for nothing", () => {
  const before = after([failed({ unknown: true })]);
  const { progress, order } = settleDelivery(before, accepted, NOW + HOUR, 12);
  expect(progress).toMatchObject({
    state: "accepted",
    wms_order_id: "W-9",
    unknown: false,
    last_error: null,
    next_at: null,
  });
  expect(order).toEqual({
    status: "at_wms",
    error_reason: null,
    entry: { at: NOW + HOUR, event: "sent", text: "Accepted by the WMS as W-9." },
  });
});

test("an order that was found at the WMS is told as found, not as sent once more", () => {
  const { progress, order } = settleDelivery(fresh, { ...accepted, found: true }, NOW, 12);
  expect(progress.attempts.at(-1)?.outcome).toBe("found");
  expect(order?.entry.text).toBe("The WMS already had it, as W-9.");
});

test("each attempt is numbered, timed and kept with its outcome", () => {
  const attempts = after([failed(), refused("other"), accepted]).attempts;
  expect(attempts).toEqual<Attempt[]>([
    { n: 1, at: NOW, duration_ms: 5, outcome: "unavailable", message: "503" },
    { n: 2, at: NOW + HOUR, duration_ms: 5, outcome: "refused", message: "No such street" },
    { n: 3, at: NOW + 2 * HOUR, duration_ms: 5, outcome: "accepted" },
  ]);
});

test("the newest 20 attempts are kept and the numbers go on", () => {
  const { attempts, failed_sends } = after(Array.from({ length: 57 }, () => failed()));
  expect(attempts.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, at) => at + 38));
  expect(failed_sends).toBe(57);
});

test("a failed send is due in an hour, counted, and its first failure is remembered", () => {
  const progress = after([failed(), failed(), failed()]);
  expect(progress).toMatchObject({
    state: "due",
    failed_sends: 3,
    first_failed_at: NOW,
    last_error: "503",
    next_at: NOW + 3 * HOUR,
  });
});

test("a failure that repeats itself writes no further step into the order", () => {
  const first = settleDelivery(fresh, failed(), NOW, 5);
  expect(first.order?.entry).toEqual({
    at: NOW,
    event: "send_failed",
    text: "Sending failed. 503",
  });
  expect(settleDelivery(first.progress, failed(), NOW + HOUR, 5).order).toBeNull();
  const long = failed({ message: "x".repeat(5_000) });
  const cut = settleDelivery(first.progress, long, NOW + HOUR, 5);
  expect(cut.order?.status).toBe("new");
  expect(cut.progress.last_error).toHaveLength(300);
  expect(settleDelivery(cut.progress, long, NOW + 2 * HOUR, 5).order).toBeNull();
});

test("a send that may have arrived stays unknown until the WMS says what became of it", () => {
  const unknown = after([failed({ failure: "timed_out", unknown: true })]);
  expect(unknown.unknown).toBe(true);
  expect(after([failed({ failure: "throttled", unknown: false })], unknown).unknown).toBe(true);
  expect(after([failed({ failure: "bad_request", unknown: false })], unknown).unknown).toBe(true);
  expect(after([refused("other")], unknown).unknown).toBe(false);
  expect(after([accepted], unknown).unknown).toBe(false);
});

test("an order whose address, ship method or code is refused waits for a person with that reason", () => {
  for (const code of ["address", "ship_method", "code"] as const) {
    const { progress, order } = settleDelivery(fresh, refused(code), NOW, 5);
    expect(progress).toMatchObject({ state: "error", next_at: null, failed_sends: 1 });
    expect(order).toMatchObject({ status: "error", error_reason: code });
    expect(order?.entry.text).toBe('The WMS said: "No such street"');
  }
});

test("an order that a WMS refuses without a reason to wait for is tried again", () => {
  expect(after([refused("other")])).toMatchObject({ state: "due", next_at: NOW + HOUR });
});

test("after fifteen days the order waits for a person, and is told how often it was tried", () => {
  const tired = { ...fresh, failed_sends: 360, first_failed_at: NOW - 15 * DAY, last_error: "503" };
  const { progress, order } = settleDelivery(tired, failed(), NOW, 5);
  expect(progress).toMatchObject({ state: "given_up", next_at: null, failed_sends: 361 });
  expect(order).toMatchObject({ status: "error", error_reason: "given_up" });
  expect(order?.entry.text).toContain("Given up after 361 tries");
});

test("a throttled send is not a failed one: nothing is counted and no clock starts", () => {
  const progress = after([failed({ failure: "throttled", retry_after_ms: 90_000 })]);
  expect(progress).toMatchObject({
    state: "due",
    failed_sends: 0,
    first_failed_at: null,
    next_at: NOW + 90_000,
  });
});

test("rejected credentials leave the delivery as it was", () => {
  const settled = settleDelivery(fresh, failed({ failure: "unauthorized" }), NOW, 5);
  expect(settled).toEqual({ progress: fresh, order: null });
});

test("an order that was stopped is settled without an attempt, and who stopped it says what becomes of it", () => {
  const before = { ...fresh, unknown: true };
  expect(settleDelivery(before, { kind: "stopped" }, NOW, 5)).toEqual({
    progress: { ...fresh, state: "due", unknown: false, next_at: NOW },
    order: null,
  });
});
