import type { SheetRow } from "../domain/product-plan.ts";
import { aliasNameShape, codeKey, codeShape, productShape } from "../domain/product.ts";
import { CsvProblem, decodeText, guessDelimiter, parseCsv, type CsvRow } from "../platform/csv.ts";

const MOST_ROWS = 10_000;

/** A row of a file that cannot be taken as it is. */
export interface RefusedRow {
  row: number;
  sku: string;
  reason: string;
}

interface Columns {
  sku: number;
  /** -1: the file has no names. */
  name: number;
  /** By the name of the alias, its columns. */
  aliases: ReadonlyMap<string, readonly number[]>;
}

/**
 * The products of a CSV file: the columns `sku` and `name`, and a column for each name of an alias,
 * several where a product has several of it. Throws a CsvProblem for what is no such file.
 */
export function readProductSheet(file: Uint8Array): { rows: SheetRow[]; refused: RefusedRow[] } {
  const { text } = decodeText(file);
  const [header, ...rest] = parseCsv(text, guessDelimiter(text) ?? ",", MOST_ROWS + 1);
  const columns = columnsOf(header);
  const rows: SheetRow[] = [];
  const refused: RefusedRow[] = [];
  const seen = new Map<string, number>();
  for (const { row, cells } of rest) {
    if (cells.every((cell) => cell.trim() === "")) continue;
    const read = readRow({ row, cells }, columns, header?.cells.length ?? 0);
    const key = codeKey(cells[columns.sku] ?? "");
    const earlier = seen.get(key);
    if (typeof read === "string")
      refused.push({ row, sku: cells[columns.sku]?.trim() ?? "", reason: read });
    else if (earlier !== undefined)
      refused.push({ row, sku: read.sku, reason: `Row ${earlier} has this SKU already` });
    else rows.push(read);
    if (earlier === undefined) seen.set(key, row);
  }
  return { rows, refused };
}

function columnsOf(header: CsvRow | undefined): Columns {
  const names = header?.cells.map((cell) => cell.trim()) ?? [];
  const sku = names.findIndex((name) => codeKey(name) === "sku");
  if (sku < 0) throw new CsvProblem("The file has no column `sku`", header?.row ?? null);
  const name = names.findIndex((one) => codeKey(one) === "name");
  const aliases = new Map<string, number[]>();
  const spelled = new Map<string, string>();
  for (const [at, one] of names.entries()) {
    if (at === sku || at === name || one === "") continue;
    const read = aliasNameShape.safeParse(one);
    if (!read.success)
      throw new CsvProblem(
        `Column ${at + 1}: "${one.slice(0, 60)}" is no name of an alias, or is there twice`,
        1,
      );
    const known = spelled.get(codeKey(one)) ?? one;
    spelled.set(codeKey(one), known);
    aliases.set(known, [...(aliases.get(known) ?? []), at]);
  }
  return { sku, name, aliases };
}

function readRow({ row, cells }: CsvRow, columns: Columns, width: number): SheetRow | string {
  const cell = (at: number): string => cells[at]?.trim() ?? "";
  const sku = codeShape.safeParse(cell(columns.sku));
  if (cell(columns.sku) === "") return "It has no SKU";
  if (!sku.success) return "Its SKU is longer than 200 characters";
  if (cells.slice(width).some((one) => one.trim() !== ""))
    return "It has more cells than the header";
  const name = productShape.shape.name.safeParse(cell(columns.name) || null);
  if (!name.success) return "Its name is longer than 300 characters";
  const aliases: Record<string, string[]> = {};
  for (const [alias, places] of columns.aliases) {
    const codes = places.map(cell).filter((code) => code !== "");
    if (codes.some((code) => !codeShape.safeParse(code).success))
      return `A code of the column ${alias} is longer than 200 characters`;
    aliases[alias] = codes;
  }
  return { row, sku: sku.data, name: columns.name < 0 ? undefined : name.data, aliases };
}
