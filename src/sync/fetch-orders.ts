import { ConnectorFailure } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import { noteFailure } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { intakeCart, intakeOrders } from "./intake-orders.ts";
import { openCart } from "./open-connection.ts";
import { releaseWaiting } from "./release-waiting.ts";

/**
 * Fetches single orders again from their cart and takes them in. A nudge that finds the connection
 * off is dropped: the next download sees the order anyway.
 */
export async function fetchOrders(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  sourceIds: readonly string[],
): Promise<void> {
  const open = await openCart(deps, merchantId, cartId);
  if (open.connection.paused || open.connection.health === "needs_reauth") return;
  const log = deps.log.with({ merchant_id: merchantId, connection_id: cartId });
  const started = deps.clock.now();
  const items: IncomingOrder[] = [];
  const skipped: UnreadableOrder[] = [];
  const gone: string[] = [];
  let failure: ConnectorFailure | null = null;
  await Promise.all(
    [...new Set(sourceIds)].map(async (sourceId) => {
      try {
        const found = await open.connector.orders.get(open.call, sourceId);
        if (found === null) gone.push(sourceId);
        else if ("reason" in found) skipped.push(found);
        else items.push(found);
      } catch (error) {
        if (!(error instanceof ConnectorFailure)) throw error;
        failure = error;
      }
    }),
  );
  const cart = await intakeCart(deps, open);
  const counts = await intakeOrders(deps, cart, { items, skipped, gone });
  log.info("fetch", { ...counts, gone: gone.length, duration_ms: deps.clock.now() - started });
  if (open.policy.delivery) await releaseWaiting(deps, merchantId, cartId);
  if (failure) await failed(deps, open.connection, failure);
}

async function failed(
  deps: Deps,
  connection: Parameters<typeof noteFailure>[1],
  failure: ConnectorFailure,
): Promise<void> {
  deps.log.warn("fetch_failed", {
    merchant_id: connection.merchant_id,
    connection_id: connection.id,
    result: failure.kind,
    message: failure.message,
  });
  await noteFailure(deps, connection, failure);
}
