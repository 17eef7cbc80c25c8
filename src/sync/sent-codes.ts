import type { SentCodes } from "../domain/codes.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { IncomingShipment } from "../domain/incoming.ts";
import type { ShippableLine } from "../domain/shipping.ts";
import { sentCodesOf } from "../store/deliveries.ts";
import type { OrderForShipping } from "../store/orders.ts";
import type { ShipmentRow } from "../store/shipments.ts";

/**
 * The lines of orders with the codes that their WMS was sent, by which it tells of them. Read of those
 * orders only of which it tells by code, not by line.
 */
export async function linesAsSent(
  db: D1Database,
  merchantId: MerchantId,
  orders: readonly OrderForShipping[],
  told: readonly IncomingShipment[],
  known: readonly ShipmentRow[],
): Promise<(order: OrderForShipping) => readonly ShippableLine[]> {
  const toldOf = Map.groupBy(told, ({ reference }) => reference);
  const withSurplus = new Set<string>(
    known.filter(({ body }) => body.surplus.length > 0).map(({ order_id }) => order_id),
  );
  const byCode = orders.filter(({ id, cust_ref, body }) => {
    const ids = new Set<string | null>(body.lines.map(({ line_id }) => line_id));
    const byOther = toldOf
      .get(cust_ref)
      ?.some(({ lines }) => lines?.some(({ line_id }) => !ids.has(line_id)) ?? false);
    return byOther === true || withSurplus.has(id);
  });
  const ids = byCode.map(({ id }) => id);
  const rows = ids.length === 0 ? [] : await sentCodesOf(db, merchantId, ids);
  const codes = new Map(rows.map((row) => [row.order_id, row.codes]));
  return ({ id, body }) => asSent(body.lines, codes.get(id));
}

const asSent = (
  lines: OrderForShipping["body"]["lines"],
  codes: SentCodes | undefined,
): readonly ShippableLine[] =>
  codes === undefined
    ? lines
    : lines.map((line) => ({
        ...line,
        sent_code: Object.hasOwn(codes, line.line_id) ? codes[line.line_id] : undefined,
      }));
