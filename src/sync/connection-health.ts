import { connectionKinds, type Cause } from "../domain/alerts.ts";
import type { ConnectorFailure } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import {
  closeAlerts,
  connectionAlertIds,
  failing,
  raiseAlerts,
  replaceConnectionAlerts,
} from "../store/alerts.ts";
import { setHealth, type Connection } from "../store/connections.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { PROBE_MS } from "./probe.ts";
import { resumeConnection } from "./resume-connection.ts";
import { tellSoon } from "./tell-soon.ts";

interface Noting {
  /** Committed with it. */
  also?: readonly Statement[];
  /** It failed for everybody: from now on one record at a time tries. */
  silent?: boolean;
  /** The alert was raised with what waits on it. */
  raised?: boolean;
}

/**
 * What a vendor's failure means for the connection: rejected credentials stop it until it has new
 * ones; anything else makes it `degraded`. An alert says so, in the same batch.
 */
export async function noteFailure(
  deps: Deps,
  connection: Connection,
  failure: Pick<ConnectorFailure, "kind" | "message">,
  { also = [], silent = false, raised = false }: Noting = {},
): Promise<void> {
  const { merchant_id, id } = connection;
  const db = await deps.databases.of(merchant_id);
  const now = deps.clock.now();
  const stopped = failure.kind === "unauthorized";
  const health = stopped ? "needs_reauth" : "degraded";
  const kind = connectionKinds.find((one) => one === failure.kind);
  const cause = kind && causeOf(connection, kind, failure.message);
  await commit(db, [
    // Credentials that were replaced meanwhile are not the ones that were rejected.
    ...setHealth(merchant_id, id, health, failure.message, now, {
      seen: stopped ? connection.updated_at : null,
      probeAt: silent ? now + PROBE_MS : null,
    }),
    ...(cause && !raised
      ? raiseAlerts(merchant_id, [{ ...cause, orders: [] }], {
          at: now,
          when: failing(merchant_id, id, health),
        })
      : []),
    kind ? replaceConnectionAlerts(merchant_id, id, kind, now) : null,
    ...also,
  ]);
  if (!stopped || connection.health === "needs_reauth") return;
  deps.log.warn("needs_reauth", { merchant_id, connection_id: id, message: failure.message });
  await tellSoon(deps, merchant_id);
}

const causeOf = (
  { id, name }: Pick<Connection, "id" | "name">,
  kind: (typeof connectionKinds)[number],
  message: string,
): Cause => ({ kind, parts: [id], message, details: { connection: name } });

/** A connection that works again says so, and what waited for it goes on. Writes nothing when it was healthy. */
export async function noteSuccess(deps: Deps, connection: Connection): Promise<void> {
  const { merchant_id, id, health, probe_at } = connection;
  if (health === "healthy" && probe_at === null) return;
  const statements = recovered(merchant_id, id, deps.clock.now());
  if (probe_at === null) await commit(await deps.databases.of(merchant_id), statements);
  else await resumeConnection(deps, merchant_id, id, statements);
}

/** What a connection that works again is, with its alerts. Only a check (`tried`) leaves `needs_reauth`. */
export const recovered = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  now: number,
  tried = false,
): Statement[] => [
  ...setHealth(merchantId, connectionId, "healthy", null, now, { tried }),
  closeAlerts(merchantId, connectionAlertIds(merchantId, connectionId), {
    at: now,
    by: "The connection works again.",
  }),
];
