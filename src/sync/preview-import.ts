import type { Actor } from "../domain/actor.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { ImportMapping } from "../domain/import-mapping.ts";
import type { Deps } from "./deps.ts";
import { openImportCart, readFile } from "./import-file.ts";
import { pushRows, reasonOf } from "./push-import.ts";
import { previewPush, type PushResult } from "./push-orders.ts";

/** What would become of a row. */
export interface PreviewedRow {
  row: number;
  result: PushResult["kind"] | "refused";
  reason: string | null;
  /** The column that is to blame. */
  field: string | null;
  /** The order's number, and what the WMS would file it under. */
  number: string | null;
  reference: string | null;
}

export interface PreviewedImport {
  dry_run: true;
  rows: readonly PreviewedRow[];
  /** Orders by what would become of them, and refused rows. */
  counts: Readonly<Record<string, number>>;
  mapping: ImportMapping;
  problems: readonly string[];
  ignored_columns: readonly string[];
}

/** What an import would do with each row of a file; stores nothing. Throws as `importOrders`. */
export async function previewImport(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  bytes: Uint8Array,
  by: Actor,
): Promise<PreviewedImport> {
  const open = await openImportCart(deps, merchantId, cartId);
  const { table, mapping, problems, ignored } = await readFile(deps, open, bytes);
  const { pushed, refused } = await pushRows(
    deps,
    open,
    table,
    mapping,
    deps.clock.now(),
    previewPush,
    by,
  );
  const { reference_prefix, reference_suffix } = open.policy;
  const counts: Record<string, number> = refused.length > 0 ? { refused: refused.length } : {};
  const rows = refused.map((one): PreviewedRow => ({
    ...one,
    result: "refused",
    number: null,
    reference: null,
  }));
  for (const { order, rows: own, result } of pushed) {
    counts[result.kind] = (counts[result.kind] ?? 0) + 1;
    const { number } = order.order;
    const shown = {
      result: result.kind,
      reason: reasonOf(result),
      field: null,
      number,
      reference: `${reference_prefix}${number}${reference_suffix}`,
    };
    for (const { row } of own) rows.push({ row, ...shown });
  }
  return {
    dry_run: true,
    counts,
    rows: rows.toSorted((one, other) => one.row - other.row),
    mapping,
    problems,
    ignored_columns: ignored,
  };
}
