import type { Actor } from "../domain/actor.ts";
import { carrierKey } from "../domain/carriers.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { insertAudit } from "../store/audit.ts";
import { carrierRows, putCarrierNames } from "../store/carrier-names.ts";
import { listConnections, updateConnection } from "../store/connections.ts";
import { whileUnchanged } from "../store/fence.ts";
import { commit } from "../store/statement.ts";
import { changedMeanwhile } from "./change-connection.ts";
import type { Deps } from "./deps.ts";
import { cartAmong } from "./save-ship-methods.ts";

export interface NamedCarrier {
  carrier: string;
  /** Null: all its services. */
  service: string | null;
  /** Null: none of its own. */
  cart_name: string | null;
}

/**
 * Says what a cart calls carriers; what is told from then on bears the name. Throws `not_found`, `invalid`
 * for a carrier that stands twice, and `conflict` when somebody else was faster.
 */
export async function nameCarriers(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  wanted: readonly NamedCarrier[],
  by: Actor,
): Promise<{ saved: number; changed: number }> {
  const db = await deps.databases.of(merchantId);
  const { updated_at } = cartAmong(await listConnections(db, merchantId), cartId);
  const rows = wanted.map((one) => ({ ...one, key: carrierKey(one) }));
  const twice = rows.findIndex(({ key }, at) => rows.findIndex((one) => one.key === key) < at);
  if (twice >= 0)
    throw new DrayError("invalid", "A carrier stands twice", [
      { path: `items.${twice}`, message: "case and blanks do not tell two carriers apart" },
    ]);
  const before = await carrierRows(
    db,
    merchantId,
    cartId,
    rows.map(({ key }) => key),
  );
  const was = new Map(before.map((row) => [row.key, row]));
  const changed = rows.filter(
    ({ key, cart_name }) => (was.get(key)?.cart_name ?? null) !== cart_name,
  );
  if (changed.length === 0) return { saved: rows.length, changed: 0 };
  const shown = ({ carrier, service, cart_name }: NamedCarrier) => ({
    carrier,
    service,
    cart_name,
  });
  const unchanged = whileUnchanged(merchantId, cartId, updated_at);
  const at = deps.clock.now();
  const done = await commit(db, [
    ...putCarrierNames(merchantId, cartId, changed, unchanged),
    insertAudit(
      merchantId,
      {
        id: deps.ids.next("aud"),
        at,
        by,
        act: "carriers_changed",
        subject: cartId,
        before: changed.flatMap(({ key }) => was.get(key) ?? []).map(shown),
        after: changed.map(shown),
      },
      unchanged,
    ),
    updateConnection(merchantId, cartId, updated_at, {}, at),
  ]);
  if (done.at(-1)?.changes !== 1) throw changedMeanwhile();
  return { saved: rows.length, changed: changed.length };
}
