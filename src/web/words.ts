import type { OrderSummary } from "../sync/list-orders.ts";

type Standing = Pick<
  OrderSummary,
  | "status"
  | "sending_canceled"
  | "cancel_wanted"
  | "on_hold"
  | "hold_until"
  | "error_reason"
  | "failed_sends"
  | "next_try_at"
  | "test"
  | "cleared_at"
>;

const holds: Readonly<Record<string, string>> = {
  delivery_off: "delivery is off for this cart",
  no_warehouse: "there is no WMS to send it to",
  reopened: "its cart means it after all",
  released: "it is about to be sent",
  person: "somebody holds it",
  no_longer_passes: "it no longer passes the cart's settings",
  possible_duplicate: "another cart may have the same order",
  ship_date: "it is to ship later",
  wait_time: "its cart gives the customer time to change it",
};

const errors: Readonly<Record<string, string>> = {
  address: "the address has to be mended",
  ship_method: "the ship method has to be mapped",
  code: "an item code has to be mended",
  test_order: "its WMS takes no test orders",
  given_up: "Dray gave up sending it",
};

/** Where an order is, in words for people. */
export const statusInWords = (order: Standing): string =>
  [
    standingInWords(order),
    order.cancel_wanted === "wms" ? "the WMS is asked to call it off" : null,
    order.test ? "test order" : null,
    order.cleared_at === null ? null : "cleared",
  ]
    .filter((words) => words !== null)
    .join(", ");

function standingInWords(order: Standing): string {
  switch (order.status) {
    case "new":
      if (order.sending_canceled) return "New, will not be sent";
      if (order.on_hold !== null) {
        const until = order.hold_until === null ? "" : `, until ${timeInWords(order.hold_until)}`;
        return `Waits: ${holds[order.on_hold] ?? order.on_hold}${until}`;
      }
      if (order.failed_sends > 0) return "New, sending failed and will be tried again";
      if (order.next_try_at !== null)
        return `New, will be sent at ${timeInWords(order.next_try_at)}`;
      return "New, will be sent";
    case "error":
      return `Needs a person: ${errors[order.error_reason ?? ""] ?? order.error_reason ?? "see its timeline"}`;
    case "at_wms":
      return "At the WMS";
    case "partial":
      return "Partly shipped";
    case "shipped":
      return "Shipped";
    case "confirmed":
      return "Confirmed";
    case "canceled":
      return "Canceled";
  }
}

/** `2026-11-21 10:02 UTC` */
export const timeInWords = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
