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
import { claimsOf } from "../store/code-conflicts.ts";
import { cartCodeRules, type CartCodeRules } from "../store/code-rules.ts";
import { codesOfProducts, knownCodes } from "../store/products.ts";
import type { CheckStep, OrderCheck, OrderToCheck } from "./check-orders.ts";

/**
 * Translates the codes of orders for their WMS, and holds those with lines that cannot be sent, with all
 * that stands against them. One read of the carts' rules; where there are products, one of the slice's
 * distinct codes.
 */
export const codesChecked: OrderCheck = async (deps, merchantId, _wms, orders) => {
  if (orders.length === 0) return asWritten;
  const db = await deps.databases.of(merchantId);
  const carts = [...new Set(orders.map(({ cart_id }) => cart_id))];
  const rules = await cartCodeRules(db, merchantId, carts);
  const byCart = new Map<string, CartCodeRules>(rules.map((cart) => [cart.id, cart]));
  const facts = rules.some(({ has_products }) => has_products)
    ? await readFacts(db, merchantId, rules, orders)
    : NO_PRODUCTS;
  return (order) => stepOf(order, byCart.get(order.cart_id), facts);
};

const asWritten = ({ body }: OrderToCheck): CheckStep => ({ order: body, holds: [], notes: [] });

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
  cart: CartCodeRules | undefined,
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
  rules: readonly CartCodeRules[],
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
  const owners = new Map(known.map((one) => [one.code, one]));
  const claimed = Map.groupBy(
    claims.filter(({ decided_at }) => decided_at === null),
    ({ code }) => code,
  );
  const needsAliases = rules.some(({ item_code_out }) => item_code_out !== null);
  const aliases = needsAliases
    ? await codesOfProducts(db, merchantId, [...new Set(known.map(({ sku }) => sku))])
    : [];
  const ofProduct = Map.groupBy(aliases, ({ sku }) => sku);
  return {
    has_products: true,
    owner: (code) => owners.get(code),
    claims: (code) => {
      const others = claimed.get(code);
      if (!others) return [];
      const own = owners.get(code);
      return [...new Set([...(own ? [own.sku] : []), ...others.map(({ sku }) => sku)])];
    },
    codesOf: (sku) => ofProduct.get(sku) ?? [],
  };
}
