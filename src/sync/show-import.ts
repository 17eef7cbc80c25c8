import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { REFUSAL_COLUMNS } from "../domain/import-mapping.ts";
import { refusedCells } from "../domain/import-rows.ts";
import { csvLines, writeCsv } from "../platform/csv.ts";
import { refusedOfChunks } from "../store/imports.ts";
import { readTask, type Task } from "../store/tasks.ts";
import type { Deps } from "./deps.ts";
import { IMPORT, importInputShape, type ImportInput } from "./import-task.ts";
import { shownTask, type ShownTask } from "./show-task.ts";

export interface ShownImport extends ShownTask {
  cart_id: ConnectionId;
  /** What the file is called. */
  name: string;
}

/** An import of a merchant, or of one cart of it. Throws `not_found`. */
async function importOf(
  deps: Deps,
  merchantId: MerchantId,
  taskId: string,
  own: ConnectionId | null,
): Promise<{ task: Task; input: ImportInput }> {
  const task = await readTask(await deps.databases.of(merchantId), merchantId, taskId);
  if (task?.kind === IMPORT) {
    const input = importInputShape.parse(task.input);
    if (own === null || input.cart_id === own) return { task, input };
  }
  throw new DrayError("not_found", "No such import");
}

/**
 * How far an import has come: `done` of `total` rows, and counts of orders by what became of them beside the
 * rows that were refused. `own`: the only cart that the caller may see. Throws `not_found`.
 */
export async function showImport(
  deps: Deps,
  merchantId: MerchantId,
  taskId: string,
  own: ConnectionId | null,
): Promise<ShownImport> {
  const { task, input } = await importOf(deps, merchantId, taskId, own);
  return { ...shownTask(task), cart_id: input.cart_id, name: input.name };
}

/** Chunks per read. */
const CHUNKS = 4;

/**
 * The rows that were refused so far as a CSV text, piece by piece: the file's own columns, then `row` and
 * `reason`; behind them what a row has beyond its columns. Mended, it can be loaded as it is. Throws `not_found`.
 */
export async function refusedFile(
  deps: Deps,
  merchantId: MerchantId,
  taskId: string,
  own: ConnectionId | null,
): Promise<AsyncGenerator<string, void>> {
  const { input } = await importOf(deps, merchantId, taskId, own);
  const db = await deps.databases.of(merchantId);
  const { delimiter } = input.mapping;
  async function* pieces() {
    yield writeCsv([[...input.columns, ...REFUSAL_COLUMNS]], delimiter);
    for (let seq = 0; seq < input.chunks; seq += CHUNKS) {
      const chunks = await refusedOfChunks(db, merchantId, taskId, seq, CHUNKS);
      for (const refused of chunks)
        yield csvLines(
          refused.map(([row, reason, ...cells]) =>
            refusedCells(input.columns.length, { row, reason, cells }),
          ),
          delimiter,
        );
    }
  }
  return pieces();
}
