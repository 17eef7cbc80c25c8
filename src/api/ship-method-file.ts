import { DrayError } from "../domain/errors.ts";
import { isMapped, methodMatches } from "../domain/ship-methods.ts";
import { CsvProblem, decodeText, guessDelimiter, parseCsv, writeCsv } from "../platform/csv.ts";
import type { ShownMethod } from "../sync/list-ship-methods.ts";
import type { BadRow, WantedMapping } from "../sync/save-ship-methods.ts";

const columns = ["match", "value", "description", "wms_method", "passes"] as const;
type Column = (typeof columns)[number];

export const MOST_MAPPINGS = 2_000;
const yes = new Set(["yes", "y", "true", "1"]);
const no = new Set(["", "no", "n", "false", "0"]);

/** A map as a CSV file, which `mappingsFromCsv` gives back. */
export const mappingsToCsv = (methods: readonly ShownMethod[]): string =>
  writeCsv([
    columns,
    ...methods.map((one) => [
      one.match,
      one.value,
      one.description ?? "",
      one.wms_method ?? "",
      one.passes ? "yes" : "no",
    ]),
  ]);

/** What a CSV file says. */
export interface FiledMappings {
  items: WantedMapping[];
  /** Rows without a method: they are still to be mapped, and stay as they are. */
  unmapped: number;
  /** Rows that cannot be read, in their sequence. */
  bad: BadRow[];
}

/**
 * The mappings of a CSV file with a header; its columns may stand in any sequence, and only `value` has to be
 * there. Without `match` a row is `exact`. Throws `invalid` with row and cause where the file is none.
 */
export function mappingsFromCsv(file: Uint8Array): FiledMappings {
  try {
    const { text } = decodeText(file);
    const rows = parseCsv(text, guessDelimiter(text) ?? ",", MOST_MAPPINGS + 1);
    const header = rows[0]?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
    if (!header.includes("value"))
      throw new CsvProblem(`The file needs a header with the columns ${columns.join(", ")}`, 1);
    const bad: BadRow[] = [];
    const items = rows.slice(1).flatMap(({ row, cells }) => {
      const cell = (name: Column) => cells[header.indexOf(name)]?.trim() ?? "";
      return mappingIn(`row ${row}`, cell, bad);
    });
    const mapped = items.filter(isMapped);
    return { items: mapped, unmapped: items.length - mapped.length, bad };
  } catch (error) {
    if (!(error instanceof CsvProblem)) throw error;
    throw new DrayError("invalid", error.message, [
      { path: error.row === null ? "file" : `row ${error.row}`, message: error.message },
    ]);
  }
}

function mappingIn(place: string, cell: (name: Column) => string, bad: BadRow[]): WantedMapping[] {
  const said = cell("match").toLowerCase() || "exact";
  const match = methodMatches.find((one) => one === said);
  if (!match)
    bad.push({
      path: place,
      message: `has an unknown \`match\`: one of ${methodMatches.join(", ")}`,
    });
  const passes = cell("passes").toLowerCase();
  const isAnswer = yes.has(passes) || no.has(passes);
  if (!isAnswer) bad.push({ path: place, message: "has neither yes nor no in `passes`" });
  if (!match || !isAnswer) return [];
  return [
    {
      match,
      value: cell("value"),
      description: cell("description") || null,
      wms_method: cell("wms_method") || null,
      passes: yes.has(passes),
      place,
    },
  ];
}
