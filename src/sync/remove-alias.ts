import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { codeKey } from "../domain/product.ts";
import { claimsOf, settleClaims } from "../store/code-conflicts.ts";
import { deleteCodes, knownCodes } from "../store/products.ts";
import { codesAudit } from "./audit-products.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { mendedBy } from "./product-releases.ts";

/** Takes a further code from its product; it is free again. Throws `not_found`, and `conflict` for a SKU. */
export async function removeAlias(
  deps: Deps,
  merchantId: MerchantId,
  text: string,
  by: Actor,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const code = codeKey(text);
  const [alias] = await knownCodes(db, merchantId, [code]);
  if (!alias) throw new DrayError("not_found", "No product has this code");
  const { sku, kind, as_written } = alias;
  if (kind === null)
    throw new DrayError("conflict", `${as_written} is the SKU of a product: remove the product`);
  const claims = await claimsOf(db, merchantId, [code]);
  const before = { code: as_written, name: kind, sku };
  await commitAndRelease(
    deps,
    merchantId,
    [
      deleteCodes(merchantId, [alias]),
      ...settleClaims(merchantId, claims.length > 0 ? [code] : []),
      codesAudit(deps, merchantId, { act: "alias_removed", subject: sku, before }, by),
    ],
    // One code less may leave the one that the WMS gets.
    [
      await mendedBy(
        db,
        merchantId,
        { codes: [], skus: [sku] },
        `The code ${as_written} was removed.`,
      ),
    ],
    by,
  );
}
