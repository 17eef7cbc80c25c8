import type { ConnectorFailure } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { connectionAlertIds, alertIdOf } from "../store/alert-ids.ts";
import { failing, failingAnew } from "../store/alert-orders.ts";
import { closeAlerts, raiseAlerts, replaceAlerts } from "../store/alerts.ts";
import { setHealth, type Connection } from "../store/connections.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { fellSilent, PROBE_MS } from "./probe.ts";
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
  await commit(db, [
    // Credentials that were replaced meanwhile are not the ones that were rejected.
    ...setHealth(merchant_id, id, health, failure.message, now, {
      seen: stopped ? connection.updated_at : null,
      probeAt: silent ? now + PROBE_MS : null,
    }),
    ...failed(connection, failure, now, raised),
    ...also,
  ]);
  if (!stopped || connection.health === "needs_reauth") return;
  deps.log.warn("needs_reauth", { merchant_id, connection_id: id, message: failure.message });
  await tellSoon(deps, merchant_id);
}

/**
 * The alert of a connection that fails, once that is stored; it takes the place of one that says otherwise.
 * Rejected credentials are said once, however many find out, and so is what was raised with its records.
 */
export function failed(
  connection: Connection,
  { kind, message }: Pick<ConnectorFailure, "kind" | "message">,
  at: number,
  raised = false,
): Statement[] {
  const { merchant_id, id, name, connector } = connection;
  const cause = {
    kind,
    parts: [id],
    message,
    details: { connection: name, connector },
    orders: [],
  };
  const alertId = alertIdOf(merchant_id, cause);
  const health = kind === "unauthorized" ? "needs_reauth" : "degraded";
  const when = failing(merchant_id, id, health);
  const others = connectionAlertIds(merchant_id, id).filter((one) => one !== alertId);
  return [
    ...raiseAlerts(merchant_id, [cause], {
      at,
      when:
        raised || kind === "unauthorized" ? failingAnew(merchant_id, id, health, alertId) : when,
    }),
    replaceAlerts(merchant_id, others, { at, when }),
  ];
}

/**
 * What the answers to single records say of their connection, null for any usable one. One that
 * answers is healthy, whatever it says; one that answers nothing at all is not. `nothing`: it was not
 * asked. `silent`: nobody is to try it for a while. The alert was raised with the records.
 */
export async function noteAnswers(
  deps: Deps,
  connection: Connection,
  said: readonly (Pick<ConnectorFailure, "kind" | "message"> | null)[],
  probes: boolean,
): Promise<"nothing" | "works" | "fails" | "silent"> {
  // It said no to one record.
  const answers = said.map((answer) => (answer?.kind === "bad_request" ? null : answer));
  const [first] = answers;
  if (first === undefined) return "nothing";
  if (first === null || answers.includes(null)) {
    await noteSuccess(deps, connection, true);
    return "works";
  }
  const silent = probes || fellSilent(answers.map((answer) => answer?.kind ?? null));
  await noteFailure(deps, connection, first, { silent, raised: true });
  return silent ? "silent" : "fails";
}

/**
 * A connection that works again says so. Once single records go through (`probed`), those that waited for
 * that go on: that lists can be read does not say so. Writes nothing when it was healthy.
 */
export async function noteSuccess(
  deps: Deps,
  connection: Connection,
  probed = false,
): Promise<void> {
  const { merchant_id, id, health, probe_at } = connection;
  const wakes = probed && probe_at !== null;
  if (health === "healthy" && !wakes) return;
  const statements = recovered(merchant_id, id, deps.clock.now(), { probed });
  if (wakes) await resumeConnection(deps, merchant_id, id, statements);
  else await commit(await deps.databases.of(merchant_id), statements);
}

/** What a connection that works again is, with its alerts. See `setHealth` for `how`. */
export const recovered = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  now: number,
  how: { tried?: boolean; probed?: boolean },
): Statement[] => [
  ...setHealth(merchantId, connectionId, "healthy", null, now, how),
  closeAlerts(merchantId, connectionAlertIds(merchantId, connectionId), {
    at: now,
    by: "The connection works again.",
  }),
];
