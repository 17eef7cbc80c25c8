import { DrayError } from "../domain/errors.ts";
import { CsvProblem, decodeText, guessDelimiter, parseCsv, writeCsv } from "../platform/csv.ts";

const MOST_SKUS = 50_000;
const MOST_CHARACTERS = 200;

/**
 * The SKUs of a CSV file, as bytes or as text, each once and in their sequence: of the column `sku`, or of the
 * first one where there is no such header. A quoted blank line is the blank SKU. Throws `invalid` with row and
 * cause.
 */
export function skusFromCsv(file: Uint8Array | string): string[] {
  try {
    const text = typeof file === "string" ? file.replace(/^\uFEFF/, "") : decodeText(file).text;
    // Of a single column, what looks like a delimiter is part of a SKU.
    const isSingle = /^"?sku"?[\r\n]/i.test(text);
    const delimiter = (isSingle ? null : guessDelimiter(text)) ?? ",";
    const rows = parseCsv(text, delimiter, MOST_SKUS + 1);
    const header = rows[0]?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
    const named = header.indexOf("sku");
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

/** SKUs as a CSV file with the header `sku`, which `skusFromCsv` gives back; spaces around a SKU do not count. */
export const skusToCsv = (skus: readonly string[]): string =>
  writeCsv([["sku"], ...skus.map((sku) => [sku])]);
