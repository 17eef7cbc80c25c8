import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { ImportMapping } from "../domain/import-mapping.ts";
import { readImportMapping, writeImportMapping } from "../store/imports.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { openImportCart } from "./import-file.ts";

/** How a cart's files are read. Throws `not_found` where nobody has said so yet. */
export async function showImportMapping(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<ImportMapping> {
  await openImportCart(deps, merchantId, cartId);
  const mapping = await readImportMapping(await deps.databases.of(merchantId), merchantId, cartId);
  if (mapping) return mapping;
  throw new DrayError("not_found", "This cart has no mapping yet: learn one from a sample file");
}

/** Saves how a cart's files are read; imports that run keep the one they began with. */
export async function saveImportMapping(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  mapping: ImportMapping,
): Promise<ImportMapping> {
  await openImportCart(deps, merchantId, cartId);
  await commit(await deps.databases.of(merchantId), [
    writeImportMapping(merchantId, cartId, mapping),
  ]);
  return mapping;
}
