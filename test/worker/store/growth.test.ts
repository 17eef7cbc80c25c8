import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commit } from "../../../src/store/statement.ts";
import { found, type Case } from "./case.ts";
import { cases } from "./cases.ts";
import { clear, counted, layOut, putBack, rowsOf, type Ground } from "./ground.ts";

declare global {
  interface ImportMeta {
    glob(pattern: string, options: { eager: true }): Record<string, Record<string, unknown>>;
  }
}

/** The door itself, the columns and the choice of a D1: no statement of their own. */
const notStatements = new Set([
  "fence",
  "alert-ids",
  "alert-orders",
  "statement",
  "shapes",
  "schema",
  "schema-work",
  "schema-alerts",
  "steps",
  "next-hold",
  "databases",
]);

const exported = Object.entries(
  import.meta.glob("../../../src/store/*.ts", { eager: true }),
).flatMap(([path, module]) => {
  const name = path.split("/").at(-1)?.replace(".ts", "") ?? "";
  if (notStatements.has(name)) return [];
  return Object.entries(module)
    .filter(([, value]) => typeof value === "function")
    .map(([fn]) => `${name}.${fn}`);
});

let small: Ground;
let large: Ground;
/** A merchant whose rows bear the very same ids. */
let neighbour: Ground;

beforeAll(async () => {
  small = await layOut("growth100", 100);
  large = await layOut("growth10000", 10_000);
  // A range that ends at the end of a table reads one row less than one that ends at a neighbour's.
  neighbour = await layOut("growth_neighbour", 3);
}, 60_000);

afterAll(async () => {
  await env.DB.prepare("DELETE FROM sweeps WHERE last_tick = 1").run();
});

interface Measured {
  rows: number;
  rows_read: number;
  rows_written: number;
}

async function measure(one: Case, ground: Ground, as: Ground = ground): Promise<Measured> {
  const count = counted(env.DB);
  const rows = one.read
    ? found(await one.read(count.db, as))
    : (await commit(count.db, [one.write?.(as) ?? null].flat())).reduce(
        (sum, { changes }) => sum + changes,
        0,
      );
  return { rows, rows_read: count.rows_read, rows_written: count.rows_written };
}

async function prepare(one: Case, { m }: Ground): Promise<void> {
  const given = (one.given ?? []).map((text) => env.DB.prepare(text).bind(m));
  if (given.length > 0) await env.DB.batch(given);
}

/** Rows that a case made due or not due must not be there for the next one. */
async function cleanUp(one: Case, ground: Ground): Promise<void> {
  await putBack(ground);
  if (one.given?.some((text) => text.includes("next_at IS NULL")))
    await env.DB.batch(
      ["deliveries", "shipments"].map((table) =>
        env.DB.prepare(`UPDATE ${table} SET next_at = NULL WHERE merchant_id = ?1`).bind(ground.m),
      ),
    );
}

test("every exported reader and writer of the store has its case", () => {
  const covered = new Set(Object.keys(cases).map((name) => name.split(" ")[0] ?? ""));
  expect(exported.length).toBeGreaterThan(50);
  expect(exported.filter((name) => !covered.has(name))).toEqual([]);
  expect([...covered].filter((name) => !exported.includes(name))).toEqual([]);
});

for (const [name, one] of Object.entries(cases)) {
  const title = one.grows
    ? `${name} finds the same among 100 rows and among 10,000, reading more: it ${one.grows}`
    : `${name} reads and writes as many rows among 10,000 rows of a merchant as among 100`;
  test(title, async () => {
    const measured: Measured[] = [];
    for (const ground of [small, large]) {
      await prepare(one, ground);
      measured.push(await measure(one, ground));
      await cleanUp(one, ground);
    }
    const [few, many] = measured;
    expect(few?.rows).toBe(one.rows);
    expect(many?.rows).toBe(one.rows);
    expect(many?.rows_written).toBe(few?.rows_written);
    if (one.grows) expect(many?.rows_read).toBeGreaterThan(few?.rows_read ?? 0);
    else expect(many?.rows_read).toBe(few?.rows_read);
  });
}

for (const [name, one] of Object.entries(cases))
  if (!one.everyone)
    test(`${name} with another merchant's id finds nothing of this one and changes nothing`, async () => {
      await prepare(one, small);
      const before = await rowsOf(small);
      const stranger: Ground = { ...small, m: "mer_stranger", account: "acc_stranger" };
      const { rows } = await measure(one, small, stranger);
      if (one.read) expect(rows).toBe(0);
      expect(await rowsOf(small)).toEqual(before);
      if (one.write) {
        await prepare(one, neighbour);
        await measure(one, small, neighbour);
        expect(await rowsOf(small)).toEqual(before);
        await cleanUp(one, neighbour);
      }
      await clear(stranger);
      await cleanUp(one, small);
    });
