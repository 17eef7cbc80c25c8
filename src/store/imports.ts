import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import type { ImportMapping } from "../domain/import-mapping.ts";
import { json } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

/** A row of a file as it is stored: its number, then its cells. */
export type StoredRow = readonly [row: number, ...cells: string[]];

/** A row that was refused, with the reason and its own cells. */
export type StoredRefusal = readonly [row: number, reason: string, ...cells: string[]];

export interface NewChunk {
  seq: number;
  /** JSON of `StoredRow[]`, under 1 MB. */
  rows: string;
  /** JSON of `StoredRefusal[]`, under 1 MB; null: it was not worked yet. */
  refused: string | null;
}

/** Stores a piece of a file, while its task runs. */
export const insertImportChunk = (
  merchantId: MerchantId,
  taskId: TaskId,
  { seq, rows, refused }: NewChunk,
): SQL =>
  sql`INSERT INTO import_chunks (merchant_id, task_id, seq, rows, refused)
      SELECT ${merchantId}, ${taskId}, ${seq}, ${rows}, ${refused}
      WHERE ${taskIs(merchantId, taskId, sql`'running'`)}`;

const taskIs = (merchantId: MerchantId, taskId: TaskId, states: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM tasks WHERE merchant_id = ${merchantId} AND id = ${taskId} AND state IN (${states}))`;

const chunkShape = z.object({
  rows: json<StoredRow[]>(),
  refused: json<StoredRefusal[]>().nullable(),
});

export const readImportChunk = (
  db: D1Database,
  merchantId: MerchantId,
  taskId: string,
  seq: number,
): Promise<z.infer<typeof chunkShape> | null> =>
  readOne(
    db,
    chunkShape,
    sql`SELECT rows AS rows, refused AS refused FROM import_chunks
        WHERE merchant_id = ${merchantId} AND task_id = ${taskId} AND seq = ${seq}`,
  );

/** A piece was worked: only what was refused of it stays. */
export const settleImportChunk = (
  merchantId: MerchantId,
  taskId: TaskId,
  seq: number,
  refused: readonly StoredRefusal[],
): SQL =>
  sql`UPDATE import_chunks SET rows = '[]', refused = ${JSON.stringify(refused)}
      WHERE merchant_id = ${merchantId} AND task_id = ${taskId} AND seq = ${seq}`;

/**
 * What becomes of a file's pieces when its task ends before it is through; changes nothing while the task runs,
 * or once it is done. Rows that were not reached are refused for `reason`. Of a file that did not come in whole,
 * with less than `chunks` pieces, nothing stays. The file's owner has it, and no order was made of it.
 */
export const leaveImportChunks = (
  merchantId: MerchantId,
  taskId: TaskId,
  chunks: number,
  reason: string,
): SQL[] => {
  const own = sql`merchant_id = ${merchantId} AND task_id = ${taskId}`;
  const ended = taskIs(merchantId, taskId, sql`'stopped', 'failed'`);
  return [
    sql`DELETE FROM import_chunks WHERE ${own} AND ${ended} AND NOT EXISTS (
          SELECT 1 FROM import_chunks WHERE ${own} AND seq = ${chunks - 1})`,
    // A row is [number, cell, ...] and has a cell, so that the reason goes in front of its first comma.
    sql`UPDATE import_chunks SET rows = '[]', refused = (
          SELECT '[' || coalesce(group_concat(
            substr(value, 1, instr(value, ',')) || json_quote(${reason}) || substr(value, instr(value, ',')), ','), '') || ']'
          FROM json_each(import_chunks.rows))
        WHERE ${own} AND refused IS NULL AND ${ended}`,
  ];
};

/** What was refused of the pieces from `seq` on, in their order; of those that are not worked yet nothing. */
export const refusedOfChunks = async (
  db: D1Database,
  merchantId: MerchantId,
  taskId: string,
  seq: number,
  limit: number,
): Promise<StoredRefusal[][]> => {
  const found = await read(
    db,
    z.object({ refused: json<StoredRefusal[]>() }),
    sql`SELECT coalesce(refused, '[]') AS refused FROM import_chunks
        WHERE merchant_id = ${merchantId} AND task_id = ${taskId} AND seq >= ${seq}
        ORDER BY seq LIMIT ${limit}`,
  );
  return found.map(({ refused }) => refused);
};

/** How a cart's files are read, as it was saved; null: it was not. */
export const readImportMapping = async (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<ImportMapping | null> =>
  (
    await readOne(
      db,
      z.object({ mapping: json<ImportMapping>() }),
      sql`SELECT mapping AS mapping FROM import_mappings
          WHERE merchant_id = ${merchantId} AND cart_id = ${cartId}`,
    )
  )?.mapping ?? null;

export const writeImportMapping = (
  merchantId: MerchantId,
  cartId: ConnectionId,
  mapping: ImportMapping,
): SQL =>
  sql`INSERT INTO import_mappings (merchant_id, cart_id, mapping)
      VALUES (${merchantId}, ${cartId}, ${JSON.stringify(mapping)})
      ON CONFLICT (merchant_id, cart_id) DO UPDATE SET mapping = excluded.mapping`;
