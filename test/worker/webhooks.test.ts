import { expect, test } from "vitest";
import captured from "../fixtures/woocommerce/webhook-deliveries.json";
import capturedOrders from "../fixtures/woocommerce/orders-list.response.json";
import { standardSignature } from "../../sandbox/signing.ts";
import { hmacSha256 } from "../../src/platform/hmac.ts";
import { readConnection } from "../../src/store/connections.ts";
import { getOrder } from "../../src/sync/get-order.ts";
import { listOrders } from "../../src/sync/list-orders.ts";
import { webhooks } from "../../src/webhooks/app.ts";
import { wmsWanted } from "./deps.ts";
import { makeWorld, drain, type World } from "./world.ts";

const encode = (text: string) => new Uint8Array(new TextEncoder().encode(text));

async function signed(secret: string, body: string): Promise<Record<string, string>> {
  const mac = await hmacSha256(secret, encode(body));
  return {
    "content-type": "application/json",
    "x-wc-webhook-topic": "order.updated",
    "x-wc-webhook-signature": btoa(String.fromCharCode(...mac)),
  };
}

function post(
  world: World,
  body: BodyInit,
  headers: Record<string, string>,
  path = `/webhooks/${world.merchant.merchantId}/${world.merchant.cartId}`,
): Promise<Response> {
  const request = new Request(`https://dray.test${path}`, { method: "POST", body, headers });
  const bindings = { deps: world.deps, processId: "prc_test" };
  return Promise.resolve(webhooks.fetch(request, bindings, context(world)));
}

/** What goes on after the answers, by world. */
const unfinished = new WeakMap<World, Promise<unknown>[]>();

function context(world: World): ExecutionContext {
  const promises = unfinished.get(world) ?? [];
  unfinished.set(world, promises);
  const waitUntil = (work: Promise<unknown>) => void promises.push(work);
  return { waitUntil, passThroughOnException: () => {}, props: {} } as ExecutionContext;
}

/** Makes whoever sleeps wait until the test says that it is time. */
function holdSleepers(world: World): () => Promise<unknown> {
  const sleepers: (() => void)[] = [];
  world.clock.sleep = (ms) =>
    new Promise((resolve) => {
      sleepers.push(() => {
        world.clock.pass(ms);
        resolve();
      });
    });
  return () => {
    for (const wake of sleepers.splice(0)) wake();
    return Promise.all(unfinished.get(world)?.splice(0) ?? []);
  };
}

const lines = (world: World, event: string) =>
  world.deps.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["event"] === event);

const connection = async (world: World) => {
  const { merchantId, cartId } = world.merchant;
  return readConnection(await world.deps.databases.of(merchantId), merchantId, cartId);
};

const SECRET = "demo-webhook-secret";

test("a webhook nudges, the order is fetched from the shop, and it goes to the warehouse", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  const { id } = world.view().shop.orders[0] ?? {};
  const body = JSON.stringify({ id });
  const answer = await post(world, body, await signed(SECRET, body));
  expect(answer.status).toBe(200);
  await drain(world.deps, world.deps);
  const { items } = await listOrders(world.deps, world.merchant.merchantId, { limit: 10 });
  expect(items).toMatchObject([{ source_id: String(id), status: "at_wms" }]);
  expect(await connection(world)).toMatchObject({ last_webhook_at: world.clock.now() });
});

test("the same webhook three times writes one order and one last_webhook_at", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  const body = JSON.stringify({ id: world.view().shop.orders[0]?.id });
  const first = world.clock.now();
  for (let time = 0; time < 3; time += 1) {
    expect((await post(world, body, await signed(SECRET, body))).status).toBe(200);
    await drain(world.deps, world.deps);
    world.clock.pass(1_000);
  }
  expect(world.view().warehouse.received).toBe(1);
  expect(await connection(world)).toMatchObject({ last_webhook_at: first });
});

for (const [what, headers] of [
  ["a wrong", { "x-wc-webhook-topic": "order.updated", "x-wc-webhook-signature": btoa("wrong") }],
  ["no", { "x-wc-webhook-topic": "order.updated" }],
] as const)
  test(`a webhook with ${what} signature is 401, counted, and nothing else happens`, async () => {
    const world = await makeWorld();
    const answer = await post(world, '{"id":1}', headers);
    expect(answer.status).toBe(401);
    expect(world.deps.queues.jobs.sent).toEqual([]);
    expect(await connection(world)).toMatchObject({ rejected_webhooks: 1, last_webhook_at: null });
  });

for (const burst of [4, 50])
  test(`a burst of ${burst} rejected webhooks is counted exactly, with two writes`, async () => {
    const world = await makeWorld();
    const wake = holdSleepers(world);
    const count = async () => (await connection(world))?.rejected_webhooks;
    const db = await world.deps.databases.of(world.merchant.merchantId);
    let writes = 0;
    world.deps.databases.of = async () =>
      new Proxy(db, {
        get: (target, name) => {
          if (name === "batch") writes += 1;
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    for (let time = 0; time < burst; time += 1)
      expect((await post(world, "{}", { "x-wc-webhook-topic": "order.updated" })).status).toBe(401);
    expect(await count()).toBe(1);
    await wake();
    expect(await count()).toBe(burst);
    expect(writes).toBe(2);
  });

test("a rejected webhook after a burst is counted as well", async () => {
  const world = await makeWorld();
  const wake = holdSleepers(world);
  for (let burst = 0; burst < 2; burst += 1) {
    for (let time = 0; time < 3; time += 1) await post(world, "{}", {});
    await wake();
  }
  await post(world, "{}", {});
  expect(await connection(world)).toMatchObject({ rejected_webhooks: 7 });
});

test("rejected webhooks whose count D1 did not take are on the log", async () => {
  const world = await makeWorld();
  const wake = holdSleepers(world);
  for (let time = 0; time < 3; time += 1) await post(world, "{}", {});
  world.deps.databases.of = () => Promise.reject(new Error("D1 is away"));
  await wake();
  expect(lines(world, "rejected_uncounted")).toMatchObject([
    { level: "error", connection_id: world.merchant.cartId, webhooks: 2 },
  ]);
});

test("an unknown connection or merchant is 404", async () => {
  const world = await makeWorld();
  const { merchantId } = world.merchant;
  expect((await post(world, "{}", {}, `/webhooks/${merchantId}/con_unknown`)).status).toBe(404);
  expect((await post(world, "{}", {}, `/webhooks/mer_unknown/con_unknown`)).status).toBe(404);
});

test("a body over the limit is 413, with and without a content length", async () => {
  const world = await makeWorld();
  const large = new Uint8Array(2_000_001);
  expect((await post(world, large, {})).status).toBe(413);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(large);
      controller.close();
    },
  });
  expect((await post(world, stream, {})).status).toBe(413);
  expect(world.deps.queues.jobs.sent).toEqual([]);
});

test("the unsigned ping of a new webhook is answered 200 and does nothing", async () => {
  const world = await makeWorld();
  const answer = await post(world, "webhook_id=7", {
    "content-type": "application/x-www-form-urlencoded",
  });
  expect(answer.status).toBe(200);
  expect(world.deps.queues.jobs.sent).toEqual([]);
});

test("only verified calls are remembered as the last webhook: whoever knows the address cannot keep it fresh", async () => {
  const world = await makeWorld();
  await post(world, "webhook_id=7", {});
  expect(await connection(world)).toMatchObject({ last_webhook_at: null });
  const other = { ...(await signed(SECRET, "{}")), "x-wc-webhook-topic": "product.updated" };
  expect((await post(world, "{}", other)).status).toBe(200);
  expect(await connection(world)).toMatchObject({ last_webhook_at: world.clock.now() });
});

test("the line of a webhook names the orders that it is about", async () => {
  const world = await makeWorld();
  const body = '{"id":42,"billing":{"email":"ada@example.com"}}';
  await post(world, body, await signed(SECRET, body));
  expect(lines(world, "webhook")).toMatchObject([
    { connection_id: world.merchant.cartId, outcome: "nudges", source_ids: ["42"] },
  ]);
  expect(world.deps.lines.join()).not.toContain("ada@");
});

for (const [type, data, hints] of [
  ["stock.changed", { sku: "TEA-1" }, []],
  ["order.cancelled", { reference: "1001" }, ["wms_cancel"]],
] as const)
  test(`a verified ${type} is answered 200 and asks for ${hints.join() || "nothing"}`, async () => {
    const world = await makeWorld();
    const { merchantId, wmsId } = world.merchant;
    const body = JSON.stringify({ type, timestamp: "2026-11-21T10:02:31Z", data });
    const seconds = Math.floor(world.clock.now() / 1_000);
    const secret = String(wmsWanted.secrets["webhook_secret"]);
    const answer = await post(
      world,
      body,
      {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(seconds),
        "webhook-signature": await standardSignature(secret, "msg_1", seconds, body),
      },
      `/webhooks/${merchantId}/${wmsId}`,
    );
    expect(answer.status).toBe(200);
    expect(world.deps.queues.jobs.sent.map(({ kind }) => kind)).toEqual(hints);
    expect(lines(world, "webhook")[0]?.["references"]).toEqual(
      "reference" in data ? [data.reference] : undefined,
    );
  });

test("a webhook whose hint the queue does not take is not answered 2xx", async () => {
  const world = await makeWorld();
  world.deps.queues.jobs.sendBatch = async () => {
    throw new Error("Too Many Requests");
  };
  const body = '{"id":1}';
  expect((await post(world, body, await signed(SECRET, body))).status).toBe(500);
});

test("the captured deliveries of a real shop, byte for byte, end as orders at the warehouse", async () => {
  const world = await makeWorld({
    cart: {
      secrets: {
        consumer_key: "ck_demo",
        consumer_secret: "cs_demo",
        webhook_secret: captured.secret,
      },
      policy: { order_statuses: ["completed"] },
    },
  });
  const warehouse = world.deps.http;
  const trashed: unknown = JSON.parse(captured.deliveries[1]?.body ?? "");
  const shop = new Map<string, unknown>(
    [...capturedOrders, trashed as { id: number }].map((order) => [String(order.id), order]),
  );
  world.deps.http = {
    fetch: async (url, request) => {
      const { hostname, pathname } = new URL(url);
      if (hostname !== "shop.example") return warehouse.fetch(url, request);
      const found = shop.get(pathname.split("/").at(-1) ?? "");
      const body = JSON.stringify(found ?? { code: "woocommerce_rest_shop_order_invalid_id" });
      return { status: found ? 200 : 404, headers: new Headers(), body, url };
    },
  };

  for (const { headers, body } of captured.deliveries)
    expect((await post(world, body, headers)).status).toBe(200);
  await drain(world.deps, world.deps);

  const { merchantId } = world.merchant;
  const { items } = await listOrders(world.deps, merchantId, { limit: 10 });
  expect(items).toMatchObject([{ number: "12", status: "at_wms" }]);
  const order = await getOrder(world.deps, merchantId, items[0]?.id ?? "");
  const atWarehouse = world.state.warehouse_orders.all();
  expect(atWarehouse).toHaveLength(1);
  expect(order.order).toMatchObject({
    number: "12",
    order_date: "2026-11-21T21:00:47Z",
    ship_to: {
      first_name: "Ada",
      last_name: "B",
      address_1: "1 Main",
      city: "Austin",
      state: "TX",
      zip: "78701",
      country: "US",
      email: "ada@example.com",
    },
    ship_code_description: "Ground",
    currency: { code: "USD", exponent: 2 },
    sub_total: 3897,
    shipping_handling: 500,
    grand_total: 4397,
    lines: [{ line_id: "3", sku: "WIDGET-1", quantity: 3, price: 1299, extended_amount: 3897 }],
  });
});

test("what a shop did not answer is asked again, later and later, and given up after two hours", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  await world.control("POST faults", { target: "shop", kind: "http500" });
  await world.deps.queues.jobs.send({
    kind: "fetch",
    merchant_id: merchantId,
    connection_id: cartId,
    source_id: "7",
  });
  const waits: number[] = [];
  for (;;) {
    await drain(world.deps, world.deps);
    const [next] = world.deps.queues.jobs.delayed;
    if (!next) break;
    waits.push((next.due - world.clock.now()) / 60_000);
    world.clock.pass(next.due - world.clock.now());
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64]);
});
