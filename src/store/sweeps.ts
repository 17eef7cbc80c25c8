import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
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

/** Remembers a tick whose jobs were started; an older one changes nothing. */
export const noteTick = (tick: number): SQL =>
  sql`INSERT INTO sweeps (id, last_tick) VALUES (1, ${tick})
      ON CONFLICT (id) DO UPDATE SET last_tick = excluded.last_tick WHERE last_tick < excluded.last_tick`;
