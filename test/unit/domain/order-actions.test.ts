import { expect, test } from "vitest";
import {
  orderActionShape,
  RESTORE_MS,
  whyNotDone,
  type OrderActionName,
  type Standing,
} from "../../../src/domain/order-actions.ts";
import { orderStatuses } from "../../../src/domain/order.ts";
import { NOW } from "./samples.ts";

const standing = (more: Partial<Standing> = {}): Standing => ({
  status: "new",
  on_hold: null,
  sending_canceled: false,
  cancel_wanted: null,
  cleared_at: null,
  redacted: false,
  being_sent: false,
  unknown: false,
  ...more,
});
const actions: OrderActionName[] = orderActionShape.options.map(
  (option) => option.shape.action.value,
);

test("of every status each action that was not done has its answer", () => {
  expect(actions).toHaveLength(9);
  for (const action of actions)
    for (const status of orderStatuses) {
      const isFree = status === "new" || status === "error";
      const why = whyNotDone(action, standing({ status }), NOW);
      const isAsked =
        action === "clear" ||
        action === "resend-tracking" ||
        (action === "cancel" && /wms|partial/.test(status)) ||
        (action === "resend" && status === "at_wms");
      if (!isFree && !isAsked)
        expect([action, status, why?.message]).toEqual([action, status, expect.any(String)]);
    }
});

test("an order that is being sent, or may have arrived, is refused with the reason", () => {
  for (const action of ["hold", "edit", "clear"] as const) {
    expect(whyNotDone(action, standing({ being_sent: true }), NOW)?.message).toContain(
      "being sent",
    );
    expect(whyNotDone(action, standing({ unknown: true }), NOW)?.message).toContain("may have it");
  }
});

test("a cleared order takes nothing but to be restored, and that for 30 days", () => {
  const cleared = (ago: number) => standing({ status: "canceled", cleared_at: NOW - ago });
  for (const action of actions.filter((one) => one !== "restore" && one !== "clear"))
    expect(whyNotDone(action, cleared(1), NOW)).toMatchObject({ result: "refused" });
  expect(whyNotDone("clear", cleared(1), NOW)).toMatchObject({ result: "unchanged" });
  expect(whyNotDone("restore", cleared(RESTORE_MS - 1), NOW)).toBeNull();
  expect(whyNotDone("restore", cleared(RESTORE_MS), NOW)).toMatchObject({ result: "refused" });
  expect(whyNotDone("restore", standing(), NOW)).toMatchObject({ result: "unchanged" });
});

test("where nothing of its standing speaks against an action, somebody else was faster", () => {
  for (const action of ["edit", "clear", "cancel", "cancel-sending"] as const)
    expect(whyNotDone(action, standing(), NOW)).toBeNull();
});

test("an order whose customer's data was taken out takes nothing any more but to be cleared, and its tracking to be posted", () => {
  for (const status of orderStatuses)
    for (const action of actions.filter((one) => one !== "clear" && one !== "resend-tracking")) {
      const answer = whyNotDone(action, standing({ status, redacted: true }), NOW);
      expect(answer?.result).not.toBe("done");
      expect(answer).not.toBeNull();
    }
  const cleared = standing({ status: "canceled", cleared_at: NOW - 1, redacted: true });
  expect(whyNotDone("restore", cleared, NOW)).toMatchObject({
    result: "refused",
    message: expect.stringContaining("taken out"),
  });
});
