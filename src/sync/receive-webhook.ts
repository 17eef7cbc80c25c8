import type { Nudge } from "../connectors/contract.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { JobMessage } from "../domain/messages.ts";
import { noteRejectedWebhooks, noteWebhook } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { openConnection } from "./open-connection.ts";

export type WebhookAnswer = { kind: "rejected"; reason: string } | { kind: "taken" };

const MINUTE = 60_000;

/** Rejected webhooks are counted here and written at most once a minute per connection, so that noise cannot buy writes. */
const rejected = new Map<string, { count: number; written_at: number }>();

/**
 * Takes a vendor's call: verifies it and turns it into hints on the queue. The call itself is never
 * believed or stored; what changed is fetched from the vendor. Throws `not_found`.
 */
export async function receiveWebhook(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
): Promise<WebhookAnswer> {
  const started = deps.clock.now();
  const { connection, connector, webhookKeys } = await openConnection(
    deps,
    merchantId,
    connectionId,
  );
  const verdict = connector.webhooks
    ? await connector.webhooks.receive(headers, body, webhookKeys, deps.clock)
    : { kind: "rejected" as const, reason: "This connection takes no webhooks" };
  const now = deps.clock.now();
  const db = await deps.databases.of(merchantId);
  const log = deps.log.with({ merchant_id: merchantId, connection_id: connectionId });
  const line = { outcome: verdict.kind, bytes: body.byteLength, duration_ms: now - started };

  if (verdict.kind === "rejected") {
    log.warn("webhook", { ...line, reason: verdict.reason });
    const count = countRejected(connectionId, now);
    if (count > 0) await commit(db, [noteRejectedWebhooks(merchantId, connectionId, count)]);
    return verdict;
  }
  const to = { merchant_id: merchantId, connection_id: connectionId };
  const hintsOf = (nudge: Nudge) => {
    const hint = hintOf(nudge, to);
    if (hint === null) log.info("nudge_not_acted_on", { nudge: nudge.kind });
    return hint === null ? [] : [{ body: hint }];
  };
  const hints = verdict.kind === "nudges" ? verdict.nudges.flatMap(hintsOf) : [];
  // A queue refuses a batch of nothing.
  if (hints.length > 0) await deps.queues.jobs.sendBatch(hints);
  if (connection.last_webhook_at === null || connection.last_webhook_at <= now - MINUTE)
    await commit(db, [noteWebhook(merchantId, connectionId, now)]);
  log.info("webhook", {
    ...line,
    ...(verdict.kind === "ignored"
      ? { reason: verdict.reason }
      : { nudges: verdict.nudges.length }),
  });
  return { kind: "taken" };
}

/** What a nudge asks for; null: nothing acts on it yet. */
function hintOf(
  nudge: Nudge,
  to: { merchant_id: MerchantId; connection_id: ConnectionId },
): JobMessage | null {
  switch (nudge.kind) {
    case "order":
      return { kind: "fetch", ...to, source_id: nudge.source_id };
    case "shipments":
      return { kind: "run", ...to, job: "shipment-pickup", by: "webhook" };
    case "order_cancelled":
      return { kind: "wms_cancel", ...to, reference: nudge.reference };
    case "stock":
      return null;
  }
}

/** How many rejected calls are to be written now: all since the last time, or 0 while that was less than a minute ago. */
function countRejected(connectionId: ConnectionId, now: number): number {
  const seen = rejected.get(connectionId) ?? { count: 0, written_at: 0 };
  seen.count += 1;
  rejected.set(connectionId, seen);
  if (now - seen.written_at < MINUTE) return 0;
  const { count } = seen;
  rejected.set(connectionId, { count: 0, written_at: now });
  return count;
}
