import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import {
  planSheet,
  type ProductPlan,
  type SheetRow,
  type StoredCodes,
} from "../domain/product-plan.ts";
import { codeKey, codesOf } from "../domain/product.ts";
import { CsvProblem } from "../platform/csv.ts";
import { claimsOf, settleClaims } from "../store/code-conflicts.ts";
import {
  codesOfProducts,
  deleteCodes,
  insertCodes,
  knownCodes,
  nameProducts,
  productsBySku,
} from "../store/products.ts";
import { isKeyTaken, pagesOf } from "../store/statement.ts";
import { codesAudit } from "./audit-products.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { readProductSheet, type RefusedRow } from "./product-sheet.ts";
import { mendedBy } from "./product-releases.ts";

/** What a file of products changes. */
export interface ProductImport {
  rows: number;
  /** Rows that change something. */
  saved: number;
  unchanged: number;
  refused: RefusedRow[];
}

const MOST_PER_STATEMENT = 5_000;
const MOST_REFUSED = 1_000;
const TRIES = 3;

/**
 * Loads a CSV file of products, all rows that can be taken in one batch. A row says what its product is
 * called and which codes it has under the names that the file has columns for; everything else stays. A
 * row with a code that another product has is refused and named. `dryRun`: the same, and nothing is
 * stored. Throws `invalid` for what is no such file.
 */
export async function importProducts(
  deps: Deps,
  merchantId: MerchantId,
  file: Uint8Array,
  by: Actor,
  dryRun: boolean,
): Promise<ProductImport> {
  const { rows, refused } = readSheet(file);
  const db = await deps.databases.of(merchantId);
  for (let tries = 1; ; tries += 1) {
    const stored = await storedOf(db, merchantId, rows);
    const plan = planSheet(rows, stored);
    const all = [...refused, ...plan.refused].toSorted((a, b) => a.row - b.row);
    const report: ProductImport = {
      rows: rows.length + refused.length,
      saved: rows.length - plan.refused.length - plan.unchanged,
      unchanged: plan.unchanged,
      refused: all.slice(0, MOST_REFUSED),
    };
    if (dryRun || plan.named.length + plan.given.length + plan.dropped.length === 0) return report;
    try {
      await store(deps, db, merchantId, plan, report, by);
      return report;
    } catch (error) {
      if (!isKeyTaken(error) || tries === TRIES) throw error;
    }
  }
}

function readSheet(file: Uint8Array) {
  try {
    return readProductSheet(file);
  } catch (error) {
    if (!(error instanceof CsvProblem)) throw error;
    throw new DrayError("invalid", error.message, [
      { path: error.row === null ? "file" : `row ${error.row}`, message: error.message },
    ]);
  }
}

async function store(
  deps: Deps,
  db: D1Database,
  merchantId: MerchantId,
  { named, given, dropped }: ProductPlan,
  { saved, refused }: ProductImport,
  by: Actor,
): Promise<void> {
  const touched = new Set([...given, ...dropped].map(({ code }) => code));
  const claimed = new Set<string>();
  for (const page of pagesOf([...touched], MOST_PER_STATEMENT))
    for (const { code } of await claimsOf(db, merchantId, page)) claimed.add(code);
  const skus = new Set([...given, ...dropped].map(({ sku }) => sku));
  const after = { saved, refused: refused.length };
  await commitAndRelease(
    deps,
    merchantId,
    [
      ...pagesOf(named, MOST_PER_STATEMENT).map((page) => nameProducts(merchantId, page, "person")),
      ...pagesOf(dropped, MOST_PER_STATEMENT).map((page) => deleteCodes(merchantId, page)),
      ...pagesOf(given, MOST_PER_STATEMENT).map((page) => insertCodes(merchantId, page)),
      ...settleClaims(merchantId, [...claimed]),
      codesAudit(deps, merchantId, { act: "products_imported", subject: "products", after }, by),
    ],
    [await mendedBy(db, merchantId, { codes: touched, skus }, "A file of products was loaded.")],
    by,
  );
}

async function storedOf(
  db: D1Database,
  merchantId: MerchantId,
  rows: readonly SheetRow[],
): Promise<StoredCodes> {
  const keys = [
    ...new Set(
      rows.flatMap(({ sku, aliases }) =>
        codesOf({ sku, name: null, aliases }).map(({ code }) => code),
      ),
    ),
  ];
  const looked = [];
  for (const page of pagesOf(keys, MOST_PER_STATEMENT))
    looked.push(...(await knownCodes(db, merchantId, page)));
  const own = new Map(looked.filter(({ kind }) => kind === null).map((one) => [one.code, one.sku]));
  const skus = [...new Set(rows.map(({ sku }) => own.get(codeKey(sku)) ?? sku))];
  const names = [];
  for (const page of pagesOf(skus, MOST_PER_STATEMENT)) {
    names.push(...(await productsBySku(db, merchantId, page)));
    looked.push(...(await codesOfProducts(db, merchantId, page)));
  }
  const codes = [...new Map(looked.map((one) => [one.code, one])).values()];
  return { codes, claims: [], names };
}
