import type { MerchantId } from "../domain/ids.ts";
import { claimsOf, openConflicts } from "../store/code-conflicts.ts";
import { knownCodes, productsBySku } from "../store/products.ts";
import type { Deps } from "./deps.ts";

/** A product that has a code or to which it was given. */
export interface Claimant {
  sku: string;
  /** What the product is called. */
  product: string | null;
  /** What kind of code it is there; null: its SKU. */
  name: string | null;
  /** Where it came from; null: the product has it. */
  source: string | null;
}

/** A code that was given to several products, and is nobody's to send until a person decides. */
export interface DuplicateCode {
  code: string;
  claimants: Claimant[];
}

/** Codes that were given to several products, by code. */
export async function listDuplicates(
  deps: Deps,
  merchantId: MerchantId,
  page: { after: string | null; limit: number },
): Promise<{ items: DuplicateCode[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const codes = await openConflicts(db, merchantId, page);
  const items = await duplicatesOf(db, merchantId, codes);
  return { items, next: codes.length === page.limit ? (codes.at(-1) ?? null) : null };
}

/** Those of the codes that were given to several products. */
export async function duplicatesOf(
  db: D1Database,
  merchantId: MerchantId,
  codes: readonly string[],
): Promise<DuplicateCode[]> {
  const [claims, owners] = await Promise.all([
    claimsOf(db, merchantId, codes),
    knownCodes(db, merchantId, codes),
  ]);
  const open = claims.filter(({ decided_at }) => decided_at === null);
  const skus = [...new Set([...owners, ...open].map(({ sku }) => sku))];
  const names = new Map(
    (await productsBySku(db, merchantId, skus)).map(({ sku, name }) => [sku, name]),
  );
  const byCode = Map.groupBy(open, ({ code }) => code);
  return codes.flatMap((code) => {
    const others = byCode.get(code);
    if (!others) return [];
    const owner = owners.find((one) => one.code === code);
    const claimants = [...(owner ? [{ ...owner, source: null }] : []), ...others].map(
      ({ sku, kind, source }) => ({ sku, product: names.get(sku) ?? null, name: kind, source }),
    );
    const as_written = owner?.as_written ?? others[0]?.as_written ?? code;
    return [{ code: as_written, claimants }];
  });
}
