import { expect, test } from "vitest";
import type { KeyPair } from "../../../src/accounts/new-key.ts";
import { mintMerchant } from "../deps.ts";
import { call } from "./client.ts";
import { fileOf, get, HEADER, line, load, ordersIn, place, post, traces } from "./import-files.ts";

const bytesOf = (text: string) => Uint8Array.from(new TextEncoder().encode(text));
const bad: [string, string | Uint8Array<ArrayBuffer>, RegExp][] = [
  ["an empty file", new Uint8Array(), /is empty/],
  ["a header alone", `${HEADER}\r\n`, /a header and no rows/],
  ["no header", `${line("1001", "MUG")}\r\n${line("1002", "MUG")}`, /Row 1 looks like data/],
  [
    "a quote never closed",
    fileOf(line("1001", "MUG"), line("1002", '"CAP')),
    /Row 3 opens a quote/,
  ],
  ["a 1 MB cell", fileOf(line("1001", "x".repeat(1_000_000))), /Row 2, column 7 has a cell of/],
  ["a spreadsheet", Uint8Array.from([0x50, 0x4b, 3, 4, 1, 2, 3]), /spreadsheet/],
  ["UTF-16 without its mark", bytesOf(fileOf(line("1", "M")).split("").join("\0")), /NUL bytes/],
  ["unknown columns", "foo,bar\n1,2\n", /No column holds the order number/],
];

test.each(bad)(
  "%s is refused whole with its cause, and nothing is stored",
  async (_name, file, cause) => {
    const at = await place();
    for (const dry of ["true", "false"]) {
      const refused = await post(at, `/api/imports?cart=${at.cartId}&dry_run=${dry}`, file);
      expect(refused.status).toBe(422);
      expect(refused.text.replaceAll('\\"', '"')).toMatch(cause);
    }
    expect(at.deps.queues.jobs.sent).toEqual([]);
    expect(await traces(at)).toEqual([0, 0, 0, 0, 0]);
  },
);

test("a file with another delimiter or header than the cart's mapping is refused whole, with row and cause", async () => {
  const at = await place();
  await load(at, fileOf(line("1001", "MUG")));
  const path = `/api/imports?cart=${at.cartId}`;
  const semicolons = await post(at, path, fileOf(line("1002", "MUG")).replaceAll(",", ";"));
  expect([semicolons.status, semicolons.json.error.message]).toEqual([
    422,
    expect.stringMatching(
      /^Row 1 .* lacks Order Number, .*delimiter is ",", the file's seems to be ";"$/,
    ),
  ]);
  const renamed = await post(at, path, fileOf(line("1002", "MUG")).replace("Qty", "Amount"));
  expect(renamed.json.error.fields).toEqual([{ path: "row 1", message: "lacks the column Qty" }]);
  expect(await ordersIn(at)).toEqual(["1001"]);
});

test("a ragged row takes the orders with it that it may belong to, and no other", async () => {
  const at = await place();
  const file = fileOf(
    line("1001", "MUG"),
    line("1002", "MUG"),
    line("1002", "CAP").replace("1 Main St", "1 Main St, Apt 5"),
    line("1003", "MUG"),
  );
  const done = await load(at, file);
  expect(done).toMatchObject({ state: "done", done: 4, counts: { loaded: 2, refused: 2 } });
  expect(await ordersIn(at)).toEqual(["1001", "1003"]);
  const { text } = await get(at, `/api/imports/${done.task_id}/refused.csv`);
  expect(text).toContain("4,has 11 cells instead of 10");
  expect(text).toContain('3,"row 4 has 11 cells instead of 10 and may belong to this order');
});

test("rows with a cell too few or too many come back so that nothing shifts, and load nothing until they are mended", async () => {
  const at = await place();
  const short = line("1001", "MUG", "7").replace("MUG,", "");
  const long = line("1002", "CAP", "3").replace("1 Main St", "1 Main St,Apt 5");
  const done = await load(at, fileOf(short, long));
  expect(done.counts).toEqual({ refused: 2 });
  const { text } = await get(at, `/api/imports/${done.task_id}/refused.csv`);
  const [header, one = "", two = ""] = text.trimStart().split("\r\n");
  expect(header).toBe(`${HEADER},row,reason`);
  expect(one).toBe(`${short},(missing cell),2,has 9 cells instead of 10`);
  expect(two).toMatch(/,CAP,3,12\.50,3,has 11 cells instead of 10,careful$/);
  expect(await load(at, text)).toMatchObject({ counts: { refused: 2 } });
  expect(await ordersIn(at)).toEqual([]);
  const mended = text
    .replace("US,7,12.50,careful,(missing cell),", "US,MUG,7,12.50,careful,")
    .replace("1 Main St,Apt 5,", "1 Main St Apt 5,")
    .replace("12.50,3,has 11 cells instead of 10,careful", "12.50,careful,3,mended");
  expect(await load(at, mended)).toMatchObject({ counts: { loaded: 2 } });
  const { json } = await get(at, `/api/orders?cart=${at.cartId}&number=1001`);
  const order = await get(at, `/api/orders/${json.items[0].id}`);
  expect(order.text).toMatch(/"sku":"MUG".*"quantity":7/);
});

test("Windows-1252 and UTF-16 are read as what they say", async () => {
  const at = await place();
  const [head = "", tail = ""] = fileOf(line("1001", "MUG", "1", { city: "M|nchen" })).split("|");
  const windows = Uint8Array.from([...bytesOf(head), 0xfc, 0x80, ...bytesOf(tail)]);
  await load(at, windows);
  const text = fileOf(line("1002", "MUG", "1", { city: "Kraków" }));
  const utf16 = new Uint8Array(2 * text.length + 2);
  const view = new DataView(utf16.buffer);
  for (const [index, unit] of `\uFEFF${text}`.split("").entries())
    view.setUint16(2 * index, unit.charCodeAt(0), true);
  await load(at, utf16);
  const { json } = await get(at, `/api/orders?cart=${at.cartId}`);
  const cities = await Promise.all(
    json.items.map(async ({ id }: { id: string }) => {
      const order = await get(at, `/api/orders/${id}`);
      return /"city":"([^"]+)"/.exec(order.text)?.[1];
    }),
  );
  expect(cities.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(["Kraków", "Mü€nchen"]);
});

test("another merchant's key finds neither cart nor import, a key that may only read loads nothing, and a cart's key knows its own cart", async () => {
  const at = await place();
  const other = await mintMerchant(at.deps);
  const done = await load(at, fileOf(line("1001", "MUG"), line("1002", "MUG", "none")));
  const file = fileOf(line("1003", "CANARY"));
  const cart = `cart=${at.cartId}`;
  const imports = [`/api/imports/${done.task_id}`, `/api/imports/${done.task_id}/refused.csv`];
  for (const key of [other.keys.merchant, other.keys.warehouse]) {
    for (const path of [
      `/api/imports?${cart}`,
      `/api/imports?${cart}&dry_run=true`,
      `/api/imports/learn?${cart}`,
    ])
      expect((await post(at, path, file, key)).status).toBe(404);
    for (const path of [...imports, `/api/imports/mapping?${cart}`])
      expect((await get(at, path, key)).status).toBe(404);
  }
  const keyOf = async (wanted: object): Promise<KeyPair> =>
    (await call(at.deps, "POST", "/api/keys", { key: at.key, body: { name: "K", ...wanted } })).json
      .key;
  const reader = await keyOf({ level: "merchant", access: "read" });
  for (const path of [
    `/api/imports?${cart}`,
    `/api/imports?${cart}&dry_run=true`,
    `/api/imports/learn?${cart}`,
  ])
    expect((await post(at, path, file, reader)).status).toBe(403);
  const own = await keyOf({ level: "cart", access: "write", connection_id: at.cartId });
  const foreign = await keyOf({ level: "cart", access: "write", connection_id: at.mine.cartId });
  expect((await get(at, imports[0] ?? "", own)).status).toBe(200);
  expect((await get(at, imports[1] ?? "", own)).text).toContain("1002");
  expect((await post(at, "/api/imports?dry_run=true", file, own)).status).toBe(200);
  expect((await post(at, `/api/imports?${cart}`, file, foreign)).status).toBe(404);
  for (const path of imports) expect((await get(at, path, foreign)).status).toBe(404);
  expect((await post(at, "/api/imports", file)).json.error.fields[0].path).toBe("cart");
  expect(await ordersIn(at)).toEqual(["1001"]);
});

test("a cart that brings its orders by itself takes no files", async () => {
  const at = await place();
  const refused = await post(at, `/api/imports?cart=${at.mine.cartId}`, fileOf(line("1", "MUG")));
  expect([refused.status, refused.json.error.fields[0].path]).toEqual([422, "cart"]);
});

test("a file may have 25 MB, anything else 1 MB", async () => {
  const at = await place();
  const rows = Array.from({ length: 15_000 }, (_, n) => line(`${n}`, "x".repeat(80)));
  const large = fileOf(...rows);
  expect(large.length).toBeGreaterThan(2_000_000);
  const dry = await post(at, `/api/imports?cart=${at.cartId}&dry_run=true`, large);
  expect([dry.status, dry.json.counts]).toEqual([200, { loaded: 15_000 }]);
  const tooLarge = await post(at, `/api/imports?cart=${at.cartId}`, "x".repeat(25_000_001));
  expect(tooLarge.status).toBe(413);
  const mapping = await call(at.deps, "PUT", `/api/imports/mapping?cart=${at.cartId}`, {
    key: at.key,
    body: "x".repeat(1_000_001),
  });
  expect(mapping.status).toBe(413);
});

test("an order of more rows than an order may have is refused, and its file's others load", async () => {
  const at = await place();
  const rows = Array.from({ length: 1_001 }, () => line("BIG", "MUG"));
  const done = await load(at, fileOf(line("1001", "MUG"), ...rows, line("1002", "MUG")));
  expect(done).toMatchObject({ done: 1_003, counts: { loaded: 2, refused: 1_001 } });
  const { text } = await get(at, `/api/imports/${done.task_id}/refused.csv`);
  expect(text.split("\r\n")).toHaveLength(1_003);
  expect(text).toContain("the order of 1001 rows is too large");
});
