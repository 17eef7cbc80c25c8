import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { codesOf, type Product } from "../domain/product.ts";
import {
  codesOfProducts,
  deleteProducts,
  knownCodes,
  listProductRows,
  putProducts,
} from "../store/products.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** A page of a merchant's products, by SKU. */
export async function listProducts(
  deps: Deps,
  merchantId: MerchantId,
  page: { after: string | null; limit: number },
): Promise<{ items: Product[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const rows = await listProductRows(db, merchantId, page);
  const codes = await codesOfProducts(
    db,
    merchantId,
    rows.map(({ sku }) => sku),
  );
  const bySku = Map.groupBy(codes, ({ sku }) => sku);
  const items = rows.map(({ sku, name }): Product => {
    const aliases: Record<string, string[]> = {};
    for (const { kind, as_written } of bySku.get(sku) ?? [])
      if (kind !== null) (aliases[kind] ??= []).push(as_written);
    return { sku, name, aliases };
  });
  const last = items.at(-1);
  return { items, next: last && items.length === page.limit ? last.sku : null };
}

/**
 * Stores products. A code belongs to one product: throws `conflict`, naming the product that has it,
 * and stores none of them.
 */
export async function saveProducts(
  deps: Deps,
  merchantId: MerchantId,
  products: readonly Product[],
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const codes = products.flatMap(codesOf);
  const owner = new Map<string, string>();
  for (const { code, sku, as_written } of codes) {
    const other = owner.get(code);
    if (other !== undefined && other !== sku) throw taken(as_written, other);
    owner.set(code, sku);
  }
  const given = new Set(products.map(({ sku }) => sku));
  const known = await knownCodes(db, merchantId, [...owner.keys()]);
  for (const { code, sku } of known) {
    const wanted = codes.find((one) => one.code === code && one.sku !== sku);
    // What belonged to a product that is given too may have moved to another of them.
    if (wanted && !given.has(sku)) throw taken(wanted.as_written, sku);
  }
  await commit(db, putProducts(merchantId, products));
}

/** Takes a product away; its codes are free again. Throws `not_found`. */
export async function removeProduct(
  deps: Deps,
  merchantId: MerchantId,
  sku: string,
): Promise<void> {
  const [gone] = await commit(
    await deps.databases.of(merchantId),
    deleteProducts(merchantId, [sku]),
  );
  if (gone?.changes !== 1) throw new DrayError("not_found", "No such product");
}

const taken = (code: string, sku: string) =>
  new DrayError("conflict", `The code ${code} belongs to ${sku} already: a code is one product's`);
