/** One step in an order's life, for people. Kept as JSON on the order, oldest first. */
export interface TimelineEntry {
  /** Milliseconds, UTC. */
  at: number;
  event:
    | "loaded"
    | "changed_in_cart"
    | "changed_after_sending"
    | "canceled_in_cart"
    | "reopened_in_cart"
    | "released"
    | "send_failed"
    | "sent"
    | "refused"
    | "check_failed"
    | "noted"
    | "resent"
    | "given_up"
    | "shipped"
    | "shipment_corrected"
    | "shipment_voided"
    | "closed_short"
    | "confirmed"
    | "confirm_failed"
    | "withdrawn"
    | "no_longer_passes"
    | "passes_again"
    | "noted_in_cart"
    | "linked"
    | "held"
    | "edited"
    | "sending_canceled"
    | "cancel_asked"
    | "canceled"
    | "canceled_at_wms"
    | "canceled_by_wms"
    | "cancel_failed"
    | "too_late_to_cancel"
    | "cleared"
    | "restored"
    | "redacted";
  /** One plain sentence; the other system's own words stand in quotation marks. */
  text: string;
  /** Who did it, for what a person or an API key did. */
  by?: string;
}
