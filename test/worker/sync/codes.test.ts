import { expect, test } from "vitest";
import { HttpError } from "../../../src/platform/http.ts";
import { createMerchant } from "../../../src/accounts/merchants.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { client } from "../api/client.ts";
import { makeWorld, run } from "../world.ts";
import { alerts, api, mend, sell, sent, setCart, tellByCode, worldWith } from "./code-world.ts";
import { aroundBatches, duringCall, hoursPass, order, stored } from "./between-steps.ts";
import { act, edit, hold, release, settle, submits } from "./people.ts";

const mug = { sku: "MUG", aliases: { UPC: ["0123"], "Amazon SKU": ["AMZ-MUG"] } };

test("a merchant without products sends every code as its cart writes it", async () => {
  const world = await makeWorld();
  await sell(world, [{ sku: "whatever" }, { sku: "Odd code" }]);
  expect(sent(world)).toEqual([["whatever", "Odd code"]]);
});

test("a line without a code holds its order, names the line, and goes when the line is given one", async () => {
  const world = await makeWorld();
  await sell(world, [{ sku: "MUG" }, { sku: "" }]);
  const held = await order(world);
  expect(held).toMatchObject({ status: "error", error_reason: "code" });
  expect(held.timeline.at(-1)).toMatchObject({
    event: "check_failed",
    text: "Line 2 has no code.",
  });
  expect(await alerts(world)).toEqual([
    { kind: "line_code", title: `Order ${held.number}: line 2 has no code`, waiting: 1 },
  ]);
  const lineId = held.order.lines[1]?.line_id ?? "";
  expect(await act(world, edit({ lines: { [lineId]: { sku: "TEE" } } }))).toMatchObject({
    result: "done",
  });
  await settle(world);
  expect(sent(world)).toEqual([["MUG", "TEE"]]);
  expect(await alerts(world)).toEqual([]);
});

test("once the merchant has products, a code that none of them has holds the order, and making it one's alias sends it", async () => {
  const world = await worldWith([mug]);
  await sell(world, [{ sku: "Mystery" }]);
  const held = await order(world);
  expect(held).toMatchObject({ status: "error", error_reason: "code" });
  expect(held.timeline.at(-1)?.text).toBe('Line 1: the code "Mystery" belongs to no product.');
  expect(await alerts(world)).toEqual([
    { kind: "code", title: 'Code "Mystery" of Test shop belongs to no product', waiting: 1 },
  ]);
  await mend(world, "POST", "/api/aliases", { code: "Mystery", name: "EAN", sku: "MUG" });
  expect(sent(world)).toEqual([["Mystery"]]);
  const mended = await order(world);
  expect(mended).toMatchObject({ status: "at_wms" });
  expect(mended.timeline).toContainEqual(
    expect.objectContaining({ event: "released", text: "The code Mystery is a EAN of MUG now." }),
  );
  expect(await alerts(world)).toEqual([]);
});

test("a cart may hold unknown codes before there are products, or never", async () => {
  const strict = await worldWith([], { hold_unknown_codes: "on" });
  await sell(strict, [{ sku: "X" }]);
  expect(await order(strict)).toMatchObject({ status: "error" });
  await setCart(strict, { hold_unknown_codes: "off" });
  await settle(strict);
  expect(sent(strict)).toEqual([["X"]]);
  expect(await alerts(strict)).toEqual([]);
  const lax = await worldWith([mug], { hold_unknown_codes: "off" });
  await sell(lax, [{ sku: "X" }]);
  expect(sent(lax)).toEqual([["X"]]);
});

test("everything that stands against an order is said at once, and it goes only when all of it is mended", async () => {
  const world = await worldWith([mug]);
  await sell(world, [{ sku: "A" }, { sku: "mug" }, { sku: "B" }]);
  const { timeline } = await order(world);
  expect(timeline.at(-1)?.text).toBe(
    'Line 1: the code "A" belongs to no product. Line 3: the code "B" belongs to no product.',
  );
  expect(await alerts(world)).toHaveLength(2);
  await mend(world, "POST", "/api/aliases", { code: "a", name: "EAN", sku: "MUG" });
  expect(await order(world)).toMatchObject({ status: "error" });
  expect((await order(world)).timeline).toHaveLength(timeline.length);
  expect(await alerts(world)).toMatchObject([{ kind: "code", waiting: 1 }]);
  await mend(world, "PUT", "/api/products", { items: [{ sku: "B" }] });
  expect(sent(world)).toEqual([["A", "mug", "B"]]);
  expect(await alerts(world)).toEqual([]);
});

test("saving something else lets no order go that would be held again", async () => {
  const world = await worldWith([mug], { item_code_out: "GTIN" });
  await sell(world, [{ sku: "MUG" }]);
  const { timeline } = await order(world);
  await mend(world, "PUT", "/api/products", { items: [{ ...mug, name: "Mug" }, { sku: "TEE" }] });
  expect((await order(world)).timeline).toEqual(timeline);
  expect(await alerts(world)).toMatchObject([{ kind: "code", waiting: 1 }]);
});

test("the WMS gets the SKU or the alias that the cart's settings name, whichever code the cart gives", async () => {
  const world = await worldWith([mug], { item_code_out: "SKU" });
  await sell(world, [{ sku: "0123" }]);
  await setCart(world, { item_code_out: "amazon sku" });
  await sell(world, [{ sku: "0123" }]);
  expect(sent(world)).toEqual([["MUG"], ["AMZ-MUG"]]);
});

test("a product that lacks the alias that the WMS gets holds its orders until it has it, under whatever code they came", async () => {
  const world = await worldWith([mug], { item_code_out: "GTIN" });
  await sell(world, [{ sku: "0123" }]);
  await sell(world, [{ sku: "MUG" }]);
  expect((await order(world)).timeline.at(-1)?.text).toBe(
    "Line 1: the product MUG has no GTIN, which is what the WMS gets.",
  );
  expect(await alerts(world)).toHaveLength(2);
  await mend(world, "POST", "/api/aliases", { code: "g-1", name: "gtin", sku: "mug" });
  expect(sent(world)).toEqual([["g-1"], ["g-1"]]);
  expect(await alerts(world)).toEqual([]);
});

test("a product with several codes of the alias that the WMS gets holds an order that does not say which", async () => {
  const two = { sku: "MUG", aliases: { UPC: ["1", "2"] } };
  const world = await worldWith([two], { item_code_out: "UPC" });
  await sell(world, [{ sku: "2" }]);
  expect(sent(world)).toEqual([["2"]]);
  await sell(world, [{ sku: "MUG" }]);
  expect((await order(world)).timeline.at(-1)?.text).toContain("several codes called UPC");
  await mend(world, "DELETE", "/api/aliases/1");
  expect(sent(world)).toEqual([["2"], ["2"]]);
});

test("a cart that gives codes of one alias is held when it gives another code of the product", async () => {
  const world = await worldWith([mug], { item_code_in: "UPC", item_code_out: "SKU" });
  await sell(world, [{ sku: "0123" }]);
  await sell(world, [{ sku: "AMZ-MUG" }]);
  expect((await order(world)).timeline.at(-1)?.text).toBe(
    'Line 1: the code "AMZ-MUG" is one of MUG, but no UPC, which is what this cart gives.',
  );
  await setCart(world, { item_code_in: null });
  await settle(world);
  expect(sent(world)).toEqual([["MUG"], ["MUG"]]);
});

test("a parcel that the warehouse tells of by the codes that it was sent is the cart's lines, also when the mapping changed since", async () => {
  const items = [
    { sku: "MUG", aliases: { WMS: ["TEE"] } },
    { sku: "SHIRT", aliases: { WMS: ["W-2"] } },
  ];
  const world = await worldWith(items, { item_code_out: "WMS" });
  tellByCode(world);
  // What the warehouse calls TEE is the mug: its own code is another line's.
  await setCart(world, { hold_unknown_codes: "off" });
  await sell(world, [{ sku: "MUG", quantity: 2 }, { sku: "SHIRT" }]);
  expect(sent(world)).toEqual([["TEE", "W-2"]]);
  await mend(world, "DELETE", "/api/products/MUG");
  await setCart(world, { item_code_out: null });
  await world.control("POST ship", { lines: [{ sku: "TEE", quantity: 2 }], tracking_number: "T1" });
  await run(world, "shipment-pickup");
  const partial = await order(world);
  expect(partial).toMatchObject({ status: "partial" });
  expect(partial.order.lines).toMatchObject([
    { sku: "MUG", shipped: 2 },
    { sku: "SHIRT", shipped: 0 },
  ]);
  expect(partial.shipments[0]?.lines).toMatchObject([{ sku: "MUG", quantity: 2 }]);
  await world.control("POST ship", { tracking_number: "T2" });
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ status: "confirmed" });
});

test("what an attempt without an answer sent is what parcels are matched by, whatever the codes are when it is found", async () => {
  const world = await worldWith([{ sku: "MUG", aliases: { WMS: ["W-1"] } }], {
    item_code_out: "WMS",
  });
  tellByCode(world);
  const lost = () => Promise.reject(new HttpError("timed_out", "No answer in time"));
  const wasSent = duringCall(world.deps, submits, async (pass) => {
    await pass();
    return lost();
  });
  const wasAsked = duringCall(world.deps, /^GET https:\/\/warehouse\.example\/orders\//, lost);
  await sell(world, [{ sku: "MUG" }]);
  expect([wasSent(), wasAsked(), (await order(world)).status]).toEqual([true, true, "new"]);
  await mend(world, "POST", "/api/aliases", { code: "W-9", name: "Later", sku: "MUG" });
  await setCart(world, { item_code_out: "Later" });
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  expect(sent(world)).toEqual([["W-1"]]);
  await world.control("POST ship", { tracking_number: "T1" });
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({
    status: "confirmed",
    shipments: [{ lines: [{ sku: "MUG", quantity: 1 }] }],
  });
});

test("fixing a code sends each of 500 orders that wait on it once, and its one alert closes", async () => {
  const world = await worldWith([mug]);
  world.deps.dispatchSize = 100;
  await world.control("POST orders", { count: 500, lines: [{ sku: "NEW", quantity: 1 }] });
  world.clock.pass(61_000);
  await run(world, "order-download");
  await settle(world);
  expect(await alerts(world)).toMatchObject([{ kind: "code", waiting: 500 }]);
  await mend(world, "POST", "/api/aliases", { code: "NEW", name: "EAN", sku: "MUG" });
  expect(sent(world)).toHaveLength(500);
  expect(await alerts(world)).toEqual([]);
  const { merchantId } = world.merchant;
  expect(
    await stored(`SELECT count(*) AS n FROM alert_orders WHERE merchant_id = '${merchantId}'`),
  ).toEqual([{ n: 0 }]);
  expect(
    await stored(
      `SELECT DISTINCT status AS status FROM orders WHERE merchant_id = '${merchantId}'`,
    ),
  ).toEqual([{ status: "at_wms" }]);
  const texts = await stored(
    `SELECT count(*) AS n FROM orders WHERE merchant_id = '${merchantId}' AND timeline LIKE '%is a EAN of MUG now%'`,
  );
  expect(texts).toEqual([{ n: 500 }]);
}, 60_000);

test("an order that a person holds is mended and stays held, and goes when it is let go", async () => {
  const world = await worldWith([mug]);
  await sell(world, [{ sku: "X" }]);
  await act(world, hold());
  await mend(world, "POST", "/api/aliases", { code: "X", name: "EAN", sku: "MUG" });
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
  expect(await alerts(world)).toEqual([]);
  expect(sent(world)).toEqual([]);
  await act(world, release);
  await settle(world);
  expect(sent(world)).toEqual([["X"]]);
});

test("a code that is mended while a worker finds its order at fault lets the order go all the same", async () => {
  const world = await worldWith([mug]);
  let mended = false;
  const deps = aroundBatches(world.deps, async (_, store) => {
    const held = !mended && (await waitsToBeHeld(world.merchant.merchantId));
    if (held) {
      mended = true;
      const body = { code: "X", name: "EAN", sku: "MUG" };
      expect((await api(world)("POST", "/api/aliases", body)).status).toBe(200);
    }
    return store();
  });
  await world.control("POST orders", { lines: [{ sku: "X", quantity: 1 }] });
  await run({ ...world, deps }, "order-download");
  await settle(world);
  expect(mended).toBe(true);
  expect(sent(world)).toEqual([["X"]]);
  expect(await alerts(world)).toEqual([]);
});

/** A worker has claimed the page, so that what it commits next is what it found. */
async function waitsToBeHeld(merchantId: string): Promise<boolean> {
  const rows = await stored(
    `SELECT 1 AS one FROM dispatches WHERE merchant_id = '${merchantId}' AND working = 1`,
  );
  return rows.length > 0;
}

test("what another merchant saves lets no order of this one go", async () => {
  const world = await worldWith([mug]);
  await sell(world, [{ sku: "X" }]);
  const { key } = await createMerchant(world.deps, world.merchant.accountId, "Neighbour");
  const neighbour = client(world.deps, key);
  expect((await neighbour("PUT", "/api/products", { items: [{ sku: "X" }] })).status).toBe(200);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "error" });
  expect((await neighbour("GET", "/api/alias-duplicates")).body.items).toEqual([]);
  const { items } = await listOrders(world.deps, world.merchant.merchantId, { limit: 5 });
  expect(items).toHaveLength(1);
});
