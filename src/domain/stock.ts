import type { Cause } from "./alerts.ts";
import type { CodeFacts } from "./codes.ts";
import type { CartPolicy } from "./policy.ts";
import { codeKey, isNamed } from "./product.ts";

/** How many pieces of a product there are to sell, by the merchant's SKU: an absolute number, whole and not negative. */
export interface SkuLevel {
  sku: string;
  quantity: number;
}

/** What a cart calls a product, or why that is not known, for people. */
export type CartCode = { code: string } | { problem: string };

/**
 * A SKU as the cart writes it: by `item_code_in`, the kind of code that the cart gives. A cart that may
 * give any code, or that gives SKUs, gets the SKU, also one that no product here has. Pure.
 */
export function codeForCart(
  sku: string,
  { item_code_in }: Pick<CartPolicy, "item_code_in">,
  { owner, claims, codesOf }: Pick<CodeFacts, "owner" | "claims" | "codesOf">,
): CartCode {
  if (item_code_in === null) return { code: sku };
  const own = owner(codeKey(sku));
  // Another code of a product may be the SKU of one that is not here.
  const product = own?.kind === null ? own.sku : null;
  if (isNamed({ kind: null }, item_code_in)) return { code: product ?? sku };
  if (product === null)
    return { problem: `No product has this SKU, and the cart knows products by ${item_code_in}.` };
  const [first, second] = codesOf(product).filter((one) => isNamed(one, item_code_in));
  if (!first)
    return { problem: `The product has no ${item_code_in}, by which the cart knows products.` };
  if (second)
    return { problem: `The product has several codes called ${item_code_in}, and the cart one.` };
  const skus = claims(first.code);
  return skus.length === 0
    ? { code: first.as_written }
    : {
        problem: `Its ${item_code_in} "${first.as_written}" was given to several products (${skus.join(", ")}).`,
      };
}

/** What the alert of a SKU in a cart is about. */
export const stockSubject = (cartId: string, sku: string) => ({
  kind: "stock" as const,
  parts: [cartId, codeKey(sku)],
});

/** The alert of a level that cannot be set: `message` is what the cart said, `problem` what Dray found before it asked. */
export const stockCause = (
  cart: { id: string; name: string; connector: string },
  { sku, quantity }: SkuLevel,
  why: { message: string } | { problem: string },
): Cause => ({
  ...stockSubject(cart.id, sku),
  message: "message" in why ? why.message : null,
  details: {
    cart: cart.name,
    connector: cart.connector,
    sku,
    quantity,
    ...("problem" in why ? { problem: why.problem } : {}),
  },
});
