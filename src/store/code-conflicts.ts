import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { MerchantId } from "../domain/ids.ts";
import type { CodeClaim } from "../domain/product-plan.ts";
import { jsonRows, read } from "./statement.ts";

const claimShape: z.ZodType<CodeClaim> = z.object({
  code: z.string(),
  sku: z.string(),
  kind: z.string().nullable(),
  as_written: z.string(),
  source: z.string(),
  decided_at: z.int().nullable(),
});
const columns = sql`k.code AS code, k.sku AS sku, k.kind AS kind, k.as_written AS as_written,
  k.source AS source, k.decided_at AS decided_at`;

/** The claims to these codes, also those that were decided against. */
export const claimsOf = (
  db: D1Database,
  merchantId: MerchantId,
  codes: readonly string[],
): Promise<CodeClaim[]> =>
  read(
    db,
    claimShape,
    sql`SELECT ${columns} FROM json_each(${JSON.stringify(codes)}) j CROSS JOIN code_conflicts k
        WHERE k.merchant_id = ${merchantId} AND k.code = j.value`,
  );

/** What a product claims, also what was decided against. */
export const claimsBy = (
  db: D1Database,
  merchantId: MerchantId,
  sku: string,
): Promise<CodeClaim[]> =>
  read(
    db,
    claimShape,
    sql`SELECT ${columns} FROM code_conflicts k INDEXED BY code_conflicts_by_sku
        WHERE k.merchant_id = ${merchantId} AND k.sku = ${sku}`,
  );

/** Codes that are claimed and not decided, by code, after one (null: from the first). */
export const openConflicts = async (
  db: D1Database,
  merchantId: MerchantId,
  page: { after: string | null; limit: number },
): Promise<string[]> => {
  const rows = await read(
    db,
    z.object({ code: z.string() }),
    sql`SELECT DISTINCT k.code AS code FROM code_conflicts k INDEXED BY code_conflicts_open
        WHERE k.merchant_id = ${merchantId} AND k.decided_at IS NULL AND k.code > ${page.after ?? ""}
        ORDER BY k.code LIMIT ${page.limit}`,
  );
  return rows.map(({ code }) => code);
};

/** Notes claims to codes that other products have; one that is there already, decided or not, stays as it is. */
export const insertClaims = (
  merchantId: MerchantId,
  claims: readonly CodeClaim[],
  now: number,
): SQL | null =>
  claims.length === 0
    ? null
    : sql`INSERT INTO code_conflicts (merchant_id, code, sku, kind, as_written, source, seen_at, decided_at)
      SELECT ${merchantId}, j.value->>'code', j.value->>'sku', j.value->>'kind', j.value->>'as_written',
        j.value->>'source', ${now}, j.value->>'decided_at'
      FROM ${jsonRows(claims)} j WHERE true
      ON CONFLICT (merchant_id, code, sku) DO NOTHING`;

/** Decides for one product: every other claim to the code, and what the others had, is decided against. */
export const decideClaims = (
  merchantId: MerchantId,
  code: string,
  sku: string,
  now: number,
): readonly SQL[] => [
  sql`INSERT INTO code_conflicts (merchant_id, code, sku, kind, as_written, source, seen_at, decided_at)
      SELECT c.merchant_id, c.code, c.sku, c.kind, c.as_written, 'person', ${now}, ${now} FROM product_codes c
      WHERE c.merchant_id = ${merchantId} AND c.code = ${code} AND c.sku <> ${sku}
      ON CONFLICT (merchant_id, code, sku) DO UPDATE SET decided_at = excluded.decided_at`,
  sql`UPDATE code_conflicts SET decided_at = ${now}
      WHERE merchant_id = ${merchantId} AND code = ${code} AND sku <> ${sku} AND decided_at IS NULL`,
  sql`DELETE FROM product_codes WHERE merchant_id = ${merchantId} AND code = ${code} AND sku <> ${sku} AND kind IS NOT NULL`,
];

/**
 * After a change of products in the same batch: a code that nobody has any more becomes the product's
 * that alone claims it, and claims that came true are gone. Only of these codes.
 */
export const settleClaims = (merchantId: MerchantId, codes: readonly string[]): readonly SQL[] => {
  if (codes.length === 0) return [];
  const list = sql`json_each(${JSON.stringify(codes)}) j`;
  const alone = sql`FROM ${list} CROSS JOIN code_conflicts k
      WHERE k.merchant_id = ${merchantId} AND k.code = j.value AND k.decided_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM product_codes c WHERE c.merchant_id = ${merchantId} AND c.code = k.code)
        AND NOT EXISTS (SELECT 1 FROM code_conflicts o WHERE o.merchant_id = ${merchantId} AND o.code = k.code
          AND o.sku <> k.sku AND o.decided_at IS NULL)`;
  return [
    sql`INSERT INTO products (merchant_id, sku, name) SELECT ${merchantId}, k.sku, NULL ${alone} AND k.kind IS NULL
      ON CONFLICT (merchant_id, sku) DO NOTHING`,
    sql`INSERT INTO product_codes (merchant_id, code, sku, kind, as_written)
      SELECT ${merchantId}, k.code, k.sku, k.kind, k.as_written ${alone}
        AND EXISTS (SELECT 1 FROM products p WHERE p.merchant_id = ${merchantId} AND p.sku = k.sku)`,
    sql`DELETE FROM code_conflicts WHERE merchant_id = ${merchantId}
        AND (code, sku) IN (SELECT c.code, c.sku FROM ${list} CROSS JOIN product_codes c
          WHERE c.merchant_id = ${merchantId} AND c.code = j.value)`,
  ];
};

/** Forgets what products that are gone claimed, and what was decided about the codes that they had. */
export const forgetClaims = (
  merchantId: MerchantId,
  skus: readonly string[],
  codes: readonly string[],
): readonly SQL[] => [
  sql`DELETE FROM code_conflicts INDEXED BY code_conflicts_by_sku
      WHERE merchant_id = ${merchantId} AND sku IN (SELECT value FROM json_each(${JSON.stringify(skus)}))`,
  sql`DELETE FROM code_conflicts WHERE merchant_id = ${merchantId}
        AND code IN (SELECT value FROM json_each(${JSON.stringify(codes)})) AND decided_at IS NOT NULL`,
];
