import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { MerchantId } from "../domain/ids.ts";
import { codesOf, type Product, type ProductCode } from "../domain/product.ts";
import { flag } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

/** Stores products as they are given: what they were called before, and which codes they had, is gone. */
export const putProducts = (merchantId: MerchantId, products: readonly Product[]): SQL[] => {
  const skus = JSON.stringify(products.map(({ sku }) => sku));
  return [
    named(merchantId, products, "person"),
    sql`DELETE FROM product_codes INDEXED BY product_codes_by_sku WHERE merchant_id = ${merchantId} AND sku IN (SELECT value FROM json_each(${skus}))`,
    sql`INSERT INTO product_codes (merchant_id, code, sku, kind, as_written)
      SELECT ${merchantId}, j.value->>'code', j.value->>'sku', j.value->>'kind', j.value->>'as_written'
      FROM json_each(${JSON.stringify(products.flatMap(codesOf))}) j`,
  ];
};

/** Products under the names that are given; what codes they have stays. The name that a person gave stays, too, whatever a list says. */
export const nameProducts = (
  merchantId: MerchantId,
  products: readonly Pick<Product, "sku" | "name">[],
  by: "person" | "list",
): SQL | null => (products.length === 0 ? null : named(merchantId, products, by));

const named = (
  merchantId: MerchantId,
  products: readonly Pick<Product, "sku" | "name">[],
  by: "person" | "list",
): SQL =>
  sql`INSERT INTO products (merchant_id, sku, name, name_typed)
      SELECT ${merchantId}, j.value->>'sku', j.value->>'name', ${by === "person" ? sql`j.value->>'name' IS NOT NULL` : sql`0`}
      FROM json_each(${JSON.stringify(products)}) j WHERE true
      ON CONFLICT (merchant_id, sku) DO UPDATE SET name = excluded.name, name_typed = excluded.name_typed
      WHERE products.name IS NOT excluded.name AND ${by === "person" ? sql`1` : sql`products.name_typed = 0`}`;

/** Gives codes to products that are there. One that any product has fails the batch. */
export const insertCodes = (merchantId: MerchantId, codes: readonly ProductCode[]): SQL | null =>
  codes.length === 0
    ? null
    : sql`INSERT INTO product_codes (merchant_id, code, sku, kind, as_written)
      SELECT ${merchantId}, j.value->>'code', j.value->>'sku', j.value->>'kind', j.value->>'as_written'
      FROM json_each(${JSON.stringify(codes)}) j
      WHERE EXISTS (SELECT 1 FROM products p WHERE p.merchant_id = ${merchantId} AND p.sku = j.value->>'sku')`;

/** Takes codes from the products that are named with them, unless they are their SKU. */
export const deleteCodes = (
  merchantId: MerchantId,
  codes: readonly Pick<ProductCode, "code" | "sku">[],
): SQL | null =>
  codes.length === 0
    ? null
    : sql`DELETE FROM product_codes WHERE merchant_id = ${merchantId} AND kind IS NOT NULL
        AND (code, sku) IN (SELECT j.value->>'code', j.value->>'sku' FROM json_each(${JSON.stringify(
          codes.map(({ code, sku }) => ({ code, sku })),
        )}) j)`;

/** Takes products away, with their codes. */
export const deleteProducts = (merchantId: MerchantId, skus: readonly string[]): SQL[] => {
  const gone = sql`(SELECT value FROM json_each(${JSON.stringify(skus)}))`;
  return [
    sql`DELETE FROM products WHERE merchant_id = ${merchantId} AND sku IN ${gone}`,
    sql`DELETE FROM product_codes INDEXED BY product_codes_by_sku WHERE merchant_id = ${merchantId} AND sku IN ${gone}`,
  ];
};

const codeShape: z.ZodType<ProductCode> = z.object({
  code: z.string(),
  sku: z.string(),
  kind: z.string().nullable(),
  as_written: z.string(),
});
const codeColumns = sql`c.code AS code, c.sku AS sku, c.kind AS kind, c.as_written AS as_written`;

/** Those of the codes (as `codeKey` makes them) that a product of the merchant has. */
export const knownCodes = (
  db: D1Database,
  merchantId: MerchantId,
  codes: readonly string[],
): Promise<ProductCode[]> =>
  read(
    db,
    codeShape,
    sql`SELECT ${codeColumns} FROM json_each(${JSON.stringify(codes)}) j CROSS JOIN product_codes c
        WHERE c.merchant_id = ${merchantId} AND c.code = j.value`,
  );

/** The codes of these products. */
export const codesOfProducts = (
  db: D1Database,
  merchantId: MerchantId,
  skus: readonly string[],
): Promise<ProductCode[]> =>
  read(
    db,
    codeShape,
    sql`SELECT ${codeColumns} FROM json_each(${JSON.stringify(skus)}) j
        CROSS JOIN product_codes c INDEXED BY product_codes_by_sku
        WHERE c.merchant_id = ${merchantId} AND c.sku = j.value`,
  );

/** Products by SKU, after one (null: from the first). */
export const listProductRows = (
  db: D1Database,
  merchantId: MerchantId,
  page: { after: string | null; limit: number },
): Promise<{ sku: string; name: string | null }[]> =>
  read(
    db,
    z.object({ sku: z.string(), name: z.string().nullable() }),
    sql`SELECT sku AS sku, name AS name FROM products WHERE merchant_id = ${merchantId}
          ${page.after === null ? sql`` : sql`AND sku > ${page.after}`}
        ORDER BY sku LIMIT ${page.limit}`,
  );

/** The products with these SKUs. */
export const productsBySku = (
  db: D1Database,
  merchantId: MerchantId,
  skus: readonly string[],
): Promise<{ sku: string; name: string | null; name_typed: boolean }[]> =>
  read(
    db,
    z.object({ sku: z.string(), name: z.string().nullable(), name_typed: flag }),
    sql`SELECT p.sku AS sku, p.name AS name, p.name_typed AS name_typed FROM json_each(${JSON.stringify(skus)}) j CROSS JOIN products p
        WHERE p.merchant_id = ${merchantId} AND p.sku = j.value`,
  );

/** Codes by code, after one (null: from the first), the SKUs among them. */
export const listCodes = (
  db: D1Database,
  merchantId: MerchantId,
  page: { after: string | null; limit: number },
): Promise<ProductCode[]> =>
  read(
    db,
    codeShape,
    sql`SELECT ${codeColumns} FROM product_codes c WHERE c.merchant_id = ${merchantId} AND c.code > ${page.after ?? ""}
        ORDER BY c.code LIMIT ${page.limit}`,
  );

/** The names of a merchant's aliases, each with how many of it a product has at the most. Reads every code. */
export const aliasColumns = (
  db: D1Database,
  merchantId: MerchantId,
): Promise<{ name: string; most: number }[]> =>
  read(
    db,
    z.object({ name: z.string(), most: z.int() }),
    sql`SELECT p.kind AS name, max(p.n) AS most FROM (
          SELECT c.kind AS kind, count(*) AS n FROM product_codes c INDEXED BY product_codes_by_sku
          WHERE c.merchant_id = ${merchantId} AND c.kind IS NOT NULL GROUP BY c.sku, c.kind) p
        GROUP BY p.kind ORDER BY p.kind`,
  );

/** Whether any product has a code of this name, whatever its case; reads on until it finds one. */
export const hasAliases = async (
  db: D1Database,
  merchantId: MerchantId,
  name: string,
): Promise<boolean> =>
  (await readOne(
    db,
    z.object({ found: z.int() }),
    sql`SELECT 1 AS found FROM product_codes WHERE merchant_id = ${merchantId} AND lower(kind) = lower(${name}) LIMIT 1`,
  )) !== null;
