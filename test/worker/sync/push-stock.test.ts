import { expect, test } from "vitest";
import { dismissAlert } from "../../../src/sync/dismiss-alert.ts";
import { getAlert } from "../../../src/sync/list-alerts.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { setStock } from "../../../src/sync/set-stock.ts";
import { Crash, mortal } from "../crash.ts";
import { makeWorld, tick, type World } from "../world.ts";
import {
  answer,
  aroundBatches,
  duringCall,
  duringEveryCall,
  openAlerts,
  stored,
} from "./between-steps.ts";
import { api, setCart, worldWith } from "./code-world.ts";
import { by } from "./people.ts";

type Levels = Readonly<Record<string, number>>;

const set = (world: World, levels: Levels) => {
  const { merchantId, cartId } = world.merchant;
  const items = Object.entries(levels).map(([sku, quantity]) => ({ sku, quantity }));
  return setStock(world.deps, merchantId, cartId, items, by);
};
/** What the shop offers. */
const shelf = (world: World): Record<string, number | null> =>
  Object.fromEntries(world.view().shop.products.map(({ sku, stock }) => [sku, stock]));
const refuse = (world: World, sku: string, refuses: string | null) =>
  world.control("PATCH products", { sku, refuses });
const alert = (world: World, id: string | null | undefined) =>
  getAlert(world.deps, world.merchant.merchantId, id ?? "");
const writes = /^POST https:\/\/shop\.example\/.*\/batch/;

test("levels are in the shop at once, of products and of variations, and the audit says who set them", async () => {
  const world = await makeWorld();
  await world.control("POST products", { sku: "SHIRT" });
  await world.control("POST products", { sku: "SHIRT-L", variation_of: "SHIRT" });
  const done = await set(world, { "DEMO-MUG": 3, "SHIRT-L": 0 });
  expect(done).toMatchObject({ set: 2, refused: 0, filtered: 0 });
  expect(done.items[1]).toEqual({
    sku: "SHIRT-L",
    quantity: 0,
    result: "set",
    message: null,
    alert_id: null,
  });
  expect(shelf(world)).toMatchObject({ "DEMO-MUG": 3, "SHIRT-L": 0, SHIRT: null, "DEMO-BAG": 100 });
  const [entry] = await stored("SELECT * FROM audit WHERE act = 'stock_set'");
  expect(entry).toMatchObject({ subject: world.merchant.cartId, by: JSON.stringify(by) });
  expect(JSON.parse(String(entry?.["after"]))).toEqual({
    set: 2,
    refused: 0,
    filtered: 0,
    skus: ["DEMO-MUG", "SHIRT-L"],
  });
  expect(await openAlerts(world)).toEqual([]);
});

test("what the shop refuses is an alert in its words, and the same call after it is mended closes it", async () => {
  const world = await makeWorld();
  await refuse(world, "DEMO-MUG", "Stock is under review");
  const { items } = await set(world, { "DEMO-MUG": 3, "DEMO-BAG": 4, NONE: 5 });
  expect(items.map(({ result, message }) => [result, message])).toEqual([
    ["refused", "Stock is under review"],
    ["set", null],
    ["refused", "The shop has no product with this SKU."],
  ]);
  expect(shelf(world)).toMatchObject({ "DEMO-MUG": 100, "DEMO-BAG": 4 });
  expect(await alert(world, items[0]?.alert_id)).toMatchObject({
    kind: "stock",
    state: "open",
    severity: "error",
    retry: "person",
    title: 'The stock of SKU "DEMO-MUG" cannot be set in Test shop',
    message: "Stock is under review",
    details: { sku: "DEMO-MUG", quantity: 3 },
    waiting: 0,
  });
  await set(world, { "demo-mug": 2 });
  expect(await alert(world, items[0]?.alert_id)).toMatchObject({ times: 2 });
  await refuse(world, "DEMO-MUG", null);
  await set(world, { "DEMO-MUG": 3 });
  expect(await alert(world, items[0]?.alert_id)).toMatchObject({
    state: "resolved",
    closed_by: "The cart took a level of this SKU.",
  });
  expect((await openAlerts(world)).map(({ details }) => details["sku"])).toEqual(["NONE"]);
});

test("a refusal that is dismissed stays so until the shop says something else or took a level", async () => {
  const world = await makeWorld();
  const id = (await set(world, { NONE: 1 })).items[0]?.alert_id ?? "";
  await dismissAlert(world.deps, world.merchant.merchantId, id, null, by);
  await set(world, { NONE: 2 });
  expect(await alert(world, id)).toMatchObject({ state: "dismissed", details: { quantity: 2 } });
  await world.control("POST products", { sku: "NONE" });
  await refuse(world, "NONE", "Locked");
  await set(world, { NONE: 2 });
  expect(await alert(world, id)).toMatchObject({ state: "open", message: "Locked" });
  await dismissAlert(world.deps, world.merchant.merchantId, id, null, by);
  await refuse(world, "NONE", null);
  await set(world, { NONE: 2 });
  await refuse(world, "NONE", "Locked");
  await set(world, { NONE: 2 });
  expect(await alert(world, id)).toMatchObject({ state: "open", times: 1 });
});

test("a cart that gives an alias is asked by it, and a SKU without one is refused in Dray's words without asking", async () => {
  const items = [
    { sku: "MUG", aliases: { "Shop SKU": ["DEMO-MUG"] } },
    { sku: "TEE", aliases: { "Shop SKU": ["DEMO-SHIRT-M"] } },
    { sku: "CUP" },
  ];
  const world = await worldWith(items, { item_code_in: "Shop SKU" });
  const done = await set(world, { mug: 1, TEE: 2, CUP: 3 });
  expect(done.items.map(({ result }) => result)).toEqual(["set", "set", "refused"]);
  expect(shelf(world)).toMatchObject({ "DEMO-MUG": 1, "DEMO-SHIRT-M": 2 });
  const why = "The product has no Shop SKU, by which the cart knows products.";
  expect(done.items[2]?.message).toBe(why);
  expect(await alert(world, done.items[2]?.alert_id)).toMatchObject({
    title: `The stock of SKU "CUP" cannot be set in Test shop: ${why}`,
    message: null,
  });
  let calls = 0;
  duringEveryCall(world.deps, /shop\.example/, (pass) => {
    calls += 1;
    return pass();
  });
  expect(await set(world, { CUP: 3 })).toMatchObject({ refused: 1 });
  expect(calls).toBe(0);
});

test("a code that several products claim is not asked for until somebody decides whose it is", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { Barcode: ["0123"] } }], {
    item_code_in: "Barcode",
  });
  await world.control("POST products", { sku: "0123" });
  const product = { seq: 9_999, sku: "CUP", name: "Cup", barcodes: ["0123"] };
  world.state.warehouse_products.put("CUP", product);
  await api(world)("POST", "/api/products/load", { wms_id: world.merchant.wmsId });
  await tick(world);
  const { items } = await set(world, { MUG: 1 });
  expect(items[0]?.message).toContain("was given to several products (MUG, CUP)");
  expect(shelf(world)["0123"]).toBeNull();
  await api(world)("POST", "/api/alias-duplicates", { code: "0123", sku: "MUG" });
  expect(await set(world, { MUG: 1 })).toMatchObject({ set: 1 });
  expect(shelf(world)["0123"]).toBe(1);
});

test("what the item filter drops is not pushed, and closes its alert", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { UPC: ["DEMO-MUG"] } }]);
  await refuse(world, "DEMO-MUG", "No");
  const id = (await set(world, { "DEMO-MUG": 1 })).items[0]?.alert_id;
  await refuse(world, "DEMO-MUG", null);
  const filter = { mode: "deny", level: "order", skus: ["MUG"] };
  const path = `/api/carts/${world.merchant.cartId}/item-filters`;
  expect((await api(world)("PUT", path, filter)).status).toBe(200);
  const done = await set(world, { "DEMO-MUG": 1, "DEMO-BAG": 2 });
  expect(done.items.map(({ result }) => result)).toEqual(["filtered", "set"]);
  expect(shelf(world)).toMatchObject({ "DEMO-MUG": 100, "DEMO-BAG": 2 });
  expect(await alert(world, id)).toMatchObject({
    state: "resolved",
    closed_by: "The item filter of the cart leaves this SKU out.",
  });
  await setCart(world, { item_code_in: "UPC" });
  expect(await set(world, { mug: 1 })).toMatchObject({ filtered: 1, set: 0, refused: 0 });
});

test.each([
  ["http500", "unavailable", "degraded"],
  ["http429", "throttled", "degraded"],
  ["timeout", "timed_out", "degraded"],
  ["unauthorized", "unauthorized", "needs_reauth"],
])(
  "a shop in trouble (%s) is the connection's alert and none of a SKU",
  async (kind, alerts, health) => {
    const world = await makeWorld();
    await world.control("POST faults", { target: "shop", kind });
    await expect(set(world, { "DEMO-MUG": 1 })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("set them again"),
    });
    expect((await openAlerts(world)).map((one) => one.kind)).toEqual([alerts]);
    const connection = `SELECT health FROM connections WHERE id = '${world.merchant.cartId}'`;
    expect(await stored(connection)).toEqual([{ health }]);
    const [entry] = await stored("SELECT after FROM audit WHERE act = 'stock_set'");
    expect(JSON.parse(String(entry?.["after"]))).toMatchObject({ set: 0, unknown: 1 });
    await world.control("DELETE faults");
    if (health === "needs_reauth") {
      await expect(set(world, { "DEMO-MUG": 1 })).rejects.toMatchObject({ code: "conflict" });
      return;
    }
    expect(await set(world, { "DEMO-MUG": 1 })).toMatchObject({ set: 1 });
    expect(await openAlerts(world)).toEqual([]);
  },
);

test("what Dray refuses is an alert also when the shop gives no answer to the rest", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { Shop: ["DEMO-MUG"] } }], {
    item_code_in: "Shop",
  });
  await world.control("POST faults", { target: "shop", kind: "http500" });
  await expect(set(world, { MUG: 1, CUP: 2 })).rejects.toMatchObject({ code: "unavailable" });
  const kinds = (await openAlerts(world)).map(({ kind, details }) => [kind, details["sku"]]);
  expect(Object.fromEntries(kinds)).toEqual({ stock: "CUP", unavailable: undefined });
  expect(kinds).toHaveLength(2);
});

test("levels whose answer was lost may be set, and the same call ends right", async () => {
  const world = await makeWorld();
  await refuse(world, "DEMO-BAG", "Locked");
  await world.control("POST faults", { target: "shop", kind: "lost_answer", times: 1 });
  await expect(set(world, { "DEMO-MUG": 6, "DEMO-BAG": 7 })).rejects.toMatchObject({
    code: "unavailable",
  });
  expect(shelf(world)).toMatchObject({ "DEMO-MUG": 6, "DEMO-BAG": 100 });
  expect(await set(world, { "DEMO-MUG": 6, "DEMO-BAG": 7 })).toMatchObject({ set: 1, refused: 1 });
  expect((await openAlerts(world)).map((one) => one.kind)).toEqual(["stock"]);
});

test("a process that dies at any step leaves what the same call mends", async () => {
  const start = async () => {
    const world = await makeWorld();
    await refuse(world, "DEMO-MUG", "Locked");
    await set(world, { "DEMO-MUG": 1, "DEMO-BAG": 1 });
    await refuse(world, "DEMO-MUG", null);
    await refuse(world, "DEMO-BAG", "Locked");
    return world;
  };
  const levels = [
    { sku: "DEMO-MUG", quantity: 8 },
    { sku: "DEMO-BAG", quantity: 9 },
  ];
  const setIn = (world: World, { deps }: { deps: Deps }) =>
    setStock(deps, world.merchant.merchantId, world.merchant.cartId, levels, by);
  const alive = await start();
  const planned = mortal(alive.deps);
  await setIn(alive, planned);
  for (const [at, boundary] of planned.boundaries.entries()) {
    const world = await start();
    await expect(setIn(world, mortal(world.deps, at)), boundary).rejects.toThrow(Crash);
    await setIn(world, world);
    expect(shelf(world)).toMatchObject({ "DEMO-MUG": 8, "DEMO-BAG": 1 });
    expect((await openAlerts(world)).map(({ details }) => details["sku"])).toEqual(["DEMO-BAG"]);
  }
  expect(planned.boundaries).toContain("after POST shop/products/batch");
  expect(planned.boundaries).toContain("before d1.batch");
});

test("what was refused, what was set and the audit are stored together or not at all", async () => {
  const world = await makeWorld();
  await refuse(world, "DEMO-MUG", "Locked");
  await set(world, { "DEMO-MUG": 1 });
  await refuse(world, "DEMO-MUG", null);
  await refuse(world, "DEMO-BAG", "Locked");
  let batches = 0;
  const deps = aroundBatches(world.deps, async (nth) => {
    batches = nth;
    throw new Error("D1 DB is overloaded.");
  });
  const levels = { "DEMO-MUG": 1, "DEMO-BAG": 1 };
  await expect(set({ ...world, deps }, levels)).rejects.toThrow("overloaded");
  expect(batches).toBe(1);
  expect((await openAlerts(world)).map(({ details }) => details["sku"])).toEqual(["DEMO-MUG"]);
  expect(await stored("SELECT 1 FROM audit WHERE act = 'stock_set'")).toHaveLength(1);
});

test("a cart that is paused, or in which no levels can be set, is a conflict and is not called", async () => {
  const world = await makeWorld();
  const { merchantId, cartId, wmsId } = world.merchant;
  const { body } = await api(world)("POST", "/api/connections", {
    connector: "csv",
    name: "Files",
  });
  await api(world)("POST", `/api/connections/${cartId}/pause`);
  const level = [{ sku: "DEMO-MUG", quantity: 1 }];
  for (const [id, code] of [
    [cartId, "conflict"],
    [body.connection.id, "conflict"],
    [wmsId, "not_found"],
  ])
    await expect(setStock(world.deps, merchantId, id, level, by)).rejects.toMatchObject({ code });
  expect(shelf(world)["DEMO-MUG"]).toBe(100);
  expect(await stored("SELECT 1 FROM audit WHERE act = 'stock_set'")).toEqual([]);
});

test("a cart that answers nobody is left to the records that wait, and to levels when none of them tries", async () => {
  const world = await makeWorld();
  const { cartId } = world.merchant;
  const silence = () =>
    stored(
      `UPDATE connections SET probe_at = ${world.clock.now() + 300_000}, health = 'degraded' WHERE id = '${cartId}'`,
    );
  await silence();
  let calls = 0;
  duringEveryCall(world.deps, /shop\.example/, (pass) => {
    calls += 1;
    return pass();
  });
  for (const minutes of [0, 6, 8]) {
    world.clock.pass(minutes * 60_000);
    await expect(set(world, { "DEMO-MUG": 1 })).rejects.toMatchObject({ code: "unavailable" });
  }
  expect(calls).toBe(0);
  world.clock.pass(60_000);
  const mended = await duringTrouble(world, () => set(world, { "DEMO-MUG": 1 }));
  expect(mended).toMatchObject({ code: "unavailable" });
  const probing = `SELECT probe_at FROM connections WHERE id = '${cartId}'`;
  expect(await stored(probing)).toEqual([{ probe_at: world.clock.now() + 300_000 }]);
  world.clock.pass(15 * 60_000);
  expect(await set(world, { "DEMO-MUG": 1 })).toMatchObject({ set: 1 });
  expect(await stored(probing)).toEqual([{ probe_at: null }]);
});

/** What a call throws while the shop is down. */
async function duringTrouble(world: World, work: () => Promise<unknown>): Promise<unknown> {
  await world.control("POST faults", { target: "shop", kind: "http500" });
  const thrown = await work().catch((error: unknown) => error);
  await world.control("DELETE faults");
  return thrown;
}

test("a batch that the shop refuses whole is a refusal of each SKU, and the connection works", async () => {
  const world = await makeWorld();
  const locked = JSON.stringify({ code: "locked", message: "Stock is locked" });
  duringCall(world.deps, writes, async () => answer(400, locked));
  expect(await set(world, { "DEMO-MUG": 1, "DEMO-BAG": 1 })).toMatchObject({ refused: 2 });
  expect((await openAlerts(world)).map(({ kind, message }) => [kind, message])).toEqual([
    ["stock", "Stock is locked"],
    ["stock", "Stock is locked"],
  ]);
});

test("a key that may not change products is refused the levels, and the orders of its cart go on", async () => {
  const world = await makeWorld();
  const fault = { target: "shop", kind: "unauthorized", match: "POST /wp-json/wc/v3/products" };
  await world.control("POST faults", fault);
  const { items } = await set(world, { "DEMO-MUG": 1 });
  expect(await alert(world, items[0]?.alert_id)).toMatchObject({
    state: "open",
    hint: { fix: expect.stringContaining("shop manager") },
  });
  expect(await stored("SELECT 1 FROM connections WHERE health <> 'healthy'")).toEqual([]);
});

test("a level that is refused is told by the next digest, though no order waits for it", async () => {
  const world = await makeWorld();
  await set(world, { NONE: 1 });
  world.clock.pass(24 * 3_600_000);
  await tick(world);
  await tick(world);
  const [mail] = await stored("SELECT text FROM mails");
  expect(mail?.["text"]).toContain('The stock of SKU "NONE" cannot be set in Test shop');
});

test("what a shop did not keep comes with the cause and the fix that its connector knows", async () => {
  const world = await makeWorld();
  await world.control("POST products", { sku: "GUIDE", external: true });
  const { items } = await set(world, { GUIDE: 1 });
  const { hint } = await alert(world, items[0]?.alert_id);
  expect(hint?.fix).toContain("enable stock management");
});
