import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSource, imports, roof } from "./architecture.ts";

const root = join(import.meta.dirname, "../..");

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory())
      return filesUnder(join(folder, entry.name)).map((name) => `${entry.name}/${name}`);
    return [entry.name];
  });
}

const texts = (files: readonly string[], folder: string) =>
  new Map(files.map((file) => [file, readFileSync(join(root, folder, file), "utf8")]));

const source = texts(
  filesUnder(join(root, "src")).filter((file) => /\.tsx?$/.test(file)),
  "src",
);

describe("the source", () => {
  const { problems, seen } = checkSource(source);

  test("imports downwards only and keeps time, chance and network in platform", () => {
    expect(problems).toEqual([]);
  });

  test("is read whole: every file under src/, and nothing there that the rules cannot read", () => {
    const listed = globSync("src/**/*", { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).replaceAll("\\", "/"))
      .map((path) => path.slice(path.lastIndexOf("/src/") + "/src/".length));
    expect(seen.toSorted()).toEqual(listed.toSorted());
    for (const file of ["index.ts", "domain/order.ts", "platform/clock.ts", "store/schema.ts"])
      expect(seen).toContain(file);
  });

  test("has a file in every room of the import table", () => {
    const rooms = new Set(seen.map((file) => file.split("/")[0]));
    for (const room of Object.keys(imports).filter((name) => name !== "roof"))
      expect(rooms).toContain(room);
  });
});

describe("files", () => {
  test("are shorter than 400 lines", () => {
    const long = ["src", "sandbox", "scripts", "bench", "test"].flatMap((folder) =>
      globSync(`${folder}/**/*.{ts,tsx,mjs}`, { cwd: root })
        .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length }))
        .filter(({ lines }) => lines > 400),
    );
    expect(long).toEqual([]);
  });

  test("of migrations rebuild no table, because on D1 that empties the tables pointing to it", () => {
    const migrations = globSync("migrations/*.sql", { cwd: root });
    expect(migrations.length).toBeGreaterThan(0);
    for (const file of migrations)
      expect(readFileSync(join(root, file), "utf8"), file).not.toContain("__new_");
  });
});

/** Each rule on a small example that breaks it: a rule that cannot fail protects nothing. */
describe("the rules catch", () => {
  const good = {
    "index.ts": `import { x } from "./sync/a.ts"; export default { fetch: () => x };`,
    "sync/a.ts": `import { y } from "../domain/y.ts"; export const x = y;`,
    "domain/y.ts": `export const y = new Date(0).getTime();`,
    "coordinator/client.ts": `import type { O } from "./object.ts"; export type C = O;`,
    "coordinator/object.ts": `import { DurableObject } from "cloudflare:workers"; export class O extends DurableObject {}`,
    "connectors/contract.ts": `export interface K { id: string }`,
    "connectors/registry.ts": `import { w } from "./carts/w/w.ts"; export const all = [w];`,
    "connectors/carts/w/w.ts": `import type { K } from "../../contract.ts"; export const w: K = { id: "w" };`,
    "connectors/warehouses/h/h.ts": `export const h = 1;`,
    "store/s.ts": `import { sql } from "drizzle-orm"; export { sql };`,
    "platform/http.ts": `export const out = (url: string) => fetch(url, { headers: { at: String(Date.now()) } });`,
    "web/page.tsx": `import { Hono } from "hono"; export const app = new Hono();`,
  };
  const problemsWith = (more: Record<string, string>) =>
    checkSource(new Map(Object.entries({ ...good, ...more }))).problems;

  test("nothing in a source that keeps them", () => {
    expect(problemsWith({})).toEqual([]);
  });

  const cases: [string, string, string, RegExp][] = [
    [
      "an import upwards",
      "domain/bad.ts",
      `import { x } from "../sync/a.ts"; export { x };`,
      /domain may not import sync/,
    ],
    [
      "an import sideways",
      "api/bad.ts",
      `import { app } from "../web/page.tsx"; export { app };`,
      /api may not import web/,
    ],
    [
      "a type imported upwards",
      "store/bad.ts",
      `import type { C } from "../coordinator/client.ts"; export type D = C;`,
      /store may not import/,
    ],
    [
      "a re-export upwards",
      "domain/bad.ts",
      `export * from "../sync/a.ts";`,
      /domain may not import sync/,
    ],
    [
      "a dynamic import upwards",
      "domain/bad.ts",
      `export const x = () => import("../sync/a.ts");`,
      /domain may not import sync/,
    ],
    [
      "an import type expression upwards",
      "domain/bad.ts",
      `export type X = import("../sync/a.ts").X;`,
      /domain may not import sync/,
    ],
    [
      "an import only known at run time",
      "domain/bad.ts",
      `export const x = (n: string) => import(n);`,
      /run time/,
    ],
    [
      "an adapter that reads the store",
      "jobs/bad.ts",
      `import { sql } from "../store/s.ts"; export { sql };`,
      /jobs may not import store/,
    ],
    [
      "the coordinator's object behind its client",
      "sync/bad.ts",
      `import { O } from "../coordinator/object.ts"; export { O };`,
      /may not know coordinator\/object/,
    ],
    [
      "a connector named by a verb",
      "sync/bad.ts",
      `import { w } from "../connectors/carts/w/w.ts"; export { w };`,
      /may not know connectors\/carts/,
    ],
    [
      "a connector that knows another",
      "connectors/carts/w/bad.ts",
      `import { h } from "../../warehouses/h/h.ts"; export { h };`,
      /may not know connectors\/warehouses/,
    ],
    ["a room that nobody planned", "utils/bad.ts", `export const x = 1;`, /not a room/],
    ["a stray file under the roof", "bad.ts", `export const x = 1;`, /directly in src/],
    [
      "an import of nothing",
      "domain/bad.ts",
      `import { x } from "./gone.ts"; export { x };`,
      /no file of src/,
    ],
    [
      "an import from outside src/",
      "domain/bad.ts",
      `import { x } from "../../sandbox/index.ts"; export { x };`,
      /no file of src/,
    ],
    ["a file that does not parse", "domain/bad.ts", `export const = 1;`, /bad\.ts/],
    [
      "cloudflare:workers in a verb",
      "sync/bad.ts",
      `import { env } from "cloudflare:workers"; export { env };`,
      /may not import cloudflare:workers/,
    ],
    [
      "drizzle in a verb",
      "sync/bad.ts",
      `import { eq } from "drizzle-orm/sqlite-core"; export { eq };`,
      /may not import drizzle-orm/,
    ],
    [
      "hono in a verb",
      "sync/bad.ts",
      `import { Hono } from "hono"; export { Hono };`,
      /may not import hono/,
    ],
    ["a page outside web", "api/bad.tsx", `export const x = 1;`, /pages belong/],
    [
      "node:crypto outside platform",
      "sync/bad.ts",
      `import { randomUUID } from "node:crypto"; export { randomUUID };`,
      /may not import node:crypto/,
    ],
    ["fetch", "sync/bad.ts", `export const x = () => fetch("https://example.com");`, /uses fetch/],
    ["fetch under another name", "sync/bad.ts", `export const get = fetch;`, /uses fetch/],
    ["fetch in shorthand", "sync/bad.ts", `export const x = { fetch };`, /uses fetch/],
    [
      "globalThis.fetch",
      "sync/bad.ts",
      `export const x = globalThis.fetch;`,
      /uses globalThis\.fetch/,
    ],
    ["setTimeout", "sync/bad.ts", `setTimeout(() => {}, 1);`, /uses setTimeout/],
    ["performance.now", "sync/bad.ts", `export const x = performance.now();`, /uses performance/],
    ["Date.now", "domain/bad.ts", `export const x = Date.now();`, /uses Date\.now/],
    ["Date['now']", "domain/bad.ts", `export const x = Date["now"]();`, /uses Date\.now/],
    [
      "now taken out of Date",
      "domain/bad.ts",
      `const { now } = Date; export { now };`,
      /takes Date apart/,
    ],
    ["new Date()", "domain/bad.ts", `export const x = new Date();`, /present time/],
    ["Date()", "domain/bad.ts", `export const x = Date();`, /present time/],
    ["Math.random", "domain/bad.ts", `export const x = Math.random();`, /uses Math\.random/],
    [
      "crypto.randomUUID",
      "sync/bad.ts",
      `export const x = crypto.randomUUID();`,
      /uses crypto\.randomUUID/,
    ],
    ["PBKDF2", "platform/bad.ts", `export const x = "PBKDF2";`, /PBKDF2/],
  ];
  test.each(cases)("%s", (_, file, text, problem) => {
    const problems = problemsWith({ [file]: text });
    expect(problems.join("\n")).toMatch(problem);
    expect(problems.every((line) => line.startsWith(`${file}: `))).toBe(true);
  });

  test("two files that import each other", () => {
    const problems = problemsWith({
      "domain/a.ts": `import { b } from "./b.ts"; export const a = () => b;`,
      "domain/b.ts": `import { a } from "./a.ts"; export const b = () => a;`,
    });
    expect(problems).toEqual([expect.stringMatching(/circle: domain\/a\.ts → domain\/b\.ts/)]);
  });

  test("files under the roof are those that wire, and the types of the bindings", () => {
    expect(roof).toEqual(["index.ts", "deps.ts", "env.d.ts"]);
  });
});
