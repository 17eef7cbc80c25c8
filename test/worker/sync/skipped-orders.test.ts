import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { noteTick } from "../../../src/store/sweeps.ts";
import { commit } from "../../../src/store/statement.ts";
import { tickOf } from "../../../src/domain/jobs.ts";
import { sweep } from "../../../src/sync/sweep.ts";
import { client } from "../api/client.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import { download, stored } from "./between-steps.ts";
import { setPolicy } from "./people.ts";

const DAY = 24 * 60 * 60_000;

interface Skip {
  cart: string;
  source_id: string;
  number: string;
  reason: string;
  times: number;
  order_id: string | null;
}

const apiOf = ({ deps, merchant }: World) => client(deps, merchant.keys.merchant);

const skipsOf = async (world: World, query = ""): Promise<Skip[]> =>
  (await apiOf(world)("GET", `/api/skipped-orders?limit=100${query}`)).body.items;

const loaded = async (): Promise<number> => (await stored("SELECT id FROM orders")).length;

const settings = async (world: World, change: object) => {
  const path = `/api/carts/${world.merchant.cartId}/settings`;
  const { status, body } = await apiOf(world)("PATCH", path, change);
  expect(status).toBe(200);
  return body;
};

/** How often the shop was asked for single orders since it was last asked here. */
const asked = ({ deps }: World): number =>
  deps.calls.splice(0).filter(({ url }) => /\/orders\/\d+$/.test(new URL(url).pathname)).length;

/** A sweep and what follows from it, but for downloads: they may come by the same orders. */
async function tickWithoutDownloads({ deps }: World): Promise<void> {
  await sweep(deps);
  const { sent } = deps.queues.jobs;
  sent.push(...sent.splice(0).filter(({ kind }) => kind === "skips" || kind === "task"));
  await drain(deps, deps);
}

async function withFilters(world: World): Promise<void> {
  const api = apiOf(world);
  const path = `/api/carts/${world.merchant.cartId}`;
  const filters = [{ field: "country", mode: "restricted", values: ["FR"] }];
  expect((await api("PUT", `${path}/filters`, { filters })).status).toBe(200);
  const denied = { mode: "deny", level: "line", skus: ["DENIED"] };
  expect((await api("PUT", `${path}/item-filters`, denied)).status).toBe(200);
}

test("of 40 orders, 10 pending, 5 to a restricted country and 5 with only a denied SKU, 20 load and 20 are skipped with these reasons; paid ones load with the next download", async () => {
  const world = await makeWorld();
  await withFilters(world);
  const lines = (sku: string) => [{ sku, quantity: 1 }];
  const make = (count: number, more: object) =>
    world.control("POST orders", { count, country: "US", lines: lines("TAKEN"), ...more });
  await make(20, {});
  await make(10, { status: "pending" });
  await make(5, { country: "FR" });
  await make(5, { lines: lines("DENIED") });
  await run(world, "order-download");
  expect(await loaded()).toBe(20);
  const skips = await skipsOf(world);
  const reasons = Object.entries(Object.groupBy(skips, ({ reason }) => reason));
  expect(Object.fromEntries(reasons.map(([reason, all]) => [reason, all?.length]))).toEqual({
    order_status: 10,
    order_filter: 5,
    all_items_filtered: 5,
  });
  const pending = skips.filter(({ reason }) => reason === "order_status");
  expect(pending[0]).toMatchObject({
    cart: world.merchant.cartId,
    text: "Its status is not among those that this cart takes.",
    checks: [{ field: "order_status", expected: "processing", actual: "pending" }],
    times: 1,
    order_id: null,
    order_url: expect.stringContaining(`https://shop.example/wp-admin`),
    can_recheck: true,
  });
  for (const { number } of pending)
    await world.control("PATCH orders", { number, status: "processing" });
  await download(world);
  expect(await loaded()).toBe(30);
  expect(await skipsOf(world)).toHaveLength(10);
  const linked = (await skipsOf(world, "&loaded=true")).filter(({ order_id }) => order_id !== null);
  expect(linked).toHaveLength(10);
  for (const { order_id } of linked)
    expect((await apiOf(world)("GET", `/api/orders/${order_id}`)).status).toBe(200);
});

test("a change of the cart's settings looks at its skips again, each by reading it from the cart", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 120, status: "on-hold" });
  await run(world, "order-download");
  await run(world, "order-download");
  expect(await skipsOf(world, "&reason=order_status")).toHaveLength(100);
  asked(world);
  const { recheck } = await settings(world, { order_statuses: ["processing", "on-hold"] });
  await drain(world.deps, world.deps);
  expect(asked(world)).toBe(120);
  expect(await loaded()).toBe(120);
  expect((await apiOf(world)("GET", `/api/tasks/${recheck}`)).body).toMatchObject({
    kind: "recheck",
    state: "done",
    done: 120,
    total: 120,
    counts: { loaded: 120 },
    by: { user: world.merchant.keys.merchant.user },
  });
  expect(await skipsOf(world)).toEqual([]);
});

test("settings take effect at the next download, and what does not change what loads looks at nothing again", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "on-hold" });
  await run(world, "order-download");
  const { recheck } = await settings(world, { reference_prefix: "B-" });
  expect(recheck).toBeNull();
  await settings(world, { order_statuses: ["completed"] });
  await drain(world.deps, world.deps);
  await world.control("POST orders", { count: 2 });
  await download(world);
  expect(await loaded()).toBe(0);
  expect(await skipsOf(world)).toHaveLength(3);
});

test("a skip counts the versions it was seen in, not how often it was looked at", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "pending" });
  await run(world, "order-download");
  const [first] = await skipsOf(world);
  await download(world);
  await download(world);
  const again = await apiOf(world)("POST", "/api/skipped-orders/recheck", {
    cart: first?.cart,
    source_id: first?.source_id,
  });
  expect(again.body).toMatchObject({ result: "skipped", skip: { times: 1 } });
  await world.control("PATCH orders", { number: first?.number, city: "Moved Town" });
  await download(world);
  expect(await skipsOf(world)).toMatchObject([{ times: 2 }]);
});

test("one skip is looked at at once, however it came to pass now, and then names its order", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "pending" });
  await download(world);
  world.clock.pass(3_600_000);
  await world.control("POST orders", { count: 1, status: "completed" });
  await download(world);
  const skip = (await skipsOf(world)).at(-1);
  // As a plugin would that writes past the shop's own functions: nothing was modified.
  for (const row of world.state.shop_orders.all())
    if (String(row.id) === skip?.source_id) row.status = "processing";
  await download(world);
  expect(await loaded()).toBe(0);
  const body = { cart: skip?.cart, source_id: skip?.source_id };
  const done = await apiOf(world)("POST", "/api/skipped-orders/recheck", body);
  expect(done).toMatchObject({ status: 200, body: { result: "loaded" } });
  expect(done.body.skip.order_id).toMatch(/^ord_/);
  expect(await loaded()).toBe(1);
});

test("an order that the cart has no more stays in the list as gone, and is asked for no more", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 2, status: "pending" });
  await run(world, "order-download");
  const [lost] = await skipsOf(world);
  world.state.shop_orders.delete(Number(lost?.source_id));
  const api = apiOf(world);
  const { status, body } = await api("POST", "/api/skipped-orders/recheck", {});
  expect(status).toBe(202);
  await drain(world.deps, world.deps);
  const task = await api("GET", `/api/tasks/${body.task_id}`);
  expect(task.body.counts).toMatchObject({ skipped: 1, gone: 1 });
  expect(await skipsOf(world, "&reason=gone")).toMatchObject([{ source_id: lost?.source_id }]);
  asked(world);
  await api("POST", "/api/skipped-orders/recheck", {});
  await drain(world.deps, world.deps);
  expect(asked(world)).toBe(1);
});

test("one number is looked at again as it is searched for, also with a # before it or as a reference", async () => {
  const world = await makeWorld();
  await setPolicy(world, { reference_prefix: "W-" });
  await world.control("POST orders", { count: 3, status: "pending" });
  await run(world, "order-download");
  const api = apiOf(world);
  for (const number of ["#1002", "1002", "W-1002", "#W-1002"]) {
    const { body } = await api("POST", "/api/skipped-orders/recheck", { number });
    await drain(world.deps, world.deps);
    expect((await api("GET", `/api/tasks/${body.task_id}`)).body).toMatchObject({ done: 1 });
  }
});

test("a skip of an order that is here names it, and one of a part that the order has no more is gone", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const [order] = await stored("SELECT id, source_id FROM orders");
  const source = String(order?.["source_id"]);
  const { merchantId, cartId } = world.merchant;
  for (const key of [source, `${source}#2`])
    await env.DB.prepare(
      `INSERT INTO skipped_orders (merchant_id, cart_id, source_id, reason, checks, first_seen_at, last_seen_at, times)
       VALUES (?1, ?2, ?3, 'order_status', '[]', 1, 1, 1)`,
    )
      .bind(merchantId, cartId, key)
      .run();
  const recheck = async (source_id: string) =>
    (await apiOf(world)("POST", "/api/skipped-orders/recheck", { cart: cartId, source_id })).body;
  expect(await recheck(source)).toMatchObject({
    result: "already_here",
    skip: { order_id: order?.["id"], can_recheck: false },
  });
  expect(await recheck(`${source}#2`)).toMatchObject({
    result: "gone",
    skip: { reason: "gone", order_id: null },
  });
  expect(await loaded()).toBe(1);
});

test("what the cart does not answer about is counted, and the others go on; without any answer the task waits", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 6, status: "on-hold" });
  await run(world, "order-download");
  await world.control("POST faults", { target: "shop", kind: "http500", times: 1 });
  const { recheck } = await settings(world, { order_statuses: ["on-hold"] });
  await drain(world.deps, world.deps);
  const task = () => apiOf(world)("GET", `/api/tasks/${recheck}`);
  expect((await task()).body).toMatchObject({
    state: "done",
    counts: { loaded: 5, unanswered: 1 },
  });

  await world.control("POST faults", { target: "shop", kind: "http500" });
  const again = await apiOf(world)("POST", "/api/skipped-orders/recheck", {});
  await drain(world.deps, world.deps);
  const second = () => apiOf(world)("GET", `/api/tasks/${again.body.task_id}`);
  expect((await second()).body).toMatchObject({ state: "running", done: 0 });
  await world.control("DELETE faults");
  world.clock.pass(5 * 60_000);
  await tickWithoutDownloads(world);
  expect((await second()).body).toMatchObject({ state: "done", counts: { loaded: 1 } });
});

test("skips of the last 14 days are read again once a day, and older ones no more", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3, status: "pending" });
  await run(world, "order-download");
  const dayOf = async () => {
    asked(world);
    for (let passed = 0; passed < DAY; passed += 300_000) {
      world.clock.pass(300_000);
      await tickWithoutDownloads(world);
    }
    return asked(world);
  };
  await commit(env.DB, [noteTick(tickOf(world.clock.now()))]);
  expect(await dayOf()).toBe(3);
  const [one] = world.state.shop_orders.all();
  if (one) one.status = "processing";
  expect(await dayOf()).toBe(3);
  expect(await loaded()).toBe(1);
  const tasks = await apiOf(world)("GET", "/api/tasks");
  expect(tasks.body.items[0].by).toEqual({ user: "dray", name: "Daily re-read" });
  world.clock.pass(12 * DAY);
  expect(await dayOf()).toBe(0);
});

test("a daily re-read that a missed sweep was to start is started by the next one", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "pending" });
  await run(world, "order-download");
  await commit(env.DB, [noteTick(tickOf(world.clock.now()))]);
  asked(world);
  world.clock.pass(DAY);
  await tick(world);
  expect(asked(world)).toBe(1);
});

test("the list goes by when a skip was last seen, in pages that leave out and repeat none", async () => {
  const world = await makeWorld();
  for (let minute = 0; minute < 5; minute += 1) {
    await world.control("POST orders", { count: 3, status: "pending" });
    await download(world);
  }
  const api = apiOf(world);
  const seen: Skip[] = [];
  let next: string | null = "";
  while (next !== null) {
    const cursor: string = next === "" ? "" : `&cursor=${encodeURIComponent(next)}`;
    const { body } = await api("GET", `/api/skipped-orders?limit=4${cursor}`);
    seen.push(...body.items);
    next = body.next;
  }
  expect(seen).toEqual(await skipsOf(world));
  expect(seen).toHaveLength(15);
  expect(new Set(seen.map(({ source_id }) => source_id)).size).toBe(15);
  expect((await api("GET", "/api/skipped-orders?cursor=nonsense")).status).toBe(422);
});

test("a number ignores the range, and an empty range says how many lie outside of it", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 3, status: "pending" });
  await run(world, "order-download");
  const api = apiOf(world);
  const future = "from=2027-01-01&to=2027-01-31";
  const { body } = await api("GET", `/api/skipped-orders?${future}`);
  expect(body).toEqual({ items: [], next: null, outside: { count: 3, more: false } });
  const found = await api("GET", `/api/skipped-orders?${future}&number=1002`);
  expect(found.body.items.map(({ number }: Skip) => number)).toEqual(["1002"]);
  expect((await api("GET", "/api/skipped-orders?number=100")).body.items).toHaveLength(3);
  const other = await api("GET", `/api/skipped-orders?${future}&reason=order_filter`);
  expect(other.body.outside).toEqual({ count: 0, more: false });
  const today = await api("GET", "/api/skipped-orders?from=2026-11-21&to=2026-11-21");
  expect(today.body.items).toHaveLength(3);
  expect((await api("GET", "/api/skipped-orders?from=2026-12-02&to=2026-12-01")).status).toBe(422);
});

test("a cart's key sees the skips of its cart and rechecks none; another merchant's sees none and rechecks none", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, status: "pending" });
  await run(world, "order-download");
  const { cartId, keys } = world.merchant;
  const api = apiOf(world);
  const keyOf = async (body: object) =>
    client(world.deps, (await api("POST", "/api/keys", { name: "Test", ...body })).body.key);
  const own = await keyOf({ level: "cart", access: "write", connection_id: cartId });
  expect((await own("GET", "/api/skipped-orders")).body.items).toHaveLength(1);
  expect((await own("GET", "/api/skipped-orders?cart=con_other")).status).toBe(404);
  expect((await own("POST", "/api/skipped-orders/recheck", {})).status).toBe(403);
  const reader = await keyOf({ level: "merchant", access: "read" });
  expect((await reader("POST", "/api/skipped-orders/recheck", {})).status).toBe(403);

  const [skip] = await skipsOf(world);
  const warehouse = client(world.deps, keys.warehouse);
  const made = await warehouse("POST", "/api/merchants", { name: "Second" });
  const other = client(world.deps, made.body.key);
  expect((await other("GET", "/api/skipped-orders")).body.items).toEqual([]);
  const one = { cart: cartId, source_id: skip?.source_id };
  expect((await other("POST", "/api/skipped-orders/recheck", one)).status).toBe(404);
  expect((await other("POST", "/api/skipped-orders/recheck", { cart: cartId })).status).toBe(404);
});

test("a cart that pushes cannot be looked at again: its skips say to send them again, and so does the refusal", async () => {
  const world = await makeWorld();
  const api = apiOf(world);
  const made = await api("POST", "/api/connections", { connector: "api", settings: {} });
  expect(made.status).toBe(201);
  const cart = made.body.connection.id;
  await env.DB.prepare(
    `INSERT INTO skipped_orders (merchant_id, cart_id, source_id, reason, checks, first_seen_at, last_seen_at, times)
     VALUES (?1, ?2, 'p-1', 'no_lines', '[]', 1, 1, 1)`,
  )
    .bind(world.merchant.merchantId, cart)
    .run();
  const [skip] = await skipsOf(world, `&cart=${cart}`);
  expect(skip).toMatchObject({ can_recheck: false, hint: "Send it again from the source." });
  for (const [path, body] of [
    ["/api/skipped-orders/recheck", { cart, source_id: "p-1" }],
    ["/api/skipped-orders/recheck", { cart }],
    [`/api/carts/${cart}/repull`, { number: "1" }],
    [`/api/carts/${cart}/preview`, {}],
  ] as const) {
    const refused = await api("POST", path, body);
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain("send them again from the source");
  }
  const filters = [{ field: "country", mode: "required", values: ["US"] }];
  const changed = await api("PUT", `/api/carts/${cart}/filters`, { filters });
  expect(changed.body.recheck).toBeNull();
});
