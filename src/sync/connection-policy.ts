import type { Connector, StatusChoice } from "../connectors/contract.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import {
  cartPolicyShape,
  wmsPolicyShape,
  type CartPolicy,
  type WmsPolicy,
} from "../domain/policy.ts";
import { rememberingFrames } from "../domain/references.ts";
import { readConnection, type Connection } from "../store/connections.ts";
import type { Deps } from "./deps.ts";

/** What people may say of either side's policy; each side refuses what is the other's. */
export type PolicyChange = Partial<Omit<CartPolicy, "former_references">> & Partial<WmsPolicy>;

/** The policy of a connection that is being made. Throws `invalid` for what does not belong to its side. */
export function firstPolicy(
  connector: Connector,
  given: PolicyChange,
  now: number,
): Record<string, unknown> {
  refuseOthers(connector.side, given);
  if (connector.side === "wms") return wmsPolicyShape.parse(given);
  const taken = (choices: readonly StatusChoice[]) =>
    choices.filter((status) => status.taken_by_default).map((status) => status.value);
  return cartPolicyShape.parse({
    order_statuses: taken(connector.filterValues.order),
    payment_statuses: taken(connector.filterValues.payment),
    fulfilment_statuses: taken(connector.filterValues.fulfilment),
    // Carts write whole seconds: an order of this very second counts.
    earliest_order_at: Math.floor(now / 1_000) * 1_000,
    ...given,
  });
}

/**
 * A connection's policy with what is given laid over it; null where nothing is. Throws `invalid` for
 * what does not belong to its side, and for a WMS that does not exist.
 */
export async function policyWith(
  deps: Deps,
  connection: Connection,
  given: PolicyChange | undefined,
): Promise<CartPolicy | WmsPolicy | null> {
  if (!given || Object.keys(given).length === 0) return null;
  refuseOthers(connection.side, given);
  const wanted = { ...connection.policy, ...given };
  if (connection.side === "wms") return wmsPolicyShape.parse(wanted);
  await refuseUnknownWms(deps, connection.merchant_id, given.wms_id);
  return rememberingFrames(cartPolicyShape.parse(connection.policy), cartPolicyShape.parse(wanted));
}

/** A connection's policy with nothing missing, also where it was stored before there was all of it. */
export const knownPolicy = ({ side, policy }: Connection): CartPolicy | WmsPolicy =>
  side === "cart" ? cartPolicyShape.parse(policy) : wmsPolicyShape.parse(policy);

function refuseOthers(side: Connection["side"], given: PolicyChange): void {
  const own = side === "cart" ? cartPolicyShape.shape : wmsPolicyShape.shape;
  const others = Object.keys(given).filter((name) => !Object.hasOwn(own, name));
  if (others.length === 0) return;
  const fields = others.map((name) => ({
    path: `policy.${name}`,
    message: side === "cart" ? "belongs to a WMS" : "belongs to a cart",
  }));
  throw new DrayError(
    "invalid",
    `A ${side === "cart" ? "cart" : "WMS"} has other settings`,
    fields,
  );
}

/** Throws `invalid` when a cart is to send to what is not a WMS of the merchant. */
export async function refuseUnknownWms(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: string | null | undefined,
): Promise<void> {
  if (wmsId == null) return;
  const db = await deps.databases.of(merchantId);
  const wms = await readConnection(db, merchantId, wmsId as ConnectionId);
  if (wms?.side === "wms") return;
  throw new DrayError("invalid", "There is no such WMS", [
    { path: "policy.wms_id", message: "con_... of one of the merchant's WMS connections" },
  ]);
}
