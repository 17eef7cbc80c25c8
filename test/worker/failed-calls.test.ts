import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { HttpError } from "../../src/platform/http.ts";
import { checkConnection } from "../../src/sync/check-connection.ts";
import { forgetOld } from "../../src/sync/forget-old.ts";
import { pauseConnection } from "../../src/sync/pause-connection.ts";
import { openConnection } from "../../src/sync/open-connection.ts";
import { call } from "./api/client.ts";
import { doLater, mintMerchant, testDeps, type Handler } from "./deps.ts";
import { counted } from "./store/ground.ts";

const DAY_MS = 24 * 60 * 60_000;

async function world(http: Handler) {
  let answer: Handler = () => ({ body: {} });
  const deps = testDeps({ http: (sent) => answer(sent) });
  const mine = await mintMerchant(deps);
  answer = http;
  const api = (path: string, key = mine.keys.merchant) =>
    call(deps, "GET", `/api/connections/${mine.wmsId}${path}`, { key });
  const ask = async (times = 1, body?: unknown) => {
    const { call: vendor } = await openConnection(deps, mine.merchantId, mine.wmsId);
    for (let n = 0; n < times; n += 1)
      await vendor.http
        .send({ url: "https://warehouse.test/orders?token=CANARY-query", body })
        .catch(() => null);
  };
  return { deps, mine, api, ask };
}

test("a call that failed is kept with what was wrong, without query, secrets and customers' data", async () => {
  const { deps, api, ask } = await world(() => ({
    status: 422,
    body: { code: "address", message: "No street CANARY Road 7" },
  }));
  await ask(1, { reference: "1001", ship_to: { address_1: "CANARY Road 7", country: "US" } });
  expect((await api("/calls")).json.items).toEqual([]);
  await doLater(deps);
  const { items, next } = (await api("/calls")).json;
  expect(next).toBeNull();
  expect(items).toMatchObject([
    {
      method: "POST",
      url: "https://warehouse.test/orders",
      status: 422,
      message: "warehouse.test said 422: No street [removed]",
      request: '{"reference":"1001","ship_to":{"address_1":"[removed]","country":"US"}}',
      response: '{"code":"address","message":"No street [removed]"}',
    },
  ]);
  expect((await api("")).json.failed_calls).toEqual(items);
});

test.each([
  ["no answer", () => new HttpError("timed_out", "No answer in time"), null, "No answer in time"],
  ["refused credentials", () => ({ status: 401 }), 401, "refused the credentials"],
  ["a fault of the vendor's", () => ({ status: 500 }), 500, "is not available"],
] as const)("%s is a failed call", async (_, http, status, message) => {
  const { deps, api, ask } = await world(http);
  await ask();
  await doLater(deps);
  const { items } = (await api("/calls")).json;
  expect(items).toMatchObject([{ status, message: expect.stringContaining(message) }]);
});

test("an answer that cannot be read is a failed call, and one that can leaves nothing", async () => {
  const { deps, mine, api } = await world(() => ({ body: "<html>log in</html>" }));
  await checkConnection(deps, mine.merchantId, mine.wmsId);
  await doLater(deps);
  const { items } = (await api("/calls")).json;
  expect(items[0]).toMatchObject({ status: 200, response: "[an HTML page]" });
  const fine = await world(() => ({ body: {} }));
  await fine.ask();
  expect(fine.deps.beside).toEqual([]);
});

test("an outage leaves 20 rows a minute and connection, whoever calls, and asks D1 for few", async () => {
  const { deps, api, ask } = await world(() => ({ status: 503 }));
  await ask(200);
  expect(deps.beside.length).toBeLessThanOrEqual(40);
  for (let n = 0; n < 3; n += 1) await ask(30);
  await doLater(deps);
  const rows = async () => (await api("/calls?limit=100")).json.items.length;
  const first = await rows();
  expect(first).toBe(20);
  deps.clock.pass(61_000);
  await ask(30);
  await doLater(deps);
  expect(await rows()).toBe(40);
});

test("a failed call costs two rows, and twenty read at the most", async () => {
  const { deps, ask } = await world(() => ({ status: 503 }));
  const count = counted(env.DB);
  const databases = { ...deps.databases, of: async () => count.db };
  const real = deps.databases;
  await ask();
  deps.databases = databases;
  await doLater(deps);
  expect(count.rows_written).toBe(2);
  expect(count.rows_read).toBeLessThanOrEqual(20);
  deps.databases = real;
});

test("what cannot be kept is logged, and fails nothing", async () => {
  const { deps, ask } = await world(() => ({ status: 503 }));
  await ask();
  const { databases } = deps;
  deps.databases = { ...databases, of: () => Promise.reject(new Error("D1 is busy")) };
  await doLater(deps);
  deps.databases = databases;
  expect(deps.lines.filter((line) => line.includes('"call_not_kept"'))).toHaveLength(1);
});

test("failed calls are listed page by page, newest first, and are gone after 30 days", async () => {
  const { deps, api, ask } = await world(() => ({ status: 503 }));
  for (let n = 0; n < 5; n += 1) {
    await ask();
    await doLater(deps);
    deps.clock.pass(DAY_MS);
  }
  const seen: string[] = [];
  let before: string | null = null;
  do {
    const page: { items: { at: string }[]; next: string | null } = (
      await api(`/calls?limit=2${before === null ? "" : `&before=${before}`}`)
    ).json;
    seen.push(...page.items.map(({ at }) => at));
    before = page.next;
  } while (before !== null);
  expect(seen).toHaveLength(5);
  expect(seen).toEqual(seen.toSorted().toReversed());
  deps.clock.pass(27 * DAY_MS);
  expect((await forgetOld(deps)).calls).toBeGreaterThan(0);
  const left = (await api("/calls")).json.items.map(({ at }: { at: string }) => at);
  expect(left).toEqual(seen.slice(0, 3));
  await Promise.all([forgetOld(deps), forgetOld(deps)]);
  expect((await api("/calls")).json.items).toHaveLength(3);
});

test("another merchant's key sees no calls", async () => {
  const { deps, api, ask } = await world(() => ({ status: 503 }));
  await ask();
  await doLater(deps);
  const other = await mintMerchant(deps);
  expect((await api("/calls", other.keys.merchant)).status).toBe(404);
});

test("a connection's state is one word, with since when, and the runs behind it", async () => {
  const { deps, mine, api } = await world(() => ({ status: 503 }));
  const set = (fields: string) =>
    env.DB.prepare(`UPDATE connections SET ${fields} WHERE id = ?1`).bind(mine.wmsId).run();
  const state = async () => (await api("")).json.state;
  expect(await state()).toBe("healthy");
  await set(
    "health = 'degraded', last_error = 'It is down', last_error_at = 1, failing_since = 1, probe_at = 2",
  );
  expect((await api("")).json).toMatchObject({
    state: "degraded",
    last_error: "It is down",
    failing_since: "1970-01-01T00:00:00.001Z",
    probe_at: "1970-01-01T00:00:00.002Z",
    runs: [],
  });
  await set("health = 'needs_reauth'");
  expect(await state()).toBe("needs_reauth");
  await pauseConnection(deps, mine.merchantId, mine.wmsId, true);
  expect(await state()).toBe("paused");
  await env.DB.prepare(
    `INSERT INTO runs (merchant_id, connection_id, id, job, started_at, duration_ms, result, counts, message)
     VALUES (?1, ?2, 'run_1', 'shipment-pickup', 1, 5, 'unavailable', '{}', 'It is down')`,
  )
    .bind(mine.merchantId, mine.wmsId)
    .run();
  expect((await api("")).json.runs).toEqual([
    {
      id: "run_1",
      job: "shipment-pickup",
      started_at: "1970-01-01T00:00:00.001Z",
      duration_ms: 5,
      result: "unavailable",
      counts: {},
      message: "It is down",
    },
  ]);
  const list = await call(deps, "GET", "/api/connections", { key: mine.keys.merchant });
  expect(list.json.items.map((one: { state: string }) => one.state).toSorted()).toEqual([
    "healthy",
    "paused",
  ]);
});
