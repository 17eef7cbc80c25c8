import { expect, test } from "vitest";
import { afterMailFailure, MAIL_TRIES } from "../../../src/domain/mail-retry.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 2, 30);
const MINUTE = 60_000;

test("the waits of a mail grow to four hours and add up to three days", () => {
  const waits: number[] = [];
  for (let tries = 1; tries < MAIL_TRIES; tries += 1) {
    const { state, next_at } = afterMailFailure({ code: "E_DELIVERY_FAILED", tries }, NOW);
    expect(state).toBe("waiting");
    waits.push(((next_at ?? 0) - NOW) / MINUTE);
  }
  expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 240, 240]);
  const days = waits.reduce((sum, wait) => sum + wait, 0) / (24 * 60);
  expect(days).toBeGreaterThan(2.8);
  expect(days).toBeLessThan(3.2);
  const last = afterMailFailure({ code: "E_DELIVERY_FAILED", tries: MAIL_TRIES }, NOW);
  expect(last).toMatchObject({ state: "failed", next_at: null });
});

test("a reason names the code, and a failure without one has a reason too", () => {
  const reason = (code: string | null) => afterMailFailure({ code, tries: 1 }, NOW).reason;
  expect(reason("E_SENDER_NOT_VERIFIED")).toBe(
    "The domain of MAIL_FROM is not verified for sending (E_SENDER_NOT_VERIFIED)",
  );
  expect(reason("E_NEW_CODE")).toBe("The mail service did not take it (E_NEW_CODE)");
  expect(reason(null)).toBe("The mail service did not take it");
});
