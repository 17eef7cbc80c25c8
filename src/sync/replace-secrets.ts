import { connectorById } from "../connectors/registry.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { readConnection, updateConnection } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import { changedMeanwhile } from "./change-connection.ts";
import type { CheckReport } from "./check-connection.ts";
import {
  makesWebhookSecret,
  newWebhookSecret,
  overlay,
  PREVIOUS_WEBHOOK_SECRET,
  refuseUnknownFields,
  WEBHOOK_SECRET,
} from "./connection-fields.ts";
import { checkAndListen } from "./create-connection.ts";
import type { Deps } from "./deps.ts";
import { parseCredentials, sealSecrets, unsealSecrets } from "./open-connection.ts";

export interface ReplacedSecrets {
  report: CheckReport;
  /** A secret that Dray made and the other side has to be told by hand; shown this once. */
  webhookSecret: string | null;
}

/**
 * Replaces the given secrets, the others stay; then tries them, and with good ones everything that
 * waited goes on. A blank or null webhook secret makes a new one, and
 * the one that was replaced verifies webhooks until the next replacement. Throws like
 * `changeConnection`.
 */
export async function replaceSecrets(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  given: Readonly<Record<string, string | null>>,
): Promise<ReplacedSecrets> {
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId);
  if (!connection) throw new DrayError("not_found", "No such connection");
  const connector = connectorById(deps.connectors, connection.connector);
  if (!connector) {
    throw new DrayError("unavailable", `This Dray has no connector ${connection.connector}`);
  }
  refuseUnknownFields(connector, "secrets", given);
  const stored = await unsealSecrets(deps, connection);
  const secrets = overlay(stored, given);
  const wanting = makesWebhookSecret(connector) && secrets[WEBHOOK_SECRET] === undefined;
  const made = wanting ? newWebhookSecret(deps) : null;
  if (made !== null) secrets[WEBHOOK_SECRET] = made;
  const before = stored[WEBHOOK_SECRET];
  if (before !== undefined && before !== secrets[WEBHOOK_SECRET]) {
    secrets[PREVIOUS_WEBHOOK_SECRET] = before;
  }
  parseCredentials(connector, connection.settings, secrets);
  const sealed = await sealSecrets(deps, merchantId, connectionId, secrets);
  const [done] = await commit(db, [
    updateConnection(
      merchantId,
      connectionId,
      connection.updated_at,
      { secrets: sealed },
      deps.clock.now(),
    ),
  ]);
  if (done?.changes !== 1) throw changedMeanwhile();
  deps.log.info("connection_changed", {
    merchant_id: merchantId,
    connection_id: connectionId,
    changed: ["credentials"],
  });
  const report = await checkAndListen(deps, merchantId, connectionId);
  const byHand = connector.webhooks?.ensure === undefined;
  return { report, webhookSecret: byHand ? made : null };
}
