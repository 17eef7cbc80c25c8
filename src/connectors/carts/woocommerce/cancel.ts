import { z } from "zod";
import { ConnectorFailure } from "../../../domain/errors.ts";
import type { CancelOutcome } from "../../../domain/outcomes.ts";
import { answered, ask, isOrderGone, unexpected, type WooCall } from "./client.ts";
import { addNote, listNotes } from "./notes.ts";

const stateShape = z.object({ status: z.string() });
const calledOff = new Set(["cancelled", "refunded", "trash"]);

/**
 * Sets the shop's order to Cancelled, with a private note that says why. Restocking and mails are
 * the shop's own settings. Safe to repeat: what is called off or gone stays as it is, and a note
 * that an earlier try left is not written again. Throws when the shop will not have it.
 */
export const cancelOrder = async (
  call: WooCall,
  sourceId: string,
  reason: string,
): Promise<CancelOutcome> => {
  if (!/^\d+$/.test(sourceId)) return { kind: "cancelled" };
  const path = `/orders/${sourceId}`;
  const order = await ask(call, "GET", path, { query: { _fields: "id,status" } });
  if (isOrderGone(order)) return { kind: "cancelled" };
  if (!answered(order)) throw unexpected(order);
  const { status } = order.json(stateShape);
  if (calledOff.has(status)) return { kind: "cancelled" };
  if (status === "completed") {
    return { kind: "too_late", message: "The shop has set this order to Completed." };
  }
  await noteReason(call, sourceId, reason.trim());
  const answer = await ask(call, "PUT", path, { body: { status: "cancelled" } });
  if (isOrderGone(answer)) return { kind: "cancelled" };
  if (!answered(answer)) throw unexpected(answer);
  const after = answer.json(stateShape).status;
  if (calledOff.has(after)) return { kind: "cancelled" };
  throw new ConnectorFailure("bad_response", `The cancelled order is ${after.slice(0, 40)}.`, {
    place: "status",
  });
};

/** The note comes first: an order that is cancelled is not looked at again. */
const noteReason = async (call: WooCall, sourceId: string, reason: string): Promise<void> => {
  if (reason === "") return;
  const notes = await listNotes(call, sourceId);
  if (!Array.isArray(notes)) throw unexpected(notes);
  if (notes.some(({ note }) => note === reason)) return;
  const answer = await addNote(call, sourceId, reason, false);
  if (!answered(answer)) throw unexpected(answer);
};
