import { expect, test } from "vitest";
import { decideIntake, type IntakeDecision, type KnownOrder } from "../../../src/domain/intake.ts";
import { orderStatuses, type Order, type OrderStatus } from "../../../src/domain/order.ts";
import { cartPolicyShape } from "../../../src/domain/policy.ts";
import { incomingOrder, line, NOW, order } from "./samples.ts";

const policy = cartPolicyShape.parse({
  order_statuses: ["processing", "on-hold"],
  earliest_order_at: NOW - 1_000,
});

const known = (status: OrderStatus, more: Partial<KnownOrder> = {}): KnownOrder => ({
  id: "ord_1",
  status,
  source_status: "processing",
  source_modified_at: NOW,
  sending_canceled: false,
  body: order(),
  timeline: [{ at: NOW, event: "loaded", text: "Loaded." }],
  ...more,
});

const changed: Order = order({ lines: [line("1", "MUG", 3)] });

const shown = {
  "as it was": incomingOrder(),
  changed: incomingOrder({ order: changed }),
  cancelled: incomingOrder({ state: "cancelled", source_status: "cancelled" }),
  trashed: incomingOrder({ state: "trashed", source_status: "trash" }),
};

/** What becomes of a known order, by its status and what the cart shows now. */
const table: Record<OrderStatus, Record<keyof typeof shown, string>> = {
  new: { "as it was": "same", changed: "changed", cancelled: "canceled", trashed: "canceled" },
  error: { "as it was": "same", changed: "changed", cancelled: "canceled", trashed: "canceled" },
  at_wms: {
    "as it was": "same",
    changed: "changed_after_sending",
    cancelled: "canceled late",
    trashed: "canceled late",
  },
  partial: {
    "as it was": "same",
    changed: "changed_after_sending",
    cancelled: "canceled late",
    trashed: "canceled late",
  },
  shipped: { "as it was": "same", changed: "same", cancelled: "same", trashed: "same" },
  confirmed: { "as it was": "same", changed: "same", cancelled: "same", trashed: "same" },
  canceled: {
    "as it was": "reopened",
    changed: "reopened",
    cancelled: "same",
    trashed: "same",
  },
};

const wordOf = (decision: IntakeDecision) =>
  decision.kind === "canceled" && decision.late ? "canceled late" : decision.kind;

for (const status of orderStatuses)
  for (const [name, incoming] of Object.entries(shown) as [
    keyof typeof shown,
    typeof shown.changed,
  ][])
    test(`an order that is ${status} and comes again ${name} is ${table[status][name]}`, () => {
      expect(wordOf(decideIntake(incoming, policy, known(status)))).toBe(table[status][name]);
    });

test("a known order is not judged again by the statuses or the date that the cart takes", () => {
  const late = incomingOrder({ source_status: "completed", placed_at: 0 });
  for (const status of orderStatuses)
    expect(decideIntake(late, policy, known(status)).kind).toBe("same");
});

test("a canceled order is reopened only by what would load a new one", () => {
  const gone = known("canceled", { source_status: "cancelled" });
  const shownAgain = (more: Parameters<typeof incomingOrder>[0]) =>
    decideIntake(incomingOrder(more), policy, gone).kind;
  expect(shownAgain({})).toBe("reopened");
  expect(shownAgain({ source_status: "pending" })).toBe("same");
  expect(shownAgain({ placed_at: 0 })).toBe("same");
});

test("a cancellation that was heard once is not heard again", () => {
  for (const status of orderStatuses) {
    const told = known(status, { source_status: "cancelled" });
    expect(decideIntake(shown.cancelled, policy, told).kind).toBe("same");
  }
});

test("a new order of a status that the cart takes is loaded", () => {
  for (const source_status of policy.order_statuses)
    expect(decideIntake(incomingOrder({ source_status }), policy, null)).toEqual({ kind: "load" });
});

test("a new order of another status is skipped with what was wanted and what was there", () => {
  expect(decideIntake(incomingOrder({ source_status: "pending" }), policy, null)).toEqual({
    kind: "skip",
    reason: "order_status",
    checks: [{ field: "order_status", expected: "processing, on-hold", actual: "pending" }],
  });
});

test("a cart without chosen statuses takes every open order", () => {
  const all = { ...policy, order_statuses: [] };
  expect(decideIntake(incomingOrder({ source_status: "pending" }), all, null).kind).toBe("load");
});

test("a new order that was called off or thrown away is skipped with that reason", () => {
  expect(decideIntake(shown.cancelled, policy, null)).toMatchObject({ reason: "canceled" });
  expect(decideIntake(shown.trashed, policy, null)).toMatchObject({ reason: "trashed" });
});

test("an order placed before the earliest date is not even listed; one placed at it is loaded", () => {
  const at = (placed_at: number) => decideIntake(incomingOrder({ placed_at }), policy, null).kind;
  expect(at(policy.earliest_order_at - 1)).toBe("too_old");
  expect(at(policy.earliest_order_at)).toBe("load");
});

test("a change after sending names what a warehouse would have to know", () => {
  const now = order({
    ship_to: { address_1: "2 Side St" },
    lines: [line("1", "MUG", 3)],
    ship_code: "express",
  });
  expect(decideIntake(incomingOrder({ order: now }), policy, known("at_wms"))).toEqual({
    kind: "changed_after_sending",
    text: "Changed in the cart after it was sent: the ship-to address, the lines, the ship method.",
  });
});

test("a change that a warehouse need not know of is no change once the order is sent", () => {
  const now = order({ grand_total: 999, bill_to: { company: "Other Ltd" }, gift_message: "Hi" });
  expect(decideIntake(incomingOrder({ order: now }), policy, known("at_wms")).kind).toBe("same");
});

test("a change after sending is told once, and told again when it is another one", () => {
  const first = decideIntake(shown.changed, policy, known("at_wms"));
  expect(first.kind).toBe("changed_after_sending");
  const text = first.kind === "changed_after_sending" ? first.text : "";
  const told = known("at_wms", {
    timeline: [{ at: NOW, event: "changed_after_sending", text }],
  });
  expect(decideIntake(shown.changed, policy, told).kind).toBe("same");
  const other = incomingOrder({ order: { ...changed, ship_code: "express" } });
  expect(decideIntake(other, policy, told).kind).toBe("changed_after_sending");
});
