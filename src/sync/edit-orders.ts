import { actorText, type Actor } from "../domain/actor.ts";
import { addEdit, editText, withEdits, type OrderEdit } from "../domain/edits.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { ActionResult } from "../domain/order-actions.ts";
import { isShipped } from "../domain/parts.ts";
import { byteLength } from "../platform/bytes.ts";
import { noteChange } from "../store/changes.ts";
import {
  editUnsent,
  ordersToEdit,
  type EditableOrder,
  type OrderEditing,
} from "../store/order-actions.ts";
import { followHolds, renewKeys } from "../store/order-changes.ts";
import { commit, pagesOf, PARAMETER_BYTES } from "../store/statement.ts";
import { allDone, changedBy, resultsOf, type Changed } from "./action-results.ts";
import type { Deps } from "./deps.ts";
import { cartWays, releaseCarts } from "./release-waiting.ts";

/** Somebody may change an order between our reading and writing it. */
const TRIES = 3;

/**
 * Changes orders until a WMS accepted them. What is edited wins over what the cart says later. One in
 * `error` is tried anew under a new key; one that a person holds stays held, and one that waits for a
 * day follows that day.
 */
export async function editOrders(
  deps: Deps,
  merchantId: MerchantId,
  ids: readonly string[],
  edit: OrderEdit,
  by: Actor,
): Promise<ActionResult[]> {
  const db = await deps.databases.of(merchantId);
  const ways = await cartWays(deps, merchantId);
  const settled = new Map<string, ActionResult>();
  const done: Changed[] = [];
  let open = ids;
  for (let tries = 0; tries < TRIES && open.length > 0; tries += 1) {
    const now = deps.clock.now();
    const editings: OrderEditing[] = [];
    for (const order of await ordersToEdit(db, merchantId, open)) {
      const made = editingOf(order, edit, by, now);
      if ("result" in made) settled.set(order.id, made);
      else editings.push(made);
    }
    for (const page of pagesOf(editings, 100)) {
      const pageIds = page.map(({ id }) => id);
      const [edited] = await commit(db, [
        editUnsent(merchantId, page, ways, now),
        renewKeys(merchantId, pageIds),
        followHolds(merchantId, pageIds),
        noteChange(merchantId, "revised", pageIds, now),
      ]);
      done.push(...changedBy(edited));
    }
    const changed = new Set<string>(done.map(({ id }) => id));
    open = editings.map(({ id }) => id).filter((id) => !changed.has(id));
  }
  await releaseCarts(
    deps,
    merchantId,
    done.map(({ cart_id }) => cart_id),
  );
  const text = `Edited: ${editText(edit)}.`;
  return resultsOf(deps, merchantId, "edit", ids, allDone(done, text), settled);
}

/** The order as it would be, or why it cannot be like that. */
function editingOf(
  { id, body, edits: before, version }: EditableOrder,
  edit: OrderEdit,
  by: Actor,
  now: number,
): OrderEditing | ActionResult {
  const refused = (message: string, path: string): ActionResult => ({
    id,
    result: "refused",
    message,
    fields: [{ path, message }],
  });
  const { edits, unknownLines } = addEdit(before, edit, body);
  const [unknown] = unknownLines;
  if (unknown !== undefined)
    return refused(
      `The order has no line ${unknown.slice(0, 60)}.`,
      `lines.${unknown.slice(0, 60)}`,
    );
  const edited = withEdits(body, edits);
  if (!edited.lines.some(isShipped)) return refused("Nothing would be left to ship.", "lines");
  if (JSON.stringify([edited, edits]) === JSON.stringify([body, before]))
    return { id, result: "unchanged", message: "It is like that already." };
  const entry = {
    at: now,
    event: "edited" as const,
    text: `Edited: ${editText(edit)}.`,
    by: actorText(by),
  };
  const dated = edit.requested_ship_date !== undefined;
  const editing = {
    id,
    version,
    body: edited,
    edits,
    dated,
    entries: [entry],
  };
  return byteLength(JSON.stringify(editing)) > PARAMETER_BYTES
    ? refused("The order would be larger than 1 MB.", "body")
    : editing;
}
