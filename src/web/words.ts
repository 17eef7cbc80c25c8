import type { OrderSummary } from "../sync/list-orders.ts";

type Standing = Pick<
  OrderSummary,
  "status" | "sending_canceled" | "on_hold" | "error_reason" | "failed_sends" | "next_try_at"
>;

const holds: Readonly<Record<string, string>> = {
  delivery_off: "delivery is off for this cart",
  no_warehouse: "there is no WMS to send it to",
};

const errors: Readonly<Record<string, string>> = {
  address: "the address has to be mended",
  ship_method: "the ship method has to be mapped",
  code: "an item code has to be mended",
  given_up: "Dray gave up sending it",
};

/** Where an order is, in words for people. */
export function statusInWords(order: Standing): string {
  switch (order.status) {
    case "new":
      if (order.sending_canceled) return "New, will not be sent";
      if (order.on_hold !== null) return `Waits: ${holds[order.on_hold] ?? order.on_hold}`;
      if (order.failed_sends > 0) return "New, sending failed and will be tried again";
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
