import { NO_ITEM_FILTER, itemRules } from "../domain/filters.ts";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import type { IncomingOrder, UnreadableOrder } from "../domain/incoming.ts";
import type { KnownOrder } from "../domain/intake.ts";
import { partsOf } from "../domain/parts.ts";
import { codeKey } from "../domain/product.ts";
import { stableId } from "../platform/ids.ts";
import { rarities, tombstonesOf } from "../store/cleared-orders.ts";
import { knownCodes } from "../store/products.ts";
import { knownOrders } from "../store/orders.ts";
import type { Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { giveReferences } from "./give-references.ts";
import { sortArrivals, type Arrival, type Arrivals, type IntakeCart } from "./sort-arrivals.ts";
import { adopted, NO_STAND_INS, standInsBySource, standInsOf } from "./stand-ins.ts";

/** What a cart showed. `gone`: source ids that the cart no longer has. */
export interface Shown {
  items: readonly (IncomingOrder & { is_test?: boolean })[];
  skipped: readonly UnreadableOrder[];
  gone?: readonly string[];
}

/** The id of an order, made of what identifies it: loading it again finds its row. */
export const orderIdOf = (
  cartId: ConnectionId,
  sourceId: string,
  part = 1,
  period?: string,
): OrderId =>
  period === undefined
    ? stableId("ord", cartId, sourceId, String(part))
    : stableId("ord", cartId, sourceId, String(part), period);

/** What is decided about orders that a cart shows, before anything is stored. */
export interface Judged {
  arrivals: ReadonlyMap<OrderId, Arrival>;
  sorted: Arrivals;
  /** What is stored of them. */
  known: ReadonlyMap<string, KnownOrder>;
  /** Pushed orders of which another order bears a reference, by source id. */
  refused: ReadonlyMap<string, string>;
  /** What becomes of orders that were here already, by hand or by file. */
  adoptions: readonly Statement[];
}

/** Decides about each order that a cart showed; reads, and stores nothing. */
export async function judgeOrders(deps: Deps, cart: IntakeCart, shown: Shown): Promise<Judged> {
  const { merchant_id, cart_id } = cart;
  const db = await deps.databases.of(merchant_id);
  const rare = await rarities(db, merchant_id, cart_id);
  const parts: Arrival[] = shown.items.flatMap((one) => [...partsOf(one)]);
  const ownId = ({ source_id, part, period }: Arrival) =>
    orderIdOf(cart_id, source_id, part, period);
  const standIns = rare.stand_ins ? await standInsOf(db, cart, parts) : NO_STAND_INS;
  const lost = [...shown.skipped.map(({ source_id }) => source_id), ...(shown.gone ?? [])];
  const linked = rare.stand_ins
    ? await standInsBySource(db, cart, lost)
    : new Map<string, OrderId>();
  const idAt = (sourceId: string) => linked.get(sourceId) ?? orderIdOf(cart_id, sourceId);
  const unreadable = new Map(shown.skipped.map((one) => [idAt(one.source_id), one]));
  const gone = (shown.gone ?? []).map(idAt);
  const stoodFor = [...standIns.by.values()].map(({ order_id }) => order_id);
  const ids = [...new Set([...parts.map(ownId), ...stoodFor, ...unreadable.keys(), ...gone])];
  const known = await knownById(db, merchant_id, ids);
  // One that is here of its own needs nothing to stand for it.
  const idOf = (one: Arrival): OrderId =>
    (known.has(ownId(one)) ? undefined : standIns.by.get(one)?.order_id) ?? ownId(one);
  const readable = new Map(parts.map((one) => [idOf(one), one]));
  const tombstones = rare.tombstones
    ? await tombstonesOf(
        db,
        merchant_id,
        ids.filter((id) => !known.has(id)),
      )
    : new Set<string>();
  const now = deps.clock.now();
  const filter = cart.item_filter ?? rare.item_filter ?? NO_ITEM_FILTER;
  const skuOf = filter.mode === "off" ? () => undefined : await skusOf(db, merchant_id, parts);
  const rules = { ...cart, items: itemRules(filter, skuOf) };
  const sorted = sortArrivals(rules, { readable, unreadable, gone }, { known, tombstones }, now);
  const refused = await giveReferences(db, cart, sorted);
  return {
    arrivals: readable,
    sorted,
    known,
    refused,
    adoptions: adopted(cart, standIns, idOf, known, now),
  };
}

/** The products' SKUs of the codes that a cart gives. */
async function skusOf(
  db: D1Database,
  merchantId: MerchantId,
  parts: readonly Arrival[],
): Promise<(code: string) => string | undefined> {
  const codes = new Set(parts.flatMap(({ order }) => order.lines.map(({ sku }) => codeKey(sku))));
  const known = await knownCodes(db, merchantId, [...codes]);
  const skus = new Map(known.map(({ code, sku }) => [code, sku]));
  return (code) => skus.get(codeKey(code));
}

async function knownById(
  db: D1Database,
  merchantId: MerchantId,
  ids: readonly OrderId[],
): Promise<Map<string, KnownOrder>> {
  const found = await knownOrders(db, merchantId, ids);
  return new Map(found.map((order) => [order.id, order]));
}
