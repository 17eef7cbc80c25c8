import { z } from "zod";
import type {
  IncomingShipment,
  ListedMethod,
  StockLevel,
  UnreadableOrder,
  WmsProduct,
} from "../../../domain/incoming.ts";
import type { Page, ShipmentPage } from "../../contract.ts";
import { cancelledRow, productRow, shipMethodRow, shipmentRow, stockRow } from "./wire.ts";

/** Vendor rows in, domain values out. Pure. */

const toShipment = (row: z.output<typeof shipmentRow>): IncomingShipment => ({
  wms_shipment_id: row.id,
  reference: row.reference,
  status: row.status,
  tracking_number: row.tracking_number,
  tracking_url: row.tracking_url,
  carrier: row.carrier,
  service: row.service,
  shipped_at: row.shipped_at,
  lines: row.lines,
  closes_order: row.closes_order,
});

const feedRow = z.discriminatedUnion("status", [shipmentRow, cancelledRow]);
const longestReason = 200;

/** Rows of parcels, and rows that call an order off. */
export const readShipments = (
  rows: readonly unknown[],
): Pick<ShipmentPage, "items" | "skipped" | "cancelled"> => {
  const read = readRows(rows, feedRow, "shipments", "id", (row) => row);
  return {
    skipped: read.skipped,
    items: read.items.flatMap((row) => (row.status === "cancelled" ? [] : [toShipment(row)])),
    cancelled: read.items.flatMap((row) =>
      row.status === "cancelled"
        ? [{ reference: row.reference, reason: row.reason?.slice(0, longestReason) ?? null }]
        : [],
    ),
  };
};

export const readStock = (rows: readonly unknown[]) =>
  readRows(rows, stockRow, "stock", "sku", (row): StockLevel => row);

export const readProducts = (rows: readonly unknown[]) =>
  readRows(rows, productRow, "products", "sku", (row): WmsProduct => row);

export const readShipMethods = (rows: readonly unknown[]) =>
  readRows(rows, shipMethodRow, "ship_methods", "code", (row): ListedMethod => row);

/** Every row ends in `items` or in `skipped`, which names the place in the payload. */
function readRows<S extends z.ZodType, T>(
  rows: readonly unknown[],
  shape: S,
  list: string,
  idField: string,
  map: (row: z.output<S>) => T,
): Pick<Page<T>, "items" | "skipped"> {
  const items: T[] = [];
  const skipped: UnreadableOrder[] = [];
  rows.forEach((row, at) => {
    const read = shape.safeParse(row);
    if (read.success) {
      items.push(map(read.data));
      return;
    }
    const issue = read.error.issues[0];
    const place = [list, at, ...(issue?.path ?? [])];
    skipped.push({
      source_id: textAt(row, idField) ?? `${list}[${at}]`,
      number: null,
      reason: "bad_response",
      message: `${spell(place)}: ${issue?.message ?? "cannot be read"}`,
    });
  });
  return { items, skipped };
}

function textAt(row: unknown, field: string): string | null {
  if (typeof row !== "object" || row === null) return null;
  const value: unknown = Reflect.get(row, field);
  return typeof value === "string" && value !== "" ? value : null;
}

const spell = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (sofar, step) =>
      typeof step === "number"
        ? `${sofar}[${step}]`
        : sofar === ""
          ? String(step)
          : `${sofar}.${String(step)}`,
    "",
  );
