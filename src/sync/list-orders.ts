import { DrayError } from "../domain/errors.ts";
import { isKept } from "../domain/holds.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { OrderStatus } from "../domain/order.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import { framesOf, numbersMeant, type ReferenceFrame } from "../domain/references.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import {
  findOrderRows,
  listOrderRows,
  readOrderRows,
  type OrderFilter,
} from "../store/order-lists.ts";
import type { OrderDetail } from "../store/orders.ts";
import { shipmentsOf, type ShipmentRow } from "../store/shipments.ts";
import { standingOrders } from "../store/stand-ins.ts";
import type { Deps } from "./deps.ts";

export interface OrderQuery {
  status?: OrderStatus | undefined;
  cart_id?: string | undefined;
  /** The beginning of the number or the reference, as a person types it. */
  number?: string | undefined;
  /** Also those that people cleared. */
  cleared?: boolean | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** An order as lists show it. Times are ISO 8601. */
export interface OrderSummary {
  id: string;
  number: string;
  cust_ref: string;
  cart_id: string;
  source_id: string;
  status: OrderStatus;
  sending_canceled: boolean;
  on_hold: string | null;
  /** When the hold ends by itself. */
  hold_until: string | null;
  error_reason: string | null;
  changed_after_sending: boolean;
  /** Who called it off: `person` or `wms`; null: nobody, or the cart. */
  canceled_by: string | null;
  /** Where it is being called off: `wms` or `cart`. */
  cancel_wanted: string | null;
  too_late_to_cancel: boolean;
  test: boolean;
  /** When a person cleared it. */
  cleared_at: string | null;
  /** When its customer's data was taken out. */
  redacted_at: string | null;
  placed_at: string;
  created_at: string;
  updated_at: string;
  wms_id: string | null;
  wms_order_id: string | null;
  failed_sends: number;
  last_error: string | null;
  /** When it goes, or goes again. */
  next_try_at: string | null;
  tracking_numbers: string[];
}

/** A merchant's orders, newest first; `next` is the cursor of the following page. */
export async function listOrders(
  deps: Deps,
  merchantId: MerchantId,
  query: OrderQuery,
): Promise<{ items: OrderSummary[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const filter = {
    cart_id: query.cart_id ?? null,
    status: query.status ?? null,
    cleared: query.cleared ?? false,
  };
  const rows = query.number
    ? await findByNumber(db, merchantId, query.number, filter, query.limit)
    : await listOrderRows(db, merchantId, {
        ...filter,
        limit: query.limit,
        after: query.cursor ? decodeCursor(query.cursor) : null,
      });
  const shipments = await shipmentsOf(
    db,
    merchantId,
    rows.map(({ id }) => id),
  );
  const byOrder = Map.groupBy(shipments, ({ order_id }) => order_id);
  const last = rows.at(-1);
  return {
    items: rows.map((row) => summaryOf(row, byOrder.get(row.id) ?? [])),
    next:
      last && !query.number && rows.length === query.limit
        ? `${last.created_at}.${last.cust_ref}`
        : null,
  };
}

/**
 * Orders by what a person types: the beginning of the reference, of the number that a cart's prefix
 * stands or stood before, or of the number of a cart's order that one by hand stands for.
 */
async function findByNumber(
  db: D1Database,
  merchantId: MerchantId,
  number: string,
  filter: OrderFilter,
  limit: number,
): Promise<OrderDetail[]> {
  const all = await listConnections(db, merchantId);
  const carts = all.filter(({ side }) => side === "cart");
  const frames = cartFrames(all);
  const prefixes = ["", ...frames.map(({ reference_prefix }) => reference_prefix)];
  const beginnings = numbersMeant(number, frames).flatMap((one) =>
    prefixes.map((prefix) => prefix + one),
  );
  const found = await Promise.all(
    [...new Set(beginnings)].map((text) => findOrderRows(db, merchantId, text, filter, limit)),
  );
  const ids = carts.map(({ id }) => id);
  const standing = await standingOrders(db, merchantId, ids, number, limit);
  if (standing.length > 0) found.push(await readOrderRows(db, merchantId, standing, filter));
  return [...new Map(found.flat().map((row) => [row.id, row])).values()].slice(0, limit);
}

/** What a merchant's carts write around a number, now and before. */
export const cartFrames = (all: readonly Connection[]): ReferenceFrame[] =>
  all
    .filter(({ side }) => side === "cart")
    .flatMap(({ policy }) => framesOf(cartPolicyShape.parse(policy)));

/** The fields that lists and the single order share. */
export function summaryOf(row: OrderDetail, shipments: readonly ShipmentRow[]): OrderSummary {
  return {
    id: row.id,
    number: row.number,
    cust_ref: row.cust_ref,
    cart_id: row.cart_id,
    source_id: row.source_id,
    status: row.status,
    sending_canceled: row.sending_canceled,
    // A canceled order keeps a person's hold, should its cart mean it after all.
    on_hold: row.status === "canceled" ? null : row.on_hold,
    hold_until: row.hold_until !== null && isKept(row.on_hold) ? iso(row.hold_until) : null,
    error_reason: row.error_reason,
    changed_after_sending: row.changed_after_sending,
    canceled_by: row.canceled_by,
    cancel_wanted: row.cancel_wanted,
    too_late_to_cancel: row.too_late_to_cancel,
    test: row.is_test,
    cleared_at: isoOrNull(row.cleared_at),
    redacted_at: isoOrNull(row.redacted_at),
    placed_at: iso(row.placed_at),
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
    wms_id: row.wms_id,
    wms_order_id: row.wms_order_id,
    failed_sends: row.failed_sends ?? 0,
    last_error: row.last_error,
    next_try_at: isoOrNull(row.next_at ?? row.goes_at),
    tracking_numbers: shipments
      .filter(({ voided }) => !voided)
      .flatMap(({ body }) => (body.tracking_number ? [body.tracking_number] : [])),
  };
}

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

function decodeCursor(cursor: string): { created_at: number; cust_ref: string } {
  const match = /^(\d+)\.(.+)$/s.exec(cursor);
  if (!match?.[1] || !match[2])
    throw new DrayError("invalid", "This is no cursor that a list of orders gave", [
      { path: "cursor", message: "take it from `next` of the page before" },
    ]);
  return { created_at: Number(match[1]), cust_ref: match[2] };
}
