import { dateOf, decimalOf, flagOf, namesOf, quotedCell, wholeOf } from "./cells.ts";
import { countryOf } from "./countries.ts";
import {
  columnKey,
  isLineField,
  kindOf,
  type CellKind,
  type ImportMapping,
} from "./import-mapping.ts";
import { joined } from "./import-rows.ts";
import { currencyOf, fitsExponent, minorUnits, type Currency } from "./money.ts";

/** The columns of each field, by index: of the order, or of one of its items. */
export type Places = ReadonlyMap<string, readonly number[]>;

/** A mapping laid over a file's columns. */
export interface ImportPlan {
  mapping: ImportMapping;
  columns: readonly string[];
  header: Places;
  items: readonly Places[];
}

/** Lays a mapping over a file's columns. Pure. */
export function planOf(columns: readonly string[], mapping: ImportMapping): ImportPlan {
  const index = new Map(columns.map((column, at) => [columnKey(column), at]));
  const header = new Map<string, number[]>();
  const items = new Map<number, Map<string, number[]>>();
  for (const { column, to, item = 1 } of mapping.columns) {
    const at = index.get(columnKey(column));
    if (at === undefined) continue;
    for (const field of to) {
      const places = isLineField(field) ? (items.get(item) ?? new Map<string, number[]>()) : header;
      places.set(field, [...(places.get(field) ?? []), at]);
      if (isLineField(field)) items.set(item, places);
    }
  }
  return {
    mapping,
    columns,
    header,
    items: [...items].toSorted(([one], [other]) => one - other).map(([, places]) => places),
  };
}

/** A cell that cannot be used, with the columns it stands in. */
export interface Trouble {
  row: number;
  field: string;
  reason: string;
}

/** What is wrong with a field of a row; null: nothing in particular, and `why` says it. */
export function troubleWith(
  { columns }: ImportPlan,
  places: Places,
  row: number,
  field: string,
  why: string,
): Trouble {
  const names = (places.get(field) ?? []).map((at) => columns[at]).join(", ");
  return names === ""
    ? { row, field, reason: `${field}: ${why}` }
    : { row, field: names, reason: `column ${quotedCell(names)}: ${why}` };
}

type Name = ReturnType<typeof namesOf>;
export type FieldValue = string | number | boolean | readonly string[] | Name;
export type FieldValues = Readonly<Record<string, FieldValue>>;

/** What a field says, as written: its cells, or else its constant. Empty: nothing. */
export const textOf = (
  { mapping }: ImportPlan,
  places: Places,
  cells: readonly string[],
  field: string,
): string => joined(cells, places.get(field) ?? []) || (mapping.constants[field] ?? "");

/**
 * What all fields of an order, or of one item, say in a row, each in its own type: amounts in minor units of
 * `currency`, moments in milliseconds, weights in grams. What cannot be used is left out and noted.
 */
export function readFields(
  plan: ImportPlan,
  places: Places,
  row: number,
  cells: readonly string[],
  currency: Currency | null,
): { values: FieldValues; troubles: Trouble[] } {
  const isOfLine = plan.items.includes(places);
  const constants = Object.keys(plan.mapping.constants).filter(
    (field) => isLineField(field) === isOfLine,
  );
  const values: Record<string, FieldValue> = {};
  const troubles: Trouble[] = [];
  for (const field of new Set([...places.keys(), ...constants])) {
    const text = textOf(plan, places, cells, field);
    const kind = kindOf(field);
    if (text === "" || kind === undefined) continue;
    const value = valueOf(text, kind, plan.mapping, currency);
    if (value !== null) values[field] = value;
    else
      troubles.push(
        troubleWith(
          plan,
          places,
          row,
          field,
          `${quotedCell(text)} ${wrongOf(text, kind, plan.mapping, currency)}`,
        ),
      );
  }
  return { values, troubles };
}

const GRAMS = { grams: 1, kilograms: 1_000, pounds: 453.592_37, ounces: 28.349_523_125 } as const;

function valueOf(
  text: string,
  kind: CellKind,
  { date_format, decimal_comma }: ImportMapping,
  currency: Currency | null,
): FieldValue | null {
  switch (kind) {
    case "text":
      return text;
    case "name":
      return namesOf(text);
    case "list":
      return listOf(text);
    case "amount": {
      const decimal = decimalOf(text, decimal_comma);
      if (decimal === null) return null;
      // Without a currency the order is refused for that.
      if (!currency) return 0;
      const { exponent } = currency;
      return fitsExponent(decimal, exponent) ? minorUnits(decimal, exponent) : null;
    }
    case "date":
      return dateOf(text, date_format)?.date ?? null;
    case "moment":
      return dateOf(text, date_format)?.at ?? null;
    case "country":
      return countryOf(text);
    case "currency":
      return currencyOf(text)?.code ?? null;
    case "flag":
      return flagOf(text);
    case "whole":
      return wholeOf(text, decimal_comma);
    case "residence":
      return /^(?:residential|commercial)$/i.test(text) ? text.toLowerCase() : null;
    case "grams":
    case "kilograms":
    case "pounds":
    case "ounces": {
      const decimal = decimalOf(text, decimal_comma);
      const weight = decimal === null ? -1 : Math.round(Number(decimal) * GRAMS[kind]);
      return Number.isSafeInteger(weight) && weight >= 0 ? weight : null;
    }
  }
}

const listOf = (text: string): string[] =>
  text
    .split(/[,;|]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

function wrongOf(
  text: string,
  kind: CellKind,
  { date_format, decimal_comma }: ImportMapping,
  currency: Currency | null,
): string {
  const mark = `with a decimal ${decimal_comma ? "comma" : "point"}`;
  switch (kind) {
    case "amount":
      return currency && !fitsExponent(decimalOf(text, decimal_comma) ?? "", currency.exponent)
        ? `has more decimals than ${currency.code} has`
        : `is no amount ${mark}`;
    case "whole":
      return "is no whole number";
    case "date":
    case "moment":
      return `is no date like ${date_format}`;
    case "country":
      return "is no country";
    case "currency":
      return "is no currency code such as USD";
    case "flag":
      return "is neither yes nor no";
    case "residence":
      return "is neither residential nor commercial";
    case "grams":
    case "kilograms":
    case "pounds":
    case "ounces":
      return `is no weight ${mark}`;
    case "text":
    case "name":
    case "list":
      return "cannot be used";
  }
}
