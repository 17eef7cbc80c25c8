import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { flag } from "./shapes.ts";
import { readOne } from "./statement.ts";

const dueShape = z.object({
  dispatches: flag,
  probes: flag,
  tasks: flag,
  holds: flag,
  deliveries: flag,
  confirmations: flag,
  alerts: flag,
  mails: flag,
  /** The newest five-minute tick whose jobs were started; null before the first sweep. */
  last_tick: z.int().nullable(),
});
/** Of what there is something to do; see `sync/sweep.ts`. */
export type DueWork = z.infer<typeof dueShape>;

/** Of what something is due, for anybody: one look into each index of what is due, and the last tick. */
export const whatIsDue = (db: D1Database, now: number): Promise<DueWork | null> => {
  const any = (table: string, column: string): SQL =>
    sql`EXISTS (SELECT 1 FROM ${sql.raw(table)} WHERE ${sql.raw(column)} IS NOT NULL AND ${sql.raw(column)} <= ${now})`;
  return readOne(
    db,
    dueShape,
    sql`SELECT ${any("dispatches", "due_at")} AS dispatches, ${any("connections", "probe_at")} AS probes,
        ${any("tasks", "due_at")} AS tasks, ${any("orders", "hold_until")} AS holds,
        ${any("deliveries", "next_at")} AS deliveries, ${any("shipments", "next_at")} AS confirmations,
        (${any("alerts", "tell_at")} OR ${any("tellings", "due_at")}) AS alerts, ${any("mails", "next_at")} AS mails,
        (SELECT last_tick FROM sweeps WHERE id = 1) AS last_tick`,
  );
};

/** Remembers the tick whose jobs were started. */
export const noteTick = (tick: number): SQL => note(1, tick);

/** Changes a row for the first sweep of a moment (milliseconds), and none for the others. */
export const claimSweep = (moment: number): SQL => note(2, moment);

const note = (rowId: 1 | 2, value: number): SQL =>
  sql`INSERT INTO sweeps (id, last_tick) VALUES (${rowId}, ${value})
      ON CONFLICT (id) DO UPDATE SET last_tick = excluded.last_tick WHERE last_tick <> excluded.last_tick`;

/** Moves the due time of the `limit` longest due dispatches that nobody claimed yet: the queue has their hints. */
export const restHints = (now: number, until: number, limit: number): SQL =>
  sql`UPDATE dispatches SET due_at = ${until} WHERE fence = 0 AND (merchant_id, id) IN (
        SELECT merchant_id, id FROM dispatches
        WHERE due_at IS NOT NULL AND due_at <= ${now} ORDER BY due_at LIMIT ${limit})`;

/** Moves the due records of a connection that cannot be worked on, of a merchant who is gone. */
export const putOff = (
  kind: "delivery" | "confirmation",
  of: { merchant_id: MerchantId; connection_id: ConnectionId },
  now: number,
  until: number,
): SQL => {
  const set = sql`SET next_at = ${until}
    WHERE next_at IS NOT NULL AND next_at <= ${now} AND +merchant_id = ${of.merchant_id}`;
  return kind === "delivery"
    ? sql`UPDATE deliveries ${set} AND wms_id = ${of.connection_id}`
    : sql`UPDATE shipments ${set} AND cart_id = ${of.connection_id}`;
};
