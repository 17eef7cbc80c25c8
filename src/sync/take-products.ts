import type { Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import { planLoad, type ProductPlan, type StoredCodes } from "../domain/product-plan.ts";
import { codeKey, codesOf, type Product } from "../domain/product.ts";
import { raiseAlerts, type Raised } from "../store/alerts.ts";
import { claimsOf, insertClaims, settleClaims } from "../store/code-conflicts.ts";
import { insertCodes, knownCodes, nameProducts, productsBySku } from "../store/products.ts";
import { isKeyTaken } from "../store/statement.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { mendedBy } from "./product-releases.ts";
import { tellSoon } from "./tell-soon.ts";

interface Taken extends Record<string, number> {
  products: number;
  codes: number;
  /** Codes that another product has, and were not noted before. */
  duplicates: number;
}

const NOTHING: Taken = { products: 0, codes: 0, duplicates: 0 };
/** Somebody may give a code away between our reading and writing. */
const TRIES = 5;

/**
 * Stores what a list from outside has and is not here, in one batch: products, their codes, and of
 * codes that other products have the claim and its alert. Nothing is taken from any product. Where
 * nothing is new, nothing is written.
 */
export async function takeProducts(
  deps: Deps,
  merchantId: MerchantId,
  listed: readonly Product[],
  source: "wms" | "stock",
  by: Actor,
): Promise<Taken> {
  if (listed.length === 0) return NOTHING;
  const db = await deps.databases.of(merchantId);
  for (let tries = 1; ; tries += 1) {
    const stored = await storedOf(db, merchantId, listed);
    const plan = planLoad(listed, stored, source);
    const { named, given, claims } = plan;
    if (named.length + given.length + claims.length === 0) return NOTHING;
    try {
      await commitPlan(deps, db, merchantId, plan, stored, by);
    } catch (error) {
      if (!isKeyTaken(error) || tries === TRIES) throw error;
      continue;
    }
    if (claims.length > 0) await tellSoon(deps, merchantId);
    return { products: named.length, codes: given.length, duplicates: claims.length };
  }
}

async function commitPlan(
  deps: Deps,
  db: D1Database,
  merchantId: MerchantId,
  { named, given, claims }: ProductPlan,
  stored: StoredCodes,
  by: Actor,
): Promise<void> {
  const at = deps.clock.now();
  const claimed = new Set(stored.claims.map(({ code }) => code));
  const raised = claims.map(({ code, as_written }): Raised => ({
    kind: "duplicate_code",
    parts: [code],
    message: null,
    details: { code: as_written, key: code },
    orders: [],
  }));
  const codes = given.map(({ code }) => code);
  const skus = given.map(({ sku }) => sku);
  await commitAndRelease(
    deps,
    merchantId,
    [
      nameProducts(merchantId, named, "list"),
      insertCodes(merchantId, given),
      insertClaims(merchantId, claims, at),
      ...settleClaims(
        merchantId,
        codes.filter((code) => claimed.has(code)),
      ),
      ...raiseAlerts(merchantId, uniqueOf(raised), { at }),
    ],
    given.length === 0
      ? []
      : [await mendedBy(db, merchantId, { codes, skus }, "Products were loaded from the WMS.")],
    by,
  );
}

/** Several products may claim one code. */
const uniqueOf = (raised: readonly Raised[]): Raised[] => [
  ...new Map(raised.map((one) => [one.parts[0], one])).values(),
];

async function storedOf(
  db: D1Database,
  merchantId: MerchantId,
  listed: readonly Product[],
): Promise<StoredCodes> {
  const keys = [...new Set(listed.flatMap(codesOf).map(({ code }) => code))];
  const [codes, claims] = await Promise.all([
    knownCodes(db, merchantId, keys),
    claimsOf(db, merchantId, keys),
  ]);
  const stored = new Map(
    codes.filter(({ kind }) => kind === null).map((one) => [one.code, one.sku]),
  );
  const skus = listed.map(({ sku }) => stored.get(codeKey(sku)) ?? sku);
  return { codes, claims, names: await productsBySku(db, merchantId, [...new Set(skus)]) };
}
