import { quotedCell } from "./cells.ts";
import {
  planOf,
  readFields,
  textOf,
  troubleWith,
  type FieldValues,
  type ImportPlan,
  type Places,
  type Trouble,
} from "./import-fields.ts";
import type { ImportMapping } from "./import-mapping.ts";
import {
  groupRows,
  joined,
  MOST_LINES,
  type ImportRow,
  type ImportTable,
  type RefusedRow,
} from "./import-rows.ts";
import type { IncomingOrder } from "./incoming.ts";
import { currencyOf, type Currency } from "./money.ts";
import { orderLineShape, orderShape, type OrderLine } from "./order.ts";

/** An order of a file. */
export interface ImportedOrder extends IncomingOrder {
  is_test: boolean;
  /** The order of another cart that it stands for; the cart as the file names it. */
  stands_for: { cart: string; number: string } | null;
}

export interface ReadOrder {
  order: ImportedOrder;
  /** The rows that it was made of. */
  rows: readonly ImportRow[];
  /** The file says when it was placed. */
  isDated: boolean;
}

/**
 * Makes orders of a file's rows: of those with one order number, or of each. What cannot be used is refused with
 * its row, its column and the cause; when one row of an order is refused, so are its others. Pure.
 * `at` is the time of the upload (milliseconds, UTC): when the orders were changed last and, where the file does
 * not say it, placed.
 */
export function ordersOf(
  table: ImportTable,
  mapping: ImportMapping,
  at: number,
): { orders: ReadOrder[]; refused: RefusedRow[] } {
  const plan = planOf(table.columns, mapping);
  const { groups, refused } = groupRows(table, mapping);
  const orders: ReadOrder[] = [];
  for (const rows of groups) {
    const read = orderOf(rows, plan, at);
    if (Array.isArray(read)) refused.push(...refusalsOf(rows, read));
    else orders.push({ ...read, rows });
  }
  return { orders, refused: refused.toSorted((one, other) => one.row - other.row) };
}

/** One refusal per row of an order: its own troubles, or that another row has some. */
function refusalsOf(rows: readonly ImportRow[], troubles: readonly Trouble[]): RefusedRow[] {
  return rows.map(({ row }) => {
    const own = troubles.filter((trouble) => trouble.row === row);
    if (own.length > 0)
      return {
        row,
        reason: own.map(({ reason }) => reason).join("; "),
        field: own[0]?.field ?? null,
      };
    const reason = `another row of this order was refused (row ${troubles[0]?.row})`;
    return { row, reason, field: null };
  });
}

/** What orders are looked up by, here and elsewhere. */
const identities = ["number", "source_id", "stands_for.number"] as const;
const CONTROL = /\p{Cc}/u;

function orderOf(
  rows: readonly ImportRow[],
  plan: ImportPlan,
  at: number,
): Omit<ReadOrder, "rows"> | Trouble[] {
  const tooMany = rowsTooMany(rows, plan);
  if (tooMany.length > 0) return tooMany;
  const row = rows[0]?.row ?? 0;
  const { cells, troubles } = agreed(rows, plan);
  const { header } = plan;
  const code = textOf(plan, header, cells, "currency");
  const currency = currencyOf(code);
  const { values, troubles: more } = readFields(plan, header, row, cells, currency);
  const { lines, troubles: ofLines } = linesOf(rows, plan, currency);
  troubles.push(...more, ...ofLines);
  const note = (field: string, why: string) =>
    troubles.push(troubleWith(plan, header, row, field, why));
  if (code === "") note("currency", "there is no currency");
  if (lines.length === 0 && ofLines.length === 0) note("line.sku", "there is no item");
  const addresses = addressesOf(values);
  if (!addresses) note(anyShipTo(plan), "there is no address to ship to");
  const [cart, standsFor] = [values["stands_for.cart"], values["stands_for.number"]].map(asText);
  if (standsFor !== undefined && cart === undefined)
    note("stands_for.cart", "there is no cart whose order it stands for");
  if (cart !== undefined && standsFor === undefined)
    note("stands_for.number", "there is no number of the order it stands for");
  for (const field of identities)
    if (CONTROL.test(asText(values[field]) ?? ""))
      note(field, "has a line break or another control character in it");
  if (troubles.length > 0) return troubles;

  const placedAt = typeof values["order_date"] === "number" ? values["order_date"] : at;
  const sourceId = asText(values["source_id"]) ?? asText(values["number"]) ?? "";
  const order = orderShape.safeParse({
    ...plainFields(values, orderShape.shape),
    number: asText(values["number"]) ?? sourceId,
    ...addresses,
    ...weightOf(values, ""),
    order_date: new Date(placedAt).toISOString(),
    currency,
    ...customFields(values),
    ...extraFields(values, "extra."),
    lines,
  });
  if (!order.success) {
    const [issue] = order.error.issues;
    note("number", `${issue?.path.map(String).join(".")} cannot be used (${issue?.message})`);
    return troubles;
  }
  const status = asText(values["status"]);
  const imported: ImportedOrder = {
    source_id: sourceId,
    source_status: status ?? "imported",
    payment_status: asText(values["payment_status"]) ?? null,
    fulfilment_status: asText(values["fulfilment_status"]) ?? null,
    state: /^cancell?ed$/i.test(status ?? "") ? "cancelled" : "open",
    placed_at: placedAt,
    modified_at: at,
    ...tagsOf(values, "tags"),
    ...tagsOf(values, "customer_tags"),
    order: order.data,
    is_test: values["is_test"] === true,
    stands_for: cart === undefined || standsFor === undefined ? null : { cart, number: standsFor },
  };
  return { order: imported, isDated: values["order_date"] !== undefined };
}

/** Several rows where the order is one, or more than an order may have. */
function rowsTooMany(rows: readonly ImportRow[], plan: ImportPlan): Trouble[] {
  const note = ({ row }: ImportRow, why: string) =>
    troubleWith(plan, plan.header, row, plan.header.has("source_id") ? "source_id" : "number", why);
  if (plan.mapping.layout === "row_per_order" && rows.length > 1)
    return rows.map((one) => {
      const other = rows.find(({ row }) => row !== one.row);
      return note(one, `the same order is in row ${other?.row}`);
    });
  if (rows.length > MOST_LINES)
    return rows.map((one) =>
      note(one, `this order has ${rows.length} rows; ${MOST_LINES} are the most`),
    );
  return [];
}

/** An order's own cells, from the first of its rows that says something; the others say the same or nothing. */
function agreed(
  rows: readonly ImportRow[],
  plan: ImportPlan,
): { cells: string[]; troubles: Trouble[] } {
  const cells = [...(rows[0]?.cells ?? [])];
  const troubles: Trouble[] = [];
  if (rows.length === 1) return { cells, troubles };
  for (const at of new Set([...plan.header.values()].flat())) {
    const textAt = ({ cells: own }: ImportRow) => own[at]?.trim() ?? "";
    const said = rows.find((one) => textAt(one) !== "");
    if (!said) continue;
    const text = textAt(said);
    cells[at] = text;
    for (const one of rows) {
      const other = textAt(one);
      if (other === "" || other === text) continue;
      const why = `${quotedCell(other)} is not what row ${said.row} of the same order says, ${quotedCell(text)}`;
      troubles.push(troubleWith(plan, new Map([["", [at]]]), one.row, "", why));
    }
  }
  return { cells, troubles };
}

/** Of one line; a larger quantity is a slip, such as an article number in its column. */
const MOST_PIECES = 1_000_000;

function linesOf(
  rows: readonly ImportRow[],
  plan: ImportPlan,
  currency: Currency | null,
): { lines: OrderLine[]; troubles: Trouble[] } {
  const lines: OrderLine[] = [];
  const troubles: Trouble[] = [];
  const ids = new Set<string>();
  let lineNo = 0;
  for (const { row, cells } of rows)
    for (const item of plan.items) {
      const indexes = [...item.values()].flat();
      if (plan.mapping.layout === "row_per_order" && joined(cells, indexes) === "") continue;
      const { values, troubles: own } = readFields(plan, item, row, cells, currency);
      const note = (field: string, why: string) =>
        own.push(troubleWith(plan, item, row, field, why));
      const said = (field: string) => textOf(plan, item, cells, field);
      const quantity = values["line.quantity"];
      if (said("line.sku") === "") note("line.sku", "there is no SKU");
      if (said("line.quantity") === "") note("line.quantity", "there is no quantity");
      if (typeof quantity === "number" && quantity < 1)
        note("line.quantity", `${quotedCell(said("line.quantity"))} is less than 1`);
      if (typeof quantity === "number" && quantity > MOST_PIECES)
        note("line.quantity", `${quotedCell(said("line.quantity"))} is more than ${MOST_PIECES}`);
      lineNo += 1;
      const lineId = asText(values["line.line_id"]) ?? String(lineNo);
      if (ids.has(lineId))
        note("line.line_id", `${quotedCell(lineId)} is there twice in this order`);
      ids.add(lineId);
      troubles.push(...own);
      if (own.length > 0) continue;
      const ofLine = withoutPrefix(values, "line.");
      const line = orderLineShape.safeParse({
        ...plainFields(ofLine, orderLineShape.shape),
        ...weightOf(ofLine, ""),
        line_id: lineId,
        line_no: lineNo,
        ...extraFields(ofLine, "extra."),
      });
      if (line.success) lines.push(line.data);
      else {
        const [issue] = line.error.issues;
        const why = `${issue?.path.map(String).join(".")} cannot be used (${issue?.message})`;
        troubles.push(troubleWith(plan, item, row, "line.sku", why));
      }
    }
  return { lines, troubles };
}

const asText = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

const withoutPrefix = (values: FieldValues, prefix: string): FieldValues =>
  Object.fromEntries(
    Object.entries(values).flatMap(([field, value]) =>
      field.startsWith(prefix) ? [[field.slice(prefix.length), value]] : [],
    ),
  );

/** The fields that an order, or a line, has under the very same name. */
const plainFields = (values: FieldValues, shape: object): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([field]) => Object.hasOwn(shape, field)));

function extraFields(values: FieldValues, prefix: string): { extra_fields?: FieldValues } {
  const extra = withoutPrefix(values, prefix);
  return Object.keys(extra).length > 0 ? { extra_fields: extra } : {};
}

const units = ["weight_g", "weight_kg", "weight_lb", "weight_oz"];

function weightOf(values: FieldValues, prefix: string): { weight_g?: number } {
  const found = units.map((unit) => values[prefix + unit]).find((one) => typeof one === "number");
  return typeof found === "number" ? { weight_g: found } : {};
}

function customFields(values: FieldValues): { custom_fields?: string[] } {
  const all = [1, 2, 3, 4, 5].map((at) => asText(values[`custom_${at}`]) ?? "");
  const last = all.findLastIndex((text) => text !== "");
  return last < 0 ? {} : { custom_fields: all.slice(0, last + 1) };
}

function tagsOf(
  values: FieldValues,
  field: "tags" | "customer_tags",
): Partial<Record<typeof field, readonly string[]>> {
  const tags = values[field];
  return Array.isArray(tags) && tags.length > 0 ? { [field]: tags as readonly string[] } : {};
}

/** What a constant or a form's default may say of an address that is not there. */
const vague = new Set(["country", "state", "type"]);

/** An address, or null where nothing but a country is said. A full name stands back behind names of their own columns. */
function addressOf(values: FieldValues, group: "ship_to" | "bill_to"): FieldValues | null {
  const { name, ...fields } = withoutPrefix(values, `${group}.`);
  const names = typeof name === "object" && !Array.isArray(name) ? name : {};
  const address: FieldValues = { ...names, ...fields };
  return Object.keys(address).some((field) => !vague.has(field)) ? address : null;
}

/** Where an order goes, and who pays; null: nobody knows. */
function addressesOf(
  values: FieldValues,
): { ship_to: FieldValues; bill_to?: FieldValues; ship_is_billing?: boolean } | null {
  const [ship, bill] = [addressOf(values, "ship_to"), addressOf(values, "bill_to")];
  if (!ship) return bill ? { ship_to: bill, ship_is_billing: true } : null;
  if (!bill) return { ship_to: ship };
  const isSame = JSON.stringify(sorted(ship)) === JSON.stringify(sorted(bill));
  return isSame
    ? { ship_to: ship, ship_is_billing: true }
    : { ship_to: ship, bill_to: bill, ship_is_billing: false };
}

const sorted = (values: FieldValues) =>
  Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1));

/** Some column that an address may be in, for the message. */
const anyShipTo = ({ header }: { header: Places }): string =>
  ["ship_to.address_1", "ship_to.name", "ship_to.city"].find((field) => header.has(field)) ??
  "ship_to.address_1";
