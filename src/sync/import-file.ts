import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { learnMapping, type Learned } from "../domain/import-learning.ts";
import { mappingShape, type ImportMapping } from "../domain/import-mapping.ts";
import {
  missingColumns,
  tableOf,
  unknownColumns,
  type ImportTable,
} from "../domain/import-rows.ts";
import {
  CsvProblem,
  decodeText,
  guessDelimiter,
  parseCsv,
  type CsvRow,
  type Delimiter,
  type Encoding,
} from "../platform/csv.ts";
import { readImportMapping } from "../store/imports.ts";
import type { Deps } from "./deps.ts";
import { openCart, type OpenCart } from "./open-connection.ts";

/** Rows of a file at the most, its header not counted. */
const MOST_ROWS = 50_000;
/** How many rows a mapping is learned from. */
const SAMPLE_ROWS = 1_000;

/** A cart that takes files: one that is given its orders, and cannot be asked for them. */
export async function openImportCart(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<OpenCart> {
  const open = await openCart(deps, merchantId, cartId);
  if (!open.connector.orders) return open;
  throw new DrayError(
    "invalid",
    `${open.connector.label} brings its orders by itself: load files into a cart of their own`,
    [{ path: "cart", message: "con_... of a cart that takes files" }],
  );
}

/** A problem with a file as our own no; anything else is thrown on. */
function refuseFile(error: unknown): never {
  if (!(error instanceof CsvProblem)) throw error;
  throw new DrayError("invalid", error.message, [
    { path: error.row === null ? "file" : `row ${error.row}`, message: error.message },
  ]);
}

interface CsvText {
  rows: CsvRow[];
  delimiter: Delimiter;
  /** What the text itself looks like, where that is another. */
  guessed: Delimiter | null;
  encoding: Encoding;
}

/** Reads a file's rows. Throws `invalid` with row and cause for what is no readable CSV. */
function readText(bytes: Uint8Array, wanted: Delimiter | null, mostRows: number): CsvText {
  try {
    const { text, encoding } = decodeText(bytes);
    const guessed = guessDelimiter(text);
    const delimiter = wanted ?? guessed ?? ",";
    return { rows: parseCsv(text, delimiter, mostRows + 1), delimiter, guessed, encoding };
  } catch (error) {
    return refuseFile(error);
  }
}

/** Learns how a sample is to be read; stores nothing. Throws `invalid` for what is no readable CSV. */
export function learnFile(bytes: Uint8Array): Learned & { table: ImportTable; encoding: Encoding } {
  const { rows, delimiter, encoding } = readText(bytes, null, MOST_ROWS);
  const learned = learnMapping(rows.slice(0, SAMPLE_ROWS), delimiter);
  return { ...learned, encoding, table: tableOf(rows, learned.mapping.header) };
}

export interface ReadFile {
  table: ImportTable;
  mapping: ImportMapping;
  /** It was learned from this very file; false: it is the cart's. */
  isNew: boolean;
  /** What a person should look at. */
  problems: readonly string[];
  /** Columns that the mapping does not know. */
  ignored: readonly string[];
}

/**
 * Reads a file with its cart's mapping, or with one learned from it where the cart has none. Throws `invalid`:
 * no readable CSV, columns that are missing, no rows, or nothing that could be learned.
 */
export async function readFile(deps: Deps, open: OpenCart, bytes: Uint8Array): Promise<ReadFile> {
  const { merchant_id, id } = open.connection;
  const saved = await readImportMapping(await deps.databases.of(merchant_id), merchant_id, id);
  const read = saved ? readWith(bytes, saved) : learnWhole(bytes);
  if (read.table.rows.length === 0)
    throw invalidFile("The file has a header and no rows", [
      { path: "file", message: "the first row is taken for the header" },
    ]);
  return { ...read, ignored: unknownColumns(read.table.columns, read.mapping) };
}

type Read = Omit<ReadFile, "ignored">;

function readWith(bytes: Uint8Array, mapping: ImportMapping): Read {
  const { rows, guessed } = readText(bytes, mapping.delimiter, MOST_ROWS);
  const table = tableOf(rows, mapping.header);
  const missing = missingColumns(table.columns, mapping);
  if (missing.length > 0) {
    const isOther = guessed !== null && guessed !== mapping.delimiter;
    const cause = isOther
      ? `; the mapping's delimiter is ${JSON.stringify(mapping.delimiter)}, the file's seems to be ${JSON.stringify(guessed)}`
      : "";
    throw invalidFile(
      `Row 1 is not the header that this cart's mapping is for: it lacks ${listed(missing)}${cause}`,
      missing.map((column) => ({ path: "row 1", message: `lacks the column ${column}` })),
    );
  }
  return { table, mapping, isNew: false, problems: [] };
}

function learnWhole(bytes: Uint8Array): Read {
  const { mapping, problems, table } = learnFile(bytes);
  const checked = mappingShape.safeParse(mapping);
  if (checked.success) return { table, mapping: checked.data, isNew: true, problems };
  throw invalidFile(
    "This cart has no mapping yet, and none could be learned from the file: save one, or name the columns more plainly",
    [
      ...checked.error.issues.map(({ path, message }) => ({
        path: ["mapping", ...path.map(String)].join("."),
        message,
      })),
      ...problems.map((message) => ({ path: "file", message })),
    ],
  );
}

const invalidFile = (message: string, fields: { path: string; message: string }[]): DrayError =>
  new DrayError("invalid", message, fields.slice(0, 50));

const listed = (columns: readonly string[]): string =>
  columns.length <= 10
    ? columns.join(", ")
    : `${columns.slice(0, 10).join(", ")} and ${columns.length - 10} more`;
