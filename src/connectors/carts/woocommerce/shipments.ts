import { z } from "zod";
import type { ConfirmOutcome, WithdrawOutcome } from "../../../domain/outcomes.ts";
import type { ShipmentNotice } from "../../contract.ts";
import type { VendorAnswer } from "../../vendor-http.ts";
import {
  answered,
  ask,
  hasNoRoute,
  isOrderGone,
  refusal,
  unexpected,
  type WooCall,
} from "./client.ts";
import {
  fulfillmentBody,
  hasItems,
  matchFulfillment,
  matchNote,
  noteText,
  saysTheSame,
} from "./notice.ts";
import { addNote, listNotes } from "./notes.ts";
import { type WooFulfillment, wooFulfillment, wooNote } from "./wire.ts";

/**
 * Shipments live in WooCommerce's own Fulfillments where the shop has that feature on, and in order
 * notes (`note:<id>`) where it has not; the shop says which by answering 404 `rest_no_route`. A
 * shipment of nothing that is in the shop's order is a note as well.
 */
const notePrefix = "note:";

/** Null: the feature is off. */
const listFulfillments = async (
  call: WooCall,
  sourceId: string,
): Promise<WooFulfillment[] | VendorAnswer | null> => {
  const answer = await ask(call, "GET", `/orders/${encodeURIComponent(sourceId)}/fulfillments`);
  if (hasNoRoute(answer)) return null;
  return answered(answer) ? answer.json(z.array(wooFulfillment)) : answer;
};

/** The shop's id of this shipment. Asked before anything is sent a second time. */
export const findShipment = async (
  call: WooCall,
  notice: ShipmentNotice,
): Promise<string | null> => {
  const listed = hasItems(notice) ? await listFulfillments(call, notice.source_id) : null;
  if (Array.isArray(listed)) {
    const found = matchFulfillment(listed, notice);
    return found && String(found.id);
  }
  if (listed !== null) {
    if (isOrderGone(listed)) return null;
    throw unexpected(listed);
  }
  const notes = await listNotes(call, notice.source_id);
  if (!Array.isArray(notes)) {
    if (isOrderGone(notes)) return null;
    throw unexpected(notes);
  }
  const note = matchNote(notes, notice);
  return note === null || note.says === "void" ? null : `${notePrefix}${note.id}`;
};

/**
 * Shows the shipment, then completes the order if nothing more will ship. Safe to repeat with
 * `known`: what the shop shows already is not written again and mails nobody again.
 */
export const confirmShipment = async (
  call: WooCall,
  notice: ShipmentNotice,
  known: string | null,
): Promise<ConfirmOutcome> => {
  const isNote = known?.startsWith(notePrefix) ?? !hasItems(notice);
  const shown = isNote
    ? await showAsNote(call, notice, known)
    : await showAsFulfillment(call, notice, known);
  if (shown.kind === "refused") return shown;
  const refused = await completeOrder(call, notice);
  return refused ?? shown;
};

const showAsFulfillment = async (
  call: WooCall,
  notice: ShipmentNotice,
  known: string | null,
): Promise<ConfirmOutcome> => {
  const path = `/orders/${encodeURIComponent(notice.source_id)}/fulfillments`;
  const query = notice.mail_customer ? { notify_customer: "true" } : {};
  let existing: WooFulfillment | null = null;
  if (known !== null) {
    const listed = await listFulfillments(call, notice.source_id);
    if (listed === null) return showAsNote(call, notice, known);
    if (!Array.isArray(listed)) return refused(listed);
    existing =
      listed.find((one) => String(one.id) === known && !one.date_deleted) ??
      matchFulfillment(listed, notice);
    if (existing && saysTheSame(existing, notice)) return confirmed(existing.id);
  }
  // One that a person deleted in the shop is made anew: the shipment is to be seen there.
  const answer = existing
    ? await ask(call, "PUT", `${path}/${existing.id}`, {
        query,
        body: fulfillmentBody(notice, existing),
      })
    : await ask(call, "POST", path, { query, body: fulfillmentBody(notice) });
  if (hasNoRoute(answer)) return showAsNote(call, notice, known);
  if (!answered(answer)) return refused(answer);
  return confirmed(answer.json(wooFulfillment).id);
};

const showAsNote = async (
  call: WooCall,
  notice: ShipmentNotice,
  known: string | null,
): Promise<ConfirmOutcome> => {
  let kind: "first" | "corrected" = "first";
  if (known !== null) {
    const notes = await listNotes(call, notice.source_id);
    if (!Array.isArray(notes)) return refused(notes);
    const last = matchNote(notes, notice);
    if (last?.says === "same") return confirmed(`${notePrefix}${last.id}`);
    if (last) kind = "corrected";
  }
  const answer = await addNote(
    call,
    notice.source_id,
    noteText(notice, kind),
    notice.mail_customer,
  );
  if (!answered(answer)) return refused(answer);
  return confirmed(`${notePrefix}${answer.json(wooNote.pick({ id: true })).id}`);
};

/** Statuses that a shipment does not overrule: completing these would undo what the shop decided. */
const settledStatuses = new Set(["completed", "cancelled", "refunded", "failed", "trash"]);

/** The shop may mail the customer that the order is complete: its own setting, whatever the notice says. */
const completeOrder = async (
  call: WooCall,
  notice: ShipmentNotice,
): Promise<ConfirmOutcome | null> => {
  if (!notice.completes_order || !call.settings.complete_orders) return null;
  const path = `/orders/${encodeURIComponent(notice.source_id)}`;
  const order = await ask(call, "GET", path, { query: { _fields: "id,status" } });
  if (!answered(order)) return refused(order);
  if (settledStatuses.has(order.json(z.object({ status: z.string() })).status)) return null;
  const answer = await ask(call, "PUT", path, { body: { status: "completed" } });
  return answered(answer) ? null : refused(answer);
};

/** Deletes the fulfillment. A note stays where it is, so another one says that it is void. */
export const withdrawShipment = async (
  call: WooCall,
  notice: ShipmentNotice,
  known: string,
): Promise<WithdrawOutcome> => {
  if (known.startsWith(notePrefix)) return withdrawNote(call, notice);
  const path = `/orders/${encodeURIComponent(notice.source_id)}/fulfillments`;
  const answer = await ask(call, "DELETE", `${path}/${encodeURIComponent(known)}`, {
    query: notice.mail_customer ? { notify_customer: "true" } : {},
  });
  if (isOrderGone(answer)) return { kind: "withdrawn" };
  if (answered(answer)) {
    answer.json(z.object({ message: z.string() }));
    return { kind: "withdrawn" };
  }
  if (hasNoRoute(answer)) return withdrawNote(call, notice);
  const listed = await listFulfillments(call, notice.source_id);
  const stillShown =
    !Array.isArray(listed) || listed.some((one) => String(one.id) === known && !one.date_deleted);
  return stillShown
    ? { kind: "cannot_withdraw", message: refusal(answer).message }
    : { kind: "withdrawn" };
};

const withdrawNote = async (call: WooCall, notice: ShipmentNotice): Promise<WithdrawOutcome> => {
  const notes = await listNotes(call, notice.source_id);
  if (!Array.isArray(notes)) {
    return isOrderGone(notes)
      ? { kind: "withdrawn" }
      : { kind: "cannot_withdraw", message: refusal(notes).message };
  }
  if (matchNote(notes, notice)?.says !== "void") {
    const answer = await addNote(
      call,
      notice.source_id,
      noteText(notice, "void"),
      notice.mail_customer,
    );
    if (!answered(answer)) {
      return { kind: "cannot_withdraw", message: refusal(answer).message };
    }
  }
  return {
    kind: "cannot_withdraw",
    message: "The shop keeps its order notes; one more note now says that the shipment is void.",
  };
};

const confirmed = (id: string | number): ConfirmOutcome => ({
  kind: "confirmed",
  cart_shipment_id: String(id),
});

const refused = (answer: VendorAnswer): ConfirmOutcome => ({
  kind: "refused",
  message: refusal(answer).message,
});
