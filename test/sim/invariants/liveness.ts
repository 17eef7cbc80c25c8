import type { Guard, Scene } from "../witness.ts";

/** I17: when nothing goes wrong any more, everything comes to its end. */
export function liveness({ rows, breach, hub, timeline }: Scene): Guard {
  return {
    end: () => {
      for (const row of rows(PAGES))
        breach("I17", `a page of work lies about: ${JSON.stringify(row)}`);
      for (const row of rows(DELIVERIES)) breach("I17", `not sent: ${JSON.stringify(row)}`);
      for (const row of rows(SHIPMENTS)) breach("I17", `not told: ${JSON.stringify(row)}`);
      for (const row of rows(WAITING)) breach("I17", `not released: ${JSON.stringify(row)}`);
      for (const row of rows(HELD, timeline.now - 15 * 60_000))
        breach("I17", `held beyond its time: ${JSON.stringify(row)}`);
      for (const row of rows(WANTED)) breach("I17", `not called off: ${JSON.stringify(row)}`);
      for (const row of rows(TASKS)) breach("I17", `not done: ${JSON.stringify(row)}`);
      for (const [name, object] of hub.objects)
        for (const row of object.rows())
          if (Number(row["held_until"]) > timeline.now + 60_000)
            breach("I17", `${name} holds ${JSON.stringify(row)}`);
      for (const queue of hub.queues.values())
        for (const { body, visibleAt } of queue.messages)
          if (visibleAt < timeline.now - 60_000)
            breach("I17", `${queue.rules.name} has ${JSON.stringify(body)}`);
    },
  };
}

/** Of connections that work. */
const PAGES = `SELECT x.id, x.kind, x.due_at, x.fence, x.created_at FROM dispatches x WHERE due_at IS NOT NULL`;
/** What a warehouse called off, and takes one order of each reference, waits for people of both sides. */
const DELIVERIES = `SELECT d.order_id, d.state, d.next_at, d.last_error, o.status, o.on_hold FROM deliveries d
  JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
  WHERE d.state IN ('queued', 'due') AND o.status IN ('new', 'error')
    AND coalesce(d.last_error, '') NOT LIKE '%takes nothing else under this reference%'`;
const SHIPMENTS = `SELECT order_id, id, state, next_at, last_error FROM shipments WHERE state IN ('queued', 'due')`;
/** Delivery is on for every cart, and every merchant has a WMS. */
const WAITING = `SELECT o.id, o.status, o.on_hold, d.state FROM deliveries d
  JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
  WHERE d.state = 'waiting' AND o.status = 'new' AND o.sending_canceled = 0 AND o.cleared_at IS NULL`;
const HELD = `SELECT id, on_hold, hold_until FROM orders WHERE status = 'new' AND hold_until < ?`;
const WANTED = `SELECT id, status, cancel_wanted FROM orders
  WHERE cancel_wanted IS NOT NULL AND status <> 'new' AND too_late_to_cancel = 0`;
const TASKS = `SELECT id, kind, state, due_at, message FROM tasks WHERE state = 'running'`;
