import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, expect, test } from "vitest";
import { checkMigrations } from "../../scripts/check-migrations.ts";

const root = join(import.meta.dirname, "../..");
const folders: string[] = [];

/** A copy of the migrations and the schema, changed; inside the repository, where drizzle-orm resolves. */
function changed(edit: {
  sql?: (text: string) => string;
  schema?: (text: string) => string;
}): Promise<string[]> {
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules/.cache/check-"));
  folders.push(folder);
  cpSync(join(root, "migrations"), join(folder, "migrations"), { recursive: true });
  const rewrite = (from: string, to: string, with_?: (text: string) => string) => {
    const before = readFileSync(from, "utf8");
    const after = with_ === undefined ? before : with_(before);
    if (with_ !== undefined) expect(after).not.toBe(before);
    writeFileSync(to, after);
  };
  const first = join(folder, "migrations/0000_first.sql");
  rewrite(first, first, edit.sql);
  rewrite(join(root, "src/store/schema.ts"), join(folder, "schema.ts"), edit.schema);
  for (const part of ["schema-work.ts", "schema-alerts.ts"])
    cpSync(join(root, "src/store", part), join(folder, part));
  const place = (name: string) => relative(root, join(folder, name)).replaceAll("\\", "/");
  return checkMigrations({ migrations: place("migrations"), schema: place("schema.ts") });
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test("migrations that make what the schema says raise no problem", async () => {
  expect(
    await checkMigrations({ migrations: "migrations", schema: "src/store/schema.ts" }),
  ).toEqual([]);
});

test("a column in the schema without a migration is found", async () => {
  const problems = await changed({
    schema: (text) => text.replace("level: text()", "colour: text(),\n    level: text()"),
  });
  expect(problems.join("\n")).toContain("ADD `colour`");
});

test("an index changed in the SQL alone, which the snapshots cannot show, is found", async () => {
  const problems = await changed({
    sql: (text) => text.replace("(`account_id`,`user`)", "(`user`,`account_id`)"),
  });
  expect(problems).toEqual([expect.stringMatching(/^indexes of api_keys differ/)]);
});

test("a table that lost WITHOUT ROWID is found", async () => {
  const problems = await changed({ sql: (text) => text.replace(") WITHOUT ROWID;", ");") });
  expect(problems).toEqual([expect.stringContaining("is not WITHOUT ROWID")]);
});

test("a migration that rebuilds a table is refused", async () => {
  const problems = await changed({
    sql: (text) => `${text}\n--> statement-breakpoint\nCREATE TABLE \`__new_x\` (\`a\` text);`,
  });
  expect(problems[0]).toContain("rebuilds a table");
});

test("a schema that does not load is a problem, not a pass", async () => {
  const problems = await changed({ schema: (text) => `${text}\nthrow new Error("no");` });
  expect(problems.length).toBeGreaterThan(0);
});
