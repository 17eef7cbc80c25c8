import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { cartPolicyShape } from "../domain/policy.ts";
import {
  holdsUnmapped,
  isMapped,
  methodMatches,
  type HoldUnmapped,
  type MethodMatch,
} from "../domain/ship-methods.ts";
import { listConnections } from "../store/connections.ts";
import { alertsWaitedOn } from "../store/alert-releases.ts";
import { listMethods, type ShipMethod } from "../store/ship-methods.ts";
import { listWmsMethods } from "../store/wms-methods.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";
import { cartWms } from "./release-waiting.ts";
import { cartAmong, methodAlertId } from "./save-ship-methods.ts";

/** A row of a cart's map as people see it. */
export interface ShownMethod {
  match: MethodMatch;
  value: string;
  description: string | null;
  wms_method: string | null;
  passes: boolean;
  mapped: boolean;
  /** When the cart first sent it; null: it was only written down. */
  seen_at: string | null;
  /** Orders that wait for it. */
  waiting: number;
}

export interface ShownMethods {
  /** Of a page those without a mapping first. */
  items: ShownMethod[];
  next: string | null;
  hold_unmapped: HoldUnmapped;
  /** Whether an order with an unmapped method waits now. */
  holds: boolean;
  wms_id: ConnectionId | null;
  /** What looks wrong: mappings to what the WMS does not have. */
  warnings: string[];
}

/** A cart's map, by match and value. Throws `not_found`, and `invalid` for a cursor that is none. */
export async function listShipMethods(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  page: { cursor: string | null; limit: number },
): Promise<ShownMethods> {
  const db = await deps.databases.of(merchantId);
  const all = await listConnections(db, merchantId);
  const cart = cartAmong(all, cartId);
  const wmsId = cartWms(all, cartId);
  const after = page.cursor === null ? null : placeOf(page.cursor);
  const [rows, methods] = await Promise.all([
    listMethods(db, merchantId, cartId, after, page.limit),
    wmsId === null ? [] : listWmsMethods(db, merchantId, wmsId),
  ]);
  const idOf = ({ value }: ShipMethod) => methodAlertId(merchantId, cartId, value);
  const exact = rows.filter(({ match }) => match === "exact");
  const alerts = await alertsWaitedOn(db, merchantId, exact.map(idOf));
  const waiting = new Map<string, number>(alerts.map((alert) => [alert.id, alert.waiting]));
  const hold = cartPolicyShape.parse(cart.policy).hold_unmapped;
  const codes = new Set(methods.map(({ code }) => code));
  const items = rows.map((row) => shown(row, waiting.get(idOf(row)) ?? 0));
  const last = rows.length === page.limit ? rows.at(-1) : undefined;
  return {
    items: items.toSorted((a, b) => Number(a.mapped) - Number(b.mapped)),
    next: last ? `${last.match}/${encodeURIComponent(last.value)}` : null,
    hold_unmapped: hold,
    holds: holdsUnmapped(hold, codes.size > 0),
    wms_id: wmsId,
    warnings: rows.flatMap(({ as_written, wms_method }) =>
      wms_method !== null && codes.size > 0 && !codes.has(wms_method)
        ? [`"${as_written}" is mapped to "${wms_method}", which the WMS does not have.`]
        : [],
    ),
  };
}

const shown = (row: ShipMethod, waiting: number): ShownMethod => ({
  match: row.match,
  value: row.as_written,
  description: row.description,
  wms_method: row.wms_method,
  passes: row.passes,
  mapped: isMapped(row),
  seen_at: row.seen_at === null ? null : iso(row.seen_at),
  waiting: row.match === "exact" ? waiting : 0,
});

function placeOf(cursor: string): { match: MethodMatch; value: string } {
  const [first = "", value = ""] = cursor.split("/");
  const match = methodMatches.find((one) => one === first);
  try {
    if (match) return { match, value: decodeURIComponent(value) };
  } catch {
    // Refused below.
  }
  throw new DrayError("invalid", "This is no cursor that a list of ship methods gave", [
    { path: "cursor", message: "take it from `next` of the page before" },
  ]);
}
