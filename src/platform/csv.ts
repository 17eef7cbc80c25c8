import Papa from "papaparse";

/** The one door for CSV, in and out. Reading finds trouble and names its row; writing makes a file that no spreadsheet runs. */

export const delimiters = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof delimiters)[number];

/** Why a file cannot be read at all. The message is for people; it repeats nothing of the file. */
export class CsvProblem extends Error {
  override readonly name = "CsvProblem";
  /** 1-based, as a spreadsheet counts; null: it is about the whole file. */
  readonly row: number | null;

  constructor(message: string, row: number | null = null) {
    super(message);
    this.row = row;
  }
}

/** What spreadsheets, archives and other files that are no text begin with. */
const signatures: readonly { bytes: readonly number[]; message: string }[] = [
  {
    bytes: [0x50, 0x4b],
    message:
      "This is a spreadsheet (.xlsx, .ods) or a zip archive, whatever its name says: open it and save it as CSV",
  },
  {
    bytes: [0xd0, 0xcf, 0x11, 0xe0],
    message: "This is an old Excel file (.xls), whatever its name says: open it and save it as CSV",
  },
  { bytes: [0x25, 0x50, 0x44, 0x46], message: "This is a PDF, not a CSV file" },
  { bytes: [0x1f, 0x8b], message: "This file is compressed: unpack it first" },
];

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/**
 * A file's text: UTF-8 with or without a byte order mark, UTF-16 with one, and Windows-1252 for what is
 * no UTF-8. Throws a CsvProblem for an empty file, a spreadsheet, and anything else that is no text.
 */
export function decodeText(bytes: Uint8Array): { text: string; encoding: Encoding } {
  if (bytes.length === 0) throw new CsvProblem("The file is empty");
  for (const { bytes: start, message } of signatures)
    if (start.every((byte, at) => bytes[at] === byte)) throw new CsvProblem(message);
  const encoding = encodingOf(bytes);
  const text = decoded(bytes, encoding);
  const nul = text.indexOf("\0");
  if (nul >= 0)
    throw new CsvProblem(
      "The file holds NUL bytes: it is no text, or UTF-16 without a byte order mark. Save it as CSV in UTF-8",
      lineAt(text, nul),
    );
  if (text.trim() === "") throw new CsvProblem("The file is empty");
  return { text, encoding };
}

function encodingOf(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function decoded(bytes: Uint8Array, encoding: Encoding): string {
  try {
    return new TextDecoder(encoding, {
      fatal: encoding.startsWith("utf-16"),
      ignoreBOM: false,
    }).decode(bytes);
  } catch {
    throw new CsvProblem("The file begins like UTF-16 and is none. Save it as CSV in UTF-8");
  }
}

const lineAt = (text: string, index: number): number => {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1))
    line += 1;
  return line;
};

/** A cell of a spreadsheet holds as many characters. More is a quote that was never closed. */
export const MOST_CELL_CHARACTERS = 32_767;
const MOST_COLUMNS = 500;
const MOST_ROW_CHARACTERS = 200_000;

export interface CsvRow {
  /** 1-based, as a spreadsheet counts: a cell with line breaks is one row, a blank line is one too. */
  row: number;
  cells: string[];
}

const GUESSED_CHARACTERS = 200_000;

/** The delimiter that the first rows of a text go by; null: it has one column, or none that we know. */
export function guessDelimiter(text: string): Delimiter | null {
  const start = text.slice(0, GUESSED_CHARACTERS);
  const { meta, errors } = Papa.parse<string[]>(start, {
    delimitersToGuess: [...delimiters],
    preview: 10,
    newline: newlineOf(start),
    skipEmptyLines: true,
  });
  if (errors.some(({ code }) => code === "UndetectableDelimiter")) return null;
  return delimiters.find((delimiter) => delimiter === meta.delimiter) ?? null;
}

/** After each quote papaparse looks through all spaces in front of the next line end: many of both would take minutes. */
const PADDING = /[^\S\n]{1000}/;

/** CRLF is told from LF row by row, as files that were put together have both. */
const newlineOf = (text: string): "\n" | "\r" =>
  text.includes("\n") || !text.includes("\r") ? "\n" : "\r";

/**
 * A text's rows, without the blank lines; what `writeCsv` neutralized is as it was. `mostRows`: rows at the
 * most, blank lines not counted. Throws a CsvProblem that names the row: a quote that was never closed or
 * stands where none may stand, a cell, row or file beyond its limit.
 */
export function parseCsv(text: string, delimiter: Delimiter, mostRows = Infinity): CsvRow[] {
  const rows: CsvRow[] = [];
  const newline = newlineOf(text);
  const padding = PADDING.exec(text);
  if (padding)
    throw new CsvProblem(
      `Line ${lineAt(text, padding.index)} of the text has 1000 spaces in a row: take the padding out`,
      lineAt(text, padding.index),
    );
  let row = 0;
  let start = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    newline,
    step: ({ data: cells, errors, meta }) => {
      row += 1;
      const raw = text.slice(start, meta.cursor);
      const from = start;
      start = meta.cursor;
      const error = errors[0];
      if (error) throw quoteProblem(error.code, row, lineAt(text, from));
      if (raw === "" || raw === "\n" || raw === "\r" || raw === "\r\n") return;
      if (newline === "\n") withoutReturn(cells, raw, delimiter);
      if (rows.length >= mostRows)
        throw new CsvProblem(
          `The file has more than ${mostRows} rows, its header among them: split it`,
          row,
        );
      checkSize(cells, raw.length, row);
      rows.push({ row, cells: cells.map(restored) });
    },
  });
  return rows;
}

/** Takes the CR of a row's CRLF off its last cell; a quoted cell never has it, but may end with one of its own. */
function withoutReturn(cells: string[], raw: string, delimiter: string): void {
  const last = cells.at(-1);
  if (!last?.endsWith("\r") || last.startsWith('"')) return;
  const end = raw.endsWith("\n") ? raw.length - 1 : raw.length;
  const begin = end - last.length;
  const isPlain = raw.slice(begin, end) === last && (begin === 0 || raw[begin - 1] === delimiter);
  if (isPlain) cells[cells.length - 1] = last.slice(0, -1);
}

function quoteProblem(code: string, row: number, line: number): CsvProblem {
  const place = line === row ? `Row ${row}` : `Row ${row} (line ${line} of the text)`;
  return new CsvProblem(
    code === "MissingQuotes"
      ? `${place} opens a quote that is never closed`
      : `${place} has a quote inside a quoted cell; a quote within quotes is written twice`,
    row,
  );
}

function checkSize(cells: readonly string[], length: number, row: number): void {
  const lost = "perhaps a quote was not closed";
  if (cells.length > MOST_COLUMNS)
    throw new CsvProblem(`Row ${row} has ${cells.length} cells; ${MOST_COLUMNS} are the most`, row);
  const large = cells.findIndex((cell) => cell.length > MOST_CELL_CHARACTERS);
  if (large >= 0)
    throw new CsvProblem(
      `Row ${row}, column ${large + 1} has a cell of ${cells[large]?.length} characters; ${MOST_CELL_CHARACTERS} are the most (${lost})`,
      row,
    );
  if (length > MOST_ROW_CHARACTERS)
    throw new CsvProblem(
      `Row ${row} has ${length} characters; ${MOST_ROW_CHARACTERS} are the most (${lost})`,
      row,
    );
}

/** What makes a spreadsheet take a cell for a formula, behind any number of our own marks. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const NEUTRALIZED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** A cell that no spreadsheet runs: one that looks like a formula, numbers with a sign included, gets a `'` in front. */
const neutralized = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);

/** Takes away exactly what `writeCsv` put in front of a cell. */
const restored = (cell: string): string => (NEUTRALIZED.test(cell) ? cell.slice(1) : cell);

/**
 * Rows as a CSV text with CRLF, beginning with a byte order mark, by which spreadsheets know UTF-8. Cells that
 * look like formulas are neutralized; `parseCsv` gives them back as they were.
 */
export function writeCsv(rows: readonly (readonly string[])[], delimiter: Delimiter = ","): string {
  return `\uFEFF${csvLines(rows, delimiter)}`;
}

/** The same without the mark, for a text that is written piece by piece. */
export const csvLines = (rows: readonly (readonly string[])[], delimiter: Delimiter): string =>
  rows.map((cells) => `${lineOf(cells, delimiter)}\r\n`).join("");

const lineOf = (cells: readonly string[], delimiter: Delimiter): string =>
  // A line without anything on it is no row.
  cells.length === 1 && cells[0] === ""
    ? '""'
    : Papa.unparse([cells.map(neutralized)], { delimiter, newline: "\r\n" });
