import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { codeKey, codesOf, type Product, type ProductCode } from "../domain/product.ts";
import { claimsBy, claimsOf, forgetClaims, settleClaims } from "../store/code-conflicts.ts";
import {
  codesOfProducts,
  deleteProducts,
  knownCodes,
  listProductRows,
  productsBySku,
  putProducts,
} from "../store/products.ts";
import { isKeyTaken } from "../store/statement.ts";
import { changedProducts } from "./audit-products.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { mendedBy } from "./product-releases.ts";

/** A page of a merchant's products, by SKU. */
export async function listProducts(
  deps: Deps,
  merchantId: MerchantId,
  page: { after: string | null; limit: number },
): Promise<{ items: Product[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const rows = await listProductRows(db, merchantId, page);
  const items = await withCodes(db, merchantId, rows);
  const last = items.at(-1);
  return { items, next: last && items.length === page.limit ? last.sku : null };
}

/** Products with their other codes by name. */
async function withCodes(
  db: D1Database,
  merchantId: MerchantId,
  rows: readonly Pick<Product, "sku" | "name">[],
): Promise<Product[]> {
  const skus = rows.map(({ sku }) => sku);
  const bySku = Map.groupBy(await codesOfProducts(db, merchantId, skus), ({ sku }) => sku);
  return rows.map(({ sku, name }) => {
    const aliases: Record<string, string[]> = {};
    for (const { kind, as_written } of bySku.get(sku) ?? [])
      if (kind !== null) (aliases[kind] ??= []).push(as_written);
    return { sku, name, aliases };
  });
}

/** Somebody may give a code away between our reading and writing. */
const TRIES = 3;

/**
 * Stores products whole: what they were called, and which codes they had, is replaced. A code belongs
 * to one product: throws `conflict`, naming the product that has it, and stores none of them. Orders
 * that waited for these codes go by themselves.
 */
export async function saveProducts(
  deps: Deps,
  merchantId: MerchantId,
  given: readonly Product[],
  by: Actor,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  for (let tries = 1; ; tries += 1) {
    const products = await underStoredSkus(db, merchantId, given);
    const skus = products.map(({ sku }) => sku);
    const codes = await freeCodes(db, merchantId, products);
    const [rows, has] = await Promise.all([
      productsBySku(db, merchantId, skus),
      codesOfProducts(db, merchantId, skus),
    ]);
    const before = await withCodes(db, merchantId, rows);
    const keys = new Set([...codes, ...has].map(({ code }) => code));
    const claims = await claimsOf(db, merchantId, [...keys]);
    try {
      await commitAndRelease(
        deps,
        merchantId,
        [
          ...putProducts(merchantId, products),
          ...settleClaims(merchantId, [...new Set(claims.map(({ code }) => code))]),
          changedProducts(deps, merchantId, before, products, by),
        ],
        [await mendedBy(db, merchantId, { codes: keys, skus }, savedText(products))],
        by,
      );
      return;
    } catch (error) {
      if (!isKeyTaken(error) || tries === TRIES) throw error;
    }
  }
}

const savedText = (products: readonly Product[]): string => {
  const [one, another] = products;
  return one && !another ? `The product ${one.sku} was saved.` : "Products were saved.";
};

/** A SKU is the same in upper and lower case: the product keeps the one that it was stored under. */
async function underStoredSkus(
  db: D1Database,
  merchantId: MerchantId,
  products: readonly Product[],
): Promise<Product[]> {
  const keys = [...new Set(products.map(({ sku }) => codeKey(sku)))];
  const known = await knownCodes(db, merchantId, keys);
  const stored = new Map(
    known.filter(({ kind }) => kind === null).map((one) => [one.code, one.sku]),
  );
  const named = products.map((one) => ({ ...one, sku: stored.get(codeKey(one.sku)) ?? one.sku }));
  const twice = named.find(
    ({ sku }, at) => named.findIndex((other) => codeKey(other.sku) === codeKey(sku)) !== at,
  );
  if (twice) throw new DrayError("invalid", `The product ${twice.sku} is there twice`);
  return named;
}

/** The codes that products are to have. Throws `conflict` for one that another product has. */
async function freeCodes(
  db: D1Database,
  merchantId: MerchantId,
  products: readonly Product[],
): Promise<ProductCode[]> {
  const codes = products.flatMap(codesOf);
  const owner = new Map<string, string>();
  for (const { code, sku, as_written } of codes) {
    const other = owner.get(code);
    if (other !== undefined && other !== sku) throw taken(as_written, other);
    owner.set(code, sku);
  }
  const given = new Set(products.map(({ sku }) => sku));
  const wanted = new Map(codes.map((one) => [one.code, one]));
  for (const { code, sku } of await knownCodes(db, merchantId, [...owner.keys()])) {
    const one = wanted.get(code);
    // What belonged to a product that is given too may have moved to another of them.
    if (one && one.sku !== sku && !given.has(sku)) throw taken(one.as_written, sku);
  }
  return codes;
}

/** Takes a product away; its codes are free again. Throws `not_found`. */
export async function removeProduct(
  deps: Deps,
  merchantId: MerchantId,
  sku: string,
  by: Actor,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const before = await withCodes(db, merchantId, await productsBySku(db, merchantId, [sku]));
  if (before.length === 0) throw new DrayError("not_found", "No such product");
  const own = before.flatMap(codesOf).map(({ code }) => code);
  const [others, theirs] = await Promise.all([
    claimsOf(db, merchantId, own),
    claimsBy(db, merchantId, sku),
  ]);
  // What it claimed is not in dispute any more, and what it had may be another's now.
  const codes = [...new Set([...others, ...theirs].map(({ code }) => code))];
  await commitAndRelease(
    deps,
    merchantId,
    [
      ...deleteProducts(merchantId, [sku]),
      ...forgetClaims(merchantId, [sku], own),
      ...settleClaims(merchantId, codes),
      changedProducts(deps, merchantId, before, [], by),
    ],
    codes.length === 0
      ? []
      : [await mendedBy(db, merchantId, { codes, skus: [] }, `The product ${sku} was removed.`)],
    by,
  );
}

/** The refusal of a code that a product has already. */
export const taken = (code: string, sku: string) =>
  new DrayError("conflict", `The code ${code} belongs to ${sku} already: a code is one product's`, [
    { path: "code", message: `belongs to ${sku}` },
  ]);
