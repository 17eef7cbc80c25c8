import type { Guard, Scene } from "../witness.ts";
import { troublesOf } from "./troubles.ts";

/** I5: every order that is stuck is listed by an alert of its merchant that is open, or that somebody dismissed. */
export function listings(scene: Scene): Guard {
  const { rows, breach } = scene;
  const said = new Set<string>();

  const look = (id: string) => {
    const troubles = troublesOf(scene, id, false);
    if (troubles.size === 0) return;
    const listed = new Set(rows(LISTED, id).map(({ about }) => about));
    for (const trouble of troubles)
      if (!listed.has(trouble) && !said.has(`${id} ${trouble}`)) {
        said.add(`${id} ${trouble}`);
        breach("I5", `${id} is in trouble (${trouble}), and no alert lists it: ${shown(id)}`);
      }
  };
  const shown = (id: string) => JSON.stringify(rows(ORDER, id));

  return {
    touched: (ids) => ids.forEach(look),
    committed: (_, steps) => {
      for (const { what, now } of steps) if (what === "unlisted") look(String(now));
    },
    everything: () => {
      for (const { id } of rows("SELECT id FROM orders")) look(String(id));
      for (const row of rows(UNSAID))
        breach("I5", `a connection does not work, and no alert says so: ${JSON.stringify(row)}`);
    },
  };
}

const LISTED = `SELECT l.about FROM orders o JOIN alert_orders l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
  JOIN alerts a ON a.merchant_id = l.merchant_id AND a.id = l.alert_id
  WHERE o.id = ? AND a.state IN ('open', 'dismissed')`;
const ORDER = `SELECT o.status, o.error_reason, o.on_hold, o.possible_duplicate, d.state, d.last_error, d.failed_sends, d.dispatch_id
  FROM orders o LEFT JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id WHERE o.id = ?`;
/** Parked pages are not listed order by order: the alert of their connection stands for them. */
const UNSAID = `SELECT c.id, c.health, c.last_error FROM connections c WHERE c.health <> 'healthy' AND c.paused = 0
  AND EXISTS (SELECT 1 FROM dispatches x WHERE x.merchant_id = c.merchant_id AND x.connection_id = c.id AND x.due_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.merchant_id = c.merchant_id AND a.subject = c.id
    AND a.state IN ('open', 'dismissed'))`;
