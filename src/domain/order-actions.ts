import { z } from "zod";
import { orderEditShape } from "./edits.ts";
import type { OrderStatus } from "./order.ts";

const DAY_MS = 24 * 60 * 60_000;
/** A hold ends within a year, or by a person. */
export const LONGEST_HOLD_MS = 366 * DAY_MS;
/** How long what was cleared can be had back. */
export const RESTORE_MS = 30 * DAY_MS;

/** What a person may do with orders, and what it takes; as it is stored with a task. */
export const orderActionShape = z.discriminatedUnion("action", [
  z.object({ action: z.literal("hold"), until: z.int().nullable() }),
  z.object({ action: z.literal("release") }),
  z.object({ action: z.literal("edit"), edit: orderEditShape }),
  z.object({ action: z.literal("cancel-sending") }),
  z.object({ action: z.literal("cancel") }),
  z.object({ action: z.literal("clear") }),
  z.object({ action: z.literal("restore") }),
  z.object({ action: z.literal("resend"), may_ship_twice: z.boolean() }),
  z.object({ action: z.literal("resend-tracking") }),
]);
export type OrderAction = z.infer<typeof orderActionShape>;
export type OrderActionName = OrderAction["action"];

/** What became of an action on one order. */
export interface ActionResult {
  id: string;
  result: "done" | "unchanged" | "refused";
  /** One plain sentence for who asked. */
  message: string;
  /** What of the request the order does not allow. */
  fields?: readonly { path: string; message: string }[];
}

/** Where an order stands, as far as it decides what may be done with it. */
export interface Standing {
  status: OrderStatus;
  on_hold: string | null;
  sending_canceled: boolean;
  cancel_wanted: string | null;
  cleared_at: number | null;
  /** Customers' data was taken out of it. */
  redacted: boolean;
  /** A worker has it in hand. */
  being_sent: boolean;
  /** Its last attempt may have arrived. */
  unknown: boolean;
}

type Answer = Pick<ActionResult, "result" | "message">;
const unchanged = (message: string): Answer => ({ result: "unchanged", message });
const refused = (message: string): Answer => ({ result: "refused", message });

const isRedacted = refused(
  "Its customer's data was taken out, as it was at its end for long: it stays as it is.",
);

/** Between what was read and what was written of it. */
export const changedMeanwhile = refused("Somebody changed it at the same moment: try again.");

/** Why D1 did not do what was asked, by where the order stands now; null: that does not stand against it. Pure. */
export function whyNotDone(action: OrderActionName, order: Standing, now: number): Answer | null {
  if (action === "restore") return whyNotRestored(order, now);
  if (order.cleared_at !== null)
    return action === "clear"
      ? unchanged("It is cleared already.")
      : refused("It is cleared: restore it first.");
  if (action === "resend-tracking") return null;
  if (action === "resend") return order.redacted ? isRedacted : whyNotResent(order);
  const settled = action === "clear" ? null : whySettled(action, order);
  if (settled) return settled;
  if (order.redacted) return action === "clear" ? null : isRedacted;
  if (action === "cancel-sending" && order.sending_canceled)
    return unchanged("Its sending is canceled already.");
  if (action === "cancel" && order.cancel_wanted === "wms")
    return unchanged("It is being called off already.");
  if (order.being_sent)
    return refused("It is being sent at this moment: look again in a minute, or cancel it.");
  if (order.unknown)
    return refused(
      "The WMS may have it, as its last attempt got no clear answer: wait for the next one, or cancel it.",
    );
  if (action === "hold")
    return order.sending_canceled
      ? refused("Its sending is canceled, so there is nothing to hold: release it first.")
      : unchanged("It is held like that already.");
  if (action === "release") return unchanged(whyNotReleased(order));
  return null;
}

/** Null for what a WMS has: what that says of it counts. */
function whyNotResent(order: Standing): Answer | null {
  if (order.status === "at_wms" && order.cancel_wanted === null) return null;
  if (order.status === "partial") return refused("A part of it has shipped.");
  const settled = whySettled("resend", order);
  if (settled) return settled;
  if (order.being_sent) return unchanged("It is being sent at this moment.");
  if (order.sending_canceled) return refused("Its sending is canceled: release it to send it.");
  if (order.on_hold !== null) return refused("It is held: release it to send it.");
  return unchanged("It is about to be sent.");
}

function whyNotRestored({ cleared_at, redacted }: Standing, now: number): Answer | null {
  if (cleared_at === null) return unchanged("It is not cleared.");
  if (redacted) return isRedacted;
  return now - cleared_at >= RESTORE_MS
    ? refused("It was cleared more than 30 days ago, so it cannot be restored any more.")
    : null;
}

/** What a status alone rules out. */
function whySettled(action: OrderActionName, { status }: Standing): Answer | null {
  switch (status) {
    case "new":
    case "error":
      return null;
    case "canceled":
      return action === "cancel"
        ? unchanged("It is canceled already.")
        : refused("It is canceled.");
    case "shipped":
    case "confirmed":
      return refused("It has shipped.");
    case "at_wms":
    case "partial":
      if (action === "cancel") return null;
      return action === "release"
        ? unchanged("The WMS has it.")
        : refused("The WMS has accepted it: all that can be done is to cancel it there.");
  }
}

function whyNotReleased({ on_hold }: Standing): string {
  if (on_hold === "delivery_off")
    return "It is not held by a person: it waits until delivery is turned on for its cart.";
  if (on_hold === "no_warehouse")
    return "It is not held by a person: it waits until its cart has a WMS to send it to.";
  return "It is not held: it will be sent.";
}
