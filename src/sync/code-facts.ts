import type { Cause } from "../domain/alerts.ts";
import {
  codeCause,
  codeTroubleText,
  translateCodes,
  type CodeFacts,
  type CodeRules,
} from "../domain/codes.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import { isShipped } from "../domain/parts.ts";
import { codeKey } from "../domain/product.ts";
import { claimsOf } from "../store/code-conflicts.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import { cartCodeRules, type CartCodeRules } from "../store/code-rules.ts";
import { codesOfProducts, knownCodes } from "../store/products.ts";
import type { Deps } from "./deps.ts";

type Coded = Pick<DeliveryWork, "order_id" | "cart_id" | "body">;

/** An order with its codes as the WMS gets them, and what of them only a person can mend. */
export interface CodesChecked {
  order: Order;
  causes: readonly Cause[];
  /** One plain sentence per cause. */
  messages: readonly string[];
}

/**
 * Translates the codes of orders for their WMS, and says which lines cannot be sent: all of an order's
 * at once. One read of the carts' rules; where there are products, one of the slice's distinct codes.
 */
export async function checkCodes(
  deps: Deps,
  merchantId: MerchantId,
  orders: readonly Coded[],
): Promise<ReadonlyMap<string, CodesChecked>> {
  const db = await deps.databases.of(merchantId);
  const carts = [...new Set(orders.map(({ cart_id }) => cart_id))];
  const rules = await cartCodeRules(db, merchantId, carts);
  const byCart = new Map<string, CartCodeRules>(rules.map((cart) => [cart.id, cart]));
  const facts = rules.some(({ has_products }) => has_products)
    ? await readFacts(db, merchantId, rules, orders)
    : NO_PRODUCTS;
  return new Map(orders.map((one) => [one.order_id, checked(one, byCart.get(one.cart_id), facts)]));
}

/** As a cart is until somebody says otherwise. */
const AS_WRITTEN: CodeRules = {
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

function checked(
  { order_id, cart_id, body }: Coded,
  cart: CartCodeRules | undefined,
  facts: CodeFacts,
): CodesChecked {
  const { lines, troubles } = translateCodes(body, cart ?? AS_WRITTEN, facts);
  const details = { order_number: body.number, cart: cart?.name ?? "" };
  return {
    order: lines.every((line, at) => line === body.lines[at]) ? body : { ...body, lines },
    causes: troubles.map((trouble) => codeCause(trouble, { order_id, cart_id, details })),
    messages: troubles.map(codeTroubleText),
  };
}

async function readFacts(
  db: D1Database,
  merchantId: MerchantId,
  rules: readonly CartCodeRules[],
  orders: readonly Coded[],
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
