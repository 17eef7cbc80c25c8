import type { Nudge } from "../connectors/contract.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { JobMessage } from "../domain/messages.ts";
import { someOf } from "../platform/log.ts";
import { noteWebhook } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import { countRejected, type Later } from "./count-rejected.ts";
import type { Deps } from "./deps.ts";
import { openConnection } from "./open-connection.ts";

export type WebhookAnswer = { kind: "rejected"; reason: string } | { kind: "taken" };

const MINUTE = 60_000;

/**
 * Takes a vendor's call: verifies it and turns it into hints on the queue. The call itself is never
 * believed or stored; what changed is fetched from the vendor. With `later`,
 * rejected calls are counted on after the answer. Throws `not_found`.
 */
export async function receiveWebhook(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
  later: Later,
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
    await countRejected(deps, merchantId, connectionId, later);
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
  const verified = verdict.kind === "nudges" || verdict.verified;
  const { last_webhook_at: last } = connection;
  if (verified && (last === null || last <= now - MINUTE))
    await commit(db, [noteWebhook(merchantId, connectionId, now)]);
  log.info("webhook", {
    ...line,
    ...(verdict.kind === "ignored"
      ? { reason: verdict.reason }
      : { nudges: verdict.nudges.length, ...subjectsOf(verdict.nudges) }),
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

/** What the vendor's nudges are about, for the log. */
function subjectsOf(nudges: readonly Nudge[]): { source_ids?: string[]; references?: string[] } {
  const ids = nudges.flatMap((nudge) => (nudge.kind === "order" ? [nudge.source_id] : []));
  const refs = nudges.flatMap((one) => (one.kind === "order_cancelled" ? [one.reference] : []));
  return {
    ...(ids.length > 0 ? { source_ids: someOf(ids) } : {}),
    ...(refs.length > 0 ? { references: someOf(refs) } : {}),
  };
}
