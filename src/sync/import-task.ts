import { z } from "zod";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId } from "../domain/ids.ts";
import { mappingShape } from "../domain/import-mapping.ts";
import {
  leaveImportChunks,
  readImportChunk,
  settleImportChunk,
  type StoredRefusal,
} from "../store/imports.ts";
import type { Deps } from "./deps.ts";
import { openImportCart } from "./import-file.ts";
import { pushRows, reasonOf } from "./push-import.ts";
import { pushOrders, type PushResult } from "./push-orders.ts";
import { defineTask, type RunningTask, type TaskPage } from "./run-task.ts";

/** The kind of task, as it is stored. */
export const IMPORT = "import";

export const importInputShape = z.object({
  cart_id: z.string().transform((text) => text as ConnectionId),
  /** What the file is called. */
  name: z.string(),
  columns: z.array(z.string()),
  mapping: mappingShape,
  /** When it was uploaded. Milliseconds, UTC. */
  at: z.int(),
  chunks: z.int(),
});
export type ImportInput = z.infer<typeof importInputShape>;

/** Loads a file's orders, a chunk a page. A page that runs twice finds its orders here, and the same. */
export const importTask = defineTask<ImportInput>({
  input: importInputShape,
  page: importChunk,
  left: ({ merchant_id, id, input }, end) => {
    const reason = `not reached: the import ${end === "stopped" ? "was stopped" : "failed"}`;
    return leaveImportChunks(merchant_id, id, input.chunks, reason);
  },
});

/** Results that leave an order's rows to be mended. */
const refusing = new Set<PushResult["kind"]>(["duplicate", "cleared"]);
const MOST_REASON = 300;

async function importChunk(
  deps: Deps,
  { merchant_id, id, input, by }: RunningTask<ImportInput>,
  cursor: string | null,
): Promise<TaskPage> {
  const seq = cursor === null ? 0 : Number(cursor);
  const db = await deps.databases.of(merchant_id);
  const chunk = await readImportChunk(db, merchant_id, id, seq);
  // The last piece is stored last.
  const last = input.chunks - 1;
  if (cursor === null && !(seq === last ? chunk : await readImportChunk(db, merchant_id, id, last)))
    throw new DrayError("conflict", "The file did not come in whole: load it again");
  const next = seq + 1 < input.chunks ? String(seq + 1) : null;
  if (!chunk) return { cursor: next, done: 0, counts: {} };
  if (chunk.refused) {
    const refused = chunk.refused.length;
    return { cursor: next, done: refused, counts: { refused } };
  }
  const open = await openImportCart(deps, merchant_id, input.cart_id);
  const rows = chunk.rows.map(([row, ...cells]) => ({ row, cells }));
  const table = { columns: input.columns, rows };
  const { pushed, refused } = await pushRows(
    deps,
    open,
    table,
    input.mapping,
    input.at,
    pushOrders,
    by,
  );
  const counts: Record<string, number> = refused.length > 0 ? { refused: refused.length } : {};
  const reasons = new Map(refused.map(({ row, reason }) => [row, reason]));
  for (const { rows: own, result } of pushed) {
    counts[result.kind] = (counts[result.kind] ?? 0) + 1;
    if (refusing.has(result.kind))
      for (const { row } of own) reasons.set(row, reasonOf(result) ?? result.kind);
  }
  const kept = rows.flatMap(({ row, cells }): StoredRefusal[] => {
    const reason = reasons.get(row);
    return reason === undefined
      ? []
      : [[row, reason.slice(0, MOST_REASON).toWellFormed(), ...cells]];
  });
  return {
    cursor: next,
    done: rows.length,
    counts,
    statements: [settleImportChunk(merchant_id, id, seq, kept)],
  };
}
