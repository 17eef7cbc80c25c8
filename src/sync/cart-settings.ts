import type { SourceChange, StatusChoice } from "../connectors/contract.ts";
import { connectorById } from "../connectors/registry.ts";
import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import { NO_ITEM_FILTER, type ItemFilter, type OrderFilter } from "../domain/filters.ts";
import type { ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import { jobRules } from "../domain/jobs.ts";
import { cartPolicyShape, type CartPolicy } from "../domain/policy.ts";
import { codeKey, isNamed } from "../domain/product.ts";
import {
  settingWarnings,
  statusKinds,
  type SettingWarning,
  type StatusKind,
} from "../domain/setting-warnings.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import { readItemFilter } from "../store/item-filters.ts";
import { readJob } from "../store/jobs.ts";
import { hasAliases } from "../store/products.ts";
import { changeConnection, type ConnectionChange } from "./change-connection.ts";
import type { Deps } from "./deps.ts";
import { chosenWms } from "./intake-cart.ts";
import { iso } from "./list-orders.ts";

/** A cart's settings as people see and change them; its filters are apart. */
export interface ShownSettings extends Omit<
  CartPolicy,
  "filters" | "earliest_order_at" | "former_references"
> {
  earliest_order_at: string;
  /** When its orders are downloaded. */
  download: { on: boolean; interval_minutes: number };
}

export interface ShownCart {
  settings: ShownSettings;
  /** What there is to choose from. Shops may have further statuses. */
  choices: Record<StatusKind, readonly StatusChoice[]> & {
    download: { interval_minutes: readonly number[] };
    wms_id: readonly { value: string; label: string }[];
  };
  /** Which changes of an order the download notices; none for a cart that pushes its orders. */
  sees: readonly SourceChange[];
  /** It sends its orders, and cannot be asked for them. */
  pushes: boolean;
  warnings: readonly SettingWarning[];
}

/** What a change of a cart's settings or filters brought about. */
export interface CartChanged {
  /** Orders that waited for delivery; null: it is off, or was not touched. */
  released: number | null;
  /** The task that looks at the skipped orders again; null: none is needed. */
  recheck: TaskId | null;
}

/** What of a cart is not as it is stored, but as it is wanted. */
export interface WantedCart {
  policy?: CartPolicy;
  items?: ItemFilter;
}

interface ReadCart {
  connection: Connection;
  policy: CartPolicy;
  items: ItemFilter;
  all: readonly Connection[];
}

async function readCart(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<ReadCart> {
  const db = await deps.databases.of(merchantId);
  const [all, items] = await Promise.all([
    listConnections(db, merchantId),
    readItemFilter(db, merchantId, cartId),
  ]);
  const connection = all.find(({ id, side }) => id === cartId && side === "cart");
  if (!connection) throw new DrayError("not_found", "No such cart");
  const policy = cartPolicyShape.parse(connection.policy);
  return { connection, policy, items: items ?? NO_ITEM_FILTER, all };
}

/** A cart's settings, what there is to choose from, and what looks wrong. Throws `not_found`. */
export async function showCartSettings(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<ShownCart> {
  const cart = await readCart(deps, merchantId, cartId);
  const { filters: _, former_references: __, earliest_order_at, ...policy } = cart.policy;
  const connector = cartConnector(deps, cart.connection);
  const job = await downloadOf(deps, cart.connection);
  const download = { on: job?.enabled ?? false, interval_minutes: job?.interval_minutes ?? 0 };
  const wms = cart.all.filter(({ side }) => side === "wms");
  return {
    settings: { ...policy, earliest_order_at: iso(earliest_order_at), download },
    choices: {
      order_statuses: connector?.filterValues.order ?? [],
      payment_statuses: connector?.filterValues.payment ?? [],
      fulfilment_statuses: connector?.filterValues.fulfilment ?? [],
      download: { interval_minutes: jobRules["order-download"].intervals },
      wms_id: wms.map(({ id, name }) => ({ value: id, label: name })),
    },
    sees: connector?.sees ?? [],
    pushes: connector !== null && connector.orders === undefined,
    warnings: await warningsOf(deps, cart, download.on, {}),
  };
}

/** A cart's order filters. Throws `not_found`. */
export async function showFilters(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<{ filters: readonly OrderFilter[]; warnings: readonly SettingWarning[] }> {
  const cart = await readCart(deps, merchantId, cartId);
  return { filters: cart.policy.filters, warnings: await warningsFor(deps, cart) };
}

/** A cart's item filter. Throws `not_found`. */
export async function showItemFilter(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<ItemFilter & { warnings: readonly SettingWarning[] }> {
  const cart = await readCart(deps, merchantId, cartId);
  return { ...cart.items, warnings: await warningsFor(deps, cart) };
}

/** What looks wrong about a cart's settings and filters, or about those that are wanted. Throws `not_found`. */
export async function cartWarnings(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  wanted: WantedCart = {},
): Promise<readonly SettingWarning[]> {
  return warningsFor(deps, await readCart(deps, merchantId, cartId), wanted);
}

async function warningsFor(
  deps: Deps,
  cart: ReadCart,
  wanted: WantedCart = {},
): Promise<readonly SettingWarning[]> {
  const job = await downloadOf(deps, cart.connection);
  return warningsOf(deps, cart, job?.enabled ?? false, wanted);
}

const downloadOf = async (deps: Deps, { merchant_id, id }: Connection) =>
  readJob(await deps.databases.of(merchant_id), merchant_id, id, "order-download");

function cartConnector(deps: Deps, { connector }: Connection) {
  const found = connectorById(deps.connectors, connector);
  return found?.side === "cart" ? found : null;
}

/** The settings that name an alias which no product has; asked only where one is named. */
async function unknownAliases(
  deps: Deps,
  { merchant_id }: Connection,
  policy: CartPolicy,
): Promise<("item_code_in" | "item_code_out")[]> {
  const named = (["item_code_in", "item_code_out"] as const).filter((path) => {
    const name = policy[path];
    return name !== null && !isNamed({ kind: null }, name);
  });
  if (named.length === 0) return [];
  const db = await deps.databases.of(merchant_id);
  const found = await Promise.all(
    named.map((path) => hasAliases(db, merchant_id, policy[path] ?? "")),
  );
  return named.filter((_, at) => !found[at]);
}

async function warningsOf(
  deps: Deps,
  cart: ReadCart,
  isOn: boolean,
  { policy = cart.policy, items = cart.items }: WantedCart,
): Promise<SettingWarning[]> {
  const { connection, all } = cart;
  const connector = cartConnector(deps, connection);
  const values = connector?.filterValues;
  const known = {
    order_statuses: values?.order ?? [],
    payment_statuses: values?.payment ?? [],
    fulfilment_statuses: values?.fulfilment ?? [],
  };
  return settingWarnings({
    policy,
    items,
    known: Object.fromEntries(
      statusKinds.map((kind) => [kind, known[kind].map(({ value }) => value)]),
    ) as Record<StatusKind, string[]>,
    downloads: connector?.orders === undefined ? null : isOn,
    paused: connection.paused,
    needs_reauth: connection.health === "needs_reauth",
    wms: whereTo(all, policy.wms_id),
    unknown_aliases: await unknownAliases(deps, connection, policy),
    now: deps.clock.now(),
  });
}

function whereTo(all: readonly Connection[], chosen: string | null) {
  if (chosenWms(all, chosen) !== null) return "found";
  const count = all.filter(({ side }) => side === "wms").length;
  if (count === 0) return "none";
  return chosen === null ? "several" : "gone";
}

/**
 * Changes a cart's settings or filters, audited; what is not given stays. Takes effect at the next
 * download, and skipped orders are looked at again where it may matter to them. Throws `not_found`,
 * `invalid` with the fields, and `conflict` when somebody else was faster.
 */
export async function changeCart(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  change: Pick<ConnectionChange, "policy" | "item_filter"> & {
    download?: { on?: boolean | undefined; interval_minutes?: number | undefined } | undefined;
  },
  by: Actor,
): Promise<CartChanged> {
  await readCart(deps, merchantId, cartId);
  const { download, policy, item_filter } = change;
  const wanted: ConnectionChange = {
    ...(policy ? { policy } : {}),
    ...(item_filter ? { item_filter: withoutRepeats(item_filter) } : {}),
    ...(download ? { jobs: { "order-download": download } } : {}),
  };
  try {
    const { released, recheck } = await changeConnection(deps, merchantId, cartId, wanted, by);
    return { released, recheck };
  } catch (error) {
    throw error instanceof DrayError ? asSettings(error) : error;
  }
}

/** The refusal of a connection's change in the words of a cart's settings. */
export const asSettings = ({ code, message, fields }: DrayError, under = ""): DrayError =>
  new DrayError(
    code,
    message,
    fields.map((field) => ({
      ...field,
      path: field.path
        .replace(/^policy\./, under)
        .replace(/^jobs\.order-download\./, `${under}download.`),
    })),
  );

/** Upper and lower case are the same SKU. */
function withoutRepeats(
  wanted: NonNullable<ConnectionChange["item_filter"]>,
): (stored: ItemFilter) => ItemFilter {
  return (stored) => {
    const filter = typeof wanted === "function" ? wanted(stored) : wanted;
    const skus = new Map(filter.skus.map((sku) => [codeKey(sku), sku.trim()]));
    return { ...filter, skus: [...skus.values()] };
  };
}
