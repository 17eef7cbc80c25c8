import type { AlertDetails } from "./alert-rules.ts";
import type { Attempt } from "./delivery.ts";
import type { Edits } from "./edits.ts";
import type { FailedCheck } from "./filters.ts";
import type { Address, Order, OrderLine } from "./order.ts";
import type { ShipmentBody } from "./shipping.ts";
import type { TimelineEntry } from "./timeline.ts";

/**
 * Takes customers' data out of what is stored of an order. What stays is listed, so that a field which
 * comes later goes until somebody decides otherwise: `docs/keeping.md` says why. Pure; doing it again
 * changes nothing.
 */

const GONE = "[removed]";

const keptFields = [
  "number",
  "ship_is_billing",
  "ship_code",
  "ship_code_description",
  "carrier",
  "weight_g",
  "location",
  "order_date",
  "requested_ship_date",
  "expected_delivery_date",
  "latest_ship_date",
  "currency",
  "sub_total",
  "order_discount",
  "sales_tax",
  "shipping_handling",
  "grand_total",
  "balance",
  "tax_exempt",
  "gift_wrap",
  "promo_code",
  "order_source",
  "media_week",
  "cart_lines",
] as const satisfies readonly (keyof Order)[];

/** All of a line but what somebody wrote about it. */
const goneOfLine = ["comment", "extra_fields"] as const satisfies readonly (keyof OrderLine)[];

export function redactOrder(order: Order): Order {
  return {
    ...only(order, keptFields),
    ship_to: redactAddress(order.ship_to),
    ...(order.bill_to ? { bill_to: redactAddress(order.bill_to) } : {}),
    lines: order.lines.map((line) => without(line, goneOfLine)),
  };
}

const redactAddress = (address: Address): Address => only(address, ["country", "state"]);

const keptPaths = new Set<string>([...keptFields, "ship_to.country", "ship_to.state"]);

/** What was edited stays by its path, so that it is still known that it was; null: nothing was. */
export function redactEdits(edits: Edits): Edits | null {
  const redacted = Object.entries(edits).map(([path, edit]) => [
    path,
    keptPaths.has(path) || path.startsWith("lines.") ? edit : { value: null, cart: null },
  ]);
  return redacted.length === 0 ? null : (Object.fromEntries(redacted) as Edits);
}

/** What Dray says in its own words, or of statuses, references, SKUs and tracking numbers. */
const plainEvents: ReadonlySet<TimelineEntry["event"]> = new Set([
  "loaded",
  "changed_in_cart",
  "canceled_in_cart",
  "reopened_in_cart",
  "released",
  "sent",
  "resent",
  "shipped",
  "shipment_corrected",
  "shipment_voided",
  "closed_short",
  "confirmed",
  "passes_again",
  "linked",
  "held",
  "sending_canceled",
  "cancel_asked",
  "canceled",
  "canceled_at_wms",
  "cleared",
  "restored",
  "redacted",
]);

/** Of what quotes an address or another system: that it happened. */
const whatHappened: Partial<Record<TimelineEntry["event"], string>> = {
  changed_after_sending: "Changed in the cart after it was sent.",
  noted_in_cart: "Changed in the cart after it shipped.",
  edited: "Edited.",
  no_longer_passes: "It no longer passes the cart's settings.",
  send_failed: "Sending failed.",
  check_failed: "It was not sent: something of it was not in order.",
  noted: "Something of it was doubtful.",
  refused: "The WMS refused it.",
  given_up: "Given up.",
  confirm_failed: "The cart did not take a shipment.",
  withdrawn: "A shipment was voided.",
  cancel_failed: "The cart did not call it off.",
  too_late_to_cancel: "Too late to cancel.",
  canceled_by_wms: "The WMS called it off.",
};

export const redactTimeline = (timeline: readonly TimelineEntry[]): TimelineEntry[] =>
  timeline.map((entry) =>
    plainEvents.has(entry.event)
      ? entry
      : { ...entry, text: whatHappened[entry.event] ?? "What this said was taken out." },
  );

/** Attempts without the other system's words. */
export const redactAttempts = (attempts: readonly Attempt[]): Attempt[] =>
  attempts.map((attempt) => without(attempt, ["message"]));

const privateParameter = /zip|post|plz|code|city|name|mail|phone|street|addr|country/i;

/** A tracking number stays; an address that says where the parcel goes loses what it says. */
export function redactShipment(body: ShipmentBody): ShipmentBody {
  const { tracking_url } = body;
  const [base = "", query] = (tracking_url ?? "").split("?", 2);
  if (query === undefined) return body;
  const kept = query
    .split("&")
    .filter((pair) => !privateParameter.test(pair.split("=", 1)[0] ?? ""))
    .join("&");
  return { ...body, tracking_url: kept === "" ? base : `${base}?${kept}` };
}

/** Fields whose value says nothing about who ordered. */
const plainFields = new Set<string>([
  ...keptFields,
  "order_status",
  "payment_status",
  "fulfilment_status",
  "sku",
  "total",
  "weight",
  "source_channel",
  "ship_method",
  "country",
  "state",
  "ship_to.country",
  "ship_to.state",
  "bill_to.country",
  "bill_to.state",
]);

/** What a skipped order had where it did not fit. What was expected is the merchant's setting, and stays. */
export const redactChecks = (checks: readonly FailedCheck[]): FailedCheck[] =>
  checks.map((check) => (plainFields.has(check.field) ? check : { ...check, actual: GONE }));

/** A row of a file that was refused, without its cells: they may be in the reason too. */
export const redactRefusal = ([row, reason]: readonly [number, string, ...string[]]): [
  number,
  string,
] => {
  const column = /^column "[^"]*": /.exec(reason)?.[0] ?? "";
  return reason.slice(column.length).includes('"') ? [row, `${column}${GONE}`] : [row, reason];
};

const plainDetails = new Set(
  "order_number cust_ref cart connection line line_id field queue refused".split(" "),
);

export const redactDetails = (details: AlertDetails): AlertDetails =>
  Object.fromEntries(Object.entries(details).filter(([name]) => plainDetails.has(name)));

const only = <T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> =>
  Object.fromEntries(
    Object.entries(from).filter(([name]) => names.some((kept) => kept === name)),
  ) as Pick<T, K>;

const without = <T extends object>(from: T, names: readonly (keyof T)[]): T =>
  Object.fromEntries(
    Object.entries(from).filter(([name]) => !names.some((gone) => gone === name)),
  ) as T;
