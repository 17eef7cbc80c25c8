import type { Bug } from "./plant.ts";

/** Mistakes on the way from Dray into a WMS. */
export const bugsOfSending: readonly Bug[] = [
  {
    name: "what waits for its next try is let go like what waits for its cart",
    file: "store/deliveries.ts",
    breaks: "I8",
    edits: [
      ["AND state = 'waiting' AND order_id >", "AND state IN ('waiting', 'due') AND order_id >"],
    ],
  },
  {
    name: "an order is sent again without asking whether it is there",
    file: "sync/deliver-orders.ts",
    breaks: "I3",
    edits: [
      [
        "const before = claimed.unknown || delivery.unknown || delivery.attempts.length > 0;",
        "const before = false;",
      ],
    ],
  },
  {
    name: "a dispatch whose worker died is worked as if nobody had been there",
    file: "sync/work-dispatch.ts",
    breaks: "I3",
    edits: [["const unknown = dispatch.working;", "const unknown = false;"]],
  },
  {
    name: "a claim takes a page that somebody works on",
    file: "store/dispatches.ts",
    breaks: "I3",
    edits: [
      [
        "        AND (fence = 0 OR due_at IS NULL OR due_at <= ${now}) RETURNING id`",
        "        RETURNING id`",
      ],
    ],
  },
  {
    name: "an answer that was lost leaves nothing open",
    file: "sync/deliver-orders.ts",
    breaks: "I10",
    edits: [["unknown: mayHaveArrived && leavesOpen.has(error.kind),", "unknown: false,"]],
  },
  {
    name: "an inconclusive look-up counts as not there",
    file: "sync/deliver-orders.ts",
    breaks: "I3",
    edits: [
      [
        "    // The question was not answered, whatever the reason, so it is still open.\n    return { ...failed(error, true), unknown: true };",
        "    if (!(error instanceof ConnectorFailure)) throw error;",
      ],
    ],
  },
  {
    name: "an order that is held stays on its page, and is sent",
    file: "store/deliveries.ts",
    also: {
      file: "sync/hold-orders.ts",
      edits: [["    followHolds(merchantId, ids),\n", ""]],
    },
    breaks: "I10",
    edits: [
      ["\n          AND o.status = 'new' AND o.on_hold IS NULL AND o.redacted_at IS NULL`", "`"],
    ],
  },
  {
    name: "an order whose sending was canceled is sent all the same",
    file: "sync/deliver-orders.ts",
    breaks: "I10",
    edits: [['  if (delivery.stopped) return { kind: "stopped" };\n', ""]],
  },
  {
    name: "what a WMS called off counts as there",
    file: "sync/deliver-orders.ts",
    breaks: "I10",
    edits: [['return state && state.status !== "cancelled"', "return state"]],
  },
  {
    name: "an order that was called off while it was sent is not called off at the WMS",
    file: "sync/deliver-orders.ts",
    breaks: "I17",
    edits: [["      calledOff,\n      ...(await", "      ...(await"]],
  },
  {
    name: "calling off is given up by the days alone",
    file: "sync/call-off.ts",
    breaks: "I10",
    edits: [["const LEAST_TRIES = 36;", "const LEAST_TRIES = 0;"]],
  },
  {
    name: "a WMS that does not answer has called the order off",
    file: "sync/call-off.ts",
    breaks: "I10",
    edits: [
      [
        "      else waiting.push({ order, failure: answer });",
        '      else done.push({ order, outcome: { kind: "cancelled" } });',
      ],
    ],
  },
  {
    name: "orders that are being sent are called off as if they were not",
    file: "store/cancellations.ts",
    breaks: "I10",
    edits: [
      [
        "WHERE ${notOlder} AND orders.status IN ('new', 'error') AND ${notBeingSent}\n      RETURNING orders.id AS id`;\n\n/**\n * After `cancelUnsentOrders`",
        "WHERE ${notOlder} AND orders.status IN ('new', 'error')\n      RETURNING orders.id AS id`;\n\n/**\n * After `cancelUnsentOrders`",
      ],
      [
        "cancel_wanted = ${thenInCart(carts, sql`1`)}, ${fromWhom}",
        "cancel_wanted = NULL, ${fromWhom}",
      ],
    ],
  },
  {
    name: "a throttled page is thrown away",
    file: "sync/deliver-orders.ts",
    breaks: "I17",
    edits: [["isDone && !stopping);", "isDone);"]],
  },
  {
    name: "pages that were parked stay parked",
    file: "sync/resume-connection.ts",
    breaks: "I17",
    edits: [["    unparkDispatches(merchantId, connectionId, deps.clock.now()),\n", ""]],
  },
  {
    name: "a send that failed is tried again after half an hour",
    file: "domain/retry.ts",
    breaks: "I8",
    edits: [["DELIVERY_RETRY_MS = 60 * MINUTE", "DELIVERY_RETRY_MS = 30 * MINUTE"]],
  },
  {
    name: "sending is given up after 14 days",
    file: "domain/retry.ts",
    breaks: "I9",
    edits: [["DELIVERY_GIVE_UP_MS = 15 * DAY", "DELIVERY_GIVE_UP_MS = 14 * DAY"]],
  },
  {
    name: "sending is never given up",
    file: "domain/retry.ts",
    breaks: "I9",
    edits: [["at - (history.first_failed_at ?? now) > DELIVERY_GIVE_UP_MS", "at < 0"]],
  },
  {
    name: "each failure counts as the first",
    file: "domain/delivery.ts",
    breaks: "I9",
    edits: [["    first_failed_at: before.first_failed_at ?? now,", "    first_failed_at: now,"]],
  },
  {
    name: "the sweep forgets dispatches whose hint was lost",
    file: "sync/sweep.ts",
    breaks: "I17",
    edits: [['      ["dispatches", () => hintAgain(deps, db, now)],\n', ""]],
  },
  {
    name: "the sweep forgets deliveries that are due",
    file: "sync/sweep.ts",
    breaks: "I17",
    edits: [['      ["deliveries", () => requeue("delivery")],\n', ""]],
  },
  {
    name: "the sweep forgets long work",
    file: "sync/sweep.ts",
    breaks: "I17",
    edits: [['      ["tasks", () => goOnWithTasks(deps, db, now)],\n', ""]],
  },
  {
    name: "holds never end by themselves",
    file: "store/held-orders.ts",
    breaks: "I17",
    edits: [
      [
        "FROM orders WHERE hold_until IS NOT NULL AND hold_until <= ${now}",
        "FROM orders WHERE hold_until IS NOT NULL AND hold_until <= ${now - 30 * 86_400_000}",
      ],
    ],
  },
  {
    name: "of several crons each takes itself for a later one of the same moment",
    file: "store/sweeps.ts",
    breaks: "I17",
    edits: [
      [
        "WHERE last_tick <> excluded.last_tick`;",
        "WHERE last_tick < excluded.last_tick - 86400000`;",
      ],
    ],
  },
  {
    name: "a vendor that falls silent rests everybody's connections",
    file: "store/connections.ts",
    breaks: "I20",
    edits: [
      [
        "WHERE merchant_id = ${merchantId} AND id = ${connectionId}\n      AND (health <>",
        "WHERE (${probeAt} IS NOT NULL OR (merchant_id = ${merchantId} AND id = ${connectionId}))\n      AND (health <>",
      ],
    ],
  },
  {
    name: "an order that its WMS has counts as called off there, and nobody asks",
    file: "sync/cancel-at-wms.ts",
    breaks: "I10",
    edits: [
      ["      return cancel(wms.call, order.cust_ref);", '      return { kind: "cancelled" };'],
    ],
  },
  {
    name: "what a WMS called off by itself is not heard",
    file: "sync/take-wms-cancels.ts",
    breaks: "I10",
    edits: [["  if (told.length === 0) return 0;", "  if (told.length >= 0) return 0;"]],
  },
];
