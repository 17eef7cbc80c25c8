import { expect, test } from "vitest";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { pickUpShipments } from "../../../src/sync/pick-up-shipments.ts";
import { all, given, one, worldByHand } from "../api/by-hand.ts";
import { client } from "../api/client.ts";
import { drain, run, tick, type World } from "../world.ts";
import {
  aroundBatches,
  download,
  hoursPass,
  orderDownload,
  shipmentPickup,
  shopOrderId,
  stored,
} from "./between-steps.ts";
import { actOn, cancel, clear, setPolicy } from "./people.ts";

const items = [
  { sku: "MUG", quantity: 2 },
  { sku: "TEE", quantity: 1 },
];

/** A world with an order by hand that stands for the shop's first, which the shop has not shown yet. */
async function worldWithStandIn(more: object = {}, policy?: object) {
  const { world, api, handCart } = await worldByHand(policy);
  const { status, body } = await api("POST", "/api/orders", {
    ...given({ number: "BY-HAND", lines: items, ...more }),
    stands_for: { cart: world.merchant.cartId, number: "1001" },
  });
  expect(status).toBe(201);
  await drain(world.deps, world.deps);
  return { world, api, handCart, id: body.orders[0].id as string };
}

/** Its lines have other ids than those of the order by hand. */
const shopSells = (world: World, more: object = {}) =>
  world.control("POST orders", { lines: items.toReversed(), ...more });

const shipped = async (world: World, wish: object = {}) => {
  await world.control("POST ship", wish);
  await run(world, "shipment-pickup");
  await tick(world);
};

/** What the shop shows as shipped, parcel by parcel, by SKU. */
const shownItems = (world: World) => {
  const [order] = world.state.shop_orders.all();
  const skus = new Map(order?.lines.map(({ id, sku }) => [id, sku]));
  return (order?.fulfillments ?? []).map(({ meta }) => {
    const value = meta.find(({ key }) => key === "_items")?.value ?? [];
    return (value as { item_id: number; qty: number }[])
      .map(({ item_id, qty }) => [skus.get(item_id) ?? "?", qty])
      .toSorted(([one], [other]) => String(one).localeCompare(String(other)));
  });
};
const everything = [
  ["MUG", 2],
  ["TEE", 1],
];

test("an order by hand that waits for a later day is the shop's once it is brought, and goes as the shop's orders do", async () => {
  const { world, id } = await worldWithStandIn({ requested_ship_date: "2027-01-01" });
  expect(world.view().warehouse.received).toBe(0);
  await shopSells(world);
  await download(world);
  expect(await one(world, id)).toMatchObject({
    cart_id: world.merchant.cartId,
    status: "at_wms",
    on_hold: null,
  });
  expect(world.view().warehouse.received).toBe(1);
  expect(await stored("SELECT DISTINCT cart_id FROM deliveries")).toEqual([
    { cart_id: world.merchant.cartId },
  ]);
});

test("an order by hand whose cart's delivery is off goes by the shop's, also when the shop's order is fetched", async () => {
  const { world, id } = await worldWithStandIn({}, {});
  const { merchantId, cartId, wmsId } = world.merchant;
  await shopSells(world);
  await fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
  await drain(world.deps, world.deps);
  expect(await one(world, id)).toMatchObject({ cart_id: cartId, status: "at_wms", wms_id: wmsId });
});

test("an order by hand that is brought by a shop whose delivery is off waits until that is turned on", async () => {
  const { world, id } = await worldWithStandIn({}, {});
  const { merchantId, cartId, wmsId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: false } });
  await shopSells(world);
  await download(world);
  await hoursPass(world, 1);
  expect(await one(world, id)).toMatchObject({ status: "new", on_hold: "delivery_off" });
  await setPolicy(world, { delivery: true });
  await drain(world.deps, world.deps);
  expect(await one(world, id)).toMatchObject({ status: "at_wms", wms_id: wmsId });
});

test("the shop gets the tracking of an order by hand that the WMS had when the shop brought it, by the shop's own lines", async () => {
  const { world, id } = await worldWithStandIn();
  await shopSells(world);
  await download(world);
  expect(await one(world, id)).toMatchObject({ status: "at_wms" });
  await shipped(world);
  expect(shownItems(world)).toEqual([everything]);
  expect(await one(world, id)).toMatchObject({ status: "confirmed" });
});

test("the shop gets the tracking of an order by hand that had shipped before the shop brought it", async () => {
  const { world, id } = await worldWithStandIn();
  await shipped(world);
  expect(await one(world, id)).toMatchObject({ status: "shipped" });
  await shopSells(world);
  await download(world);
  expect(await one(world, id)).toMatchObject({ cart_id: world.merchant.cartId, number: "BY-HAND" });
  await tick(world);
  expect(shownItems(world)).toEqual([everything]);
  expect(await one(world, id)).toMatchObject({
    status: "confirmed",
    shipments: [{ state: "confirmed" }],
  });
  expect(await all(world)).toHaveLength(1);
});

test("of an order by hand that had shipped in part the shop gets both parcels", async () => {
  const { world, id } = await worldWithStandIn();
  await shipped(world, { reference: "BY-HAND", lines: [{ sku: "MUG", quantity: 1 }] });
  expect(await one(world, id)).toMatchObject({ status: "partial" });
  await shopSells(world);
  await download(world);
  await tick(world);
  expect(shownItems(world)).toEqual([[["MUG", 1]]]);
  await shipped(world);
  expect(shownItems(world)).toEqual([[["MUG", 1]], everything.map(([sku]) => [sku, 1])]);
  expect(await one(world, id)).toMatchObject({ status: "confirmed" });
});

test("parcels of before wait as the shop's settings say", async () => {
  const { world, id } = await worldWithStandIn();
  await setPolicy(world, { post_shipments: "last" });
  await shipped(world, { reference: "BY-HAND", lines: [{ sku: "MUG", quantity: 1 }] });
  await shopSells(world);
  await download(world);
  await tick(world);
  expect(shownItems(world)).toEqual([]);
  await shipped(world);
  await tick(world);
  expect(shownItems(world)).toHaveLength(2);
  expect(await one(world, id)).toMatchObject({ status: "confirmed" });
});

test("a parcel that is picked up at the very moment when the shop brings the order is told to the shop", async () => {
  const { world, id } = await worldWithStandIn();
  await world.control("POST ship");
  await shopSells(world);
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) await download(world);
    return commit();
  });
  await pickUpShipments(slow, shipmentPickup(world));
  await tick(world);
  expect(shownItems(world)).toEqual([everything]);
  expect(await one(world, id)).toMatchObject({ status: "confirmed" });
});

test("lines that the shop's order does not have are not told to it, and a parcel of nothing else is told in a note", async () => {
  const { world, id } = await worldWithStandIn();
  await shopSells(world, { lines: [{ sku: " mug", quantity: 2 }] });
  await download(world);
  await shipped(world);
  expect(shownItems(world)).toEqual([[[" mug", 2]]]);
  expect(await one(world, id)).toMatchObject({ status: "confirmed" });

  const other = await worldWithStandIn();
  await shopSells(other.world, { lines: [{ sku: "POSTER", quantity: 1 }] });
  await download(other.world);
  await shipped(other.world, { tracking_number: "1Z-NOTE" });
  expect(shownItems(other.world)).toEqual([]);
  expect(JSON.stringify(other.world.view().shop)).toContain("1Z-NOTE");
  expect(await one(other.world, other.id)).toMatchObject({ status: "confirmed" });
});

for (const [name, action] of [
  ["called off", cancel],
  ["cleared", clear],
] as const)
  test(`an order by hand that a person ${name} stands for nothing: the shop's order loads as its own`, async () => {
    const { world, api, id } = await worldWithStandIn({}, {});
    await actOn(world, id, action);
    await shopSells(world);
    await download(world);
    const loaded = (await all(world)).filter((order) => order.id !== id);
    expect(loaded).toMatchObject([{ number: "1001", status: "at_wms" }]);
    expect(await stored("SELECT * FROM stand_ins")).toEqual([]);
    expect(
      (
        await api("POST", "/api/orders", {
          ...given({ number: "AGAIN" }),
          stands_for: { cart: world.merchant.cartId, number: "1001" },
        })
      ).status,
    ).toBe(409);
  });

test("where what stood for an order was called off, another may stand for it", async () => {
  const { world, api, id } = await worldWithStandIn({}, {});
  await actOn(world, id, cancel);
  const again = await api("POST", "/api/orders", {
    ...given({ number: "AGAIN", lines: items }),
    stands_for: { cart: world.merchant.cartId, number: "1001" },
  });
  expect(again.status).toBe(201);
  await shopSells(world);
  await download(world);
  expect(await one(world, again.body.orders[0].id)).toMatchObject({
    cart_id: world.merchant.cartId,
    status: "at_wms",
  });
  expect(await all(world)).toHaveLength(2);
});

test("an order that the shop brought and a person called off afterwards is not loaded again", async () => {
  const { world, id } = await worldWithStandIn({}, {});
  await setPolicy(world, { delivery: false });
  await shopSells(world);
  await download(world);
  await actOn(world, id, cancel);
  await world.control("PATCH orders", { city: "Elsewhere" });
  await download(world);
  expect(await all(world)).toMatchObject([{ id, status: "canceled" }]);
});

test("the skip of a shop's order names the order that stood for it, and so does a search for the shop's number", async () => {
  const { world, id } = await worldWithStandIn();
  const { merchantId } = world.merchant;
  const found = async (number: string) =>
    (await listOrders(world.deps, merchantId, { number, limit: 10 })).items.map((row) => row.id);
  expect(await found("100")).toEqual([id]);
  await shopSells(world, { status: "on-hold" });
  await stored(
    `INSERT INTO skipped_orders (merchant_id, cart_id, source_id, number, reason, checks, first_seen_at, last_seen_at, times)
     VALUES ('${merchantId}', '${world.merchant.cartId}', '${shopOrderId(world)}', '1001', 'order_status', '[]', 1, 1, 1)`,
  );
  await world.control("PATCH orders", { status: "processing" });
  await download(world);
  expect(await stored("SELECT order_id FROM skipped_orders")).toEqual([{ order_id: id }]);
  expect(await found("1001")).toEqual([id]);
  expect(await found("BY-")).toEqual([id]);
});

test("of two orders of the shop with one number only the first is stood for", async () => {
  const { world, id } = await worldWithStandIn();
  await shopSells(world, { number: "1001" });
  await shopSells(world, { number: "1001" });
  await download(world);
  const orders = await all(world);
  expect(orders).toHaveLength(2);
  expect(orders.map(({ source_id }) => source_id).toSorted()).toEqual(
    world.state.shop_orders.all().map((order) => String(order.id)),
  );
  expect(orders.some((order) => order.id === id)).toBe(true);
});

test("an order that stands for the shop's is the only one, also where a page of the shop has that twice", async () => {
  const { world, id } = await worldWithStandIn();
  await shopSells(world);
  const { http } = world.deps;
  const twice: typeof http.fetch = async (url, request) => {
    const answer = await http.fetch(url, request);
    if (!new URL(url).pathname.endsWith("/orders")) return answer;
    const rows = JSON.parse(answer.body) as unknown[];
    return { ...answer, body: JSON.stringify([...rows, ...rows]) };
  };
  for (let n = 0; n < 2; n += 1)
    await downloadOrders({ ...world.deps, http: { ...http, fetch: twice } }, orderDownload(world));
  expect((await all(world)).map((order) => order.id)).toEqual([id]);
});

test("an order by hand that the shop brought and then has no more is called off", async () => {
  const { world, id } = await worldWithStandIn({}, {});
  await setPolicy(world, { delivery: false });
  await shopSells(world);
  await download(world);
  const [order] = world.state.shop_orders.all();
  world.state.shop_orders.delete(order?.id ?? 0);
  const { merchantId, cartId } = world.merchant;
  await fetchOrders(world.deps, merchantId, cartId, [String(order?.id)]);
  expect(await one(world, id)).toMatchObject({ status: "canceled" });
});

const standingIn = (world: World, cart: string) => ({
  ...given({ number: "BY-HAND", lines: items }),
  cart,
  stands_for: { cart: world.merchant.cartId, number: "1001" },
});

const sendsOnce = async (world: World) => {
  await hoursPass(world, 1);
  expect(await stored("SELECT id FROM orders")).toHaveLength(1);
  expect(world.view().warehouse.received).toBe(1);
};

test("an order given while the page with the one that it stands for is being stored is the only one that loads", async () => {
  const { world, api, handCart } = await worldByHand();
  await shopSells(world);
  let status = 0;
  const deps = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) ({ status } = await api("POST", "/api/orders", standingIn(world, handCart)));
    return commit();
  });
  await downloadOrders(deps, orderDownload(world));
  expect(status).toBe(201);
  expect(await stored("SELECT cart_id FROM orders")).toEqual([{ cart_id: world.merchant.cartId }]);
  await sendsOnce(world);
});

test("an order given to stand for one that its cart brings at that moment is refused", async () => {
  const { world, handCart } = await worldByHand();
  await shopSells(world);
  const deps = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) await download(world);
    return commit();
  });
  const answer = await client(deps, world.merchant.keys.merchant)(
    "POST",
    "/api/orders",
    standingIn(world, handCart),
  );
  expect(answer).toMatchObject({
    status: 409,
    body: { error: { message: "Order 1001 is here already, from its own cart." } },
  });
  await sendsOnce(world);
});
