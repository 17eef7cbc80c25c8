import type { MerchantId } from "../domain/ids.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { listConnections } from "../store/connections.ts";
import { codesOfProducts } from "../store/products.ts";
import type { Mended } from "./commit-and-release.ts";

/**
 * What a change of codes mends: the alerts about these codes and all others of the products, of every
 * cart. An order may wait on a product's code because another code of it is missing.
 */
export async function mendedBy(
  db: D1Database,
  merchantId: MerchantId,
  changed: { codes: Iterable<string>; skus: Iterable<string> },
  text: string,
): Promise<Mended> {
  const [all, theirs] = await Promise.all([
    listConnections(db, merchantId),
    codesOfProducts(db, merchantId, [...new Set(changed.skus)]),
  ]);
  const carts = all.filter(({ side }) => side === "cart");
  const codes = new Set([...changed.codes, ...theirs.map(({ code }) => code)]);
  const alerts = [...codes].flatMap((code) => [
    alertIdOf(merchantId, { kind: "duplicate_code", parts: [code] }),
    ...carts.map(({ id }) => alertIdOf(merchantId, { kind: "code", parts: [id, code] })),
  ]);
  return { text, of: { alerts } };
}
