import type { Guard, Scene } from "../witness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What a person mended goes within this time when nothing else is in its way. */
const AT_ONCE_MS = 10 * MINUTE;
/** Messages that come half a day late, consumers that pause, workers that die. */
const AT_LAST_MS = 14 * HOUR;
/** Somebody may mend between the check and the batch that says what it found. */
const OVERLAP_MS = 20 * MINUTE;

const ownReasons = ["address", "ship_method", "code"];
/** Who moves what is held: people, what they began, and lists of the WMS. */
const moving = ["api writing", "task", "several jobs", "methods", "products"];

/** I7: what only a person can mend is left alone until somebody does, and then goes at once. */
export function holds({ rows, breach, timeline, hub }: Scene): Guard {
  let lastAct = 0;
  const bodies = new Map<string, { text: string; at: number }>();
  const failed = new Map<string, number>();
  /** Since when an order waits on something that is mended: `alert order`. */
  const mended = new Map<string, number>();
  const said = new Set<string>();

  const look = (id: string) => {
    const [row] = rows(ORDER, id);
    if (!row) return;
    const { status, error_reason: reason, state, next_at: next } = row;
    const text = String(row["body"]);
    const before = bodies.get(id);
    const changedAt = before?.text === text ? before.at : timeline.now;
    bodies.set(id, { text, at: changedAt });
    if (
      status === "error" &&
      ownReasons.includes(String(reason)) &&
      (next !== null || ["due", "queued"].includes(String(state)))
    )
      breach(
        "I7",
        `${id} waits for a person (${String(reason)}), and is to be tried: ${JSON.stringify({ state, next })}`,
      );
    const at = Number(row["checked_at"] ?? 0);
    const last = failed.get(id);
    if (at === 0 || at === last) return;
    failed.set(id, at);
    if (last === undefined || !hub.clocksAgree) return;
    if (Math.max(lastAct, changedAt, Number(row["by_hand"] ?? 0)) < last - OVERLAP_MS)
      breach(
        "I7",
        `${id} was held, and is checked again after ${Math.round((at - last) / MINUTE)} minutes without anybody's doing`,
      );
  };

  /** Orders that wait on a mapping or a code that is there. */
  const lookAtMended = () => {
    const now = timeline.now;
    const waiting = new Set<string>();
    for (const { alert_id, order_id } of [...rows(MAPPED), ...rows(CODED)]) {
      const key = `${String(alert_id)} ${String(order_id)}`;
      waiting.add(key);
      const since = mended.get(key) ?? now;
      mended.set(key, since);
      const limit = hub.isCalm() ? AT_ONCE_MS : AT_LAST_MS;
      if (now - since < limit || said.has(key)) continue;
      said.add(key);
      breach(
        "I7",
        `${String(order_id)} waits on what was mended ${Math.round((now - since) / MINUTE)} minutes ago`,
      );
    }
    for (const key of mended.keys()) if (!waiting.has(key)) mended.delete(key);
  };

  /** An order that somebody edited, or had sent again. */
  const lookAtOne = (id: string, since: number) => {
    const [row] = rows(READY, id, since);
    if (row && hub.isCalm())
      breach("I7", `${id} was mended by hand, and is not tried: ${JSON.stringify(row)}`);
  };

  return {
    committed: ({ site }, steps) => {
      if (moving.includes(site) && (steps.length > 0 || site === "api writing"))
        lastAct = timeline.now;
    },
    touched: (ids) => ids.forEach(look),
    person: ({ method, path, status, text }) => {
      if (method === "GET" || status >= 300) return;
      if (/^\/api\/(ship-methods|aliases|products)/.test(path)) {
        lookAtMended();
        timeline.in(AT_ONCE_MS + MINUTE, lookAtMended);
      }
      const [, id, act] = /^\/api\/orders\/(ord_[^/]+)\/(edit|resend)$/.exec(path) ?? [];
      if (id === undefined || act === undefined) return;
      const { action } = JSON.parse(text) as { action?: { result: string } };
      const since = timeline.now - 5 * MINUTE;
      if (action?.result === "done") timeline.in(AT_ONCE_MS + MINUTE, () => lookAtOne(id, since));
    },
    everything: lookAtMended,
    end: lookAtMended,
  };
}

const ORDER = `SELECT o.status, o.error_reason, o.body, d.state, d.next_at,
    (SELECT max(j.value->>'at') FROM json_each(o.timeline) j WHERE j.value->>'event' = 'check_failed') AS checked_at,
    (SELECT max(j.value->>'at') FROM json_each(o.timeline) j WHERE j.value->>'by' IS NOT NULL) AS by_hand
  FROM orders o JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id WHERE o.id = ?`;
const WAITS = `l.alert_id, l.order_id FROM alerts a
  JOIN alert_orders l ON l.merchant_id = a.merchant_id AND l.alert_id = a.id
  JOIN orders o ON o.merchant_id = l.merchant_id AND o.id = l.order_id
  WHERE o.status = 'error' AND o.on_hold IS NOT 'person' AND o.sending_canceled = 0 AND a.state <> 'resolved'
    AND NOT EXISTS (SELECT 1 FROM alert_orders other WHERE other.merchant_id = l.merchant_id
      AND other.order_id = l.order_id AND other.alert_id <> l.alert_id)`;
/** The WMS itself may refuse a method that is mapped. */
const MAPPED = `SELECT ${WAITS} AND a.kind = 'ship_method' AND a.details->>'refused' IS NULL
  AND EXISTS (SELECT 1 FROM ship_methods s WHERE s.merchant_id = a.merchant_id AND s.match = 'exact'
    AND s.cart_id = substr(a.subject, 1, instr(a.subject, '/') - 1) AND s.value = lower(trim(a.details->>'method'))
    AND (s.passes = 1 OR EXISTS (SELECT 1 FROM wms_methods w WHERE w.merchant_id = a.merchant_id AND w.code = s.wms_method)))`;
const CODED = `SELECT ${WAITS} AND a.kind = 'code' AND a.details->>'alias' IS NULL AND a.details->>'wants' IS NULL
  AND EXISTS (SELECT 1 FROM product_codes p WHERE p.merchant_id = a.merchant_id AND p.code = lower(trim(a.details->>'code')))`;
const READY = `SELECT o.status, d.state, o.on_hold FROM orders o
  JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id
  JOIN connections c ON c.merchant_id = d.merchant_id AND c.id = d.wms_id
  WHERE o.id = ? AND o.status = 'new' AND d.state IN ('waiting', 'due', 'queued') AND o.on_hold IS NULL
    AND o.sending_canceled = 0 AND o.cleared_at IS NULL
    AND c.health = 'healthy' AND c.paused = 0 AND c.probe_at IS NULL
    AND coalesce(d.attempts->>'$[#-1].at', 0) < ?`;
