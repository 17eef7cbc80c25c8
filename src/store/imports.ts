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

/** Stores a piece of a file. */
export const insertImportChunk = (
  merchantId: MerchantId,
  taskId: TaskId,
  { seq, rows, refused }: NewChunk,
): SQL =>
  sql`INSERT INTO import_chunks (merchant_id, task_id, seq, rows, refused)
      VALUES (${merchantId}, ${taskId}, ${seq}, ${rows}, ${refused})`;

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
