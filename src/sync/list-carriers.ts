import { carrierNames } from "../domain/carriers.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { listCarrierNames } from "../store/carrier-names.ts";
import { listConnections } from "../store/connections.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";
import { cartAmong } from "./save-ship-methods.ts";

const MOST = 1_000;

/** A carrier of a cart as people see it. */
export interface ShownCarrier {
  carrier: string;
  /** Null: all its services. */
  service: string | null;
  /** Null: unknown, it is told as the WMS writes it. */
  cart_name: string | null;
  seen_at: string | null;
}

/** A cart's carriers, those without a name first, and the large ones that need none. Throws `not_found`. */
export async function listCarriers(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<{ items: ShownCarrier[]; built_in: readonly string[] }> {
  const db = await deps.databases.of(merchantId);
  cartAmong(await listConnections(db, merchantId), cartId);
  const rows = await listCarrierNames(db, merchantId, cartId, MOST);
  const items = rows.map(({ carrier, service, cart_name, seen_at }) => ({
    carrier,
    service,
    cart_name,
    seen_at: seen_at === null ? null : iso(seen_at),
  }));
  const isNamed = ({ cart_name }: ShownCarrier) => Number(cart_name !== null);
  return {
    items: items.toSorted((a, b) => isNamed(a) - isNamed(b)),
    built_in: carrierNames,
  };
}
