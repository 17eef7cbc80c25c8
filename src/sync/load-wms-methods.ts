import { DRAY, type Actor } from "../domain/actor.ts";
import { ConnectorFailure, DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { ListedMethod } from "../domain/incoming.ts";
import { MOST_METHOD_CHARACTERS } from "../domain/ship-methods.ts";
import { listWmsMethods } from "../store/wms-methods.ts";
import type { Deps } from "./deps.ts";
import { openWms } from "./open-connection.ts";
import { replaceWmsMethods, shownMethod, type WmsMethodsChanged } from "./replace-wms-methods.ts";

const MOST_METHODS = 2_000;

export interface MethodsLoaded extends WmsMethodsChanged {
  /** Methods that the WMS listed; null: it lists none. */
  loaded: number | null;
}

/**
 * Loads a WMS's ship methods from it. One that has no list, or an empty one, changes nothing. Throws
 * `not_found`, `conflict`, and `unavailable` when the WMS gives no usable answer.
 */
export async function loadWmsMethods(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  by: Actor,
): Promise<MethodsLoaded> {
  const { connector, call } = await openWms(deps, merchantId, wmsId);
  try {
    const answer = (await connector.shipMethods?.list(call)) ?? null;
    const methods = answer === null ? [] : usable(answer.items);
    if (answer !== null && methods.length > 0) {
      const done = await replaceWmsMethods(deps, merchantId, wmsId, methods, "wms", by);
      const unreadable = answer.items.length + answer.skipped.length - methods.length;
      const warnings =
        unreadable === 0
          ? done.warnings
          : [`${unreadable} rows of its list cannot be used.`, ...done.warnings];
      return { loaded: methods.length, ...done, warnings };
    }
    const db = await deps.databases.of(merchantId);
    const items = (await listWmsMethods(db, merchantId, wmsId)).map(shownMethod);
    const warning =
      answer === null
        ? "This WMS has no list of its ship methods: type them with PUT /api/ship-methods/wms."
        : "The WMS lists no ship method now; what was there before stays.";
    const loaded = answer === null ? null : 0;
    return { loaded, items, added: 0, changed: 0, removed: 0, warnings: [warning] };
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    throw new DrayError("unavailable", `The WMS gave no usable answer: ${error.message}`);
  }
}

/** Each code once. */
function usable(items: readonly ListedMethod[]): ListedMethod[] {
  const known = new Map(
    items
      .filter(({ code }) => code.length <= MOST_METHOD_CHARACTERS)
      .map((one) => [one.code, one] as const),
  );
  return [...known.values()].slice(0, MOST_METHODS);
}

/** Once a day: what was loaded from the WMS before is loaded anew; a WMS of which nothing was is left alone. */
export async function refreshWmsMethods(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
): Promise<void> {
  const known = await listWmsMethods(await deps.databases.of(merchantId), merchantId, wmsId);
  if (!known.some(({ source }) => source === "wms")) return;
  const labels = { merchant_id: merchantId, connection_id: wmsId };
  try {
    const { warnings } = await loadWmsMethods(deps, merchantId, wmsId, DRAY);
    for (const warning of warnings) deps.log.warn("wms_methods", { ...labels, message: warning });
  } catch (error) {
    if (!(error instanceof DrayError) || error.code === "not_found") throw error;
    deps.log.warn("wms_methods_failed", { ...labels, message: error.message });
  }
}
