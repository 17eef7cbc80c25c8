import type { ConnectionId } from "../domain/ids.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { framesOf } from "../domain/references.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import type { Deps } from "./deps.ts";
import type { OpenCart } from "./open-connection.ts";
import type { IntakeCart } from "./sort-arrivals.ts";

/** The cart for `intakeOrders`, with the WMS that its orders go to. */
export async function intakeCart(deps: Deps, open: OpenCart): Promise<IntakeCart> {
  const { merchant_id, id } = open.connection;
  const all = await listConnections(await deps.databases.of(merchant_id), merchant_id);
  return {
    merchant_id,
    cart_id: id,
    wms_id: chosenWms(all, open.policy.wms_id),
    wms_ids: all.filter(({ side }) => side === "wms").map((wms) => wms.id),
    policy: open.policy,
    siblings: all
      .filter((other) => other.side === "cart" && other.id !== id)
      .flatMap(({ policy }) => framesOf(cartPolicyShape.parse(policy))),
    pushed: open.connector.orders === undefined,
    told: open.connector.shipments !== undefined,
  };
}

/** The WMS that was chosen, or the only one there is. */
export function chosenWms(all: readonly Connection[], chosen: string | null): ConnectionId | null {
  const every = all.filter(({ side }) => side === "wms");
  const only = every.length === 1 ? every[0] : undefined;
  return (every.find(({ id }) => id === chosen) ?? (chosen ? undefined : only))?.id ?? null;
}
