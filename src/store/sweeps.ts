import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { readOne } from "./statement.ts";

/** The newest five-minute tick whose jobs were started; null before the first sweep. */
export async function lastTick(db: D1Database): Promise<number | null> {
  const row = await readOne(
    db,
    z.object({ last_tick: z.int() }),
    sql`SELECT last_tick AS last_tick FROM sweeps WHERE id = 1`,
  );
  return row?.last_tick ?? null;
}

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
