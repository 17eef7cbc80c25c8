import type { DispatchMessage } from "../domain/messages.ts";
import {
  claimDispatch,
  deleteDispatch,
  postponeDispatch,
  readDispatch,
  type Dispatch,
} from "../store/dispatches.ts";
import { readJob } from "../store/jobs.ts";
import { commit } from "../store/statement.ts";
import { confirmShipments } from "./confirm-shipments.ts";
import { deliverOrders } from "./deliver-orders.ts";
import type { Deps } from "./deps.ts";

type Statement = Parameters<typeof commit>[1][number];

/** A dispatch that is ours to work on. */
export interface Claimed {
  db: D1Database;
  merchant_id: DispatchMessage["merchant_id"];
  dispatch: Dispatch;
  fence: number;
  /** An earlier claim ended without a word: whatever is not settled may have reached the vendor. */
  unknown: boolean;
}

/** How far the work came: all of it, or the rest waits until `due_at` (null: until the connection works). */
export type DispatchResult = { kind: "settled" } | { kind: "postponed"; due_at: number | null };

/** Longer than a queue consumer may live, so that a claim never ends under a living worker. */
const TERM_MS = 16 * 60_000;

/** Records per commit: a crash leaves at most this many whose outcome has to be looked up. */
export const SLICE = 25;

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
  if (claim?.rows.length !== 1) return "taken";

  const claimed: Claimed = { db, merchant_id, dispatch, fence, unknown: dispatch.fence > 0 };
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
  const job = dispatch.kind === "delivery" ? "order-delivery" : "tracking-upload";
  const row = await readJob(db, merchant_id, dispatch.connection_id, job);
  if (!row || !row.enabled || row.suspended) return postpone(claimed, null);
  return dispatch.kind === "delivery"
    ? deliverOrders(deps, claimed)
    : confirmShipments(deps, claimed);
}

/** Commits results and, when they are the last ones, the end of the dispatch with them. */
export async function settle(
  claimed: Claimed,
  results: readonly Statement[],
  last: boolean,
): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence } = claimed;
  await commit(db, [...results, last ? deleteDispatch(merchant_id, dispatch.id, fence) : null]);
  return { kind: "settled" };
}

/** Leaves the rest of the dispatch for later. */
export async function postpone(claimed: Claimed, dueAt: number | null): Promise<DispatchResult> {
  const { db, merchant_id, dispatch, fence } = claimed;
  await commit(db, [postponeDispatch(merchant_id, dispatch.id, fence, dueAt)]);
  return { kind: "postponed", due_at: dueAt };
}
