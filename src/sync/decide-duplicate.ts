import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { codeKey } from "../domain/product.ts";
import { claimsOf, decideClaims, settleClaims } from "../store/code-conflicts.ts";
import { knownCodes } from "../store/products.ts";
import { codesAudit } from "./audit-products.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { duplicatesOf, type DuplicateCode } from "./list-duplicates.ts";
import { mendedBy } from "./product-releases.ts";

/**
 * Gives a code that several products claim to one of them, for good: the same list does not give it to
 * another again. Orders that waited for it go by themselves. Throws `not_found` for a code that is not
 * in dispute, `invalid` for a product that does not claim it, and `conflict` where it is another's SKU.
 */
export async function decideDuplicate(
  deps: Deps,
  merchantId: MerchantId,
  given: { code: string; sku: string },
  by: Actor,
): Promise<{ code: string; sku: string }> {
  const db = await deps.databases.of(merchantId);
  const code = codeKey(given.code);
  const [duplicate] = await duplicatesOf(db, merchantId, [code]);
  if (!duplicate) throw new DrayError("not_found", "No two products claim this code");
  const chosen = duplicate.claimants.find((one) => codeKey(one.sku) === codeKey(given.sku));
  if (!chosen) throw unknownClaimant(duplicate);
  const { sku } = chosen;
  const [owner] = await knownCodes(db, merchantId, [code]);
  if (owner && owner.sku !== sku && owner.kind === null)
    throw new DrayError(
      "conflict",
      `${owner.as_written} is the SKU of ${owner.sku}: it cannot be a code of another product`,
    );
  const claims = await claimsOf(db, merchantId, [code]);
  const now = deps.clock.now();
  const text = `The code ${duplicate.code} is ${sku}'s now.`;
  const skus = duplicate.claimants.map((one) => one.sku);
  await commitAndRelease(
    deps,
    merchantId,
    [
      ...decideClaims(merchantId, code, sku, now),
      ...settleClaims(merchantId, claims.length > 0 ? [code] : []),
      codesAudit(
        deps,
        merchantId,
        {
          act: "duplicate_decided",
          subject: sku,
          before: { code: duplicate.code, claimants: skus },
          after: { code: duplicate.code, sku },
        },
        by,
      ),
    ],
    [await mendedBy(db, merchantId, { codes: [code], skus }, text)],
    by,
  );
  return { code: duplicate.code, sku };
}

const unknownClaimant = ({ claimants }: DuplicateCode) =>
  new DrayError("invalid", "This product does not claim the code", [
    { path: "sku", message: `one of ${claimants.map(({ sku }) => sku).join(", ")}` },
  ]);
