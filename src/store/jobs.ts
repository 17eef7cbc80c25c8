import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { jobNames, type JobName } from "../domain/jobs.ts";
import { whileUnchanged } from "./fence.ts";
import { jobs } from "./schema.ts";
import { flag, id } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

const jobShape = z.object({
  merchant_id: id<MerchantId>(),
  connection_id: id<ConnectionId>(),
  job: z.enum(jobNames),
  enabled: flag,
  suspended: flag,
  interval_minutes: z.int(),
  slot: z.int(),
  cursor: z.string().nullable(),
  fence: z.int(),
});
export type JobRow = z.infer<typeof jobShape>;

const columns = sql`j.merchant_id AS merchant_id, j.connection_id AS connection_id, j.job AS job,
  j.enabled AS enabled, j.suspended AS suspended, j.interval_minutes AS interval_minutes,
  j.slot AS slot, j.cursor AS cursor, j.fence AS fence`;

export const readJob = (
  db: D1Database,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  job: JobName,
): Promise<JobRow | null> =>
  readOne(
    db,
    jobShape,
    sql`SELECT ${columns} FROM ${jobs} j
      WHERE j.merchant_id = ${merchantId} AND j.connection_id = ${connectionId} AND j.job = ${job}`,
  );

export const listJobs = (
  db: D1Database,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<JobRow[]> =>
  read(
    db,
    jobShape,
    sql`SELECT ${columns} FROM ${jobs} j
      WHERE j.merchant_id = ${merchantId} AND j.connection_id = ${connectionId} ORDER BY j.job`,
  );

export type NewJob = Pick<
  JobRow,
  "merchant_id" | "connection_id" | "job" | "enabled" | "interval_minutes" | "slot"
>;

export const insertJobs = (rows: readonly NewJob[]): SQL => {
  const values = rows.map((row) => Object.assign({}, row, { enabled: row.enabled ? 1 : 0 }));
  return sql`INSERT INTO ${jobs} (merchant_id, connection_id, job, enabled, interval_minutes, slot)
    SELECT value->>'merchant_id', value->>'connection_id', value->>'job', value->>'enabled',
      value->>'interval_minutes', value->>'slot'
    FROM json_each(${JSON.stringify(values)}) WHERE true`;
};

/** Changes a job if its connection is still as it was at `seen`, as `updateConnection` does; it goes before that in a batch. */
export const updateJob = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  seen: number,
  job: JobName,
  changes: Partial<Pick<JobRow, "enabled" | "interval_minutes" | "slot">>,
): SQL => {
  const enabled = changes.enabled === undefined ? null : changes.enabled ? 1 : 0;
  return sql`UPDATE ${jobs} SET enabled = COALESCE(${enabled}, enabled),
      interval_minutes = COALESCE(${changes.interval_minutes ?? null}, interval_minutes),
      slot = COALESCE(${changes.slot ?? null}, slot)
    WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId} AND job = ${job}
      AND ${whileUnchanged(merchantId, connectionId, seen)}`;
};

/** Moves the cursor, unless a holder with a newer fence already did. */
export const moveCursor = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  job: JobName,
  cursor: string | null,
  fence: number,
): SQL =>
  sql`UPDATE ${jobs} SET cursor = ${cursor}, fence = ${fence}
    WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId} AND job = ${job}
      AND fence <= ${fence}`;

/** What is due in the given slots, of every merchant on this shard, by the index of what is on. */
export const dueJobs = (
  db: D1Database,
  slots: readonly { interval: number; slot: number }[],
): Promise<JobRow[]> =>
  read(
    db,
    jobShape,
    sql`SELECT ${columns} FROM json_each(${JSON.stringify(slots)}) s
      CROSS JOIN ${jobs} j INDEXED BY jobs_due
      WHERE j.enabled = 1 AND j.suspended = 0 AND j.interval_minutes > 0
        AND j.interval_minutes = s.value->>'interval' AND j.slot = s.value->>'slot'`,
  );
