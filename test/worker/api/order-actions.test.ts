import { expect, test } from "vitest";
import type { KeyPair } from "../../../src/accounts/new-key.ts";
import { cartWanted, mintMerchant } from "../deps.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { call } from "./client.ts";

/** A world with orders that wait for delivery, and their ids, newest first. */
async function worldWithOrders(count = 1) {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count });
  await run(world, "order-download");
  const key = world.merchant.keys.merchant;
  const listed = await call(world.deps, "GET", "/api/orders", { key });
  const ids: string[] = listed.json.items.map((item: { id: string }) => item.id);
  return { world, key, ids, id: ids[0] ?? "" };
}

const post = ({ deps }: World, key: KeyPair, path: string, body?: unknown) =>
  call(deps, "POST", `/api/orders/${path}`, { key, body });

const keyOf = async ({ deps, merchant }: World, wanted: object): Promise<KeyPair> => {
  const made = await call(deps, "POST", "/api/keys", {
    key: merchant.keys.merchant,
    body: { name: "Test", access: "write", ...wanted },
  });
  expect(made.status).toBe(201);
  return made.json.key;
};

const verbs = ["hold", "release", "edit", "cancel-sending", "cancel", "clear", "restore"] as const;
const bodyOf = (verb: string) => (verb === "edit" ? { ship_code: "EXPRESS" } : undefined);

test("each action answers the order as it is then, with who did it on its timeline", async () => {
  const { world, key, id } = await worldWithOrders();
  const steps: [string, unknown, object][] = [
    [
      "hold",
      { until: "2026-12-01T08:00:00Z" },
      { on_hold: "person", hold_until: "2026-12-01T08:00:00.000Z" },
    ],
    ["edit", { ship_code: "EXPRESS" }, { on_hold: "person", edited: ["ship_code"] }],
    ["release", undefined, { on_hold: "delivery_off", hold_until: null }],
    ["cancel-sending", undefined, { status: "new", sending_canceled: true }],
    ["release", undefined, { sending_canceled: false, canceled_by: null }],
    ["clear", undefined, { status: "canceled" }],
    ["restore", undefined, { status: "new", cleared_at: null }],
    ["cancel", undefined, { status: "canceled", canceled_by: "person" }],
  ];
  for (const [verb, body, after] of steps) {
    const answered = await post(world, key, `${id}/${verb}`, body);
    expect([verb, answered.status]).toEqual([verb, 200]);
    expect(answered.json).toMatchObject({ id, ...after, action: { result: "done" } });
    expect(answered.json.timeline.at(-1).by).toContain(key.user);
  }
  const seen = await call(world.deps, "GET", `/api/orders/${id}`, { key });
  expect(seen.json.timeline.filter(({ by }: { by?: string }) => by)).toHaveLength(8);
});

test("what an order does not allow is 409 with the reason, and what does not matter is 200 and unchanged", async () => {
  const { world, key, id } = await worldWithOrders();
  await post(world, key, `${id}/cancel`);
  for (const verb of ["hold", "release", "edit", "cancel-sending"]) {
    const refused = await post(world, key, `${id}/${verb}`, bodyOf(verb));
    expect([refused.status, refused.json.error.code, refused.json.error.message]).toEqual([
      409,
      "conflict",
      "It is canceled.",
    ]);
  }
  const again = await post(world, key, `${id}/cancel`);
  expect([again.status, again.json.action.result]).toEqual([200, "unchanged"]);
});

test("a body that does not fit is 422 with its places, and changes nothing", async () => {
  const { world, key, id } = await worldWithOrders();
  const before = await call(world.deps, "GET", `/api/orders/${id}`, { key });
  const wrong: [string, unknown, string][] = [
    ["hold", { until: "tomorrow" }, "until"],
    ["hold", { until: "2020-01-01T00:00:00Z" }, "until"],
    ["hold", { til: "2026-12-01T08:00:00Z" }, "til"],
    ["release", { force: true }, "force"],
    ["edit", {}, "body"],
    ["edit", { ship_to: {} }, "body"],
    ["edit", { number: "1" }, "number"],
    ["edit", { ship_to: { country: "Germany" } }, "ship_to.country"],
    ["edit", { requested_ship_date: "soon" }, "requested_ship_date"],
    ["edit", { lines: { nope: { quantity: 1 } } }, "lines.nope"],
  ];
  for (const [verb, body, path] of wrong) {
    const refused = await post(world, key, `${id}/${verb}`, body);
    expect([verb, refused.status, refused.json.error.fields?.[0]?.path]).toEqual([verb, 422, path]);
  }
  expect((await post(world, key, `${id}/hold`, "{")).status).toBe(400);
  expect((await call(world.deps, "GET", `/api/orders/${id}`, { key })).json).toEqual(before.json);
});

test("an order that is not there, or is another merchant's, is 404; a key that may only read is 403", async () => {
  const { world, key, id } = await worldWithOrders();
  const other = await mintMerchant(world.deps);
  const reader = await keyOf(world, { level: "merchant", access: "read" });
  for (const verb of verbs) {
    const body = bodyOf(verb);
    expect((await post(world, key, `ord_none/${verb}`, body)).status).toBe(404);
    expect((await post(world, other.keys.merchant, `${id}/${verb}`, body)).status).toBe(404);
    expect((await post(world, reader, `${id}/${verb}`, body)).status).toBe(403);
  }
  const bulk = { action: "hold", filter: { ids: [id] }, confirmCount: 1 };
  expect((await post(world, reader, "bulk", bulk)).status).toBe(403);
  const theirs = await post(world, other.keys.merchant, "bulk", bulk);
  expect([theirs.status, theirs.json.error.fields[0].message]).toEqual([409, "0"]);
  expect((await post(world, key, `${id}/explode`)).status).toBe(404);
  const { json } = await call(world.deps, "GET", `/api/orders/${id}`, { key });
  expect(json).toMatchObject({ status: "new", on_hold: "delivery_off" });
});

test("a cart's key acts on the orders of its cart and on no others", async () => {
  const { world, id } = await worldWithOrders(2);
  const { cartId } = world.merchant;
  const own = await keyOf(world, { level: "cart", connection_id: cartId });
  const second = await call(world.deps, "POST", "/api/connections", {
    key: world.merchant.keys.merchant,
    body: {
      ...cartWanted,
      name: "Second shop",
      settings: { store_url: "https://shop.example/second" },
      key: true,
    },
  });
  const foreign: KeyPair = second.json.key;
  expect((await post(world, foreign, `${id}/hold`)).status).toBe(404);
  expect((await post(world, own, `${id}/hold`)).status).toBe(200);
  const all = (confirmCount: number, filter: object = {}) => ({
    action: "cancel",
    filter,
    confirmCount,
  });
  const none = await post(world, foreign, "bulk", all(2));
  expect([none.status, none.json.error.fields[0].message]).toEqual([409, "0"]);
  expect((await post(world, foreign, "bulk", all(2, { cart: cartId }))).status).toBe(404);
  expect((await post(world, own, "bulk", all(2))).status).toBe(202);
});

test("a cart's key sees the task that it began, and no other, and neither lists nor stops tasks", async () => {
  const { world, key } = await worldWithOrders(2);
  const { cartId } = world.merchant;
  const own = await keyOf(world, { level: "cart", connection_id: cartId });
  const second = await keyOf(world, { level: "cart", connection_id: cartId });
  const hold = { action: "hold", filter: {}, confirmCount: 2 };
  const began = async (by: KeyPair): Promise<string> =>
    (await post(world, by, "bulk", hold)).json.task.id;
  const mine = await began(own);
  const theirs = await began(key);
  const seen = (by: KeyPair, id: string) =>
    call(world.deps, "GET", `/api/tasks/${id}`, { key: by });
  expect((await seen(own, mine)).json).toMatchObject({ id: mine, by: { user: own.user } });
  expect((await seen(key, mine)).status).toBe(200);
  for (const [by, id] of [
    [own, theirs],
    [second, mine],
    [second, theirs],
  ] as const)
    expect((await seen(by, id)).status).toBe(404);
  expect((await call(world.deps, "GET", "/api/tasks", { key: own })).status).toBe(403);
  const stop = await call(world.deps, "POST", `/api/tasks/${mine}/stop`, { key: own });
  expect(stop.status).toBe(403);
});

test("a bulk action answers its task, whose progress can be read", async () => {
  const { world, key } = await worldWithOrders(250);
  const wanted = { action: "hold", until: "2026-12-01T08:00:00Z", filter: { status: "new" } };
  const asked = await post(world, key, "bulk", wanted);
  expect([asked.status, asked.json.error.fields]).toEqual([
    422,
    [{ path: "confirmCount", message: "250" }],
  ]);
  const wrong = await post(world, key, "bulk", { ...wanted, confirmCount: 10 });
  expect([wrong.status, wrong.json.error.fields]).toEqual([
    409,
    [{ path: "confirmCount", message: "250" }],
  ]);
  const began = await post(world, key, "bulk", { ...wanted, confirmCount: 250 });
  expect(began.status).toBe(202);
  expect(began.json.task).toMatchObject({
    kind: "order-bulk",
    state: "running",
    done: 0,
    total: 250,
  });
  await drain(world.deps, world.deps);
  const done = await call(world.deps, "GET", `/api/tasks/${began.json.task.id}`, { key });
  expect(done.json).toMatchObject({ state: "done", done: 250, counts: { done: 250 } });
  const { json } = await call(world.deps, "GET", "/api/orders?limit=100", { key });
  for (const item of json.items)
    expect(item).toMatchObject({ on_hold: "person", hold_until: "2026-12-01T08:00:00.000Z" });
});

test("a bulk action that does not fit is 422", async () => {
  const { world, key } = await worldWithOrders(2);
  const common = { filter: {}, confirmCount: 2 };
  for (const [body, path] of [
    [{ action: "explode", ...common }, "action"],
    [{ action: "hold", confirmCount: 2 }, "filter"],
    [{ action: "release", filter: { sku: "A" }, confirmCount: 2 }, "filter.sku"],
    [{ action: "edit", edit: { ship_to: { city: "X" } }, ...common }, "edit.ship_to"],
    [{ action: "edit", edit: {}, ...common }, "edit"],
    [{ action: "hold", until: "2020-01-01T00:00:00Z", ...common }, "until"],
  ] as const) {
    const refused = await post(world, key, "bulk", body);
    expect([refused.status, refused.json.error.fields?.[0]?.path]).toEqual([422, path]);
  }
});

test("lists hide cleared orders unless they are asked for", async () => {
  const { world, key, id } = await worldWithOrders(2);
  await post(world, key, `${id}/clear`);
  const list = async (query: string) =>
    (await call(world.deps, "GET", `/api/orders${query}`, { key })).json.items;
  expect(await list("")).toHaveLength(1);
  expect(await list("?cleared=false")).toHaveLength(1);
  expect(await list("?cleared=true")).toHaveLength(2);
  expect((await call(world.deps, "GET", `/api/orders/${id}`, { key })).json.cleared_at).toEqual(
    expect.any(String),
  );
});
