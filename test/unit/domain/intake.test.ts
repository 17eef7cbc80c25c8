import { expect, test } from "vitest";
import { itemRules, NO_ITEM_FILTER } from "../../../src/domain/filters.ts";
import {
  decideIntake,
  type IntakeDecision,
  type IntakeRules,
  type KnownOrder,
} from "../../../src/domain/intake.ts";
import { orderStatuses, type Order, type OrderStatus } from "../../../src/domain/order.ts";
import { cartPolicyShape } from "../../../src/domain/policy.ts";
import { incomingOrder, line, NOW, order } from "./samples.ts";

const policy = cartPolicyShape.parse({
  order_statuses: ["processing", "on-hold"],
  earliest_order_at: NOW - 1_000,
});
const rules: IntakeRules = { policy, items: itemRules(NO_ITEM_FILTER) };

const known = (status: OrderStatus, more: Partial<KnownOrder> = {}): KnownOrder => ({
  id: "ord_1",
  status,
  source_status: "processing",
  source_modified_at: NOW,
  is_test: false,
  sending_canceled: false,
  canceled_by: null,
  cancel_wanted: null,
  too_late_to_cancel: false,
  kept_in_cart: false,
  on_hold: null,
  error_reason: null,
  no_longer_passes: false,
  waved_through: false,
  cleared: false,
  redacted: false,
  body: order(),
  edits: {},
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
  shipped: { "as it was": "same", changed: "noted", cancelled: "noted", trashed: "noted" },
  confirmed: { "as it was": "same", changed: "noted", cancelled: "noted", trashed: "noted" },
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
      expect(wordOf(decideIntake(incoming, rules, known(status)))).toBe(table[status][name]);
    });

test("an order that a WMS has is not judged again by the statuses or the date that the cart takes", () => {
  const late = incomingOrder({ source_status: "completed", placed_at: 0 });
  for (const status of ["at_wms", "partial", "shipped", "confirmed", "canceled"] as const)
    expect(decideIntake(late, rules, known(status)).kind).toBe("same");
});

test("an unsent order that passes no more is held with the reason, told once, and goes on when it passes again", () => {
  const pending = incomingOrder({ source_status: "pending" });
  const held = decideIntake(pending, rules, known("new"));
  expect(held).toMatchObject({ kind: "changed", hold: "hold" });
  const text = held.kind === "changed" ? held.entries[0]?.text : undefined;
  expect(text).toContain("order_status is pending, this cart takes processing, on-hold");
  const after = known("new", {
    on_hold: "no_longer_passes",
    no_longer_passes: true,
    timeline: [{ at: NOW, event: "no_longer_passes", text: text ?? "" }],
  });
  expect(decideIntake(pending, rules, after).kind).toBe("same");
  expect(decideIntake(shown["as it was"], rules, after)).toMatchObject({
    kind: "changed",
    hold: "release",
  });
});

test("an order that a person sent on although it did not pass is not held again", () => {
  const pending = incomingOrder({ source_status: "pending" });
  const held = decideIntake(pending, rules, known("new"));
  const text = held.kind === "changed" ? (held.entries[0]?.text ?? "") : "";
  const waved = known("new", {
    waved_through: true,
    timeline: [{ at: NOW, event: "no_longer_passes", text }],
  });
  expect(decideIntake(pending, rules, waved).kind).toBe("same");
  const failed = incomingOrder({ source_status: "failed" });
  expect(decideIntake(failed, rules, waved)).toMatchObject({ kind: "changed", hold: "hold" });
});

test("an order of which edits and refunds leave nothing to ship is held", () => {
  const edits = { "lines.1.quantity": { value: 0, cart: 2 } };
  const lines = [{ ...line("1", "MUG", 2, 1), left_out: true as const }, line("2", "TEE", 1, 2)];
  const refunded = incomingOrder({ order: order({ lines: [line("1", "MUG", 2, 1)] }) });
  expect(
    decideIntake(refunded, rules, known("new", { edits, body: order({ lines }) })),
  ).toMatchObject({ kind: "changed", hold: "hold" });
});

test("an order's age is no reason to hold it", () => {
  expect(decideIntake(incomingOrder({ placed_at: 0 }), rules, known("new")).kind).toBe("same");
});

test("an address, a method or a code that is mended in the cart releases what a WMS refused for it", () => {
  for (const error_reason of ["address", "ship_method", "code"])
    expect(decideIntake(shown.changed, rules, known("error", { error_reason }))).toMatchObject({
      kind: "changed",
      hold: "release",
    });
  expect(
    decideIntake(shown.changed, rules, known("error", { error_reason: "given_up" })),
  ).toMatchObject({ hold: "keep" });
});

test("what a person called off, the cart does not revive", () => {
  const off = { canceled_by: "person", source_status: "processing" };
  expect(decideIntake(shown["as it was"], rules, known("canceled", off)).kind).toBe("same");
  const unsent = known("new", { ...off, sending_canceled: true });
  expect(decideIntake(shown["as it was"], rules, unsent).kind).toBe("same");
});

test("an order that is about to be called off at the WMS and is meant after all stays there", () => {
  const wanted = known("at_wms", { cancel_wanted: "wms", source_status: "cancelled" });
  expect(decideIntake(shown["as it was"], rules, wanted).kind).toBe("reopened");
});

test("a cleared order never comes back, whatever the cart shows", () => {
  for (const incoming of Object.values(shown))
    for (const status of ["new", "error", "canceled"] as const)
      expect(decideIntake(incoming, rules, known(status, { cleared: true })).kind).toBe("cleared");
});

test("a field that was edited here wins, and what the cart says of it is noted once", () => {
  const edits = { "ship_to.city": { value: "Dallas", cart: "Austin" } };
  const body = order({ ship_to: { ...order().ship_to, city: "Dallas" } });
  expect(decideIntake(shown["as it was"], rules, known("new", { body, edits })).kind).toBe("same");
  const moved = incomingOrder({ order: order({ ship_to: { ...order().ship_to, city: "Waco" } }) });
  const decided = decideIntake(moved, rules, known("new", { body, edits }));
  expect(decided).toMatchObject({
    kind: "changed",
    order: { ship_to: { city: "Dallas" } },
    edits: { "ship_to.city": { value: "Dallas", cart: "Waco" } },
    entries: [{ event: "changed_in_cart", text: expect.stringContaining("ship_to.city") }],
  });
  const next = decided.kind === "changed" ? decided.edits : {};
  expect(decideIntake(moved, rules, known("new", { body, edits: next })).kind).toBe("same");
});

test("a canceled order is reopened only by what would load a new one", () => {
  const gone = known("canceled", { source_status: "cancelled" });
  const shownAgain = (more: Parameters<typeof incomingOrder>[0]) =>
    decideIntake(incomingOrder(more), rules, gone).kind;
  expect(shownAgain({})).toBe("reopened");
  expect(shownAgain({ source_status: "pending" })).toBe("same");
  expect(shownAgain({ placed_at: 0 })).toBe("same");
});

test("a cancellation that was heard once is not heard again", () => {
  for (const status of ["new", "error", "at_wms", "partial"] as const)
    for (const told of [{ cancel_wanted: "wms" }, { too_late_to_cancel: true }])
      expect(decideIntake(shown.cancelled, rules, known(status, told)).kind).toBe("same");
  const first = decideIntake(shown.cancelled, rules, known("shipped"));
  const text = first.kind === "noted" ? first.text : "";
  const noted = known("shipped", { timeline: [{ at: NOW, event: "noted_in_cart", text }] });
  expect(decideIntake(shown.cancelled, rules, noted).kind).toBe("same");
});

test("an order whose every piece was refunded is called off, whatever status the shop left it in", () => {
  const refunded = incomingOrder({ state: "cancelled" });
  expect(decideIntake(refunded, rules, known("new"))).toEqual({ kind: "canceled", late: false });
  expect(decideIntake(refunded, rules, known("at_wms"))).toEqual({ kind: "canceled", late: true });
});

test("a new order of a status that the cart takes is loaded", () => {
  for (const source_status of policy.order_statuses)
    expect(decideIntake(incomingOrder({ source_status }), rules, null)).toEqual({
      kind: "load",
      order: order(),
    });
});

test("a new order of another status is skipped with what was wanted and what was there", () => {
  expect(decideIntake(incomingOrder({ source_status: "pending" }), rules, null)).toEqual({
    kind: "skip",
    reason: "order_status",
    checks: [{ field: "order_status", expected: "processing, on-hold", actual: "pending" }],
  });
});

test("a cart without chosen statuses takes every open order", () => {
  const all = { ...rules, policy: { ...policy, order_statuses: [] } };
  expect(decideIntake(incomingOrder({ source_status: "pending" }), all, null).kind).toBe("load");
});

test("a new order that was called off or thrown away is skipped with that reason", () => {
  expect(decideIntake(shown.cancelled, rules, null)).toMatchObject({ reason: "canceled" });
  expect(decideIntake(shown.trashed, rules, null)).toMatchObject({ reason: "trashed" });
});

test("an order placed before the earliest date is not even listed; one placed at it is loaded", () => {
  const at = (placed_at: number) => decideIntake(incomingOrder({ placed_at }), rules, null).kind;
  expect(at(policy.earliest_order_at - 1)).toBe("too_old");
  expect(at(policy.earliest_order_at)).toBe("load");
});

test("a change after sending names what a warehouse would have to know", () => {
  const now = order({
    ship_to: { ...order().ship_to, address_1: "2 Side St" },
    lines: [line("1", "MUG", 3), line("2", "TEE", 1, 2)],
    ship_code: "express",
  });
  expect(decideIntake(incomingOrder({ order: now }), rules, known("at_wms"))).toEqual({
    kind: "changed_after_sending",
    text: 'Changed in the cart after it was sent: ship-to address_1 "1 Main St" to "2 Side St", MUG 2 to 3, ship method none to "express".',
  });
});

test("a change that a warehouse need not know of is no change once the order is sent", () => {
  const now = order({ grand_total: 999, bill_to: { company: "Other Ltd" }, gift_message: "Hi" });
  expect(decideIntake(incomingOrder({ order: now }), rules, known("at_wms")).kind).toBe("same");
});

test("a change after sending is told once, and told again when it is another one", () => {
  const first = decideIntake(shown.changed, rules, known("at_wms"));
  expect(first.kind).toBe("changed_after_sending");
  const text = first.kind === "changed_after_sending" ? first.text : "";
  const told = known("at_wms", {
    timeline: [{ at: NOW, event: "changed_after_sending", text }],
  });
  expect(decideIntake(shown.changed, rules, told).kind).toBe("same");
  const other = incomingOrder({ order: { ...changed, ship_code: "express" } });
  expect(decideIntake(other, rules, told).kind).toBe("changed_after_sending");
});

test("a contract, an order of nothing that ships and one whose every line is filtered are skipped with their own reasons", () => {
  const reasonOf = (more: Parameters<typeof incomingOrder>[0], own: Partial<IntakeRules> = {}) => {
    const decision = decideIntake(incomingOrder(more), { ...rules, ...own }, null);
    return decision.kind === "skip" ? decision.reason : decision.kind;
  };
  const digital = order({ lines: [{ ...line("1", "EBOOK", 1), digital: true }] });
  const deny = (level: "line" | "order", skus: string[]) => ({
    items: itemRules({ mode: "deny" as const, level, skus }),
  });
  expect(reasonOf({ is_contract: true })).toBe("subscription_parent");
  expect(reasonOf({ order: digital })).toBe("nothing_to_ship");
  expect(reasonOf({}, deny("line", ["mug", "TEE"]))).toBe("all_items_filtered");
  expect(reasonOf({}, deny("order", ["mug"]))).toBe("item_filter");
  expect(reasonOf({}, deny("line", ["mug"]))).toBe("load");
  expect(
    reasonOf({ payment_status: "unpaid" }, { policy: { ...policy, payment_statuses: ["paid"] } }),
  ).toBe("payment_status");
  expect(
    reasonOf({ fulfilment_status: null }, { policy: { ...policy, fulfilment_statuses: ["x"] } }),
  ).toBe("fulfilment_status");
});

test("a line that a filter drops is kept in the order, marked", () => {
  const items = itemRules({ mode: "deny", level: "line", skus: ["mug"] });
  const decision = decideIntake(incomingOrder(), { ...rules, items }, null);
  expect(decision).toMatchObject({
    kind: "load",
    order: { lines: [{ sku: "MUG", filtered: true }, { sku: "TEE" }] },
  });
});

test("an order that a person asks for is taken however old it is", () => {
  const old = incomingOrder({ placed_at: 0 });
  expect(decideIntake(old, rules, null).kind).toBe("too_old");
  expect(decideIntake(old, { ...rules, anyAge: true }, null).kind).toBe("load");
});

test("what a cart says of a redacted order changes nothing of it; one that a WMS may have can still be called off", () => {
  for (const status of orderStatuses)
    for (const [what, incoming] of Object.entries(shown)) {
      const isAtWms = status === "at_wms" || status === "partial";
      if (status === "new" || status === "error") continue;
      const { kind } = decideIntake(incoming, rules, known(status, { redacted: true }));
      expect(kind, `${status}, ${what}`).toBe(
        isAtWms && incoming.state !== "open" ? "canceled" : "same",
      );
    }
});
