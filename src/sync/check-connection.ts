import type { Call, ConnectionReport } from "../connectors/contract.ts";
import { ConnectorFailure, type FailureKind } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { setHealth, type Health } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import { failed, recovered } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { openConnection } from "./open-connection.ts";
import { resumeConnection } from "./resume-connection.ts";
import { tellSoon } from "./tell-soon.ts";

export interface CheckReport extends ConnectionReport {
  health: Health;
}

/**
 * Tries a connection's credentials and keeps what came out as its health: `healthy`; `needs_reauth`
 * when the vendor refused them, which rests its jobs; `degraded` for any other trouble. Unless they
 * rest, what was left lying is taken up. A vendor that does not answer is a report, not an error.
 */
export async function checkConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<CheckReport> {
  const started = deps.clock.now();
  const { connection, connector, call } = await openConnection(deps, merchantId, connectionId);
  const { watched, refused } = watchingRefusals(call);
  const { kind, ...report } = await connector
    .check(watched)
    .then(
      (said): ConnectionReport & { kind: FailureKind } => ({ kind: "bad_request", ...said }),
      asReport,
    );
  const health = report.ok ? "healthy" : refused() ? "needs_reauth" : "degraded";
  const now = deps.clock.now();
  const message = report.problems.join(" ") || "The check failed";
  const noted = report.ok
    ? recovered(merchantId, connectionId, now, { tried: true, probed: true })
    : [
        // Of what was changed meanwhile it says nothing.
        ...setHealth(merchantId, connectionId, health, message, now, {
          tried: true,
          seen: connection.updated_at,
        }),
        ...failed(connection, { kind: refused() ? "unauthorized" : kind, message }, now),
      ];
  if (health !== "needs_reauth") await resumeConnection(deps, merchantId, connectionId, noted);
  else {
    await commit(await deps.databases.of(merchantId), noted);
    await tellSoon(deps, merchantId);
  }
  deps.log.info("connection_checked", {
    merchant_id: merchantId,
    connection_id: connectionId,
    connector: connector.id,
    outcome: health,
    duration_ms: now - started,
  });
  return { ...report, health };
}

/**
 * A connector may put a refusal in words for people; at the door it is seen whether the vendor
 * refused all that was asked. A key that may do one thing and not the other still works.
 */
function watchingRefusals(call: Call): { watched: Call; refused: () => boolean } {
  let refusals = 0;
  let answers = 0;
  const send: Call["http"]["send"] = async (request) => {
    try {
      const answer = await call.http.send(request);
      answers += 1;
      return answer;
    } catch (error) {
      if (error instanceof ConnectorFailure && error.kind === "unauthorized") refusals += 1;
      throw error;
    }
  };
  return { watched: { ...call, http: { send } }, refused: () => refusals > 0 && answers === 0 };
}

function asReport(error: unknown): ConnectionReport & { kind: FailureKind } {
  if (!(error instanceof ConnectorFailure)) throw error;
  return { ok: false, vendor: null, problems: [error.message], kind: error.kind };
}
