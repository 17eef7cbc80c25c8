import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { codeKey, isNamed, type ProductCode } from "../domain/product.ts";
import { claimsOf, settleClaims } from "../store/code-conflicts.ts";
import { deleteCodes, insertCodes, knownCodes } from "../store/products.ts";
import { isKeyTaken } from "../store/statement.ts";
import { codesAudit } from "./audit-products.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { mendedBy } from "./product-releases.ts";
import { taken } from "./products.ts";

/** A further code of a product, as people see it. */
export interface Alias {
  code: string;
  name: string;
  sku: string;
}

const TRIES = 3;

/**
 * Gives a product a further code, or a code that it has another name. Orders that waited for it go by
 * themselves. Throws `not_found` without such a product, `conflict` naming the product that has the code.
 */
export async function giveAlias(
  deps: Deps,
  merchantId: MerchantId,
  { code: as_written, name, sku: wanted }: Alias,
  by: Actor,
): Promise<Alias> {
  const db = await deps.databases.of(merchantId);
  const code = codeKey(as_written);
  for (let tries = 1; ; tries += 1) {
    const known = await knownCodes(db, merchantId, [code, codeKey(wanted)]);
    const product = known.find((one) => one.code === codeKey(wanted) && one.kind === null);
    if (!product) throw new DrayError("not_found", `There is no product ${wanted.slice(0, 200)}`);
    const { sku } = product;
    const has = known.find((one) => one.code === code);
    if (has && has.sku !== sku) throw taken(as_written, has.sku);
    if (has?.kind === null)
      throw new DrayError("conflict", `The code ${as_written} is the SKU of ${sku} itself`);
    const alias: ProductCode = { code, sku, kind: name, as_written };
    const shown = { code: as_written, name, sku };
    if (has && isNamed(has, name) && has.as_written === as_written) return shown;
    const claims = await claimsOf(db, merchantId, [code]);
    try {
      await commitAndRelease(
        deps,
        merchantId,
        [
          insertAliasAudit(deps, merchantId, has, shown, by),
          deleteCodes(merchantId, has ? [has] : []),
          insertCodes(merchantId, [alias]),
          ...settleClaims(merchantId, claims.length > 0 ? [code] : []),
        ],
        [await mendedBy(db, merchantId, { codes: [code], skus: [sku] }, givenText(shown))],
        by,
      );
      return shown;
    } catch (error) {
      if (!isKeyTaken(error) || tries === TRIES) throw error;
    }
  }
}

const givenText = ({ code, name, sku }: Alias): string =>
  `The code ${code} is a ${name} of ${sku} now.`;

const insertAliasAudit = (
  deps: Deps,
  merchantId: MerchantId,
  before: ProductCode | undefined,
  after: Alias,
  by: Actor,
) =>
  codesAudit(
    deps,
    merchantId,
    {
      act: "alias_given",
      subject: after.sku,
      before: before ? { code: before.as_written, name: before.kind, sku: before.sku } : null,
      after,
    },
    by,
  );
