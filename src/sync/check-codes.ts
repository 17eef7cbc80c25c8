import {
  codeCause,
  codeTroubleText,
  translateCodes,
  type CodeFacts,
  type CodeRules,
} from "../domain/codes.ts";
import type { MerchantId } from "../domain/ids.ts";
import { isShipped } from "../domain/parts.ts";
import { codeKey } from "../domain/product.ts";
import type { FactCart } from "../store/cart-facts.ts";
import { claimsOf } from "../store/code-conflicts.ts";
import { codesOfProducts, knownCodes } from "../store/products.ts";
import { codeFacts } from "./code-facts.ts";
import type { CheckStep, OrderCheck, OrderToCheck } from "./check-orders.ts";

/**
 * Translates the codes of orders for their WMS, and holds those with lines that cannot be sent, with all
 * that stands against them. Where there are products, one read of the slice's distinct codes.
 */
export const codesChecked: OrderCheck = async (deps, merchantId, _wms, orders, carts) => {
  const rules = [...carts.values()].map(({ cart }) => cart);
  const facts = rules.some(({ has_products }) => has_products)
    ? await readFacts(await deps.databases.of(merchantId), merchantId, rules, orders)
    : NO_PRODUCTS;
  return (order) => stepOf(order, carts.get(order.cart_id)?.cart, facts);
};

/** As a cart is until somebody says otherwise. */
const NO_RULES: CodeRules = {
  item_code_in: null,
  item_code_out: null,
  hold_unknown_codes: "auto",
};
const NO_PRODUCTS: CodeFacts = {
  has_products: false,
  owner: () => undefined,
  claims: () => [],
  codesOf: () => [],
};

function stepOf(
  { order_id, cart_id, number, body }: OrderToCheck,
  cart: FactCart | undefined,
  facts: CodeFacts,
): CheckStep {
  const { lines, troubles } = translateCodes(body, cart ?? NO_RULES, facts);
  const details = { order_number: number, cart: cart?.name ?? "" };
  return {
    order: lines.every((line, at) => line === body.lines[at]) ? body : { ...body, lines },
    notes: [],
    holds: troubles.map((trouble) => ({
      reason: "code",
      message: codeTroubleText(trouble),
      cause: codeCause(trouble, { order_id, cart_id, details }),
    })),
  };
}

async function readFacts(
  db: D1Database,
  merchantId: MerchantId,
  rules: readonly FactCart[],
  orders: readonly OrderToCheck[],
): Promise<CodeFacts> {
  const written = orders.flatMap(({ body }) =>
    body.lines.filter(isShipped).map(({ sku }) => codeKey(sku)),
  );
  const codes = [...new Set(written)].filter((code) => code !== "");
  const [known, claims] = await Promise.all([
    knownCodes(db, merchantId, codes),
    claimsOf(db, merchantId, codes),
  ]);
  const needsAliases = rules.some(({ item_code_out }) => item_code_out !== null);
  const aliases = needsAliases
    ? await codesOfProducts(db, merchantId, [...new Set(known.map(({ sku }) => sku))])
    : [];
  return { has_products: true, ...codeFacts(known, claims, aliases) };
}
