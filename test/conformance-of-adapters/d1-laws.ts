import { expect, test } from "vitest";

let tables = 0;

/** What Dray takes for granted about D1; the simulation's and the real one are held to it alike. */
export function d1Laws(open: () => D1Database): void {
  const fresh = async (columns = "id TEXT PRIMARY KEY, n INTEGER") => {
    const db = open();
    const name = `law_${(tables += 1)}`;
    await db.prepare(`CREATE TABLE ${name} (${columns})`).run();
    return { db, name };
  };
  const run = (db: D1Database, text: string, ...values: unknown[]) =>
    db
      .prepare(text)
      .bind(...values)
      .all();
  const one = async (text: string, ...values: unknown[]) =>
    (await run(open(), text, ...values)).results[0];

  test("a batch is done whole, and each statement sees the ones before it", async () => {
    const { db, name } = await fresh();
    const insert = db.prepare(`INSERT INTO ${name} VALUES (?, ?)`);
    const answers = await db.batch<Record<string, unknown>>([
      insert.bind("a", 1),
      insert.bind("b", 2),
      db.prepare(`SELECT count(*) AS n FROM ${name}`),
    ]);
    expect(answers.map(({ results }) => results)).toEqual([[], [], [{ n: 2 }]]);
  });

  test("a batch with one statement that fails leaves nothing", async () => {
    const { db, name } = await fresh();
    const insert = db.prepare(`INSERT INTO ${name} VALUES (?, ?)`);
    await expect(
      db.batch([insert.bind("a", 1), insert.bind("b", 2), insert.bind("a", 3)]),
    ).rejects.toThrow(`UNIQUE constraint failed: ${name}.id`);
    expect(await one(`SELECT count(*) AS n FROM ${name}`)).toEqual({ n: 0 });
    await db.batch([insert.bind("a", 1)]);
    expect(await one(`SELECT count(*) AS n FROM ${name}`)).toEqual({ n: 1 });
  });

  test("whatever answers rows is heard, however it begins", async () => {
    const { db, name } = await fresh();
    const rows = async (text: string) => (await run(db, text)).results;
    expect(await rows(`INSERT INTO ${name} VALUES ('a', 1) RETURNING id`)).toEqual([{ id: "a" }]);
    expect(await rows(`WITH x AS (SELECT id FROM ${name}) SELECT id FROM x`)).toEqual([
      { id: "a" },
    ]);
    expect(
      await rows(`WITH x AS (SELECT 2 AS n) UPDATE ${name} SET n = (SELECT n FROM x) RETURNING n`),
    ).toEqual([{ n: 2 }]);
    expect(await rows(`VALUES (1)`)).toHaveLength(1);
  });

  test("errors are D1_ERROR with SQLite's words and code", async () => {
    const { db, name } = await fresh("m TEXT, id TEXT, n INTEGER NOT NULL, PRIMARY KEY (m, id)");
    const insert = (n: number | null) => run(db, `INSERT INTO ${name} VALUES ('m', 'a', ?)`, n);
    await insert(1);
    await expect(insert(2)).rejects.toThrow(
      `D1_ERROR: UNIQUE constraint failed: ${name}.m, ${name}.id: SQLITE_CONSTRAINT`,
    );
    await expect(insert(null)).rejects.toThrow(
      `D1_ERROR: NOT NULL constraint failed: ${name}.n: SQLITE_CONSTRAINT`,
    );
    await expect(run(db, "SELECT json('{')")).rejects.toThrow("D1_ERROR: malformed JSON");
    await expect(run(db, "SELEC 1")).rejects.toThrow('near "SELEC": syntax error');
    await expect(run(db, "SELECT 1 FROM nowhere")).rejects.toThrow("no such table: nowhere");
  });

  test("numbers are bound as REAL, and an INTEGER column makes integers of them", async () => {
    const { db, name } = await fresh();
    expect(await one("SELECT typeof(?) AS type, ? || 'x' AS text", 5, 5)).toEqual({
      type: "real",
      text: "5.0x",
    });
    expect(await one("SELECT json_object('at', ?) AS text", 1_795_298_573_724)).toEqual({
      text: '{"at":1795298573724.0}',
    });
    await run(db, `INSERT INTO ${name} VALUES ('a', ?)`, 5);
    expect(await one(`SELECT typeof(n) AS type, n FROM ${name}`)).toEqual({
      type: "integer",
      n: 5,
    });
  });

  test("texts, nulls and truth come back as they should", async () => {
    const text = "ä 茶 🍵 ' \" \\ \n";
    expect(
      await one("SELECT ? AS text, ? AS none, ? AS yes, ? AS no", text, null, true, false),
    ).toEqual({ text, none: null, yes: 1, no: 0 });
    expect(() => open().prepare("SELECT ?").bind(undefined)).toThrow("D1_TYPE_ERROR");
  });

  test("JSON functions work on what is stored and what is bound", async () => {
    const rows = JSON.stringify([
      { id: "a", n: 1, list: [1] },
      { id: "b", n: null },
    ]);
    const { results } = await run(
      open(),
      `SELECT j.value->>'id' AS id, j.value->>'n' AS n, j.value->'list' AS list, j.key AS at
       FROM (SELECT value, key FROM json_each(?) LIMIT -1) j`,
      rows,
    );
    expect(results).toEqual([
      { id: "a", n: 1, list: "[1]", at: 0 },
      { id: "b", n: null, list: null, at: 1 },
    ]);
    expect(await one("SELECT json_insert('[1]', '$[#]', json(?)) AS text", '{"a":2}')).toEqual({
      text: '[1,{"a":2}]',
    });
    expect(await one("SELECT json_group_array(value) AS text FROM json_each(?)", "[3,4]")).toEqual({
      text: "[3,4]",
    });
  });

  test("changes are the rows that a statement changed, and none for a read", async () => {
    const { db, name } = await fresh();
    const changes = async (text: string) => (await run(db, text)).meta.changes;
    expect(await changes(`INSERT INTO ${name} VALUES ('a', 1), ('b', 2), ('c', 3)`)).toBe(3);
    expect(await changes(`UPDATE ${name} SET n = 9 WHERE n > 1`)).toBe(2);
    expect(await changes(`SELECT * FROM ${name}`)).toBe(0);
    expect(await changes(`UPDATE ${name} SET n = 9 WHERE n > 99`)).toBe(0);
    expect(await changes(`INSERT INTO ${name} VALUES ('a', 5) ON CONFLICT (id) DO NOTHING`)).toBe(
      0,
    );
    expect(
      await changes(`INSERT INTO ${name} VALUES ('a', 5) ON CONFLICT (id) DO UPDATE SET n = 5`),
    ).toBe(1);
    expect(await changes(`DELETE FROM ${name} WHERE n = 9`)).toBe(2);
  });

  test("RETURNING gives the rows that were changed, also within a batch", async () => {
    const { db, name } = await fresh();
    const [inserted, updated] = await db.batch<Record<string, unknown>>([
      db.prepare(`INSERT INTO ${name} VALUES ('a', 1), ('b', 2) RETURNING id`),
      db.prepare(`UPDATE ${name} SET n = n + 1 WHERE n > 1 RETURNING id, n`),
    ]);
    expect(inserted?.results).toEqual([{ id: "a" }, { id: "b" }]);
    expect(updated?.results).toEqual([{ id: "b", n: 3 }]);
    expect([inserted?.meta.changes, updated?.meta.changes]).toEqual([2, 1]);
  });

  test("columns of one name become one", async () => {
    expect(await one("SELECT 1 AS id, 2 AS id")).toEqual({ id: 2 });
  });

  test("a statement takes 100 parameters and no more", async () => {
    const among = (n: number) =>
      `SELECT 1 IN (${Array.from({ length: n }, () => "?").join(",")}) AS is_there`;
    const ones = (n: number) => Array.from({ length: n }, () => 1);
    expect(await one(among(100), ...ones(100))).toEqual({ is_there: 1 });
    await expect(one(among(101), ...ones(101))).rejects.toThrow("too many SQL variables");
  });

  test("a statement of more than 100 KB is refused", async () => {
    await expect(one(`SELECT '${"x".repeat(100_000)}' AS long`)).rejects.toThrow("too long");
  });

  test("a megabyte of JSON goes through one parameter", async () => {
    const rows = JSON.stringify(Array.from({ length: 1_000 }, () => "x".repeat(990)));
    expect(await one("SELECT count(*) AS n FROM json_each(?)", rows)).toEqual({ n: 1_000 });
  });

  test("foreign keys are kept", async () => {
    const { db, name } = await fresh();
    const child = `${name}_child`;
    await db.prepare(`CREATE TABLE ${child} (id TEXT REFERENCES ${name} (id))`).run();
    await expect(run(db, `INSERT INTO ${child} VALUES ('nobody')`)).rejects.toThrow(
      "FOREIGN KEY constraint failed",
    );
  });

  test("the first row, one of its columns, and rows as lists", async () => {
    const { db, name } = await fresh();
    const all = db.prepare(`SELECT id, n FROM ${name} ORDER BY id`);
    expect(await all.first()).toBeNull();
    await run(db, `INSERT INTO ${name} VALUES ('a', 1), ('b', 2)`);
    expect(await all.first()).toEqual({ id: "a", n: 1 });
    expect(await all.first("n")).toBe(1);
    expect(await all.raw()).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });
}
