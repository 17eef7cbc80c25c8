import { ConnectorFailure } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { readConnection } from "../store/connections.ts";
import type { Deps } from "./deps.ts";
import { openConnection } from "./open-connection.ts";

/** Where a connection's vendor reports changes. */
export const webhookUrl = (
  deps: Pick<Deps, "publicUrl">,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): string => `${deps.publicUrl}/webhooks/${merchantId}/${connectionId}`;

/**
 * Makes sure that the vendor calls us, where its connector can; answers how many registrations it
 * changed. Throws the ConnectorFailure of a vendor that did not let it.
 */
export async function ensureWebhooks(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<{ changed: number }> {
  const started = deps.clock.now();
  const { connector, call, webhookKeys } = await openConnection(deps, merchantId, connectionId);
  const [secret] = webhookKeys;
  const webhooks = connector.webhooks;
  if (!webhooks?.ensure || secret === undefined) return { changed: 0 };
  const report = (outcome: string, changed: number) =>
    deps.log[outcome === "ok" ? "info" : "warn"]("webhooks_ensured", {
      merchant_id: merchantId,
      connection_id: connectionId,
      connector: connector.id,
      outcome,
      changed,
      duration_ms: deps.clock.now() - started,
    });
  try {
    const { changed } = await webhooks.ensure(
      call,
      webhookUrl(deps, merchantId, connectionId),
      secret,
    );
    report("ok", changed);
    return { changed };
  } catch (error) {
    if (error instanceof ConnectorFailure) report(error.kind, 0);
    throw error;
  }
}

/** The same as a matter of routine: leaves a connection that rests alone, and a vendor that is down to the next time. */
export async function keepWebhooks(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<void> {
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId);
  if (!connection || connection.paused || connection.health === "needs_reauth") return;
  try {
    await ensureWebhooks(deps, merchantId, connectionId);
  } catch (error) {
    // Its line is written where it happened.
    if (!(error instanceof ConnectorFailure)) throw error;
  }
}
