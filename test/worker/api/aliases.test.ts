import { expect, test } from "vitest";
import { makeWorld, type World } from "../world.ts";
import { call, client } from "./client.ts";

const mug = { sku: "MUG", name: "Mug", aliases: { UPC: ["0123"] } };

async function worldWithMug() {
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PUT", "/api/products", { items: [mug, { sku: "TEE" }] });
  return { world, api };
}

const audits = async (world: World) => {
  const api = client(world.deps, world.merchant.keys.merchant);
  const { body } = await api("GET", "/api/audit?limit=50");
  return body.items.map(({ act, subject }: { act: string; subject: string }) => [act, subject]);
};

test("aliases are found by product, by name and by code, whatever the case, in pages by code", async () => {
  const { api } = await worldWithMug();
  for (const [code, name, sku] of [
    ["B-2", "EAN", "MUG"],
    ["A-1", "EAN", "TEE"],
    ["C-3", "ean", "mug"],
  ])
    expect((await api("POST", "/api/aliases", { code, name, sku })).status).toBe(200);
  const codes = async (query: string) => {
    const { items, next } = (await api("GET", `/api/aliases?${query}`)).body;
    return [items.map(({ code }: { code: string }) => code), next];
  };
  expect(await codes("")).toEqual([["0123", "A-1", "B-2", "C-3"], null]);
  expect(await codes("name=EAN")).toEqual([["A-1", "B-2", "C-3"], null]);
  expect(await codes("sku=mug")).toEqual([["0123", "B-2", "C-3"], null]);
  expect(await codes("code=b-2")).toEqual([["B-2"], null]);
  expect(await codes("code=MUG")).toEqual([[], null]);
  expect(await codes("limit=2")).toEqual([["0123", "A-1"], "a-1"]);
  expect(await codes("limit=2&after=a-1")).toEqual([["B-2", "C-3"], null]);
  expect(await codes("name=EAN&limit=1&after=a-1")).toEqual([["B-2"], "b-2"]);
  expect(await codes("sku=MUG&limit=1&after=0123")).toEqual([["B-2"], "b-2"]);
});

test("a code that another product has is refused with that product's name, a SKU as well, and a product that is not there is not found", async () => {
  const { api } = await worldWithMug();
  for (const code of ["0123", " 0123", "mug"]) {
    const { status, body } = await api("POST", "/api/aliases", { code, name: "EAN", sku: "TEE" });
    expect(status).toBe(409);
    expect(body.error.message).toContain("belongs to MUG already");
  }
  const own = await api("POST", "/api/aliases", { code: "tee", name: "EAN", sku: "TEE" });
  expect(own.status).toBe(409);
  const nobody = await api("POST", "/api/aliases", { code: "1", name: "EAN", sku: "NONE" });
  expect(nobody.status).toBe(404);
  for (const name of ["SKU", "sku", "Name", ""])
    expect((await api("POST", "/api/aliases", { code: "1", name, sku: "TEE" })).status).toBe(422);
});

test("an alias may get another name, goes when it is removed, and a SKU is not removed like that", async () => {
  const { world, api } = await worldWithMug();
  const named = { code: "0123", name: "GTIN", sku: "MUG" };
  expect((await api("POST", "/api/aliases", named)).body).toEqual(named);
  expect((await api("GET", "/api/products?limit=1")).body.items[0].aliases).toEqual({
    GTIN: ["0123"],
  });
  expect((await api("POST", "/api/aliases", named)).status).toBe(200);
  expect((await api("DELETE", "/api/aliases/mug")).status).toBe(409);
  expect((await api("DELETE", "/api/aliases/0123")).status).toBe(204);
  expect((await api("DELETE", "/api/aliases/0123")).status).toBe(404);
  expect((await api("POST", "/api/aliases", { ...named, sku: "TEE" })).status).toBe(200);
  expect((await audits(world)).slice(0, 4)).toEqual([
    ["alias_given", "TEE"],
    ["alias_removed", "MUG"],
    ["alias_given", "MUG"],
    ["products_changed", "products"],
  ]);
});

test("two that give one code to two products at once: one of them is refused, and the code is the other's", async () => {
  const { api } = await worldWithMug();
  const answers = await Promise.all(
    ["MUG", "TEE"].map((sku) => api("POST", "/api/aliases", { code: "Z", name: "EAN", sku })),
  );
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["200", "409"]);
  const winner = answers.find(({ status }) => status === 200)?.body.sku;
  expect((await api("GET", "/api/aliases?code=z")).body.items).toMatchObject([{ sku: winner }]);
});

const file = (world: World, method: string, body: string, query = "") =>
  call(world.deps, method, `/api/products${query}`, {
    key: world.merchant.keys.merchant,
    body,
    headers: { "content-type": "text/csv" },
  });
const exported = async (world: World) =>
  (
    await call(world.deps, "GET", "/api/products", {
      key: world.merchant.keys.merchant,
      headers: { accept: "text/csv" },
    })
  ).text;

test("products come out as the file that goes in: it changes nothing, and makes the same products elsewhere", async () => {
  const items = [
    {
      sku: "=1+1",
      name: '@cmd, "quoted"',
      aliases: { UPC: ["-5", "'+6", "7"], "Amazon SKU": ["a;b"] },
    },
    { sku: "Mug", name: null, aliases: { UPC: ["0123"] } },
    { sku: "TEE", name: "Tee\nshirt", aliases: {} },
  ];
  const world = await makeWorld();
  const api = client(world.deps, world.merchant.keys.merchant);
  await api("PUT", "/api/products", { items });
  const text = await exported(world);
  for (const line of text.replace("\uFEFF", "").split("\r\n"))
    expect(line).not.toMatch(/(^|,)"?[=+\-@]/);
  const same = await file(world, "PUT", text);
  expect(same.json).toEqual({ rows: 3, saved: 0, unchanged: 3, refused: [] });
  const other = await makeWorld();
  expect((await file(other, "POST", text)).json).toMatchObject({ saved: 3, refused: [] });
  expect(await exported(other)).toBe(text);
});

test("a file changes the names that it has columns for and nothing else, and a dry run says so and stores nothing", async () => {
  const { world, api } = await worldWithMug();
  await api("POST", "/api/aliases", { code: "E", name: "EAN", sku: "MUG" });
  const text = "SKU;upc;upc\nmug;9;8\nNEW;7;\n";
  const dry = await file(world, "PUT", text, "?dry_run=true");
  expect(dry.json).toEqual({ rows: 2, saved: 2, unchanged: 0, refused: [] });
  expect((await api("GET", "/api/products")).body.items).toHaveLength(2);
  expect((await file(world, "PUT", text)).json).toEqual(dry.json);
  expect((await api("GET", "/api/products")).body.items).toEqual([
    { sku: "MUG", name: "Mug", aliases: { upc: ["8", "9"], EAN: ["E"] } },
    { sku: "NEW", name: null, aliases: { upc: ["7"] } },
    { sku: "TEE", name: null, aliases: {} },
  ]);
  expect(await audits(world)).toContainEqual(["products_imported", "products"]);
});

test("rows that cannot be taken are refused with their number and the reason, and the others are taken", async () => {
  const { world, api } = await worldWithMug();
  const long = "x".repeat(201);
  const text = [
    "sku,name,UPC",
    "TEE,Tee,0123",
    ",No SKU,1",
    "tee,Again,2",
    `${long},Long,3`,
    "A,a,4,5",
    "B,Fine,6",
  ].join("\n");
  expect((await file(world, "PUT", text)).json).toEqual({
    rows: 6,
    saved: 1,
    unchanged: 0,
    refused: [
      {
        row: 2,
        sku: "TEE",
        reason: "The code 0123 belongs to MUG already: a code is one product's",
      },
      { row: 3, sku: "", reason: "It has no SKU" },
      { row: 4, sku: "tee", reason: "Row 2 has this SKU already" },
      { row: 5, sku: long, reason: "Its SKU is longer than 200 characters" },
      { row: 6, sku: "A", reason: "It has more cells than the header" },
    ],
  });
  expect((await api("GET", "/api/aliases?code=6")).body.items).toMatchObject([{ sku: "B" }]);
});

test("what is no file of products is refused whole, with the place", async () => {
  const { world } = await worldWithMug();
  for (const [text, place] of [
    ["name,UPC\nMug,1", "row 1"],
    ['sku\n"open', "row 2"],
    ["sku,sku\nA,B", "row 1"],
    ["PK\u0003\u0004", "file"],
  ] as const) {
    const { status, json } = await file(world, "PUT", text);
    expect([text, status, json.error.fields[0].path]).toEqual([text, 422, place]);
  }
  const many = `sku\n${Array.from({ length: 10_001 }, (_, n) => `P${n}`).join("\n")}`;
  expect((await file(world, "PUT", many)).status).toBe(422);
});

test("a file of 10,000 products is one batch", async () => {
  const world = await makeWorld();
  const rows = Array.from({ length: 10_000 }, (_, n) => `P-${n},Product ${n},U-${n}`);
  const text = ["sku,name,UPC", ...rows].join("\n");
  expect((await file(world, "PUT", text)).json).toMatchObject({ saved: 10_000, refused: [] });
  expect((await file(world, "PUT", text)).json).toMatchObject({ saved: 0, unchanged: 10_000 });
  expect((await exported(world)).split("\r\n")).toHaveLength(10_002);
}, 60_000);
