import type { DispatchKind } from "../domain/dispatch.ts";
import type { DispatchMessage } from "../domain/messages.ts";
import { claimDispatch, postponeDispatch, readDispatch } from "../store/dispatches.ts";
import { readJob } from "../store/jobs.ts";
import { commit } from "../store/statement.ts";
import { cancelAtWms } from "./cancel-at-wms.ts";
import { cancelInCart } from "./cancel-in-cart.ts";
import { jobOf, type Claimed, type DispatchResult } from "./claimed-dispatch.ts";
import { confirmShipments } from "./confirm-shipments.ts";
import { deliverOrders } from "./deliver-orders.ts";
import type { Deps } from "./deps.ts";

/** What is done with each kind of page. */
const verbs: Readonly<
  Record<DispatchKind, (deps: Deps, claimed: Claimed) => Promise<DispatchResult>>
> = {
  delivery: deliverOrders,
  confirmation: confirmShipments,
  wms_cancel: cancelAtWms,
  cart_cancel: cancelInCart,
};

/** Longer than a queue consumer may live, so that a claim never ends under a living worker. */
const TERM_MS = 16 * 60_000;

/** Far longer than vendors take to do what they did not answer for. */
const OPEN_MS = 5 * 60_000;

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
  const job = await readJob(db, merchant_id, dispatch.connection_id, jobOf(dispatch));
  if (!job || !job.enabled || job.suspended) {
    const parked = { due_at: null, working: dispatch.working };
    await commit(db, [postponeDispatch(merchant_id, dispatch.id, dispatch.fence, parked, now)]);
    return "postponed";
  }

  const coordinator = deps.coordinator(merchant_id);
  const floor = { fence: dispatch.fence, cursor: null };
  const grant = await coordinator.grant(dispatch.id, floor, TERM_MS, now);
  if (!grant.granted) return "taken";
  const { fence } = grant;
  // Tidies up, and is never asked twice: a claim that nobody gives back lapses by itself.
  const forget = () =>
    coordinator.forget(dispatch.id, fence).catch((error: unknown) => {
      deps.log.warn("claim_not_forgotten", { merchant_id, dispatch_id: dispatch.id, error });
    });
  let open = false;
  try {
    const claim = claimDispatch(merchant_id, dispatch.id, fence, now + TERM_MS, now);
    const [taken] = await commit(db, [claim]);
    if (taken?.rows.length !== 1) {
      await forget();
      return "taken";
    }
    const unknown = dispatch.working;
    const claimed: Claimed = {
      db,
      merchant_id,
      dispatch,
      fence,
      unknown,
      open: false,
      started_at: now,
      counts: {},
    };
    const result = await verbs[dispatch.kind](deps, claimed).finally(() => {
      open = claimed.open;
    });
    await forget();
    return result.kind;
  } catch (error) {
    // Our own fault: give the claim back, so that the queue's next try need not wait for its term. What a
    // vendor may still do is not asked for again before it had time for it; the sweep does that then.
    const at = deps.clock.now();
    const due_at = open ? at + OPEN_MS : at;
    const again = postponeDispatch(merchant_id, dispatch.id, fence, { due_at, working: true }, at);
    await commit(db, [again]).catch(() => undefined);
    await forget();
    throw error;
  }
}
