import type { ConnectorFailure } from "../domain/errors.ts";
import { setHealth, type Connection } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

type Statements = Parameters<typeof commit>[1];

/**
 * What a vendor's failure means for the connection: rejected credentials stop it until it has new
 * ones, and somebody is told once; anything else makes it `degraded`. `also` is committed with it.
 */
export async function noteFailure(
  deps: Deps,
  connection: Connection,
  failure: Pick<ConnectorFailure, "kind" | "message">,
  also: Statements = [],
): Promise<void> {
  const { merchant_id, id } = connection;
  const db = await deps.databases.of(merchant_id);
  const stopped = failure.kind === "unauthorized";
  const health = stopped ? "needs_reauth" : "degraded";
  await commit(db, [
    // Credentials that were replaced meanwhile are not the ones that were rejected.
    ...setHealth(merchant_id, id, health, failure.message, deps.clock.now(), {
      seen: stopped ? connection.updated_at : null,
    }),
    ...also,
  ]);
  if (!stopped || connection.health === "needs_reauth") return;
  deps.log.warn("needs_reauth", { merchant_id, connection_id: id, message: failure.message });
  await deps.queues.notices.send({
    kind: "needs_reauth",
    merchant_id,
    connection_id: id,
    message: failure.message,
  });
}

/** A connection that works again says so. Writes nothing when it was healthy. */
export async function noteSuccess(deps: Deps, connection: Connection): Promise<void> {
  if (connection.health === "healthy") return;
  const db = await deps.databases.of(connection.merchant_id);
  await commit(
    db,
    setHealth(connection.merchant_id, connection.id, "healthy", null, deps.clock.now()),
  );
}
