import type { CartLevel } from "../connectors/contract.ts";
import { itemRules, NO_ITEM_FILTER, takesItem, type ItemFilter } from "../domain/filters.ts";
import type { MerchantId } from "../domain/ids.ts";
import { codeKey, isNamed } from "../domain/product.ts";
import { codeForCart, type SkuLevel } from "../domain/stock.ts";
import { claimsOf } from "../store/code-conflicts.ts";
import { readItemFilter } from "../store/item-filters.ts";
import { codesOfProducts, knownCodes } from "../store/products.ts";
import { codeFacts } from "./code-facts.ts";
import type { OpenCart } from "./open-connection.ts";

/** A level with what the cart is asked to show, or why it is not asked. */
export type PlannedLevel = { level: SkuLevel } & (
  | { ask: CartLevel }
  | { filtered: true }
  | { problem: string }
);

/**
 * Which levels the cart is asked to show, by what it calls the products. Its item filter leaves out what
 * it leaves out of orders; digital products too, as a SKU alone does not say that it is one.
 */
export async function planStock(
  db: D1Database,
  { connection: { merchant_id, id }, policy }: OpenCart,
  levels: readonly SkuLevel[],
): Promise<PlannedLevel[]> {
  const filter = (await readItemFilter(db, merchant_id, id)) ?? NO_ITEM_FILTER;
  const facts = await readFacts(db, merchant_id, levels, filter, policy.item_code_in);
  const rules = itemRules(filter);
  return levels.map((level): PlannedLevel => {
    const { sku, quantity } = level;
    const made = codeForCart(sku, policy, facts);
    const code = "code" in made ? made.code : sku;
    const product = facts.owner(codeKey(sku))?.sku ?? sku;
    if (!takesItem({ ...rules, skuOf: () => product }, code)) return { level, filtered: true };
    return "problem" in made ? { level, ...made } : { level, ask: { sku: code, quantity } };
  });
}

/** Nothing is read where a SKU goes as it is. */
async function readFacts(
  db: D1Database,
  merchantId: MerchantId,
  levels: readonly SkuLevel[],
  filter: ItemFilter,
  wanted: string | null,
): Promise<ReturnType<typeof codeFacts>> {
  if (wanted === null && filter.mode === "off") return codeFacts([], [], []);
  const keys = levels.map(({ sku }) => codeKey(sku));
  const known = await knownCodes(db, merchantId, keys);
  if (wanted === null || isNamed({ kind: null }, wanted)) return codeFacts(known, [], []);
  const skus = new Set(known.map(({ sku }) => sku));
  const aliases = await codesOfProducts(db, merchantId, [...skus]);
  const named = aliases.filter((one) => isNamed(one, wanted)).map(({ code }) => code);
  return codeFacts(known, await claimsOf(db, merchantId, named), aliases);
}
