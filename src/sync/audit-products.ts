import type { Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Product } from "../domain/product.ts";
import { insertAudit } from "../store/audit.ts";
import type { Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

const MOST_PRODUCTS = 500;

/** The audit of products that a person changed, the first 500 that differ; null where none does. */
export function changedProducts(
  deps: Pick<Deps, "ids" | "clock">,
  merchantId: MerchantId,
  before: readonly Product[],
  after: readonly Product[],
  by: Actor,
): Statement {
  const was = new Map(before.map((one) => [one.sku, one]));
  const is = new Map(after.map((one) => [one.sku, one]));
  const skus = [...new Set([...was.keys(), ...is.keys()])].filter(
    (sku) => JSON.stringify(was.get(sku)) !== JSON.stringify(is.get(sku)),
  );
  const named = skus.slice(0, MOST_PRODUCTS);
  const [first] = skus;
  if (first === undefined) return null;
  return insertAudit(merchantId, {
    id: deps.ids.next("aud"),
    at: deps.clock.now(),
    by,
    act: "products_changed",
    subject: skus.length === 1 ? first : "products",
    before: named.flatMap((sku) => was.get(sku) ?? []),
    after: named.flatMap((sku) => is.get(sku) ?? []),
  });
}

/** The audit of something else that a person did about codes. */
export const codesAudit = (
  deps: Pick<Deps, "ids" | "clock">,
  merchantId: MerchantId,
  entry: {
    act:
      | "alias_given"
      | "alias_removed"
      | "duplicate_decided"
      | "products_imported"
      | "products_loaded";
    subject: string;
    before?: unknown;
    after?: unknown;
  },
  by: Actor,
): NonNullable<Statement> =>
  insertAudit(merchantId, {
    before: null,
    after: null,
    ...entry,
    id: deps.ids.next("aud"),
    at: deps.clock.now(),
    by,
  });
