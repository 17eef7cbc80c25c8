import { filterWarnings } from "./filter-warnings.ts";
import type { ItemFilter } from "./filters.ts";
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
  /** The settings that name an alias which no product has. */
  unknown_aliases: readonly ("item_code_in" | "item_code_out")[];
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
    ...filterWarnings(situation.policy.filters).map(({ at, message }) => ({
      path: `filters.${at}`,
      message,
    })),
    ...itemWarnings(situation.items),
    ...sendingWarnings(situation),
    ...situation.unknown_aliases.map((path) => ({
      path,
      message: `No product has a code called "${situation.policy[path]}": orders are held for it.`,
    })),
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
  const over = taken.filter((status) => calledOff.test(status));
  const rest = taken.filter((status) => !calledOff.test(status));
  if (over.length > 0 && !rest.some((status) => known.order_statuses.includes(status)))
    found.push({
      path: "order_statuses",
      message:
        rest.length === 0
          ? "Orders with these statuses were called off: none of them is loaded."
          : `Orders with the status ${over.join(" or ")} were called off, and the connector knows none of the others: perhaps nothing is loaded.`,
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
