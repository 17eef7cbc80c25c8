import type { MerchantId } from "../domain/ids.ts";
import { csvLines, writeCsv } from "../platform/csv.ts";
import { aliasColumns } from "../store/products.ts";
import type { Deps } from "./deps.ts";
import { listProducts } from "./products.ts";

const PAGE_SIZE = 500;

/**
 * A merchant's products as the CSV file that `importProducts` takes, piece by piece: `sku`, `name`, and
 * for each name of an alias as many columns as a product has of it at the most.
 */
export async function* exportProducts(
  deps: Deps,
  merchantId: MerchantId,
): AsyncGenerator<string, void> {
  const columns = await aliasColumns(await deps.databases.of(merchantId), merchantId);
  const header = columns.flatMap(({ name, most }) => Array.from({ length: most }, () => name));
  yield writeCsv([["sku", "name", ...header]]);
  let after: string | null = null;
  do {
    const { items, next } = await listProducts(deps, merchantId, { after, limit: PAGE_SIZE });
    if (items.length > 0)
      yield csvLines(
        items.map(({ sku, name, aliases }) => [
          sku,
          name ?? "",
          ...columns.flatMap((column) =>
            Array.from({ length: column.most }, (_, at) => aliases[column.name]?.[at] ?? ""),
          ),
        ]),
        ",",
      );
    after = next;
  } while (after !== null);
}
