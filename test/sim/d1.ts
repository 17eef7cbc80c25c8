import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** A D1 in memory, and the SQLite under it for whoever looks on. */
export interface SimD1 {
  db: D1Database;
  sqlite: DatabaseSync;
  close(): void;
}

const MOST_PARAMETERS = 100;
const MOST_SQL_BYTES = 100_000;
/** Of one text; production refuses what is larger, workerd on a laptop does not. */
const MOST_VALUE_BYTES = 2_000_000;

/** The codes that D1 puts behind SQLite's words. */
const CODES: Readonly<Record<number, string>> = { 1: "SQLITE_ERROR", 19: "SQLITE_CONSTRAINT" };

/** An error as D1 words it. */
export const d1Error = (message: string): Error => new Error(`D1_ERROR: ${message}`);

function asD1Error(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error)) return error;
  const code = Number(error.errcode) & 0xff;
  return d1Error(`${error.message}: ${CODES[code] ?? `SQLITE_ERROR_${code}`}`);
}

interface Prepared {
  statement: StatementSync;
  /** It writes, and answers no rows. */
  isSilent: boolean;
  writes: boolean;
}

/**
 * D1 over node:sqlite: the same SQLite, the same binding of numbers as REAL, the same limits. It has no
 * faults and no time of its own; `ports.ts` puts those around it. Of `meta`, `changes` and
 * `rows_written` are counted, without indexes.
 */
export function createD1(migrations: readonly string[] = []): SimD1 {
  const sqlite = new DatabaseSync(":memory:", { enableForeignKeyConstraints: true });
  sqlite.exec("PRAGMA temp_store = MEMORY");
  for (const text of migrations) sqlite.exec(text);
  const cache = new Map<string, Prepared>();
  const changes = sqlite.prepare("SELECT changes() AS n");
  const begin = sqlite.prepare("BEGIN");
  const end = sqlite.prepare("COMMIT");
  const back = sqlite.prepare("ROLLBACK");

  const prepared = (text: string): Prepared => {
    const known = cache.get(text);
    if (known) return known;
    if (Buffer.byteLength(text) > MOST_SQL_BYTES)
      throw d1Error("statement too long: SQLITE_TOOBIG");
    const writes = !/^\s*(select|explain)\b/i.test(text);
    const isSilent = /^\s*(insert|update|delete)\b/i.test(text) && !/\breturning\b/i.test(text);
    const made = { statement: sqlite.prepare(text), writes, isSilent };
    cache.set(text, made);
    return made;
  };

  class Statement {
    readonly text: string;
    readonly values: readonly SQLInputValue[];
    constructor(text: string, values: readonly SQLInputValue[] = []) {
      this.text = text;
      this.values = values;
    }
    bind(...given: unknown[]): Statement {
      return new Statement(this.text, given.map(bindable));
    }
    /** Runs it right now. */
    now(): D1Result<Record<string, unknown>> {
      if (this.values.length > MOST_PARAMETERS)
        throw d1Error("too many SQL variables: SQLITE_ERROR");
      for (const value of this.values)
        if (
          typeof value === "string" &&
          value.length > MOST_VALUE_BYTES / 4 &&
          Buffer.byteLength(value) > MOST_VALUE_BYTES
        )
          throw d1Error("string or blob too big: SQLITE_TOOBIG");
      const { statement, writes, isSilent } = prepared(this.text);
      const rows: Record<string, unknown>[] = [];
      let changed = 0;
      if (isSilent) changed = Number(statement.run(...this.values).changes);
      else {
        rows.push(...statement.all(...this.values));
        if (writes) changed = Number(changes.get()?.["n"]);
      }
      return {
        success: true,
        results: rows.map((row) => ({ ...row })),
        meta: {
          duration: 0,
          size_after: 0,
          rows_read: 0,
          rows_written: changed,
          last_row_id: 0,
          changed_db: changed > 0,
          changes: changed,
        },
      };
    }
    async all(): Promise<D1Result<Record<string, unknown>>> {
      return attempt(() => this.now());
    }
    run(): Promise<D1Result<Record<string, unknown>>> {
      return this.all();
    }
    async first(column?: string): Promise<unknown> {
      const [row] = (await this.all()).results;
      if (row === undefined) return null;
      return column === undefined ? row : row[column];
    }
    async raw(): Promise<unknown[][]> {
      return (await this.all()).results.map((row) => Object.values(row));
    }
  }

  const db = {
    prepare: (text: string) => new Statement(text),
    batch: async (statements: readonly Statement[]) =>
      attempt(() => {
        begin.run();
        try {
          const done = statements.map((statement) => statement.now());
          end.run();
          return done;
        } catch (error) {
          if (sqlite.isTransaction) back.run();
          throw error;
        }
      }),
    exec: async (text: string) => {
      sqlite.exec(text);
      return { count: 1, duration: 0 };
    },
  };
  return { db: db as unknown as D1Database, sqlite, close: () => sqlite.close() };
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asD1Error(error);
  }
}

function bindable(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new Error(
    `D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${String(value)}'`,
  );
}

/** What `wrangler d1 migrations apply` would run, in its order. */
export const readMigrations = (): string[] => {
  const folder = join(import.meta.dirname, "../../migrations");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name) => readFileSync(join(folder, name), "utf8"));
};
