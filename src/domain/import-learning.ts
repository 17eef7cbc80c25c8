import { dateFormats, dateOf, decimalOf, type DateFormat } from "./cells.ts";
import { columnKey, isLineField, kindOf, type ImportMapping } from "./import-mapping.ts";
import { fieldNamed } from "./import-names.ts";
import {
  identityColumns,
  joined,
  tableOf,
  type ImportRow,
  type ImportTable,
} from "./import-rows.ts";

export interface LearnedColumn {
  column: string;
  to: readonly string[];
  item: number | null;
  /** Up to three of its values. */
  samples: readonly string[];
}

export interface Learned {
  /** A guess; `mappingShape` says what it still lacks. */
  mapping: ImportMapping;
  columns: readonly LearnedColumn[];
  /** What a person should look at, in plain sentences. */
  problems: readonly string[];
}

type Column = ImportMapping["columns"][number];

/** Guesses from a file's column names and values how it is to be read. The sample has to have a row. Pure. */
export function learnMapping(
  sample: readonly ImportRow[],
  delimiter: ImportMapping["delimiter"],
): Learned {
  const problems: string[] = [];
  const header = hasHeader(sample[0]?.cells ?? []);
  if (!header)
    problems.push(
      "Row 1 looks like data, not like a header: put the names of the columns into the first row, or set `header` to false and map `column 1`, `column 2` and so on",
    );
  const table = tableOf(sample, header);
  const { columns, layout } = placed(table, problems);
  const dates = valuesOf(table, columns, ["date", "moment"]);
  const numbers = valuesOf(table, columns, [
    "amount",
    "whole",
    "grams",
    "kilograms",
    "pounds",
    "ounces",
  ]);
  const date_format = dateFormatOf(dates, problems);
  const decimal_comma = isDecimalComma(numbers, delimiter, problems);
  const constants: Record<string, string> = {};
  if (!columns.some(({ to }) => to.includes("currency"))) {
    constants["currency"] = currencyOfTexts(numbers, decimal_comma);
    if (valuesOf(table, columns, ["amount"]).length > 0)
      problems.push(
        `No column holds the currency: ${constants["currency"]} is taken for all orders (constants.currency)`,
      );
  }
  const draft: ImportMapping = {
    delimiter,
    header,
    layout,
    columns,
    constants,
    date_format,
    decimal_comma,
  };
  const mapping = { ...draft, columns: withExtras(table, draft, problems) };
  const mapped = new Set(mapping.columns.flatMap(({ to }) => to));
  for (const [field, what] of needs)
    if (!mapped.has(field)) problems.push(`No column holds ${what} (${field})`);
  if (!["ship_to.address_1", "ship_to.zip", "bill_to.address_1"].some((field) => mapped.has(field)))
    problems.push("No column holds the address to ship to (ship_to.address_1)");
  return { mapping, columns: described(table, mapping), problems };
}

const needs = [
  ["number", "the order number"],
  ["line.sku", "the SKU"],
  ["line.quantity", "the quantity"],
] as const;

/** A row that knows a column's name is a header; one with dates, numbers or addresses of mail in it is not. */
function hasHeader(cells: readonly string[]): boolean {
  const texts = cells.filter((cell) => cell.trim() !== "");
  if (texts.some((cell) => fieldNamed(cell) !== null)) return true;
  return !texts.some(
    (cell) =>
      decimalOf(cell, false) !== null ||
      decimalOf(cell, true) !== null ||
      cell.includes("@") ||
      dateFormats.some((format) => dateOf(cell, format)),
  );
}

/** Each column with the field that its name stands for; the first of two columns gets a field that both could be. */
function placed(
  { columns: names }: ImportTable,
  problems: string[],
): { columns: Column[]; layout: ImportMapping["layout"] } {
  const found = names.map((column) => ({ column, is: fieldNamed(column) }));
  const isCounted = found.some(({ is }) => is?.item !== null && is?.field === "line.sku");
  const taken = new Map<string, string>();
  const columns = found.map(({ column, is }): Column => {
    if (!is) return { column, to: [] };
    const isItem = isLineField(is.field) && isCounted;
    const item = is.item ?? 1;
    const place = isItem ? `${is.field} ${item}` : is.field;
    const other = taken.get(place);
    if (other !== undefined || (is.item !== null && !isCounted)) {
      if (other !== undefined)
        problems.push(
          `Column "${column}" looks like ${is.field}, which column "${other}" is already`,
        );
      return { column, to: [] };
    }
    taken.set(place, column);
    return isItem ? { column, to: [is.field], item } : { column, to: [is.field] };
  });
  return { columns, layout: isCounted ? "row_per_order" : "row_per_line" };
}

function valuesOf(
  { columns: names, rows }: ImportTable,
  columns: readonly Column[],
  kinds: readonly string[],
): string[] {
  const indexes = columns
    .filter(({ to }) => to.some((field) => kinds.includes(kindOf(field) ?? "")))
    .map(({ column }) => names.indexOf(column));
  return rows.flatMap(({ cells }) =>
    indexes.flatMap((at) => {
      const text = cells[at]?.trim() ?? "";
      return text === "" ? [] : [text];
    }),
  );
}

/** The format that most dates have: one that no calendar has costs its own row, not the others. */
function dateFormatOf(texts: readonly string[], problems: string[]): DateFormat {
  if (texts.length === 0) return "YYYY-MM-DD";
  const fitting = (format: DateFormat) => texts.filter((text) => dateOf(text, format)).length;
  const counts = dateFormats.map((format) => ({ format, count: fitting(format) }));
  const most = Math.max(...counts.map(({ count }) => count));
  const fits = counts.filter(({ count }) => count === most).map(({ format }) => format);
  const [first] = fits;
  if (first === undefined || most === 0) {
    problems.push(`The dates are in none of the formats ${dateFormats.join(", ")}`);
    return "YYYY-MM-DD";
  }
  if (fits.length > 1)
    problems.push(`The dates could be ${fits.join(" or ")}: ${first} is taken (date_format)`);
  if (most < texts.length) problems.push(`Some dates are no dates like ${first}`);
  return first;
}

function isDecimalComma(texts: readonly string[], delimiter: string, problems: string[]): boolean {
  const readable = (comma: boolean) =>
    texts.filter((text) => decimalOf(text, comma) !== null).length;
  const [points, commas] = [readable(false), readable(true)];
  if (points !== commas) {
    const isComma = commas > points;
    if (Math.max(points, commas) < texts.length)
      problems.push(
        `Some amounts or quantities are no numbers with a decimal ${isComma ? "comma" : "point"}`,
      );
    return isComma;
  }
  const isUnclear = texts.some(
    (text) => /[.,]/.test(text) && decimalOf(text, false) !== decimalOf(text, true),
  );
  const guess = delimiter === ";";
  if (isUnclear)
    problems.push(
      `The amounts could have a decimal point or a decimal comma: a ${guess ? "comma" : "point"} is taken (decimal_comma)`,
    );
  return guess && isUnclear;
}

const signs: readonly [RegExp, string][] = [
  [/€|EUR/, "EUR"],
  [/£|GBP/, "GBP"],
  [/CHF/, "CHF"],
  [/\$|USD/, "USD"],
];

const currencyOfTexts = (texts: readonly string[], decimalComma: boolean): string =>
  signs.find(([sign]) => texts.some((text) => sign.test(text)))?.[1] ??
  (decimalComma ? "EUR" : "USD");

/** Columns without a known name are kept beside the order, or beside the line where they differ within an order. */
function withExtras(table: ImportTable, mapping: ImportMapping, problems: string[]): Column[] {
  const extras: string[] = [];
  const columns = mapping.columns.map((column, at): Column => {
    if (column.to.length > 0 || fieldNamed(column.column)) return column;
    extras.push(column.column);
    const name = column.column.slice(0, 90);
    const isOfOrder = mapping.layout === "row_per_order" || isSameWithin(table, mapping, at);
    return { ...column, to: [isOfOrder ? `extra.${name}` : `line.extra.${name}`] };
  });
  if (extras.length > 0) problems.push(`Kept as extra fields: ${extras.join(", ")}`);
  const left = columns.filter(({ to }) => to.length === 0).map(({ column }) => column);
  if (left.length > 0) problems.push(`Left out: ${left.join(", ")}`);
  return columns;
}

/** Whether orders of several rows say the same in a column; without such an order nobody knows. */
function isSameWithin({ columns, rows }: ImportTable, mapping: ImportMapping, at: number): boolean {
  const identity = identityColumns(columns, mapping);
  const groups = [...Map.groupBy(rows, ({ cells }) => joined(cells, identity)).values()];
  const several = groups.filter((group) => group.length > 1);
  const values = (group: readonly ImportRow[]) =>
    new Set(group.map(({ cells }) => cells[at]?.trim() ?? "").filter((cell) => cell !== ""));
  return several.length > 0 && several.every((group) => values(group).size <= 1);
}

function described({ columns, rows }: ImportTable, mapping: ImportMapping): LearnedColumn[] {
  return columns.map((column, at) => {
    const found = mapping.columns.find((one) => columnKey(one.column) === columnKey(column));
    const values = rows.map(({ cells }) => cells[at]?.trim() ?? "").filter((cell) => cell !== "");
    return {
      column,
      to: found?.to ?? [],
      item: found?.item ?? null,
      samples: [...new Set(values)].slice(0, 3).map((text) => text.slice(0, 60)),
    };
  });
}
