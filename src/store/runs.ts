import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, RunId } from "../domain/ids.ts";
import type { JobName } from "../domain/jobs.ts";
import { id, json } from "./shapes.ts";
import { read } from "./statement.ts";

/** One execution of a job that saw something, or failed. */
const runShape = z.object({
  connection_id: id<ConnectionId>(),
  id: id<RunId>(),
  job: id<JobName>(),
  started_at: z.int(),
  duration_ms: z.int(),
  result: z.string(),
  counts: json<Record<string, number>>(),
  message: z.string().nullable(),
});
export type Run = z.infer<typeof runShape>;

export const insertRun = (merchantId: MerchantId, run: Run): SQL =>
  sql`INSERT INTO runs (merchant_id, connection_id, id, job, started_at, duration_ms, result, counts, message)
      VALUES (${merchantId}, ${run.connection_id}, ${run.id}, ${run.job}, ${run.started_at},
        ${run.duration_ms}, ${run.result}, ${JSON.stringify(run.counts)}, ${run.message})`;

/** The newest runs of a connection. */
export const listRunRows = (
  db: D1Database,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  limit: number,
): Promise<Run[]> =>
  read(
    db,
    runShape,
    sql`SELECT connection_id AS connection_id, id AS id, job AS job, started_at AS started_at,
          duration_ms AS duration_ms, result AS result, counts AS counts, message AS message
        FROM runs WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId}
        ORDER BY id DESC LIMIT ${limit}`,
  );
