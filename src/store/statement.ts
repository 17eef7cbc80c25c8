import { sql, type SQL } from "drizzle-orm";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { z } from "zod";
import { byteLength } from "../platform/bytes.ts";

/**
 * The one door to D1. drizzle writes the SQL, D1 prepares and runs it; drizzle's own driver is not
 * used (`docs/lessons.md` says what it does to batches and joins). Readers alias every column.
 */
const dialect = new SQLiteAsyncDialect();

function prepare(db: D1Database, query: SQL): D1PreparedStatement {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return db.prepare(text).bind(...params);
}

/** Runs a read; each row is checked against its aggregate's shape. */
export async function read<T>(db: D1Database, shape: z.ZodType<T>, query: SQL): Promise<T[]> {
  const { results } = await prepare(db, query).all();
  return results.map((row) => shape.parse(row));
}

/** The first row of a read, or null. */
export async function readOne<T>(
  db: D1Database,
  shape: z.ZodType<T>,
  query: SQL,
): Promise<T | null> {
  return (await read(db, shape, query))[0] ?? null;
}

/** One statement of a batch; null: nothing. */
export type Statement = SQL | null;

/** What one statement of a commit did. */
export interface Committed {
  rows_written: number;
  /** Rows that the statement changed, without its indexes. */
  changes: number;
  /** What its RETURNING clause gave. */
  rows: readonly unknown[];
}

/** Runs all statements as one transaction, in order: all of them or none. Null entries are left out. */
export async function commit(db: D1Database, queries: readonly Statement[]): Promise<Committed[]> {
  const statements = queries.filter((query) => query !== null);
  if (statements.length === 0) return [];
  const answers = await db.batch(statements.map((query) => prepare(db, query)));
  return answers.map(({ results, meta }) => ({
    rows_written: meta.rows_written,
    changes: meta.changes,
    rows: results,
  }));
}

/** Whether a commit failed because somebody stored a row under the same key meanwhile. */
export const isKeyTaken = (error: unknown): boolean =>
  error instanceof Error && error.message.includes("UNIQUE constraint failed");

/**
 * Rows of JSON as a table with one column, `value`. LIMIT keeps SQLite from folding the subquery into
 * its statement, where each field that is read of a row would write out and parse all of it again.
 */
export const jsonRows = (rows: readonly unknown[]): SQL => jsonTexts(rows.map(toJson));

/** The same for rows that are JSON already. */
export const jsonTexts = (rows: readonly string[]): SQL =>
  sql`(SELECT value FROM json_each(${`[${rows.join(",")}]`}) LIMIT -1)`;

/** Room for one JSON parameter, in bytes of UTF-8; D1 stops at 2 MB in production (not locally). */
export const PARAMETER_BYTES = 1_000_000;

const toJson = (row: unknown): string => JSON.stringify(row);

/**
 * Cuts rows into pages of at most `count` rows and 1 MB of JSON each; `sizeOf` for rows whose size in
 * bytes is known. A single larger row is a page of its own.
 */
export function pagesOf<T>(
  rows: readonly T[],
  count: number,
  sizeOf: (row: T) => number = (row) => byteLength(toJson(row)),
): T[][] {
  const pages: T[][] = [];
  let page: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = sizeOf(row);
    if (page.length > 0 && (page.length >= count || bytes + size > PARAMETER_BYTES)) {
      pages.push(page);
      page = [];
      bytes = 0;
    }
    page.push(row);
    bytes += size;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
