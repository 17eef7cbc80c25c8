import { expect, test } from "vitest";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { fromHand, handOrderShape } from "../../../src/domain/hand-order.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { openCart } from "../../../src/sync/open-connection.ts";
import { pushOrders } from "../../../src/sync/push-orders.ts";
import { aroundBatches, stored } from "../sync/between-steps.ts";
import { drain, run, type World } from "../world.ts";
import { all, given, worldByHand } from "./by-hand.ts";
import { client } from "./client.ts";

const two = (more: object = {}) =>
  given({
    lines: [
      { line_id: "a", sku: "MUG", quantity: 1 },
      { line_id: "b", sku: "TEE", quantity: 1 },
    ],
    other_addresses: [{ ship_to: { ...given().ship_to, city: "Waco" }, line_ids: ["b"] }],
    ...more,
  });
const standing = (world: World, number: string, more: object = {}) => ({
  ...given(more),
  stands_for: { cart: world.merchant.cartId, number },
});

/** The API, with something right before the first batch that it commits. */
function meanwhile(world: World, happens: () => Promise<unknown>) {
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) await happens();
    return commit();
  });
  return client(Object.assign(slow, { clock: world.clock }), world.merchant.keys.merchant);
}

const taking = (mode: "required" | "restricted", country: string) => ({
  filters: [{ field: "ship_to.country", mode, match: "whole" as const, values: [country] }],
});

test("of an order to several addresses nothing loads when one part's reference is another order's", async () => {
  const { world, api } = await worldByHand();
  expect((await api("POST", "/api/orders", given({ number: "H-1-2" }))).status).toBe(201);
  const clash = await api("POST", "/api/orders", two());
  expect(clash).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
  expect(clash.body.error.message).toContain("H-1-2");
  await drain(world.deps, world.deps);
  expect(await all(world)).toHaveLength(1);
  expect(world.view().warehouse.received).toBe(1);
  expect(await stored("SELECT * FROM skipped_orders")).toEqual([]);
});

test("of an order that is here with other contents no further part loads", async () => {
  const { world, api } = await worldByHand();
  expect((await api("POST", "/api/orders", given())).status).toBe(201);
  expect((await api("POST", "/api/orders", two())).status).toBe(409);
  expect(await all(world)).toHaveLength(1);
});

test("a second order that stands for the same one of a cart is refused, also in a race", async () => {
  const { world, api } = await worldByHand();
  const first = () => api("POST", "/api/orders", standing(world, "7", { number: "A" }));
  const late = meanwhile(world, async () => expect((await first()).status).toBe(201));
  const second = await late("POST", "/api/orders", standing(world, "7", { number: "B" }));
  expect(second.status).toBe(409);
  expect(second.body.error.message).toContain("A stands for order 7");
  expect((await api("POST", "/api/orders", standing(world, "7", { number: "C" }))).status).toBe(
    409,
  );
  expect((await first()).status).toBe(200);
  expect(await all(world)).toHaveLength(1);
});

test("an order that stands for one which its cart brought under another reference is refused", async () => {
  const { world, api } = await worldByHand();
  await api("POST", "/api/orders", given({ number: "1001" }));
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const refs = (await all(world)).map(({ cust_ref }) => cust_ref);
  expect(refs).toContainEqual(expect.stringMatching(/^1001-[0-9a-z]{6}$/));
  const late = await api("POST", "/api/orders", standing(world, "1001", { number: "B" }));
  expect(late.status).toBe(409);
  expect(late.body.error.message).toMatch(/1001-[0-9a-z]{6} is here already/);
  expect((await api("POST", "/api/orders", standing(world, "100", { number: "C" }))).status).toBe(
    201,
  );
});

test("an order does not stand for one of its own cart, and a test order for none", async () => {
  const { world, api, handCart } = await worldByHand();
  const own = { ...given(), stands_for: { cart: handCart, number: "7" } };
  for (const order of [own, standing(world, "7", { test: true })]) {
    const { status, body } = await api("POST", "/api/orders", order);
    expect(status).toBe(422);
    expect(body.error.fields).toMatchObject([{ path: "stands_for" }]);
  }
  expect(await all(world)).toEqual([]);
});

test("an order that is here does not come to stand for another in silence", async () => {
  const { world, api } = await worldByHand();
  await api("POST", "/api/orders", given());
  const again = await api("POST", "/api/orders", standing(world, "7"));
  expect(again.status).toBe(409);
  expect(again.body.error.message).toContain("stand for order 7");
});

test("of different orders that are given under one number at the same time one loads, and the others are told so", async () => {
  const { world, api } = await worldByHand();
  const quantities = [1, 2, 3, 4, 5];
  const answers = await Promise.all(
    quantities.map((quantity) =>
      api("POST", "/api/orders", given({ lines: [{ sku: "MUG", quantity }] })),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    201, 409, 409, 409, 409,
  ]);
  const taken = meanwhile(world, () =>
    api("POST", "/api/orders", given({ number: "H-2", lines: [{ sku: "TEE", quantity: 9 }] })),
  );
  expect((await taken("POST", "/api/orders", given({ number: "H-2" }))).status).toBe(409);
  expect(await all(world)).toHaveLength(2);
});

test("the same order given twice at the same time, undated, is one order, and both are told of it", async () => {
  const { world, api } = await worldByHand();
  const twice = meanwhile(world, async () => {
    world.clock.pass(1_000);
    expect((await api("POST", "/api/orders", two())).status).toBe(201);
  });
  const { status, body } = await twice("POST", "/api/orders", two());
  expect([status, body.result.kind]).toEqual([200, "same"]);
  expect(await all(world)).toHaveLength(2);
});

test("an answer says of each address what became of it, given for the first time and again", async () => {
  const { world, api, handCart } = await worldByHand();
  const { merchantId } = world.merchant;
  const policy = taking("required", "US");
  await changeConnection(world.deps, merchantId, handCart, { policy });
  const abroad = two({
    other_addresses: [{ ship_to: { city: "Lyon", country: "FR" }, line_ids: ["b"] }],
  });
  const first = await api("POST", "/api/orders", abroad);
  expect(first).toMatchObject({
    status: 201,
    body: {
      result: {
        kind: "loaded",
        parts: [
          { part: 1, kind: "loaded", id: first.body.orders[0].id },
          { part: 2, kind: "skipped", reason: "order_filter", checks: [{ actual: "FR" }] },
        ],
      },
    },
  });
  expect(first.body.orders).toHaveLength(1);
  const again = await api("POST", "/api/orders", abroad);
  expect(again).toMatchObject({
    status: 200,
    body: { result: { kind: "same", parts: [{ kind: "same" }, { kind: "skipped" }] } },
  });
  expect(again.body.orders).toEqual(first.body.orders);
  const digital = await api("POST", "/api/orders", two({ number: "H-2", digital_lines: ["a"] }));
  expect(digital).toMatchObject({
    status: 201,
    body: {
      result: { parts: [{ kind: "skipped", reason: "nothing_to_ship" }, { kind: "loaded" }] },
    },
  });
});

test("an order to a thousand addresses is answered with all ids and a hundred orders, by few questions", async () => {
  const { world } = await worldByHand({});
  const lines = Array.from({ length: 1_000 }, (_, n) => ({
    line_id: `l${n}`,
    sku: "MUG",
    quantity: 1,
  }));
  const elsewhere = lines.slice(1).map(({ line_id }, n) => ({
    ship_to: { city: `City ${n}`, country: "US" },
    line_ids: [line_id],
  }));
  let asked = 0;
  const { of } = world.deps.databases;
  const counting: World["deps"] = {
    ...world.deps,
    databases: {
      ...world.deps.databases,
      of: async (merchantId) => {
        const db = await of(merchantId);
        return {
          prepare: (text: string) => {
            asked += 1;
            return db.prepare(text);
          },
          batch: (statements: D1PreparedStatement[]) => db.batch(statements),
        } as D1Database;
      },
    },
  };
  const api = client(counting, world.merchant.keys.merchant);
  const { status, body } = await api(
    "POST",
    "/api/orders",
    given({ lines, other_addresses: elsewhere }),
  );
  expect(status).toBe(201);
  expect(body.result.parts).toHaveLength(1_000);
  expect(new Set(body.result.parts.map(({ id }: { id: string }) => id)).size).toBe(1_000);
  expect(body.orders).toHaveLength(100);
  expect(asked).toBeLessThan(100);
});

test("a test order and a real one are not the same, whatever they say", async () => {
  const { world, api } = await worldByHand();
  await api("POST", "/api/orders", given({ test: true }));
  const real = await api("POST", "/api/orders", given());
  expect(real.status).toBe(409);
  expect(real.body.error.message).toContain("test order");
  expect(await all(world)).toHaveLength(1);
});

test("the very same order given again is here already, whatever the cart's filters say by now", async () => {
  const { world, api, handCart } = await worldByHand({});
  const { merchantId } = world.merchant;
  const lines = [
    { sku: "MUG", quantity: 1 },
    { sku: "TEE", quantity: 1 },
  ];
  const denies = (skus: string[]) =>
    api("PUT", `/api/carts/${handCart}/item-filter`, { mode: "deny", level: "line", skus });
  await denies(["TEE"]);
  expect((await api("POST", "/api/orders", given({ lines }))).status).toBe(201);
  await denies(["MUG", "TEE"]);
  const policy = taking("restricted", "US");
  await changeConnection(world.deps, merchantId, handCart, { policy });
  expect(await api("POST", "/api/orders", given({ lines }))).toMatchObject({
    status: 200,
    body: { result: { kind: "same" } },
  });
});

test("what cannot be meant is refused by field, and a number is what people read", async () => {
  const { world, api } = await worldByHand();
  const wrong: [object, string][] = [
    [{ number: "H\u00001" }, "number"],
    [{ number: "H\ud800" }, "number"],
    [{ number: "  " }, "number"],
    [{ stands_for: { cart: world.merchant.cartId, number: "7\u0007" } }, "stands_for.number"],
    [{ digital_lines: ["nope"] }, "digital_lines"],
    [{ currency: "USD", grand_total: -1 }, "grand_total"],
    [{ currency: "USD", sub_total: -1 }, "sub_total"],
    [{ lines: [{ sku: "MUG", quantity: 1_000_001 }] }, "lines.0.quantity"],
    [{ cart_lines: {} }, "cart_lines"],
  ];
  for (const [more, path] of wrong) {
    const { status, body } = await api("POST", "/api/orders", given(more));
    expect([path, status]).toEqual([path, 422]);
    expect(body.error.fields.map((field: { path: string }) => field.path)).toContain(path);
  }
  const { body } = await api(
    "POST",
    "/api/orders",
    given({ number: " H-9 ", lines: [{ sku: "  ", quantity: 1 }] }),
  );
  expect(body.orders).toMatchObject([{ number: "H-9", order: { lines: [{ sku: "" }] } }]);
  expect((await api("POST", "/api/orders", given({ number: "H-9" }))).status).toBe(409);
});

/** Gives several orders at once, as a file does. */
async function push(
  world: World,
  cart: string,
  orders: readonly object[],
  deps: Deps = world.deps,
) {
  const { merchantId, cartId } = world.merchant;
  const open = await openCart(deps, merchantId, cart as typeof cartId);
  const pushed = orders.map((order) => {
    const { stands_for, ...rest } = { stands_for: null, ...order } as { stands_for: string | null };
    return {
      ...fromHand(handOrderShape.parse(rest), world.clock.now()),
      stands_for: stands_for === null ? null : { cart_id: cartId, number: stands_for },
    };
  });
  const results = await pushOrders(deps, open, pushed, { user: "merchant_x", name: "Key" });
  return results.map(({ kind }) => kind);
}

test("in one file only the first order that stands for another loads", async () => {
  const { world, handCart } = await worldByHand();
  const orders = ["A", "B"].map((number) => ({ ...given({ number }), stands_for: "7" }));
  expect(await push(world, handCart, orders)).toEqual(["loaded", "duplicate"]);
  expect(await push(world, handCart, orders)).toEqual(["same", "duplicate"]);
});

test("two files with the same numbers, loaded at the same time, are told what became of each order", async () => {
  const { world, handCart } = await worldByHand();
  const file = (quantity: number) =>
    ["A", "B", "C"].map((number) =>
      given({ number, lines: [{ sku: "MUG", quantity: number === "B" ? quantity : 1 }] }),
    );
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1)
      expect(await push(world, handCart, file(1).slice(0, 2))).toEqual(["loaded", "loaded"]);
    return commit();
  });
  expect(await push(world, handCart, file(2), slow)).toEqual(["same", "duplicate", "loaded"]);
  expect(await all(world)).toHaveLength(3);
});
