import type { DispatchMessage } from "../domain/messages.ts";
import { claimDispatch, readDispatch } from "../store/dispatches.ts";
import { readJob } from "../store/jobs.ts";
import { commit } from "../store/statement.ts";
import { jobOf, postpone, type Claimed, type DispatchResult } from "./claimed-dispatch.ts";
import { confirmShipments } from "./confirm-shipments.ts";
import { deliverOrders } from "./deliver-orders.ts";
import type { Deps } from "./deps.ts";

/** Longer than a queue consumer may live, so that a claim never ends under a living worker. */
const TERM_MS = 16 * 60_000;

/**
 * Works one page: claims it, lets the kind's verb send or confirm, and settles it. Whoever comes
 * second while a claim lives finds it taken and leaves. A crash at any point leaves the row, and the
 * sweep sends its hint again when the claim has run out.
 */
export async function workDispatch(
  deps: Deps,
  { merchant_id, dispatch_id }: DispatchMessage,
): Promise<"settled" | "postponed" | "taken" | "gone"> {
  const db = await deps.databases.of(merchant_id);
  const dispatch = await readDispatch(db, merchant_id, dispatch_id);
  if (!dispatch) return "gone";

  const now = deps.clock.now();
  const coordinator = deps.coordinator(merchant_id);
  const grant = await coordinator.grant(
    dispatch.id,
    { fence: dispatch.fence, cursor: null },
    TERM_MS,
    now,
  );
  if (!grant.granted) return "taken";
  const { fence } = grant;
  const [claim] = await commit(db, [claimDispatch(merchant_id, dispatch.id, fence, now + TERM_MS)]);
  if (claim?.rows.length !== 1) {
    await coordinator.forget(dispatch.id, fence);
    return "taken";
  }

  const claimed: Claimed = {
    db,
    merchant_id,
    dispatch,
    fence,
    unknown: dispatch.fence > 0,
    started_at: now,
    counts: {},
  };
  try {
    const result = await work(deps, claimed);
    await coordinator.forget(dispatch.id, fence);
    return result.kind;
  } catch (error) {
    // Our own fault: give the claim back, so that the queue's next try need not wait for its term.
    const finish = { result: "failed", cursor: null, idle: false };
    await coordinator.finish(dispatch.id, fence, finish, deps.clock.now());
    throw error;
  }
}

async function work(deps: Deps, claimed: Claimed): Promise<DispatchResult> {
  const { db, merchant_id, dispatch } = claimed;
  const row = await readJob(db, merchant_id, dispatch.connection_id, jobOf(dispatch));
  if (!row || !row.enabled || row.suspended) return postpone(deps, claimed, "off", null);
  return dispatch.kind === "delivery"
    ? deliverOrders(deps, claimed)
    : confirmShipments(deps, claimed);
}
