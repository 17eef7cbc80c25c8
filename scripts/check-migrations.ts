/**
 * Do the migrations make the tables that src/store/schema.ts describes? Three questions, because
 * each sees what the others cannot: drizzle-kit's own (it compares snapshots and never reads the
 * SQL), a comparison of two real SQLite databases, and which tables are WITHOUT ROWID (a clause
 * that drizzle cannot express and that a rebuilt table loses).
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Tables that keep a rowid on purpose: wide rows, and an integer key that is the rowid itself. */
const rowidTables = new Set(["orders", "sweeps", "mails", "dead_letters"]);

export interface Place {
  /** Folder of the migrations, relative to the repository. */
  migrations: string;
  /** The schema file, relative to the repository. */
  schema: string;
}

/** drizzle-kit leaves with 0 even when it fails, so callers read its words. */
const drizzleKit = (args: readonly string[]): Promise<{ stdout: string; all: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(root, "node_modules/drizzle-kit/bin.cjs"), ...args, "--dialect", "sqlite"],
      { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
    );
    let stdout = "";
    let all = "";
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk);
      all += String(chunk);
    });
    child.stderr.on("data", (chunk) => (all += String(chunk)));
    child.on("error", reject);
    child.on("close", () => resolve({ stdout, all }));
  });

const migrationFiles = (migrations: string): string[] =>
  readdirSync(join(root, migrations))
    .filter((name) => name.endsWith(".sql"))
    .toSorted();

const readMigration = (migrations: string, name: string): string =>
  readFileSync(join(root, migrations, name), "utf8");

async function unwrittenChanges({ migrations, schema }: Place): Promise<string[]> {
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  // drizzle-kit breaks on an absolute --out.
  const copy = join("node_modules/.cache", `drift-${process.pid}-${counter++}`);
  cpSync(join(root, migrations), join(root, copy), { recursive: true });
  try {
    const { all } = await drizzleKit(["generate", "--schema", schema, "--out", `./${copy}`]);
    if (all.includes("No schema changes")) return [];
    const added = migrationFiles(copy).filter((name) => !migrationFiles(migrations).includes(name));
    const wanted = added.map((name) => readMigration(copy, name)).join("\n");
    return [
      `${schema} says more than ${migrations}; npm run migration writes the missing file:\n${wanted || all}`,
    ];
  } finally {
    rmSync(join(root, copy), { recursive: true, force: true });
  }
}
let counter = 0;

interface Table {
  columns: string;
  foreign_keys: string;
  indexes: string;
  without_rowid: boolean;
}

const flat = (sql: unknown): string =>
  String(sql)
    .replaceAll(/[\s`"]+/g, " ")
    .trim();

/** What one database has, in a form that can be compared as text. */
function tablesOf(database: DatabaseSync): Map<string, Table> {
  const all = (sql: string, ...args: string[]) => database.prepare(sql).all(...args);
  const names = all(
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  return new Map(
    names.map(({ name, wr }): [string, Table] => {
      const table = String(name);
      const columns = all(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY name',
        table,
      ).map(
        // A key column of a WITHOUT ROWID table is NOT NULL without being told.
        ({ notnull, ...column }) =>
          JSON.stringify({ ...column, nullable: notnull === 0 && column["pk"] === 0 }),
      );
      const keys = all("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq", table);
      const indexes = all(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name",
        table,
      ).map((row) => flat(row["sql"]));
      return [
        table,
        {
          columns: columns.join("\n"),
          foreign_keys: JSON.stringify(keys),
          indexes: indexes.join("\n"),
          without_rowid: wr === 1,
        },
      ];
    }),
  );
}

function compareTables(migrated: Map<string, Table>, described: Map<string, Table>): string[] {
  const problems: string[] = [];
  for (const name of new Set([...migrated.keys(), ...described.keys()])) {
    const [left, right] = [migrated.get(name), described.get(name)];
    if (!left) problems.push(`the schema has a table ${name} that no migration makes`);
    else if (!right) problems.push(`the migrations make a table ${name} that the schema lacks`);
    else
      for (const part of ["columns", "foreign_keys", "indexes"] as const) {
        if (left[part] === right[part]) continue;
        problems.push(
          `${part} of ${name} differ.\nthe migrations make:\n${left[part]}\nthe schema says:\n${right[part]}`,
        );
      }
  }
  return problems;
}

/** Every way in which the migrations and the schema disagree, in words; empty when they agree. */
export async function checkMigrations(place: Place): Promise<string[]> {
  const rebuilds = migrationFiles(place.migrations)
    .filter((name) => readMigration(place.migrations, name).includes("__new_"))
    .map(
      (name) =>
        `${name} rebuilds a table (__new_): on D1 that empties the tables that point to it and forgets WITHOUT ROWID. Write it by hand.`,
    );

  const migrated = new DatabaseSync(":memory:");
  for (const name of migrationFiles(place.migrations))
    migrated.exec(readMigration(place.migrations, name));

  const [unwritten, exported] = await Promise.all([
    unwrittenChanges(place),
    drizzleKit(["export", "--sql", "--schema", place.schema]),
  ]);
  const described = new DatabaseSync(":memory:");
  try {
    described.exec(exported.stdout);
  } catch {
    return [...rebuilds, `${place.schema} could not be read:\n${exported.all}`];
  }
  const tables = tablesOf(migrated);
  if (tables.size === 0) return [...rebuilds, `${place.migrations} makes no table`];
  const forgotten = [...tables]
    .filter(([name, table]) => !table.without_rowid && !rowidTables.has(name))
    .map(
      ([name]) =>
        `${name} is not WITHOUT ROWID: add the clause to its CREATE TABLE by hand, or name it in scripts/check-migrations.ts`,
    );
  return [...rebuilds, ...unwritten, ...compareTables(tables, tablesOf(described)), ...forgotten];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await checkMigrations({
    migrations: "migrations",
    schema: "src/store/schema.ts",
  });
  for (const problem of problems) console.error(`${problem}\n`);
  if (problems.length > 0) process.exit(1);
  console.log("The migrations make what the schema says.");
}
