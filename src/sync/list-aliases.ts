import type { MerchantId } from "../domain/ids.ts";
import { codeKey, isNamed, type ProductCode } from "../domain/product.ts";
import { codesOfProducts, knownCodes, listCodes } from "../store/products.ts";
import type { Deps } from "./deps.ts";
import type { Alias } from "./give-alias.ts";

/** How many codes are looked at for one page of a name that few of them have. */
const MOST_LOOKED_AT = 1_000;

/**
 * A merchant's aliases by code: all, those of a product, of a name, or the one with a code. A page of a
 * rare name may be short or empty although `next` says that there are more to look at.
 */
export async function listAliases(
  deps: Deps,
  merchantId: MerchantId,
  query: { sku?: string; name?: string; code?: string; after: string | null; limit: number },
): Promise<{ items: Alias[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const { sku, name, code, after, limit } = query;
  const fits = (one: ProductCode): boolean =>
    one.kind !== null &&
    (name === undefined || isNamed(one, name)) &&
    (sku === undefined || codeKey(one.sku) === codeKey(sku));
  if (code !== undefined)
    return {
      items: shown((await knownCodes(db, merchantId, [codeKey(code)])).filter(fits)),
      next: null,
    };
  if (sku !== undefined) {
    const [owner] = await knownCodes(db, merchantId, [codeKey(sku)]);
    const all = owner ? await codesOfProducts(db, merchantId, [owner.sku]) : [];
    const found = all
      .filter((one) => fits(one) && (after === null || one.code > after))
      .toSorted((a, b) => (a.code < b.code ? -1 : 1));
    const page = found.slice(0, limit);
    return { items: shown(page), next: found.length > limit ? (page.at(-1)?.code ?? null) : null };
  }
  const rows = await listCodes(db, merchantId, { after, limit: MOST_LOOKED_AT });
  const found = rows.filter(fits);
  const page = found.slice(0, limit);
  const cut = found.length > limit;
  const last = cut ? page.at(-1) : rows.length === MOST_LOOKED_AT ? rows.at(-1) : undefined;
  return { items: shown(page), next: last?.code ?? null };
}

const shown = (codes: readonly ProductCode[]): Alias[] =>
  codes.flatMap(({ as_written, kind, sku }) =>
    kind === null ? [] : [{ code: as_written, name: kind, sku }],
  );
