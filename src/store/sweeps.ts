import { sql } from "drizzle-orm";
import { z } from "zod";
import { commit, readOne } from "./statement.ts";

/**
 * Takes the five-minute ticks up to `tick` for one sweep and answers the tick before the first of
 * them; null when a sweep has them already. A cron that was missed is made good by the next one,
 * one that fires twice finds nothing.
 */
export async function takeTicks(db: D1Database, tick: number): Promise<number | null> {
  const before = await readOne(
    db,
    z.object({ last_tick: z.int() }),
    sql`SELECT last_tick AS last_tick FROM sweeps WHERE id = 1`,
  );
  const last = before?.last_tick ?? tick - 1;
  if (last >= tick) return null;
  const [taken] = await commit(db, [
    sql`INSERT INTO sweeps (id, last_tick) VALUES (1, ${tick})
        ON CONFLICT (id) DO UPDATE SET last_tick = ${tick} WHERE last_tick = ${last}`,
  ]);
  return taken?.changes === 1 ? last : null;
}
