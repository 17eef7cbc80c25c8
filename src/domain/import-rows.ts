import { quotedCell } from "./cells.ts";
import {
  columnKey,
  columnNames,
  endsWithRefusal,
  unnamedColumns,
  type ImportMapping,
} from "./import-mapping.ts";

/** A row of a file. `row` is 1-based, as a spreadsheet counts. */
export interface ImportRow {
  row: number;
  cells: readonly string[];
  /** It is not as wide as the header, so nobody knows which cell is which. */
  odd?: { has: number; wants: number };
}

/** A row that became no part of an order. `reason` is for people and names the column; `field` is that column. */
export interface RefusedRow {
  row: number;
  reason: string;
  field: string | null;
}

/** An order may have as many rows, or items in one row. */
export const MOST_LINES = 1_000;

/** A file's own columns and rows, without the columns that Dray once put behind them and without blank rows. */
export interface ImportTable {
  columns: readonly string[];
  rows: readonly ImportRow[];
}

/** What stands in a file of refused rows where a row lacks a cell. A row that still has it is refused again. */
const MISSING_CELL = "(missing cell)";

/**
 * A refused row's cells, its number and the reason as they stand in the file of refused rows: number and reason
 * under their own headers, whatever the row has. What goes beyond the columns stands behind them.
 */
export const refusedCells = (
  width: number,
  { row, reason, cells }: { row: number; reason: string; cells: readonly string[] },
): string[] => [
  ...filledTo(width, cells).slice(0, width),
  String(row),
  reason,
  ...cells.slice(width),
];

const filledTo = (width: number, cells: readonly string[]): string[] => [
  ...cells,
  ...Array.from({ length: Math.max(0, width - cells.length) }, () => MISSING_CELL),
];

/** Takes a file's rows apart into header and rows. The file has to have a row. */
export function tableOf(all: readonly ImportRow[], hasHeader: boolean): ImportTable {
  const first = all[0]?.cells ?? [];
  const isNamed = hasHeader || columnKey(first[0] ?? "") === "column 1";
  const header = isNamed ? withoutTail(first) : first;
  const isReturned = isNamed && endsWithRefusal(header);
  const own = isReturned ? header.slice(0, -2) : header;
  const columns = isNamed ? columnNames(own) : unnamedColumns(own.length);
  const rows = (isNamed ? all.slice(1) : all)
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""))
    .map((one) => rowOf(one, columns.length, isReturned));
  return { columns, rows };
}

/** A row without what Dray put into it, and whether it is as wide as the header. */
function rowOf({ row, cells }: ImportRow, width: number, isReturned: boolean): ImportRow {
  const wide = width + (isReturned ? 2 : 0);
  // Of a file that came back, a row without the cells that Dray added is no better than one that lacks others.
  if (cells.length < wide && isReturned)
    return { row, cells: filledTo(wide, cells), odd: { has: cells.length, wants: wide } };
  const all = isReturned ? [...cells.slice(0, width), ...cells.slice(wide)] : cells;
  const said = all.filter((cell) => cell.trim() !== MISSING_CELL);
  const has = Math.min(
    said.length,
    Math.max(width, said.findLastIndex((cell) => cell.trim() !== "") + 1),
  );
  return said.length < all.length || has !== width
    ? { row, cells: all, odd: { has, wants: width } }
    : { row, cells: all.slice(0, width) };
}

/** Blank cells at the end of a header are columns of nothing. */
function withoutTail(cells: readonly string[]): readonly string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== "");
  return cells.slice(0, last + 1);
}

/** The mapping's columns that a file lacks; items beyond the first may be missing as a whole. */
export function missingColumns(columns: readonly string[], mapping: ImportMapping): string[] {
  const there = new Set(columns.map(columnKey));
  const isMissing = ({ column }: { column: string }) => !there.has(columnKey(column));
  const groups = Map.groupBy(
    mapping.columns.filter(({ to }) => to.length > 0),
    ({ item }) => item ?? 0,
  );
  return [...groups].flatMap(([item, group]) =>
    item > 1 && group.every(isMissing) ? [] : group.filter(isMissing).map(({ column }) => column),
  );
}

/** The file's columns that the mapping does not know. */
export function unknownColumns(columns: readonly string[], mapping: ImportMapping): string[] {
  const known = new Set(mapping.columns.map(({ column }) => columnKey(column)));
  return columns.filter((column) => !known.has(columnKey(column)));
}

/** The columns that hold what identifies an order. */
export function identityColumns(columns: readonly string[], mapping: ImportMapping): number[] {
  const at = (field: string) =>
    mapping.columns
      .filter(({ to }) => to.includes(field))
      .map(({ column }) => columns.findIndex((name) => columnKey(name) === columnKey(column)))
      .filter((index) => index >= 0);
  const own = at("source_id");
  return own.length > 0 ? own : at("number");
}

export const joined = (cells: readonly string[], indexes: readonly number[]): string =>
  indexes
    .map((index) => cells[index]?.trim() ?? "")
    .filter((cell) => cell !== "")
    .join(" ");

/**
 * A file's rows by order, in the sequence of their first rows. Refused are rows that are not as wide as the
 * header or have no order number, and with them every row of an order that such a row may belong to: an order
 * is never loaded by half. Pure.
 */
export function groupRows(
  { columns, rows }: ImportTable,
  mapping: ImportMapping,
): { groups: ImportRow[][]; refused: RefusedRow[] } {
  const identity = identityColumns(columns, mapping);
  const names = identity.map((index) => columns[index]).join(", ");
  const groups = new Map<string, ImportRow[]>();
  const refused: RefusedRow[] = [];
  /** Orders that a refused row may belong to, with that row. */
  const suspects = new Map<string, { row: number; because: string }>();
  let before = "";
  for (const one of rows) {
    const { row, cells, odd } = one;
    if (odd) {
      const reason =
        odd.has === odd.wants
          ? `still has a cell ${quotedCell(MISSING_CELL)}`
          : `has ${odd.has} cells instead of ${odd.wants}`;
      refused.push({ row, reason, field: null });
      for (const other of possibleIds(cells, odd, identity))
        suspects.set(other, { row, because: reason });
      continue;
    }
    const id = joined(cells, identity);
    if (id === "") {
      refused.push({
        row,
        reason: `column ${quotedCell(names)}: there is no order number`,
        field: names,
      });
      if (mapping.layout === "row_per_line" && before !== "")
        suspects.set(before, { row, because: "has no order number" });
      continue;
    }
    before = id;
    const group = groups.get(id);
    if (group) group.push(one);
    else groups.set(id, [one]);
  }
  for (const [id, { row, because }] of suspects) {
    for (const own of groups.get(id) ?? [])
      refused.push({
        row: own.row,
        reason: `row ${row} ${because} and may belong to this order, so all of it was refused`,
        field: null,
      });
    groups.delete(id);
  }
  return { groups: [...groups.values()], refused };
}

/** What the order number of a row may be that has a cell too many or too few somewhere: counted from the left and from the right. */
const possibleIds = (
  cells: readonly string[],
  { has, wants }: { has: number; wants: number },
  identity: readonly number[],
): string[] => [
  joined(cells, identity),
  joined(
    cells,
    identity.map((index) => index + has - wants),
  ),
];
