import { z } from "zod";
import { dateFormats } from "./cells.ts";
import { addressShape } from "./order.ts";

/** How the columns of a cart's files become orders. */

/** How a cell is read for a field. */
export type CellKind =
  | "text"
  | "amount"
  | "date"
  | "moment"
  | "country"
  | "currency"
  | "name"
  | "flag"
  | "whole"
  | "grams"
  | "kilograms"
  | "pounds"
  | "ounces"
  | "list"
  | "residence";

const addressKinds = Object.fromEntries(
  Object.keys(addressShape.shape).map((field): [string, CellKind] => [
    field,
    field === "country" ? "country" : field === "type" ? "residence" : "text",
  ]),
);
const address = (group: string): Record<string, CellKind> =>
  Object.fromEntries(
    Object.entries({ ...addressKinds, name: "name" as const }).map(([field, kind]) => [
      `${group}.${field}`,
      kind,
    ]),
  );

/** What a column may become of the order, by name. */
const orderKinds: Readonly<Record<string, CellKind>> = {
  number: "text",
  source_id: "text",
  po_number: "text",
  customer_id: "text",
  ...address("ship_to"),
  ...address("bill_to"),
  ship_code: "text",
  ship_code_description: "text",
  carrier: "text",
  ship_account_no: "text",
  ship_account_zip: "text",
  shipping_instructions: "text",
  special_services: "text",
  weight_g: "grams",
  weight_kg: "kilograms",
  weight_lb: "pounds",
  weight_oz: "ounces",
  location: "text",
  order_date: "moment",
  requested_ship_date: "date",
  expected_delivery_date: "date",
  latest_ship_date: "date",
  currency: "currency",
  sub_total: "amount",
  order_discount: "amount",
  sales_tax: "amount",
  shipping_handling: "amount",
  grand_total: "amount",
  balance: "amount",
  tax_exempt: "flag",
  gift_message: "text",
  gift_wrap: "flag",
  promo_code: "text",
  order_source: "text",
  media_week: "text",
  custom_1: "text",
  custom_2: "text",
  custom_3: "text",
  custom_4: "text",
  custom_5: "text",
  status: "text",
  payment_status: "text",
  fulfilment_status: "text",
  tags: "list",
  customer_tags: "list",
  is_test: "flag",
  "stands_for.cart": "text",
  "stands_for.number": "text",
};

/** What a column may become of a line. */
const lineKinds: Readonly<Record<string, CellKind>> = {
  "line.line_id": "text",
  "line.sku": "text",
  "line.description": "text",
  "line.quantity": "whole",
  "line.price": "amount",
  "line.discount": "amount",
  "line.addl_discount": "amount",
  "line.extended_amount": "amount",
  "line.tax": "amount",
  "line.shipping_surcharge": "amount",
  "line.comment": "text",
  "line.lot_number": "text",
  "line.weight_g": "grams",
  "line.weight_kg": "kilograms",
  "line.weight_lb": "pounds",
  "line.weight_oz": "ounces",
  "line.hs_code": "text",
  "line.country_of_origin": "country",
  "line.declared_value": "amount",
};

/** Every field by name, but for `extra.<name>` and `line.extra.<name>`, which may have any name. */
const importFields: readonly string[] = [...Object.keys(orderKinds), ...Object.keys(lineKinds)];

const EXTRA = /^(?:line\.)?extra\.\S.{0,99}$/s;

/** How a field's cells are read; undefined: there is no such field. */
export const kindOf = (field: string): CellKind | undefined =>
  Object.hasOwn(orderKinds, field)
    ? orderKinds[field]
    : Object.hasOwn(lineKinds, field)
      ? lineKinds[field]
      : EXTRA.test(field)
        ? "text"
        : undefined;

export const isLineField = (field: string): boolean => field.startsWith("line.");

const fieldShape = z.string().refine((field) => kindOf(field) !== undefined, {
  error: `is no field of an import; there are ${importFields.join(", ")}, extra.<name> and line.extra.<name>`,
});

const importLayouts = ["row_per_line", "row_per_order"] as const;

/** Without these no row becomes an order. */
const needed = ["number", "line.sku", "line.quantity"] as const;
/** A constant would make one order of the whole file. */
const neverConstant = new Set(["number", "source_id", "stands_for.number"]);

export const mappingShape = z
  .strictObject({
    delimiter: z.enum([",", ";", "\t", "|"]),
    /** Without one, columns are named `column 1`, `column 2` and so on. */
    header: z.boolean().default(true),
    /** One row per line of an order, or one row per order with its items in columns side by side. */
    layout: z.enum(importLayouts),
    columns: z
      .array(
        z.strictObject({
          /** As in the header, in any case; the second of one name is `Name (2)`. */
          column: z.string().trim().min(1).max(200),
          /** None: the column is left out. Several columns of one field are joined by a space. */
          to: z.array(fieldShape).max(10),
          /** Which item of the order, from 1; with `row_per_order` only. */
          item: z.int().min(1).max(250).optional(),
        }),
      )
      .min(1)
      .max(500),
    /** What a field says where no column has anything. */
    constants: z.record(fieldShape, z.string().trim().min(1).max(1_000)).default({}),
    date_format: z.enum(dateFormats).default("YYYY-MM-DD"),
    /** "12,50" rather than "12.50". */
    decimal_comma: z.boolean().default(false),
  })
  .superRefine((mapping, issues) => {
    const issue = (path: (string | number)[], message: string) =>
      issues.addIssue({ code: "custom", path, message });
    const { columns, constants, layout } = mapping;
    const mapped = new Set([...columns.flatMap(({ to }) => to), ...Object.keys(constants)]);
    for (const field of needed)
      if (!mapped.has(field)) issue(["columns"], `no column becomes ${field}`);
    if (!mapped.has("currency"))
      issue(["constants", "currency"], "is needed where no column is the currency, such as USD");
    for (const field of Object.keys(constants))
      if (neverConstant.has(field)) issue(["constants", field], "may not be the same in all rows");
    const seen = new Set<string>();
    columns.forEach(({ column, to, item }, at) => {
      const name = columnKey(column);
      if (seen.has(name)) issue(["columns", at, "column"], "is there twice");
      seen.add(name);
      const isOfLine = to.some(isLineField);
      if (layout === "row_per_line" && item !== undefined)
        issue(["columns", at, "item"], "is for row_per_order only");
      if (layout === "row_per_order" && isOfLine && item === undefined)
        issue(["columns", at, "item"], "is needed: which item of the order it belongs to");
      if (item !== undefined && to.some((field) => !isLineField(field)))
        issue(["columns", at, "to"], "an item's column becomes line fields only");
    });
  });
export type ImportMapping = z.infer<typeof mappingShape>;

/** Column names are the same in upper and lower case. */
export const columnKey = (name: string): string => name.trim().replace(/\s+/g, " ").toLowerCase();

/** What a file of refused rows has behind its own columns. */
export const REFUSAL_COLUMNS = ["row", "reason"] as const;

/** Whether a header ends with the columns that Dray put behind the original ones. */
export const endsWithRefusal = (cells: readonly string[]): boolean =>
  cells.length > 2 && cells.at(-2) === REFUSAL_COLUMNS[0] && cells.at(-1) === REFUSAL_COLUMNS[1];

/** What columns are called: their header, `column 4` where it is blank, `Name (2)` for the second of one name. */
export function columnNames(header: readonly string[]): string[] {
  const times = new Map<string, number>();
  return header.map((cell, at) => {
    const name = cell.trim().replace(/\s+/g, " ").slice(0, 190) || `column ${at + 1}`;
    const count = (times.get(columnKey(name)) ?? 0) + 1;
    times.set(columnKey(name), count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** What columns without a header are called. */
export const unnamedColumns = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `column ${at + 1}`);
