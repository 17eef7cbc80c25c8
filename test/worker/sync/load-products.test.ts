import { expect, test } from "vitest";
import type { JobMessage } from "../../../src/domain/messages.ts";
import { sweep } from "../../../src/sync/sweep.ts";
import { call } from "../api/client.ts";
import { drain, makeWorld, tick, type World } from "../world.ts";
import { alerts, api, mend, sell, sent, worldWith } from "./code-world.ts";
import { aroundBatches, order, stored } from "./between-steps.ts";

/** What the warehouse lists, in the place of the demo's products. */
function listing(
  world: World,
  ...rows: { sku: string; name?: string; barcodes?: string[] }[]
): void {
  const { warehouse_products: table } = world.state;
  for (const one of table.all()) table.delete(one.sku);
  rows.forEach(({ sku, name = sku, barcodes = [] }, at) =>
    table.put(sku, { seq: 10_000 + at, sku, name, barcodes }),
  );
}

const load = async (world: World) => {
  const { task_id } = await mend(world, "POST", "/api/products/load", {
    wms_id: world.merchant.wmsId,
  });
  return (await api(world)("GET", `/api/tasks/${task_id}`)).body;
};
const products = async (world: World) => (await api(world)("GET", "/api/products")).body.items;
const duplicates = async (world: World) =>
  (await api(world)("GET", "/api/alias-duplicates")).body.items;

test("a WMS's list becomes products with their barcodes, and loading it again writes nothing", async () => {
  const world = await makeWorld();
  const task = await load(world);
  const [first] = world.state.warehouse_products.all();
  expect(task).toMatchObject({ state: "done", counts: { duplicates: 0, unreadable: 0 } });
  expect(await products(world)).toContainEqual({
    sku: first?.sku,
    name: first?.name,
    aliases: { Barcode: first?.barcodes },
  });
  const again = await load(world);
  expect(again).toMatchObject({ state: "done", counts: { products: 0, codes: 0, duplicates: 0 } });
});

test("a list of more than a page is loaded whole, and what it lists no more stays", async () => {
  const world = await makeWorld();
  listing(
    world,
    ...Array.from({ length: 230 }, (_, n) => ({ sku: `P-${n}`, barcodes: [`B-${n}`] })),
  );
  expect(await load(world)).toMatchObject({
    state: "done",
    done: 230,
    counts: { products: 230, codes: 460 },
  });
  listing(world, { sku: "P-1", name: "Renamed", barcodes: ["B-new"] });
  await load(world);
  const stays = (await api(world)("GET", "/api/aliases?sku=P-2")).body.items;
  expect(stays).toEqual([{ code: "B-2", name: "Barcode", sku: "P-2" }]);
  const both = (await api(world)("GET", "/api/aliases?sku=p-1")).body.items;
  expect(both.map(({ code }: { code: string }) => code)).toEqual(["B-1", "B-new"]);
});

test.each([
  [
    "the API",
    (world: World) =>
      api(world)("PUT", "/api/products", { items: [{ sku: "P-1", name: "My mug", aliases: {} }] }),
  ],
  [
    "a file",
    (world: World) =>
      call(world.deps, "PUT", "/api/products", {
        key: world.merchant.keys.merchant,
        headers: { "content-type": "text/csv" },
        body: "sku,name\nP-1,My mug\nP-2,Theirs 2\n",
      }),
  ],
])("a name that a person gave by %s stays, and all else comes from the list", async (_, typed) => {
  const world = await makeWorld();
  listing(world, { sku: "P-1", name: "Theirs 1" }, { sku: "P-2", name: "Theirs 2" });
  await load(world);
  expect((await typed(world)).status).toBe(200);
  listing(
    world,
    { sku: "P-1", name: "Theirs anew", barcodes: ["B-1"] },
    { sku: "P-2", name: "Theirs anew" },
  );
  await load(world);
  expect(await products(world)).toEqual([
    { sku: "P-1", name: "My mug", aliases: { Barcode: ["B-1"] } },
    { sku: "P-2", name: "Theirs anew", aliases: {} },
  ]);
  expect(await load(world)).toMatchObject({ counts: { products: 0, codes: 0 } });
});

test("a WMS without a list, or with an empty one, gives the SKUs of its stock", async () => {
  const world = await makeWorld();
  listing(world);
  await load(world);
  const stock = [...new Set(world.state.warehouse_stock.all().map(({ sku }) => sku))].toSorted();
  expect((await products(world)).map(({ sku }: { sku: string }) => sku)).toEqual(stock);
});

test("a barcode that another product has is a duplicate with its alert, and everything else is loaded", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { UPC: ["0123"] } }]);
  listing(world, { sku: "CUP", name: "Cup", barcodes: ["0123", "0999"] }, { sku: "TEE" });
  expect(await load(world)).toMatchObject({ counts: { products: 2, codes: 3, duplicates: 1 } });
  expect(await products(world)).toMatchObject([
    { sku: "CUP", aliases: { Barcode: ["0999"] } },
    { sku: "MUG", aliases: { UPC: ["0123"] } },
    { sku: "TEE" },
  ]);
  expect(await duplicates(world)).toEqual([
    {
      code: "0123",
      claimants: [
        { sku: "MUG", product: null, name: "UPC", source: null },
        { sku: "CUP", product: "Cup", name: "Barcode", source: "wms" },
      ],
    },
  ]);
  const title = 'Code "0123" is given to several products';
  expect(await alerts(world)).toEqual([{ kind: "duplicate_code", title, waiting: 0 }]);
  await load(world);
  expect(await alerts(world)).toEqual([{ kind: "duplicate_code", title, waiting: 0 }]);
});

test("an order with a duplicate code is held and names its line, deciding sends it, and the next load does not ask again", async () => {
  for (const winner of ["MUG", "CUP"]) {
    const world = await worldWith([{ sku: "MUG", aliases: { UPC: ["0123"] } }], {
      item_code_out: "SKU",
    });
    listing(world, { sku: "CUP", barcodes: ["0123"] });
    await load(world);
    await sell(world, [{ sku: "MUG" }, { sku: "0123" }]);
    expect((await order(world)).timeline.at(-1)?.text).toBe(
      'Line 2: the code "0123" was given to several products (MUG, CUP).',
    );
    expect(await alerts(world)).toMatchObject([{ kind: "duplicate_code", waiting: 1 }]);
    await mend(world, "POST", "/api/alias-duplicates", { code: "0123", sku: winner });
    expect(sent(world)).toEqual([["MUG", winner]]);
    expect(await alerts(world)).toEqual([]);
    expect(await duplicates(world)).toEqual([]);
    expect(await load(world)).toMatchObject({ counts: { codes: 0, duplicates: 0 } });
    expect((await api(world)("GET", "/api/aliases?code=0123")).body.items).toMatchObject([
      { sku: winner },
    ]);
    expect(await duplicates(world)).toEqual([]);
  }
});

test("an order that waited on a duplicate and is called off leaves the alert open, as the code is still nobody's", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { UPC: ["0123"] } }]);
  listing(world, { sku: "CUP", barcodes: ["0123"] });
  await load(world);
  await sell(world, [{ sku: "0123" }]);
  const { id } = await order(world);
  await mend(world, "POST", `/api/orders/${id}/cancel`);
  expect(await alerts(world)).toMatchObject([{ kind: "duplicate_code", waiting: 0 }]);
});

test("a product whose SKU is another's code is not stored until it is decided for, and cannot be given another's SKU", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { UPC: ["cup"] } }]);
  listing(world, { sku: "CUP", barcodes: ["1"] }, { sku: "TEE", barcodes: ["mug"] });
  await load(world);
  expect((await products(world)).map(({ sku }: { sku: string }) => sku)).toEqual(["MUG", "TEE"]);
  const decide = (sku: string, code: string) =>
    api(world)("POST", "/api/alias-duplicates", { code, sku });
  expect((await decide("TEE", "mug")).status).toBe(409);
  expect((await decide("NOBODY", "mug")).status).toBe(422);
  expect((await decide("MUG", "none")).status).toBe(404);
  expect((await decide("MUG", "mug")).status).toBe(200);
  expect((await decide("CUP", "cup")).status).toBe(200);
  await load(world);
  expect(await products(world)).toMatchObject([
    { sku: "CUP", aliases: { Barcode: ["1"] } },
    { sku: "MUG", aliases: {} },
    { sku: "TEE", aliases: {} },
  ]);
  expect(await duplicates(world)).toEqual([]);
});

test("a code whose product is removed becomes the product's that alone claims it", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { UPC: ["0123"] } }], {
    item_code_out: "SKU",
  });
  listing(world, { sku: "CUP", barcodes: ["0123"] });
  await load(world);
  await sell(world, [{ sku: "0123" }]);
  await mend(world, "DELETE", "/api/products/MUG");
  expect(sent(world)).toEqual([["CUP"]]);
  expect(await duplicates(world)).toEqual([]);
  expect(await alerts(world)).toEqual([]);
});

test("a code that somebody gives away while a page is being stored becomes a duplicate, and the page is stored", async () => {
  const world = await worldWith([{ sku: "MUG" }]);
  listing(world, { sku: "CUP", barcodes: ["0123"] });
  const { body } = await api(world)("POST", "/api/products/load", { wms_id: world.merchant.wmsId });
  let given = false;
  const deps = aroundBatches(world.deps, async (_, store) => {
    if (!given) {
      given = true;
      await api(world)("POST", "/api/aliases", { code: "0123", name: "UPC", sku: "MUG" });
    }
    return store();
  });
  await drain(world.deps, deps);
  expect((await api(world)("GET", `/api/tasks/${body.task_id}`)).body).toMatchObject({
    state: "done",
  });
  expect(await duplicates(world)).toMatchObject([{ code: "0123" }]);
  expect((await products(world)).map(({ sku }: { sku: string }) => sku)).toEqual(["CUP", "MUG"]);
});

test("loading products lets orders go that waited for them", async () => {
  const world = await worldWith([{ sku: "MUG" }]);
  await sell(world, [{ sku: "B-1" }]);
  expect(await order(world)).toMatchObject({ status: "error" });
  listing(world, { sku: "CUP", barcodes: ["B-1"] });
  await load(world);
  expect(sent(world)).toEqual([["B-1"]]);
  expect(await alerts(world)).toEqual([]);
});

test("products are loaded once a day where the WMS connection says so, and never otherwise", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  const { jobs } = world.deps.queues;
  const hints: JobMessage[] = [];
  for (let minutes = 0; minutes < 24 * 60; minutes += 5) {
    world.clock.pass(300_000);
    await sweep(world.deps);
    hints.push(...jobs.sent.splice(0).filter(({ kind }) => kind === "products"));
  }
  expect(hints).toEqual([{ kind: "products", merchant_id: merchantId, connection_id: wmsId }]);
  for (const load_products of [false, true]) {
    await api(world)("PATCH", `/api/connections/${wmsId}`, { policy: { load_products } });
    jobs.sent.push(...hints);
    await drain(world.deps, world.deps);
    const loads = await stored(
      `SELECT state AS state FROM tasks WHERE merchant_id = '${merchantId}' AND kind = 'product_load'`,
    );
    expect(loads).toEqual(load_products ? [{ state: "done" }] : []);
  }
});

test("a WMS that does not answer is asked again, and a stranger's is not found", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "http500", times: 1 });
  const task = await load(world);
  expect(task).toMatchObject({ state: "running" });
  world.clock.pass(360_000);
  await tick(world);
  const { items } = (await api(world)("GET", "/api/tasks")).body;
  expect(items[0]).toMatchObject({ state: "done" });
  expect((await api(world)("POST", "/api/products/load", { wms_id: "con_none" })).status).toBe(404);
  const cart = { wms_id: world.merchant.cartId };
  expect((await api(world)("POST", "/api/products/load", cart)).status).toBeGreaterThanOrEqual(400);
});
