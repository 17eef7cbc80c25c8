import { connectorById } from "../connectors/registry.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { listConnections } from "../store/connections.ts";
import { listWmsMethods } from "../store/wms-methods.ts";
import type { Deps } from "./deps.ts";
import { shownMethod, wmsAmong, type ShownWmsMethod } from "./replace-wms-methods.ts";

/** The ship methods of a WMS, and whether they may be loaded from it. Throws `not_found`. */
export async function listMethodsOfWms(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
): Promise<{ items: readonly ShownWmsMethod[]; can_load: boolean }> {
  const db = await deps.databases.of(merchantId);
  const { connector: name } = wmsAmong(await listConnections(db, merchantId), wmsId);
  const connector = connectorById(deps.connectors, name);
  return {
    items: (await listWmsMethods(db, merchantId, wmsId)).map(shownMethod),
    can_load: connector?.side === "wms" && connector.shipMethods !== undefined,
  };
}
