import type { Bug } from "./plant.ts";

/** Mistakes with alerts, with what waits for a person, and with silent vendors. */
export const bugsOfAlerts: readonly Bug[] = [
  {
    name: "an order that a person cancels stays on its alerts",
    file: "sync/cancel-orders.ts",
    breaks: "I6",
    edits: [
      ['    ...followTroubles(merchantId, ids, { at: now, by: "The order was canceled." }),\n', ""],
    ],
  },
  {
    name: "an order that the warehouse takes at last stays on its alerts",
    file: "sync/raise-troubles.ts",
    breaks: "I6",
    edits: [['      ...follow(true, "The WMS has the order."),\n', ""]],
  },
  {
    name: "a parcel that its cart shows at last stays on its alert",
    file: "sync/tracking-troubles.ts",
    breaks: "I6",
    edits: [["      failedBefore.map(({ shipment }) => shipment.order_id),", "      [],"]],
  },
  {
    name: "a dismissal is answered and not stored",
    file: "store/alerts.ts",
    breaks: "I6",
    edits: [
      [
        "sql`UPDATE alerts SET state = 'dismissed', closed_at",
        "sql`UPDATE alerts SET state = 'open', closed_at",
      ],
    ],
  },
  {
    name: "a dismissed alert opens again with every failure",
    file: "store/alerts.ts",
    breaks: "I6",
    edits: [
      [
        "(alerts.message IS NOT excluded.message OR alerts.details->>'problem' IS NOT excluded.details->>'problem')",
        "1",
      ],
    ],
  },
  {
    name: "who waits is counted off twice",
    file: "store/alerts.ts",
    breaks: "I6",
    edits: [
      ["SET waiting = alerts.waiting - g.orders,", "SET waiting = alerts.waiting - 2 * g.orders,"],
    ],
  },
  {
    name: "an order with two parcels is counted off twice",
    file: "store/alerts.ts",
    breaks: "I6",
    edits: [["JSON.stringify([...new Set(ids)])", "JSON.stringify(ids)"]],
  },
  {
    name: "who waits is counted again with every failure",
    file: "store/alerts.ts",
    breaks: "I6",
    edits: [["${count(sql`NOT ${listed} AND ${isWrong}`)}", "${count(isWrong)}"]],
  },
  {
    name: "an alert is raised after the batch that it is about",
    file: "sync/deliver-orders.ts",
    breaks: "I5",
    edits: [
      ["      ...troubles.statements,\n", ""],
      [
        "  if (troubles.at_once) await tellSoon",
        "  if (troubles.statements.length > 0) await commit(claimed.db, troubles.statements);\n  if (troubles.at_once) await tellSoon",
      ],
      [
        'import type { Statement } from "../store/statement.ts";',
        'import { commit, type Statement } from "../store/statement.ts";',
      ],
    ],
  },
  {
    name: "of several alerts of a page one is raised",
    file: "sync/raise-troubles.ts",
    breaks: "I5",
    edits: [
      [
        "      ...raiseAlerts(merchant_id, raised, { at, when }),\n",
        "      ...raiseAlerts(merchant_id, raised.slice(0, 1), { at, when }),\n",
      ],
    ],
  },
  {
    name: "orders are listed with whatever merchant comes first",
    file: "store/alerts.ts",
    breaks: "I6",
    edits: [
      [
        "SELECT j.value->>'m', j.value->>'id', o.value, j.value->>'about'",
        "SELECT (SELECT min(id) FROM merchants), j.value->>'id', o.value, j.value->>'about'",
      ],
    ],
  },
  {
    name: "orders are taken off an alert and not let go",
    file: "sync/release-alerts.ts",
    breaks: "I5",
    edits: [
      [
        "    releaseMended(merchantId, orders, await cartWays(deps, merchantId), at),",
        "    releaseMended(merchantId, orders.slice(1), await cartWays(deps, merchantId), at),",
      ],
    ],
  },
  {
    name: "a connection that works again keeps its alert",
    file: "sync/connection-health.ts",
    breaks: "I6",
    edits: [
      [
        "  closeAlerts(merchantId, connectionAlertIds(merchantId, connectionId), {",
        "  closeAlerts(merchantId, [], {",
      ],
    ],
  },
  {
    name: "an order that a check held is checked again every hour",
    file: "domain/delivery.ts",
    breaks: "I7",
    edits: [
      [
        '        state: "error",\n        // What may have arrived',
        '        state: "due",\n        // What may have arrived',
      ],
      [
        "        last_error: result.message.slice(0, MESSAGE_LENGTH),\n        next_at: null,",
        "        last_error: result.message.slice(0, MESSAGE_LENGTH),\n        next_at: now + 3_600_000,",
      ],
      [
        '        status: "error",\n        error_reason: result.reason,',
        '        status: "new",\n        error_reason: null,',
      ],
    ],
  },
  {
    name: "an order that a check held is put on a page again",
    file: "domain/delivery.ts",
    breaks: "I7",
    edits: [
      [
        "        last_error: result.message.slice(0, MESSAGE_LENGTH),\n        next_at: null,",
        "        last_error: result.message.slice(0, MESSAGE_LENGTH),\n        next_at: now + 3_600_000,",
      ],
    ],
  },
  {
    name: "a mapping is saved without the task that lets orders go",
    file: "sync/save-ship-methods.ts",
    breaks: "I7",
    edits: [["of: isExact ? { alerts } : {", "of: isExact ? { alerts: [] } : {"]],
  },
  {
    name: "a new alias lets no order go",
    file: "sync/release-alerts.ts",
    breaks: "I7",
    edits: [["  if (mended.length === 0) return 0;", "  if (mended.length < 2) return 0;"]],
  },
  {
    name: "a silent vendor is tried by whole pages",
    file: "sync/probe.ts",
    breaks: "SILENT",
    edits: [
      [
        'return won?.rows.length === 1 ? "one" : "none";',
        'return won?.rows.length === 1 ? "all" : "none";',
      ],
    ],
  },
  {
    name: "a silent vendor is tried by everybody's record",
    file: "sync/probe.ts",
    breaks: "SILENT",
    edits: [['return won?.rows.length === 1 ? "one" : "none";', 'return won ? "one" : "none";']],
  },
  {
    name: "a vendor that answers again wakes no page",
    file: "sync/connection-health.ts",
    breaks: "I17",
    edits: [
      [
        "if (wakes) await resumeConnection(deps, merchant_id, id, statements);\n  else await",
        "await",
      ],
    ],
  },
  {
    name: "the sweep forgets to try silent vendors",
    file: "sync/sweep.ts",
    breaks: "I17",
    edits: [['      ["probes", () => sendProbes(deps, db, MOST)],\n', ""]],
  },
  {
    name: "a probe with nothing to try never ends",
    file: "sync/probe.ts",
    breaks: "I17",
    edits: [
      [
        "if (ids.length === 0) await commit(db, [endProbing(merchantId, connectionId)]);\n  else await",
        "await",
      ],
    ],
  },
  {
    name: "a message that failed through our fault is given up in silence",
    file: "store/dead-letters.ts",
    breaks: "DLQ",
    edits: [
      [
        "{ at: now, when: sql`NOT ${isIn(letter.id, sql`'dead'`)}` },",
        "{ at: now, when: sql`0` },",
      ],
    ],
  },
  {
    name: "a dead letter that is settled keeps its alert",
    file: "store/dead-letters.ts",
    breaks: "I6",
    edits: [
      [
        "when: isIn(letterId, sql`'replayed', 'dropped'`),",
        "when: isIn(letterId, sql`'dropped'`),",
      ],
    ],
  },
  {
    name: "a dead letter is acknowledged and not kept",
    file: "jobs/queue.ts",
    breaks: "DLQ",
    edits: [["      await keepDeadLetter(deps, queue, message.body);\n", ""]],
  },
];
