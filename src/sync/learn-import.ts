import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { LearnedColumn } from "../domain/import-learning.ts";
import { mappingShape, type ImportMapping } from "../domain/import-mapping.ts";
import { ordersOf, type ImportedOrder } from "../domain/import-orders.ts";
import type { RefusedRow } from "../domain/import-rows.ts";
import type { Encoding } from "../platform/csv.ts";
import type { Deps } from "./deps.ts";
import { learnFile, openImportCart } from "./import-file.ts";

export interface LearnedImport {
  mapping: ImportMapping;
  columns: readonly LearnedColumn[];
  encoding: Encoding;
  rows: number;
  /** The first five orders that it makes of the sample. */
  sample: readonly Pick<ImportedOrder, "source_id" | "source_status" | "stands_for" | "order">[];
  /** The first rows of the sample that it refuses. */
  refused: readonly RefusedRow[];
  problems: readonly string[];
}

const SHOWN = 5;
const TRIED_ROWS = 200;

/**
 * Guesses from a sample file how a cart's files are to be read, and shows what it would make of it; stores
 * nothing. Throws `not_found`, and `invalid` for what is no readable CSV.
 */
export async function learnImport(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  bytes: Uint8Array,
): Promise<LearnedImport> {
  await openImportCart(deps, merchantId, cartId);
  const { mapping, columns, encoding, problems, table } = learnFile(bytes);
  const checked = mappingShape.safeParse(mapping);
  const tried = { columns: table.columns, rows: table.rows.slice(0, TRIED_ROWS) };
  const { orders, refused } = checked.success
    ? ordersOf(tried, checked.data, deps.clock.now())
    : { orders: [], refused: [] };
  return {
    mapping: checked.success ? checked.data : mapping,
    columns,
    encoding,
    rows: table.rows.length,
    sample: orders
      .slice(0, SHOWN)
      .map(({ order: { source_id, source_status, stands_for, order } }) => ({
        source_id,
        source_status,
        stands_for,
        order,
      })),
    refused: refused.slice(0, SHOWN),
    problems,
  };
}
