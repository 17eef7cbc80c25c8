import type { CodeFacts } from "../domain/codes.ts";
import type { CodeClaim } from "../domain/product-plan.ts";
import type { ProductCode } from "../domain/product.ts";

/** What was read about codes, ready to be asked: the owners of codes, the claims to them, further codes of products. */
export function codeFacts(
  known: readonly ProductCode[],
  claims: readonly CodeClaim[],
  aliases: readonly ProductCode[],
): Omit<CodeFacts, "has_products"> {
  const owners = new Map([...aliases, ...known].map((one) => [one.code, one]));
  const claimed = Map.groupBy(
    claims.filter(({ decided_at }) => decided_at === null),
    ({ code }) => code,
  );
  const ofProduct = Map.groupBy(aliases, ({ sku }) => sku);
  return {
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
