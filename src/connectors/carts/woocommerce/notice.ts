import { sha256 } from "../../../platform/hash.ts";
import type { ShipmentNotice } from "../../contract.ts";
import type { WooFulfillment, WooNote } from "./wire.ts";

/** Our shipment id on the shop's fulfillment. */
const shipmentKey = "_dray_shipment";
const trackingKey = "_tracking_number";

/** The keys by which WooCommerce knows carriers, by their names; any other is `other` with its name. */
const providers: ReadonlyMap<string, string> = new Map([
  ...[
    "ups",
    "usps",
    "fedex",
    "dhl",
    "dpd",
    "gls",
    "royal-mail",
    "canada-post",
    "australia-post",
    "amazon-logistics",
    "an-post",
    "parcelforce",
  ].map((key) => [key, key] as const),
  ["dhl-express", "dhl"],
  ["dhl-ecommerce", "dhl"],
  ["evri", "evri-hermes"],
  ["la-poste", "la-poste-colissimo"],
  ["colissimo", "la-poste-colissimo"],
  ["lasership", "lasership-ontrac"],
  ["ontrac", "lasership-ontrac"],
]);

const providerOf = (carrier: string): Record<string, unknown> => {
  const name = carrier
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  const key = providers.get(name);
  return key
    ? { _shipment_provider: key }
    : { _shipment_provider: "other", _provider_name: carrier.trim() };
};

const itemsOf = ({ lines }: ShipmentNotice) =>
  lines
    .filter((line) => /^\d+$/.test(line.line_id))
    .map((line) => ({ item_id: Number(line.line_id), qty: line.quantity }));

/** Whether any of it is an item of the shop's order: a fulfillment without items is refused. */
export const hasItems = (notice: ShipmentNotice): boolean => itemsOf(notice).length > 0;

/** What the fulfillment says, by meta key. Lines without a WooCommerce item id are left out. */
const metaOf = (notice: ShipmentNotice): Record<string, unknown> => ({
  ...(notice.tracking_number === null ? {} : { [trackingKey]: notice.tracking_number }),
  ...(notice.carrier === null ? {} : providerOf(notice.carrier)),
  ...(notice.tracking_url === null ? {} : { _tracking_url: notice.tracking_url }),
  _items: itemsOf(notice),
  [shipmentKey]: notice.shipment_id,
});

const ours = new Set([
  trackingKey,
  "_shipment_provider",
  "_provider_name",
  "_tracking_url",
  "_items",
  shipmentKey,
]);

/**
 * The body of a create or, with `existing`, of an update. WooCommerce removes the meta that an
 * update does not repeat, so what others wrote there is sent along.
 */
export const fulfillmentBody = (
  notice: ShipmentNotice,
  existing: WooFulfillment | null = null,
): object => {
  const before = existing?.meta_data ?? [];
  const idOf = new Map(before.map(({ key, id }) => [key, id]));
  const mine = Object.entries(metaOf(notice)).map(([key, value]) => {
    const id = idOf.get(key);
    return id == null ? { key, value } : { id, key, value };
  });
  const others = before.filter(({ key }) => !ours.has(key));
  return { status: "fulfilled", is_fulfilled: true, meta_data: [...mine, ...others] };
};

/** Whether the shop shows exactly this notice already, so that nothing need be sent or mailed. */
export const saysTheSame = (existing: WooFulfillment, notice: ShipmentNotice): boolean => {
  const wanted = metaOf(notice);
  const shown = new Map(existing.meta_data.map(({ key, value }) => [key, value]));
  return (
    existing.is_fulfilled !== false &&
    [...ours].every((key) => comparable(shown.get(key)) === comparable(wanted[key]))
  );
};

const comparable = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (!Array.isArray(value)) return String(value);
  return value
    .map((item: unknown) => {
      const { item_id, qty } = item as { item_id?: unknown; qty?: unknown };
      return `${String(item_id)}:${String(qty)}`;
    })
    .toSorted()
    .join(",");
};

/** The fulfillment that is this shipment: by our mark, else by a tracking number nobody else's mark claims; an empty mark is nobody's. */
export const matchFulfillment = (
  all: readonly WooFulfillment[],
  notice: ShipmentNotice,
): WooFulfillment | null => {
  const live = all.filter((one) => !one.date_deleted);
  const value = (one: WooFulfillment, key: string): unknown =>
    one.meta_data.find((meta) => meta.key === key)?.value;
  return (
    live.find((one) => value(one, shipmentKey) === notice.shipment_id) ??
    live.find(
      (one) =>
        notice.tracking_number !== null &&
        value(one, trackingKey) === notice.tracking_number &&
        (value(one, shipmentKey) ?? null) === null,
    ) ??
    null
  );
};

/** Changes with whatever a customer would want to know again. */
const fingerprint = (notice: ShipmentNotice): string =>
  sha256(
    JSON.stringify([
      notice.tracking_number,
      notice.tracking_url,
      notice.carrier,
      notice.service,
      notice.lines.map((line) => [line.line_id, line.quantity]),
    ]),
  ).slice(0, 8);

/** A note for the shop and its customer. The last line is how we find it again. */
export const noteText = (notice: ShipmentNotice, kind: "first" | "corrected" | "void"): string => {
  const by = [notice.carrier, notice.service].filter(Boolean).join(" ");
  if (kind === "void") {
    const which = notice.tracking_number ? `tracking number ${notice.tracking_number}` : by;
    return [
      `The shipment${which ? ` with ${which}` : ""} was called off: please disregard it.`,
      `Reference: ${notice.shipment_id}-void`,
    ].join("\n");
  }
  const items = notice.lines.map((line) => `${line.quantity} × ${line.sku || line.line_id}`);
  return [
    kind === "corrected" ? "Corrected shipping details, in place of those sent before." : null,
    `Shipped${by ? ` with ${by}` : ""}.`,
    notice.tracking_number ? `Tracking number: ${notice.tracking_number}` : null,
    notice.tracking_url ? `Follow it here: ${notice.tracking_url}` : null,
    items.length > 0 ? `Items: ${items.join(", ")}` : null,
    `Reference: ${notice.shipment_id}-${fingerprint(notice)}`,
  ]
    .filter((part) => part !== null)
    .join("\n");
};

/** The newest note about this shipment and what it says; null when there is none. */
export const matchNote = (
  notes: readonly WooNote[],
  notice: ShipmentNotice,
): { id: number; says: "same" | "other" | "void" } | null => {
  const marked = notes
    .map(({ id, note }) => ({ id, mark: /Reference: (\S+)-([0-9a-f]{8}|void)\b/.exec(note) }))
    .filter(({ mark }) => mark?.[1] === notice.shipment_id)
    .toSorted((a, b) => b.id - a.id)[0];
  if (!marked) return null;
  const state = marked.mark?.[2];
  const says = state === "void" ? "void" : state === fingerprint(notice) ? "same" : "other";
  return { id: marked.id, says };
};
