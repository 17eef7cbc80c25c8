import { DrayError } from "../domain/errors.ts";
import {
  CsvProblem,
  decodeText,
  guessDelimiter,
  parseCsv,
  writeCsv,
  type CsvRow,
} from "../platform/csv.ts";

const MOST_SKUS = 50_000;
const MOST_CHARACTERS = 200;

/**
 * The SKUs of a CSV file, as bytes or as text, each once and in their sequence: of the column `sku`, or of the
 * only one. A quoted blank line is the blank SKU. Throws `invalid` with row and cause.
 */
export function skusFromCsv(file: Uint8Array | string): string[] {
  try {
    const text = typeof file === "string" ? file.replace(/^\uFEFF/, "") : decodeText(file).text;
    refuseOthers(text);
    // Of a single column, what looks like a delimiter is part of a SKU.
    const isSingle = /^"?sku"?[\r\n]/i.test(text);
    const delimiter = (isSingle ? null : guessDelimiter(text)) ?? ",";
    const rows = parseCsv(text, delimiter, MOST_SKUS + 1);
    const header = rows[0]?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
    const named = header.indexOf("sku");
    if (named < 0) refuseColumns(rows);
    const skus = (named >= 0 ? rows.slice(1) : rows).map(({ row, cells }) => {
      const sku = cells[Math.max(0, named)]?.trim() ?? "";
      if (sku.length > MOST_CHARACTERS)
        throw new CsvProblem(
          `Row ${row} has a SKU of more than ${MOST_CHARACTERS} characters`,
          row,
        );
      return sku;
    });
    const all = [...new Set(skus)];
    if (all.length > MOST_SKUS) throw new CsvProblem(`The file has more than ${MOST_SKUS} SKUs`);
    return all;
  } catch (error) {
    if (!(error instanceof CsvProblem)) throw error;
    throw new DrayError("invalid", error.message, [
      { path: error.row === null ? "file" : `row ${error.row}`, message: error.message },
    ]);
  }
}

/** What an error page or an answer of the API begins with. */
function refuseOthers(text: string): void {
  const [first] = text.trimStart();
  if (first === "<") throw new CsvProblem("This is HTML or XML, not a CSV file");
  if (first === "{" || first === "[")
    throw new CsvProblem(
      "This is JSON, not a CSV file; where a SKU begins like that, put a line `sku` before it",
    );
}

/** Which of several columns has the SKUs is for the file to say. */
function refuseColumns(rows: readonly CsvRow[]): void {
  const several = rows.find(({ cells }) => cells.slice(1).some((cell) => cell.trim() !== ""));
  if (several)
    throw new CsvProblem(
      "The file has several columns, and none with the header `sku`: give the column of the SKUs that header",
      several.row,
    );
}

/** SKUs as a CSV file with the header `sku`, which `skusFromCsv` gives back; spaces around a SKU do not count. */
export const skusToCsv = (skus: readonly string[]): string =>
  writeCsv([["sku"], ...skus.map((sku) => [sku])]);
