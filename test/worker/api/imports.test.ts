import { expect, test } from "vitest";
import type { TestDeps } from "../deps.ts";
import { drain } from "../world.ts";
import { call } from "./client.ts";
import {
  countRows,
  fileOf,
  get,
  HEADER,
  line,
  load,
  ordersIn,
  place,
  post,
  traces,
} from "./import-files.ts";

test("a sample is learned and shown as orders, and nothing is stored", async () => {
  const at = await place();
  const file = fileOf(line("1001", "MUG", "2"), line("1001", "CAP"), line("1002", "MUG"));
  const learned = await post(at, `/api/imports/learn?cart=${at.cartId}`, file);
  expect(learned.status).toBe(200);
  expect(learned.json.mapping).toMatchObject({ delimiter: ",", layout: "row_per_line" });
  expect(learned.json.sample).toHaveLength(2);
  expect(learned.json.sample[0].order).toMatchObject({
    number: "1001",
    ship_to: { first_name: "Jane", last_name: "Doe", city: "Austin", country: "US" },
    extra_fields: { "Note to packer": "careful" },
    lines: [
      { sku: "MUG", quantity: 2, price: 1250 },
      { sku: "CAP", quantity: 1, price: 1250 },
    ],
  });
  expect(learned.json.columns[0]).toEqual({
    column: "Order Number",
    to: ["number"],
    item: null,
    samples: ["1001", "1002"],
  });
  expect(learned.json.problems.join(" ")).toContain("USD");
  expect(await traces(at)).toEqual([0, 0, 0, 0, 0]);
});

test("a dry run shows each row's result and stores nothing", async () => {
  const at = await place();
  await load(at, fileOf(line("900", "MUG")));
  const before = await traces(at);
  const file = fileOf(
    line("1001", "MUG", "2"),
    line("1002", "MUG"),
    line("1002", "CAP", "none"),
    line("900", "CAP"),
  );
  const { status, json } = await post(at, `/api/imports?cart=${at.cartId}&dry_run=true`, file);
  expect(status).toBe(200);
  expect(json.counts).toEqual({ loaded: 1, refused: 2, duplicate: 1 });
  expect(json.rows).toEqual([
    { row: 2, result: "loaded", reason: null, field: null, number: "1001", reference: "1001" },
    {
      row: 3,
      result: "refused",
      reason: "another row of this order was refused (row 4)",
      field: null,
      number: null,
      reference: null,
    },
    {
      row: 4,
      result: "refused",
      reason: 'column "Qty": "none" is no whole number',
      field: "Qty",
      number: null,
      reference: null,
    },
    expect.objectContaining({ row: 5, result: "duplicate", number: "900" }),
  ]);
  expect(await traces(at)).toEqual(before);
});

test("a file loads in the background; refused rows come back as a file that loads once it is mended", async () => {
  const at = await place();
  const file = fileOf(
    line("1001", "MUG", "2"),
    line("1002", "MUG", "1", { country: "Nowhere" }),
    line("1002", "CAP", "1", { country: "Nowhere" }),
    line("=1003", "MUG", "zero"),
    line("1004", "MUG"),
  );
  const done = await load(at, file);
  expect(done).toMatchObject({
    state: "done",
    done: 5,
    total: 5,
    counts: { loaded: 2, refused: 3 },
    name: "test.csv",
    cart_id: at.cartId,
  });
  expect(await ordersIn(at)).toEqual(["1001", "1004"]);
  const refused = await get(at, `/api/imports/${done.task_id}/refused.csv`);
  expect(refused.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const lines = refused.text.split("\r\n");
  expect(lines[0]).toBe(`${HEADER},row,reason`);
  expect(lines[1]).toContain('"column ""Ship To Country"": ""Nowhere"" is no country"');
  expect(lines[3]).toMatch(/^'=1003,.*,5,/);
  const mended = refused.text.replaceAll("Nowhere", "Germany").replace("zero", "3");
  expect(await load(at, mended)).toMatchObject({ counts: { loaded: 2 }, total: 3 });
  expect(await ordersIn(at)).toEqual(["1001", "1002", "1004", "=1003"]);
  const { json } = await get(at, `/api/orders?cart=${at.cartId}&number=1002`);
  const { json: order } = await get(at, `/api/orders/${json.items[0].id}`);
  expect(JSON.stringify(order)).not.toContain("is no country");
});

test.each([
  ["dated", "Order Date", "2026-11-20"],
  ["undated", "Colour", "red"],
])(
  "the same %s file again loads nothing twice, and names what it could not load",
  async (_, name, cell) => {
    const at = await place();
    const header = HEADER.replace("Note to packer", name);
    const row = (order: string, qty: string) => line(order, "MUG", qty).replace("careful", cell);
    const file = [header, row("1001", "1"), row("1002", "1"), ""].join("\r\n");
    await load(at, file);
    at.deps.clock.pass(24 * 3_600_000);
    const dry = await post(at, `/api/imports?cart=${at.cartId}&dry_run=true`, file);
    expect(dry.json.counts).toEqual({ same: 2 });
    expect(await load(at, file)).toMatchObject({ state: "done", counts: { same: 2 } });
    const other = await load(at, [header, row("1001", "5"), row("1003", "1")].join("\n"));
    expect(other.counts).toEqual({ duplicate: 1, loaded: 1 });
    const { text } = await get(at, `/api/imports/${other.task_id}/refused.csv`);
    expect(text).toMatch(/1001,.*,2,.*is here with other contents/);
    expect(await ordersIn(at)).toEqual(["1001", "1002", "1003"]);
  },
);

test("a page whose worker died before it noted its progress runs again, and nothing is there twice", async () => {
  const at = await place();
  const file = fileOf(line("1001", "MUG"), line("1002", "MUG", "none"), line("1003", "CAP"));
  const started = await post(at, `/api/imports?cart=${at.cartId}`, file);
  const db = await at.deps.databases.of(at.mine.merchantId);
  let dies = true;
  const dying = new Proxy(db, {
    get(target, name) {
      if (name !== "batch") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (statements: D1PreparedStatement[]) => {
        const isProgress = JSON.stringify(statements).includes("UPDATE import_chunks");
        if (dies && isProgress) throw new Error("the worker died");
        return target.batch(statements);
      };
    },
  });
  const deps: TestDeps = {
    ...at.deps,
    databases: { ...at.deps.databases, of: () => Promise.resolve(dying) },
  };
  const fates = await drain(at.deps, deps);
  expect(fates).toContain("retried");
  expect(await ordersIn(at)).toEqual(["1001", "1003"]);
  expect((await get(at, `/api/imports/${started.json.task_id}`)).json.done).toBe(0);
  dies = false;
  await at.deps.queues.jobs.send({
    kind: "task",
    merchant_id: at.mine.merchantId,
    task_id: started.json.task_id,
  });
  await drain(at.deps, deps);
  const { json } = await get(at, `/api/imports/${started.json.task_id}`);
  expect(json).toMatchObject({ state: "done", done: 3, counts: { same: 2, refused: 1 } });
  expect(await ordersIn(at)).toEqual(["1001", "1003"]);
  expect(await countRows(at, "deliveries")).toBe(2);
});

test("what was loaded is not kept a second time beside its orders", async () => {
  const at = await place();
  await load(at, fileOf(line("1001", "MUG"), line("1002", "MUG", "none")));
  const db = await at.deps.databases.of(at.mine.merchantId);
  const { results } = await db
    .prepare("SELECT rows, refused FROM import_chunks WHERE merchant_id = ?1")
    .bind(at.mine.merchantId)
    .all<{ rows: string; refused: string }>();
  expect(results.map(({ rows }) => rows)).toEqual(["[]"]);
  expect(results[0]?.refused).toContain("1002");
  expect(results[0]?.refused).not.toContain("1001");
});

test("an order by file stands for that of a cart, named by id or by name", async () => {
  const at = await place();
  const header = `${HEADER},Stands for cart,Stands for number`;
  const file = [
    header,
    `${line("F1", "MUG")},Test shop,5001`,
    `${line("F2", "MUG")},${at.mine.cartId},5002`,
    `${line("F3", "MUG")},No such shop,5003`,
    `${line("F5", "MUG")},${at.cartId},5005`,
    `${line("F4", "MUG")},,5004`,
  ].join("\n");
  const done = await load(at, file);
  expect(done.counts).toEqual({ loaded: 2, refused: 3 });
  const db = await at.deps.databases.of(at.mine.merchantId);
  const { results } = await db
    .prepare("SELECT cart_id, number FROM stand_ins WHERE merchant_id = ?1 ORDER BY number")
    .bind(at.mine.merchantId)
    .all();
  expect(results).toEqual([
    { cart_id: at.mine.cartId, number: "5001" },
    { cart_id: at.mine.cartId, number: "5002" },
  ]);
  const { text } = await get(at, `/api/imports/${done.task_id}/refused.csv`);
  expect(text).toContain("there is no cart");
  expect(text).toContain("it is the very cart that this order is given to");
});

test("a saved mapping is used, its faults are told by field, and without one there is 404", async () => {
  const at = await place();
  const path = `/api/imports/mapping?cart=${at.cartId}`;
  expect((await get(at, path)).status).toBe(404);
  const put = (body: unknown) => call(at.deps, "PUT", path, { key: at.key, body });
  const column = (name: string, ...to: string[]) => ({ column: name, to });
  const mapping = {
    delimiter: ";",
    layout: "row_per_line",
    columns: [
      column("Nr", "number", "extra.Original"),
      column("An", "ship_to.name"),
      column("Wohin", "ship_to.address_1"),
      column("Was", "line.sku"),
      column("Wieviel", "line.quantity"),
      column("Preis", "line.price"),
    ],
    constants: { currency: "EUR", "ship_to.country": "Germany", order_source: "Fax" },
    decimal_comma: true,
  };
  const faulty = await put({ ...mapping, columns: [column("Nr", "nummer")], constants: {} });
  expect(faulty.status).toBe(422);
  expect(faulty.text).toContain("columns.0.to.0");
  expect((await put(mapping)).json.mapping).toMatchObject(mapping);
  expect((await get(at, path)).json.mapping).toMatchObject(mapping);
  await load(at, "nr;an;wohin;was;wieviel;preis\n7;Ann Lee;Weg 1;MUG;2,0;1.234,50 €\n");
  const { json } = await get(at, `/api/orders?cart=${at.cartId}`);
  const order = await get(at, `/api/orders/${json.items[0].id}`);
  expect(order.json.body ?? order.json.order ?? order.json).toMatchObject({
    order_source: "Fax",
    extra_fields: { Original: "7" },
    ship_to: { country: "DE" },
    lines: [{ quantity: 2, price: 123_450 }],
  });
});

test("50,000 rows load in the background, page after page, with progress; an order's rows may stand anywhere", async () => {
  const at = await place();
  const orders = 20_000;
  const rows = [
    ...Array.from({ length: orders }, (_, n) => line(`N${n}`, "MUG")),
    ...Array.from({ length: 30_000 }, (_, n) => line(`N${n % orders}`, "CAP")),
  ];
  const started = await post(at, `/api/imports?cart=${at.cartId}`, fileOf(...rows));
  expect(started.json).toMatchObject({ rows: 50_000 });
  const path = `/api/imports/${started.json.task_id}`;
  expect((await get(at, path)).json).toMatchObject({ state: "running", done: 0, total: 50_000 });
  const seen = new Set<number>();
  const db = await at.deps.databases.of(at.mine.merchantId);
  const watched: TestDeps = {
    ...at.deps,
    databases: {
      ...at.deps.databases,
      of: async () => {
        const task = await db
          .prepare("SELECT done FROM tasks WHERE merchant_id = ?1")
          .bind(at.mine.merchantId)
          .first<{ done: number }>();
        seen.add(task?.done ?? -1);
        // After two minutes a worker hands over to the next.
        at.deps.clock.pass(1_000);
        return db;
      },
    },
  };
  const fates = await drain(at.deps, watched);
  expect(fates.length).toBeGreaterThan(1);
  expect(seen.size).toBeGreaterThan(15);
  const done = await get(at, path);
  expect(done.json).toMatchObject({
    state: "done",
    done: 50_000,
    total: 50_000,
    counts: { loaded: orders },
  });
  expect(await countRows(at, "orders")).toBe(orders);
});
