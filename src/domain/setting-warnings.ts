import type { ItemFilter, OrderFilter } from "./filters.ts";
import type { CartPolicy } from "./policy.ts";

/** Something about a cart's settings that people should look at; nothing is refused for it. */
export interface SettingWarning {
  /** The setting, such as `order_statuses` or `filters.2`. */
  path: string;
  message: string;
}

/** What a cart's settings are held against. */
export interface CartSituation {
  policy: CartPolicy;
  items: ItemFilter;
  /** The values that the connector knows of each kind of status. */
  known: Readonly<Record<StatusKind, readonly string[]>>;
  /** Whether the order download is on; null for a cart that pushes its orders. */
  downloads: boolean | null;
  paused: boolean;
  needs_reauth: boolean;
  /** Where the orders would go. */
  wms: "found" | "none" | "several" | "gone";
  now: number;
}

export const statusKinds = ["order_statuses", "payment_statuses", "fulfilment_statuses"] as const;
export type StatusKind = (typeof statusKinds)[number];

const calledOff = /^(wc-)?(cancell?ed|refunded|failed|trash(ed)?|void(ed)?|declined|(.*-)?draft)$/i;

/** What of a cart's settings would load nothing, send nothing, or is not what it seems. Pure. */
export function settingWarnings(situation: CartSituation): SettingWarning[] {
  return [
    ...connectionWarnings(situation),
    ...statusWarnings(situation),
    ...dateWarnings(situation),
    ...filterWarnings(situation.policy.filters),
    ...itemWarnings(situation.items),
    ...sendingWarnings(situation),
  ];
}

function connectionWarnings({ paused, needs_reauth, downloads }: CartSituation): SettingWarning[] {
  const found: SettingWarning[] = [];
  if (paused)
    found.push({ path: "connection", message: "The connection is paused: nothing is downloaded." });
  if (needs_reauth)
    found.push({
      path: "connection",
      message: "The cart refused the credentials: nothing is downloaded until they are replaced.",
    });
  if (downloads === false)
    found.push({ path: "download.on", message: "The order download is off: nothing is loaded." });
  return found;
}

function statusWarnings({ policy, known }: CartSituation): SettingWarning[] {
  const found: SettingWarning[] = [];
  const { order_statuses: taken } = policy;
  if (taken.length > 0 && taken.every((status) => calledOff.test(status)))
    found.push({
      path: "order_statuses",
      message: "Orders with these statuses were called off: none of them is loaded.",
    });
  for (const kind of statusKinds)
    for (const status of policy[kind])
      if (!known[kind].includes(status))
        found.push({
          path: kind,
          message: `The shop's connector does not know the status "${status}".`,
        });
  return found;
}

const dateWarnings = ({ policy, now }: CartSituation): SettingWarning[] =>
  policy.earliest_order_at <= now
    ? []
    : [
        {
          path: "earliest_order_at",
          message: "The earliest order date is still to come: no order is loaded before it.",
        },
      ];

/** An order may have several tags, so that several required ones may all be there. */
const isOne = ({ field }: OrderFilter): boolean => field !== "tag" && field !== "customer_tag";
const isWhole = ({ match }: OrderFilter): boolean => match === "whole";

const normal = (value: string): string => {
  const text = value.trim().toLowerCase();
  return /^\d+\.\d+$/.test(text) ? String(Number(text)) : text;
};

const common = (one: OrderFilter, other: OrderFilter): string[] => {
  const values = new Set(other.values.map(normal));
  return one.values.filter((value) => values.has(normal(value)));
};

function filterWarnings(filters: readonly OrderFilter[]): SettingWarning[] {
  return filters.flatMap((filter, at) =>
    filters.flatMap((other, before): SettingWarning[] => {
      if (before >= at || filter.field !== other.field) return [];
      const message = contradiction(filter, other);
      return message === null ? [] : [{ path: `filters.${at}`, message }];
    }),
  );
}

/** What two filters of the same field rule out together, or null. */
function contradiction(one: OrderFilter, other: OrderFilter): string | null {
  const { field } = one;
  if (one.mode === "required" && other.mode === "required") {
    if (isWhole(one) && isWhole(other) && isOne(one) && common(one, other).length === 0)
      return `Two filters require ${field} to be different values: no order passes both.`;
    const [low, high] = one.match === "at_least" ? [one, other] : [other, one];
    return low.match === "at_least" &&
      high.match === "at_most" &&
      Math.min(...low.values.map(Number)) > Math.max(...high.values.map(Number))
      ? `Two filters require ${field} to be larger and smaller than it can be at once: no order passes both.`
      : null;
  }
  if (one.mode === other.mode || !isWhole(one) || !isWhole(other)) return null;
  const [required, restricted] = one.mode === "required" ? [one, other] : [other, one];
  const both = common(required, restricted);
  if (both.length === 0) return null;
  return both.length === required.values.length
    ? `Everything that is required of ${field} is restricted as well: no order passes both filters.`
    : `${both[0]} is required and restricted for ${field}: orders with it are not loaded.`;
}

const itemWarnings = ({ mode, skus }: ItemFilter): SettingWarning[] =>
  mode === "allow" && skus.length === 0
    ? [{ path: "item_filters.skus", message: "The allow list has no SKU: no line is taken." }]
    : [];

function sendingWarnings({ policy, wms }: CartSituation): SettingWarning[] {
  const found: SettingWarning[] = [];
  if (!policy.delivery)
    found.push({ path: "delivery", message: "Delivery is off: orders are loaded and wait." });
  if (wms !== "found") found.push({ path: "wms_id", message: wmsWords[wms] });
  return found;
}

const wmsWords = {
  none: "There is no WMS: orders are loaded and wait for one.",
  several: "There are several WMS connections and none is chosen: orders are loaded and wait.",
  gone: "The WMS that was chosen does not exist: orders are loaded and wait.",
} as const;
