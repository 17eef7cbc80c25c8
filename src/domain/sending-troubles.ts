import type { AlertDetails } from "./alert-rules.ts";
import { kindOfFailure, type Cause } from "./alerts.ts";
import type { DeliverySettlement, SendResult } from "./delivery.ts";
import { methodKey } from "./ship-methods.ts";

/** What is known of an order that was to be sent. */
export interface SentOrder {
  order_id: string;
  cart_id: string;
  wms_id: string;
  /** What its cart calls its ship method; see `methodOf`. */
  method: string;
  details: AlertDetails;
}

/**
 * What is wrong with an order after an attempt to send it: nothing once the WMS has it. The WMS's own
 * words stand in `message`.
 */
export function troublesOf(
  order: SentOrder,
  result: SendResult,
  { progress }: DeliverySettlement,
): Cause[] {
  if (result.kind === "accepted" || result.kind === "stopped") return [];
  if (result.kind === "held") return [...result.causes];
  const { message } = result;
  const about = (kind: "given_up" | "refused" | "test_order" | "address"): Cause => ({
    kind,
    parts: [order.order_id],
    message,
    details: order.details,
  });
  if (progress.state === "given_up") return [about("given_up")];
  if (result.kind === "failed") {
    const kind = kindOfFailure(result.failure);
    return kind === null
      ? [about("refused")]
      : [
          {
            kind,
            parts: [order.wms_id],
            message,
            details: pick(order.details, "connection", "connector"),
          },
        ];
  }
  const details = { ...order.details, refused: 1 };
  switch (result.code) {
    case "other":
      return [about("refused")];
    case "address":
    case "test_order":
      return [{ ...about(result.code), message: result.code === "address" ? message : null }];
    case "ship_method":
      return [
        {
          kind: "ship_method",
          parts: [order.cart_id, methodKey(order.method)],
          message,
          details: {
            ...pick(order.details, "cart", "connector"),
            method: order.method,
            refused: 1,
          },
        },
      ];
    case "code":
      return [{ kind: "line_code", parts: [order.order_id], message, details }];
  }
}

const pick = (details: AlertDetails, ...names: string[]): AlertDetails =>
  Object.fromEntries(Object.entries(details).filter(([name]) => names.includes(name)));
