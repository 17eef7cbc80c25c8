import { connectionKinds, type About } from "../../../src/domain/alerts.ts";
import type { Step } from "../steps.ts";
import type { Guard, Scene } from "../witness.ts";
import { troublesOf } from "./troubles.ts";

const ofConnection = new Set<string>(connectionKinds);

/** I6: an alert is open as long as its cause is there and no longer, counts who waits, and lists whom it is about. */
export function alerts(scene: Scene): Guard {
  const { rows, breach, timeline } = scene;
  const said = new Set<string>();
  const once = (key: string, message: string) => {
    if (said.has(key)) return;
    said.add(key);
    breach("I6", message);
  };

  const isLive = (alert: Record<string, unknown>): boolean => {
    if (Number(alert["waiting"]) > 0) return true;
    const kind = String(alert["kind"]);
    const of = String(alert["merchant_id"]);
    if (ofConnection.has(kind)) return rows(FAILS, of, String(alert["subject"])).length > 0;
    if (kind === "duplicate_code") return rows(UNDECIDED, of, String(alert["key"])).length > 0;
    // What a shop says to levels is not stored.
    if (kind === "no_contact" || kind === "stock") return true;
    return kind === "dead_letter" && rows(DEAD, String(alert["subject"])).length > 0;
  };

  const lookAt = (of: string, id: string) => {
    const [alert] = rows(ALERT, of, id);
    if (!alert) return;
    const { waiting, n, state, kind, subject } = alert;
    const name = `${String(kind)} ${String(subject)}`;
    if (waiting !== n)
      once(`${id} waiting`, `${name} says that ${String(waiting)} wait, and lists ${String(n)}`);
    if (state === "resolved" && n !== 0)
      once(`${id} resolved`, `${name} is resolved, and lists orders`);
    if (state !== "resolved" && !isLive(alert))
      once(
        `${id} ${String(alert["last_at"])}`,
        `${name} is ${String(state)}, and its cause is gone`,
      );
  };

  const lookAtOrder = (orderId: string) => {
    const listed = rows(LISTED, orderId);
    if (listed.length === 0) return;
    const troubles = troublesOf(scene, orderId, true);
    for (const { about, alert_id, merchant_id, owner } of listed) {
      if (!troubles.has(about as About))
        once(
          `${orderId} ${String(alert_id)}`,
          `${orderId} is listed (${String(about)}), and is in no such trouble`,
        );
      if (merchant_id !== owner)
        once(
          `${orderId} owner`,
          `${orderId} of ${String(owner)} is listed with ${String(merchant_id)}`,
        );
    }
  };

  const follow = ({ what, of, id, before, now, more }: Step) => {
    if (what === "alert" && before === "dismissed" && now === "open" && more === 1)
      breach("I6", `${id} was dismissed, and opens again although nothing else is said`);
    if (what === "listed") lookAtOrder(String(now));
    if (what === "alert" || what === "listed" || what === "unlisted") changed.add(`${of} ${id}`);
  };
  const changed = new Set<string>();

  return {
    end: () => {
      for (const { id, heard, said } of rows(HEARD))
        if (heard === said)
          breach(
            "I6",
            `${String(id)} is ${heard ? "" : "not "}heard of, and its alert says otherwise`,
          );
    },
    touched: (ids) => ids.forEach(lookAtOrder),
    committed: (_, steps) => {
      steps.forEach(follow);
      for (const key of changed) {
        const [of = "", id = ""] = key.split(" ");
        lookAt(of, id);
      }
      changed.clear();
    },
    person: ({ path, status, text, merchant }) => {
      const dismissed = /^\/api\/alerts\/(alr_[^/]+)\/dismiss$/.exec(path)?.[1];
      if (dismissed === undefined || status !== 200) return;
      const [alert] = rows(ALERT, merchant.id, dismissed);
      // Between the act and its answer the other system may say something else, or the cause go.
      const state = alert?.["state"];
      if (state === "open" && Number(alert?.["last_at"]) < timeline.now - 60_000)
        breach("I6", `${dismissed} was dismissed, and is open: ${text.slice(0, 200)}`);
    },
    everything: () => {
      for (const { merchant_id, id } of rows("SELECT merchant_id, id FROM alerts"))
        lookAt(String(merchant_id), String(id));
      for (const { order_id } of rows("SELECT DISTINCT order_id FROM alert_orders"))
        lookAtOrder(String(order_id));
    },
  };
}

const ALERT = `SELECT a.merchant_id, a.kind, a.subject, a.state, a.waiting, a.last_at, a.details->>'key' AS key,
  (SELECT count(*) FROM alert_orders l WHERE l.merchant_id = a.merchant_id AND l.alert_id = a.id) AS n
  FROM alerts a WHERE a.merchant_id = ? AND a.id = ?`;
const FAILS = `SELECT 1 FROM connections WHERE merchant_id = ? AND id = ? AND health <> 'healthy'`;
const UNDECIDED = `SELECT 1 FROM code_conflicts WHERE merchant_id = ? AND code = ? AND decided_at IS NULL`;
const HEARD = `SELECT m.id, EXISTS (SELECT 1 FROM contacts c WHERE c.owner_id IN (m.id, m.account_id)
    AND c.active = 1 AND c.frequency <> 'off') AS heard,
  EXISTS (SELECT 1 FROM alerts a WHERE a.merchant_id = m.id AND a.kind = 'no_contact' AND a.state <> 'resolved') AS said
  FROM merchants m`;
const DEAD = `SELECT 1 FROM dead_letters WHERE id = ? AND state IN ('dead', 'failing')`;
/** Each order is one merchant's: its id is made of its cart. */
const LISTED = `SELECT l.about, l.alert_id, l.merchant_id, o.merchant_id AS owner FROM orders o
  JOIN alert_orders l ON l.merchant_id IN (SELECT id FROM merchants) AND l.order_id = o.id WHERE o.id = ?`;
