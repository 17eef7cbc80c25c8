import type { Cause } from "../domain/alerts.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import type { CancelOutcome } from "../domain/outcomes.ts";
import { ordersToCancel, type OrderToCancel } from "../store/cancellations.ts";
import { raiseAlerts } from "../store/alerts.ts";
import type { Connection } from "../store/connections.ts";
import { underFence } from "../store/fence.ts";
import type { Statement } from "../store/statement.ts";
import {
  settle,
  stopPage,
  tryAgain,
  type Claimed,
  type DispatchResult,
} from "./claimed-dispatch.ts";
import { noteAnswers } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import { gathered } from "./raise-troubles.ts";

export interface CalledOff {
  order: OrderToCancel;
  outcome: CancelOutcome;
}

/** One that nobody answered for. */
interface Waiting {
  order: OrderToCancel;
  failure: ConnectorFailure;
}

/** What stands in its way. */
const causeOf = (
  { id, name, connector }: Connection,
  { order, failure: { kind, message } }: Waiting,
): { order_id: string; cause: Cause } => ({
  order_id: order.id,
  cause: { kind, parts: [id], message, details: { connection: name, connector } },
});

/** A warehouse packs meanwhile, so it is asked again soon. */
const AGAIN_MS = 5 * 60_000;
const GIVE_UP_MS = 3 * 24 * 60 * 60_000;
/** Three hours of asking. A connection that rests is not asked, and its days do not count alone. */
const LEAST_TRIES = 36;

/**
 * Calls off each order of a claimed dispatch, over there by `act`, and commits what `store` makes of
 * the answers. Whoever does not answer is asked again every five minutes, for three days and at least 36
 * times; then it counts as too late. Asking twice does no harm: what is off already is off.
 */
export async function callOff(
  deps: Deps,
  claimed: Claimed,
  connection: Connection,
  where: "wms" | "cart",
  act: (order: OrderToCancel) => Promise<CancelOutcome>,
  store: (done: readonly CalledOff[], now: number) => Promise<readonly Statement[]>,
): Promise<DispatchResult> {
  const { db, merchant_id, dispatch } = claimed;
  const wanted = await ordersToCancel(db, merchant_id, dispatch.items, where);
  const age = deps.clock.now() - dispatch.created_at;
  // Each claim raises the fence by one.
  const givesUp = age >= GIVE_UP_MS && claimed.fence >= LEAST_TRIES;
  const done: CalledOff[] = [];
  const waiting: Waiting[] = [];
  await Promise.all(
    wanted.map(async (order) => {
      const started = deps.clock.now();
      const answer = await act(order).catch((error: unknown) =>
        asFailure(deps, claimed, order, error),
      );
      deps.log.info("cancel_attempt", {
        merchant_id,
        connection_id: connection.id,
        dispatch_id: dispatch.id,
        order_id: order.id,
        where,
        outcome: answer.kind,
        duration_ms: deps.clock.now() - started,
      });
      if (!(answer instanceof ConnectorFailure)) done.push({ order, outcome: answer });
      else if (givesUp)
        done.push({ order, outcome: { kind: "too_late", message: answer.message } });
      else waiting.push({ order, failure: answer });
    }),
  );
  const now = deps.clock.now();
  const statements = done.length === 0 ? [] : await store(done, now);
  const outcomes = done.map(({ outcome }) =>
    outcome.kind === "cancelled" ? "canceled" : "too_late",
  );
  const troubles = raiseAlerts(
    merchant_id,
    gathered(
      merchant_id,
      waiting.map((one) => causeOf(connection, one)),
    ).map((raised) => ({
      ...raised,
      about: "calling_off" as const,
    })),
    { at: now, when: underFence(merchant_id, dispatch.id, claimed.fence) },
  );
  const settled = await settle(
    deps,
    claimed,
    [...statements, ...troubles],
    outcomes,
    waiting.length === 0,
  );
  const failures = waiting.map(({ failure }) => failure);
  const stopping = failures.find(({ kind }) => kind === "unauthorized" || kind === "throttled");
  if (stopping) return stopPage(deps, claimed, connection, stopping);
  // Too late may be our own word.
  const answered = done.filter(({ outcome }) => outcome.kind === "cancelled");
  await noteAnswers(deps, connection, [...answered.map(() => null), ...failures], false);
  const [first] = failures;
  return first ? tryAgain(deps, claimed, first.kind, now + AGAIN_MS) : settled;
}

/** A fault of ours in one record must not keep the others from being settled. */
function asFailure(
  deps: Deps,
  { merchant_id }: Claimed,
  order: OrderToCancel,
  error: unknown,
): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  deps.log.error("connector_failed", { merchant_id, order_id: order.id, error });
  return new ConnectorFailure(
    "bad_response",
    "The connector could not work with this order or its answer.",
  );
}
