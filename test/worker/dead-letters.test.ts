import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { consumeQueue } from "../../src/jobs/queue.ts";
import { forgetOld } from "../../src/sync/forget-old.ts";
import type { Deps } from "../../src/sync/deps.ts";
import { call } from "./api/client.ts";
import { mintMerchant, testDeps, type Minted, type TestDeps } from "./deps.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Brings messages to a queue's consumer, for the nth time; answers what became of each. */
async function bring(
  deps: Deps,
  queue: string,
  bodies: readonly unknown[],
  attempts = 1,
): Promise<string[]> {
  const fates = bodies.map(() => "lost");
  const messages = bodies.map((body, at) => ({
    id: `message-${at}`,
    timestamp: new Date(deps.clock.now()),
    attempts,
    body,
    ack: () => (fates[at] = "acked"),
    retry: ({ delaySeconds = 0 } = {}) => (fates[at] = `retried in ${delaySeconds}`),
  }));
  const batch = { queue, messages, ackAll: () => {}, retryAll: () => {}, metadata: {} };
  await consumeQueue(batch as unknown as MessageBatch, deps);
  return fates;
}

const run = ({ merchantId, cartId }: Minted) => ({
  kind: "run",
  merchant_id: merchantId,
  connection_id: cartId,
  job: "order-download",
  by: "schedule",
});

/** Deps whose coordinator fails, which is a fault of ours. */
const broken = (deps: TestDeps, message = "the object is gone"): Deps => ({
  ...deps,
  coordinator: () => {
    throw new TypeError(message);
  },
});

async function world() {
  const deps = testDeps();
  const mine = await mintMerchant(deps);
  const api = (method: string, path: string, key = mine.keys.warehouse) =>
    call(deps, method, `/api/dead-letters${path}`, { key });
  return { deps, mine, api };
}

/** Lets a message fail for the last time and come out of the dead-letter queue. */
async function die(deps: TestDeps, body: unknown): Promise<void> {
  expect(await bring(broken(deps), "dray-jobs", [body], 6)).toEqual(["retried in 30"]);
  expect(await bring(deps, "dray-jobs-dead", [body])).toEqual(["acked"]);
}

const letters = async (): Promise<number> =>
  (await env.DB.prepare("SELECT count(*) AS n FROM dead_letters").first<number>("n")) ?? 0;

test("what is wrong with the installation is listed for an account's key, before there is anything and after", async () => {
  const { deps, mine } = await world();
  const alerts = (path = "", method = "GET") =>
    call(deps, method, `/api/alerts${path}?of=installation`, { key: mine.keys.warehouse });
  expect(await alerts()).toMatchObject({ status: 200, json: { items: [] } });
  await die(deps, run(mine));
  const { items } = (await alerts()).json;
  expect(items).toMatchObject([{ kind: "dead_letter", state: "open" }]);
  const dismissed = await alerts(`/${items[0].id}/dismiss`, "POST");
  expect(dismissed).toMatchObject({ status: 200, json: { state: "dismissed" } });
});

test("a message that fails for the sixth time is kept with its cause, and raises an alert of the installation", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const { items } = (await api("GET", "?state=dead")).json;
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    queue: "dray-jobs",
    state: "dead",
    body: run(mine),
    cause: "TypeError: the object is gone",
    merchant_id: mine.merchantId,
    times: 1,
    settled_at: null,
    settled_by: null,
  });
  const alert = await env.DB.prepare(
    "SELECT state, kind, details FROM alerts WHERE merchant_id = 'mer_installation' AND subject = ?1",
  )
    .bind(items[0].id)
    .first();
  expect(alert).toEqual({ state: "open", kind: "dead_letter", details: '{"queue":"dray-jobs"}' });
  const hints = deps.queues.notices.delayed.map(({ message }) => message);
  expect(hints).toEqual([{ kind: "alerts", merchant_id: "mer_installation" }]);
});

test("nothing is written while a message may still go through", async () => {
  const { deps, mine } = await world();
  const before = await letters();
  for (let attempt = 1; attempt <= 5; attempt += 1)
    expect(await bring(broken(deps), "dray-jobs", [run(mine)], attempt)).toEqual(["retried in 30"]);
  expect(await letters()).toBe(before);
});

test("a message of a connection that is gone is no dead letter, however often it came", async () => {
  const { deps, mine } = await world();
  const before = await letters();
  const gone = { kind: "webhooks", merchant_id: mine.merchantId, connection_id: "con_gone" };
  expect(await bring(deps, "dray-jobs", [gone], 6)).toEqual(["acked"]);
  expect(await letters()).toBe(before);
});

test("a message whose cause nobody noted is kept without one", async () => {
  const { deps, mine, api } = await world();
  await bring(deps, "dray-deliveries-dead", [
    { merchant_id: mine.merchantId, dispatch_id: "dsp_1" },
  ]);
  const { items } = (await api("GET", "")).json;
  expect(items).toMatchObject([{ queue: "dray-deliveries", cause: null, times: 1 }]);
});

test("a dead letter that cannot be stored comes again, and the others of its batch are kept", async () => {
  const { deps, mine, api } = await world();
  const { directory } = deps.databases;
  let calls = 0;
  const failing = {
    ...deps,
    databases: {
      ...deps.databases,
      directory: {
        prepare: (text: string) => directory.prepare(text),
        batch: (statements: D1PreparedStatement[]) => {
          calls += 1;
          if (calls === 1) throw new Error("D1 is busy");
          return directory.batch(statements);
        },
      } as unknown as D1Database,
    },
  };
  const bodies = ["dsp_1", "dsp_2"].map((id) => ({
    merchant_id: mine.merchantId,
    dispatch_id: id,
  }));
  expect(await bring(failing, "dray-deliveries-dead", bodies, 3)).toEqual([
    "retried in 180",
    "acked",
  ]);
  expect(await bring(deps, "dray-deliveries-dead", bodies.slice(0, 1), 99)).toEqual(["acked"]);
  expect((await api("GET", "")).json.items).toHaveLength(2);
});

test("a last attempt whose cause cannot be noted still goes to the dead-letter queue", async () => {
  const { deps, mine } = await world();
  const without = broken(deps);
  const directory = {
    batch: () => {
      throw new Error("D1 is busy");
    },
    prepare: (text: string) => deps.databases.directory.prepare(text),
  } as unknown as D1Database;
  const databases = { ...deps.databases, directory };
  expect(await bring({ ...without, databases }, "dray-jobs", [run(mine)], 6)).toEqual([
    "retried in 30",
  ]);
});

test("what comes out of a dead-letter queue twice is one letter, counted and told once", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const before = (await api("GET", "")).json;
  deps.clock.pass(60_000);
  await Promise.all([
    bring(deps, "dray-jobs-dead", [run(mine)]),
    bring(deps, "dray-jobs-dead", [run(mine)]),
  ]);
  expect((await api("GET", "")).json).toEqual(before);
  const times = await env.DB.prepare("SELECT times FROM alerts WHERE subject = ?1")
    .bind(before.items[0].id)
    .first("times");
  expect(times).toBe(1);
});

test("a replay sends the message once, says who did it and closes the alert", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const [{ id }] = (await api("GET", "")).json.items;
  const first = await api("POST", `/${id}/replay`);
  expect([first.status, first.json.state]).toEqual([200, "replayed"]);
  expect(first.json.settled_by).toBe(`Test key (${mine.keys.warehouse.user})`);
  const again = await api("POST", `/${id}/replay`);
  expect(again.json).toEqual(first.json);
  expect((await api("POST", `/${id}/drop`)).json).toEqual(first.json);
  expect(deps.queues.jobs.sent).toEqual([run(mine)]);
  const alert = await env.DB.prepare("SELECT state FROM alerts WHERE subject = ?1")
    .bind(id)
    .first();
  expect(alert).toEqual({ state: "resolved" });
});

test("whoever dies between sending a replay and noting it leaves one that can be replayed again", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const [{ id }] = (await api("GET", "")).json.items;
  const { send } = deps.queues.jobs;
  deps.queues.jobs.send = async (message) => {
    await send(message);
    throw new Error("died");
  };
  expect((await api("POST", `/${id}/replay`)).status).toBe(500);
  expect((await api("GET", `/${id}`)).json.state).toBe("dead");
  deps.queues.jobs.send = send;
  expect((await api("POST", `/${id}/replay`)).json.state).toBe("replayed");
  expect(deps.queues.jobs.sent).toEqual([run(mine), run(mine)]);
});

test("a replay that fails again is dead again, counted twice, with the new cause and its alert open", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const [{ id }] = (await api("GET", "")).json.items;
  await api("POST", `/${id}/replay`);
  await bring(broken(deps, "still gone"), "dray-jobs", [run(mine)], 6);
  expect((await api("GET", `/${id}`)).json.state).toBe("failing");
  await bring(deps, "dray-jobs-dead", [run(mine)]);
  const letter = (await api("GET", `/${id}`)).json;
  expect(letter).toMatchObject({
    state: "dead",
    times: 2,
    cause: "TypeError: still gone",
    settled_by: null,
  });
  const alert = await env.DB.prepare("SELECT state FROM alerts WHERE subject = ?1")
    .bind(id)
    .first();
  expect(alert).toEqual({ state: "open" });
});

test("a dropped letter sends nothing", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const [{ id }] = (await api("GET", "")).json.items;
  expect((await api("POST", `/${id}/drop`)).json.state).toBe("dropped");
  expect((await api("POST", `/${id}/replay`)).json.state).toBe("dropped");
  expect(deps.queues.jobs.sent).toEqual([]);
});

test("a cause holds no query, no e-mail address and nothing that could not be read", async () => {
  const { deps, mine, api } = await world();
  const text = "no answer of https://x.test/a?key=CANARY for CANARY@x.test";
  await bring(broken(deps, text), "dray-jobs", [run(mine)], 6);
  expect((await api("GET", "")).text).not.toContain("CANARY");
  const unread = { ...deps, coordinator: () => JSON.parse("CANARY") };
  await bring(unread, "dray-jobs", [{ ...run(mine), by: "person" }], 6);
  expect((await api("GET", "")).text).not.toContain("CANARY");
});

test("a list goes page by page, newest first, and misses none of one moment", async () => {
  const { deps, mine, api } = await world();
  const bodies = Array.from({ length: 7 }, (_, at) => ({
    merchant_id: mine.merchantId,
    dispatch_id: `dsp_${at}`,
  }));
  await bring(deps, "dray-deliveries-dead", bodies.slice(0, 4));
  deps.clock.pass(1_000);
  await bring(deps, "dray-deliveries-dead", bodies.slice(4));
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: { items: { body: { dispatch_id: string } }[]; next: string | null } = (
      await api("GET", `?limit=2${after === null ? "" : `&after=${after}`}`)
    ).json;
    seen.push(...page.items.map(({ body }) => body.dispatch_id));
    after = page.next;
  } while (after !== null);
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((at) => `dsp_${at}`));
  expect((await api("GET", "?after=x")).status).toBe(422);
  expect((await api("GET", "?state=alive")).status).toBe(422);
});

test("only an account's key sees dead letters, and only those of its own merchants", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const [{ id }] = (await api("GET", "")).json.items;
  const other = await mintMerchant(deps);
  for (const [method, path] of [
    ["GET", ""],
    ["GET", `/${id}`],
    ["POST", `/${id}/replay`],
    ["POST", `/${id}/drop`],
  ] as const) {
    expect((await api(method, path, mine.keys.merchant)).status).toBe(403);
    const foreign = await api(method, path, other.keys.warehouse);
    expect(foreign.text).not.toContain(mine.merchantId);
    if (path !== "") expect(foreign.status).toBe(404);
  }
  expect((await api("GET", `/${id}`)).json.state).toBe("dead");
  expect(deps.queues.jobs.sent).toEqual([]);
});

test("settled letters are gone after 30 days, those that wait for an operator stay", async () => {
  const { deps, mine, api } = await world();
  const bodies = ["dsp_a", "dsp_b", "dsp_c"].map((id) => ({
    merchant_id: mine.merchantId,
    dispatch_id: id,
  }));
  await bring(deps, "dray-deliveries-dead", bodies);
  const { items } = (await api("GET", "")).json;
  deps.clock.pass(40 * DAY_MS);
  await api("POST", `/${items[0].id}/replay`);
  await api("POST", `/${items[1].id}/drop`);
  await forgetOld(deps);
  expect((await api("GET", "")).json.items).toHaveLength(3);
  deps.clock.pass(31 * DAY_MS);
  await forgetOld(deps);
  const left = (await api("GET", "")).json.items;
  expect(left.map(({ id }: { id: string }) => id)).toEqual([items[2].id]);
});

test("the same message failing again leaves a letter that nobody settled dead, with its alert open", async () => {
  const { deps, mine, api } = await world();
  await die(deps, run(mine));
  const [{ id }] = (await api("GET", "")).json.items;
  await bring(broken(deps, "still gone"), "dray-jobs", [run(mine)], 6);
  expect((await api("GET", `/${id}`)).json).toMatchObject({
    state: "dead",
    cause: expect.stringContaining("still gone"),
  });
});
