import type { AlertKind } from "../domain/alerts.ts";

/** What alerts of a kind are called together. */
export const kindWords: Record<AlertKind, string> = {
  ship_method: "Ship methods without a mapping",
  code: "Codes of no product",
  line_code: "Lines without a right code",
  duplicate_code: "Codes of several products",
  address: "Addresses",
  refused: "Orders that the WMS does not take",
  given_up: "Orders that were given up",
  test_order: "Test orders",
  changed_after_sending: "Orders changed after they were sent",
  too_late_to_cancel: "Orders called off too late",
  kept_in_cart: "Orders called off that their cart keeps",
  possible_duplicate: "Possible duplicates",
  tracking: "Tracking that a cart does not take",
  tracking_given_up: "Tracking that was given up",
  stock: "Stock that a cart does not take",
  unauthorized: "Rejected credentials",
  unavailable: "Connections that are not available",
  timed_out: "Connections that do not answer",
  throttled: "Connections that ask us to slow down",
  bad_response: "Connections that answer what nobody can read",
  bad_request: "Connections that refuse what they are asked",
  no_contact: "Nobody to tell",
  dead_letter: "Faults of Dray's own",
};
