import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import { groupRows, type ImportRow, type RefusedRow } from "../domain/import-rows.ts";
import { byteLength } from "../platform/bytes.ts";
import {
  insertImportChunk,
  writeImportMapping,
  type NewChunk,
  type StoredRefusal,
} from "../store/imports.ts";
import { commit } from "../store/statement.ts";
import { insertTask, setTaskDue } from "../store/tasks.ts";
import type { Deps } from "./deps.ts";
import { openImportCart, readFile } from "./import-file.ts";
import { IMPORT, type ImportInput } from "./import-task.ts";
import { newTask, tellOfTask } from "./run-task.ts";

export interface StartedImport {
  task_id: TaskId;
  rows: number;
  problems: readonly string[];
  ignored_columns: readonly string[];
}

/** Rows of a chunk, so that a page of work and what may be refused of it stay small. */
const CHUNK_ROWS = 1_000;
/** Bytes of a chunk's JSON; refused, its rows come with their reasons. */
const CHUNK_BYTES = 600_000;
/** Statements per batch, most of them with a chunk. */
const BATCH = 8;
/** A file that has not come in whole after this will not. */
const UPLOAD_MS = 15 * 60_000;

/**
 * Begins to load a file's orders: its rows are stored in pieces, and a task works them. A mapping that was
 * learned from the file is saved with them. Throws `not_found`; `invalid` with row and cause when the file
 * cannot be read, and nothing is stored then; `conflict` when the import was stopped meanwhile.
 */
export async function importOrders(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  file: { bytes: Uint8Array; name: string },
  by: Actor,
): Promise<StartedImport> {
  const open = await openImportCart(deps, merchantId, cartId);
  const { table, mapping, isNew, problems, ignored } = await readFile(deps, open, file.bytes);
  const chunks = chunksOf(table.rows, groupRows(table, mapping));
  const id = deps.ids.next("tsk");
  const db = await deps.databases.of(merchantId);
  const now = deps.clock.now();
  const input: ImportInput = {
    cart_id: cartId,
    name: file.name,
    columns: [...table.columns],
    mapping,
    at: now,
    chunks: chunks.length,
  };
  const rows = table.rows.length;
  const task = newTask(deps, IMPORT, input, by, { id, total: rows });
  const statements = [
    // First, so that no piece is ever without it: the sweep ends an import whose file does not come in whole.
    insertTask(merchantId, { ...task, due_at: now + UPLOAD_MS }),
    ...chunks.map((chunk) => insertImportChunk(merchantId, id, chunk)),
    ...(isNew ? [writeImportMapping(merchantId, cartId, mapping)] : []),
    setTaskDue(merchantId, id, task.due_at),
  ];
  const last = statements.splice(Math.max(0, statements.length - BATCH));
  while (statements.length > 0) await commit(db, statements.splice(0, BATCH));
  const begun = (await commit(db, last)).at(-1)?.changes === 1;
  if (!begun) throw new DrayError("conflict", "The import was stopped while its file came in");
  await tellOfTask(deps, merchantId, task);
  return { task_id: id, rows, problems, ignored_columns: ignored };
}

/** Orders in pieces that are cut between two of them; then, refused already, the rows that are part of none. */
function chunksOf(
  rows: readonly ImportRow[],
  { groups, refused }: { groups: readonly (readonly ImportRow[])[]; refused: RefusedRow[] },
): NewChunk[] {
  const fits: string[][] = [];
  const tooLarge: RefusedRow[] = [];
  for (const group of groups) {
    const texts = group.map(({ row, cells }) => JSON.stringify([row, ...cells]));
    if (group.length <= CHUNK_ROWS && sizeOf(texts) <= CHUNK_BYTES) fits.push(texts);
    else
      for (const { row } of group)
        tooLarge.push({
          row,
          reason: `the order of ${group.length} rows is too large`,
          field: null,
        });
  }
  const cells = new Map(rows.map((one) => [one.row, one.cells]));
  const refusals = [...refused, ...tooLarge]
    .toSorted((one, other) => one.row - other.row)
    .map(({ row, reason }): StoredRefusal => [row, reason, ...(cells.get(row) ?? [])]);
  return [
    ...packed(fits).map((texts) => ({ rows: `[${texts.join(",")}]`, refused: null })),
    ...packed(refusals.map((one) => [JSON.stringify(one)])).map((texts) => ({
      rows: "[]",
      refused: `[${texts.join(",")}]`,
    })),
  ].map((chunk, seq) => ({ seq, ...chunk }));
}

const sizeOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + byteLength(text) + 1, 0);

/** Puts groups of rows together as long as they fit. */
function packed(groups: readonly (readonly string[])[]): string[][] {
  const all: string[][] = [];
  let one: string[] = [];
  let bytes = 0;
  for (const group of groups) {
    const size = sizeOf(group);
    if (one.length > 0 && (one.length + group.length > CHUNK_ROWS || bytes + size > CHUNK_BYTES)) {
      all.push(one);
      one = [];
      bytes = 0;
    }
    one.push(...group);
    bytes += size;
  }
  if (one.length > 0) all.push(one);
  return all;
}
