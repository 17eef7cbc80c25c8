import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { JobMessage } from "../../src/domain/messages.ts";
import { HttpError } from "../../src/platform/http.ts";
import { changeConnection } from "../../src/sync/change-connection.ts";
import { pauseConnection } from "../../src/sync/pause-connection.ts";
import { mintMerchant, testDeps, type Minted } from "./deps.ts";
import { drain, makeWorld, type World } from "./world.ts";

type Run = Extract<JobMessage, { kind: "run" }>;

const download = ({ merchant }: World, by: Run["by"]): Run => ({
  kind: "run",
  merchant_id: merchant.merchantId,
  connection_id: merchant.cartId,
  job: "order-download",
  by,
});

const off = ({ deps, merchant }: World) =>
  changeConnection(deps, merchant.merchantId, merchant.cartId, {
    jobs: { "order-download": { on: false } },
  });

const loaded = async () =>
  (await env.DB.prepare("SELECT count(*) AS loaded FROM orders").first<number>("loaded")) ?? 0;

for (const by of ["webhook", "schedule", "continuation"] as const)
  test(`a person's run of a job that is off goes through behind a ${by}'s in the same batch`, async () => {
    const world = await makeWorld();
    await world.control("POST orders", { count: 1 });
    await off(world);
    for (const who of [by, "person", by] as const)
      await world.deps.queues.jobs.send(download(world, who));
    await drain(world.deps, world.deps);
    expect(await loaded()).toBe(1);
  });

test("what a person began of a job that is off goes on until there is no more", async () => {
  const world = await makeWorld();
  const { deps, clock } = world;
  await world.control("POST orders", { count: 250 });
  await off(world);
  const { fetch } = deps.http;
  // Each page takes so long that a run has time for one.
  deps.http = {
    fetch: async (url, request) => {
      const answer = await fetch(url, request);
      if (new URL(url).pathname.endsWith("/orders") && url.includes("shop.example"))
        clock.pass(121_000);
      return answer;
    },
  };
  await deps.queues.jobs.send(download(world, "person"));
  await drain(deps, deps);
  expect(await loaded()).toBe(250);
});

test("a batch of many connections' jobs calls at most four vendors at a time", async () => {
  let calling = 0;
  let most = 0;
  let open = () => {};
  let held: Promise<void> | null = null;
  const deps = testDeps({
    http: async () => {
      calling += 1;
      most = Math.max(most, calling);
      if (calling === 4) open();
      await held;
      // Long enough for a fifth to come.
      for (let turn = 0; turn < 5; turn += 1) await env.DB.prepare("SELECT 1").run();
      calling -= 1;
      return new HttpError("timed_out", "No answer in time");
    },
  });
  const connections: Minted[] = [];
  while (connections.length < 12) connections.push(await mintMerchant(deps));
  most = 0;
  held = new Promise((resolve) => {
    open = resolve;
  });
  await deps.queues.jobs.sendBatch(
    connections.map(({ merchantId, cartId }) => ({
      body: {
        kind: "run",
        merchant_id: merchantId,
        connection_id: cartId,
        job: "order-download",
        by: "webhook",
      },
    })),
  );
  expect(await drain(deps, deps)).toEqual(Array(12).fill("acked"));
  expect(deps.calls.length).toBeGreaterThanOrEqual(12);
  expect(most).toBe(4);
});

const webhooks = ({ merchant }: World): JobMessage => ({
  kind: "webhooks",
  merchant_id: merchant.merchantId,
  connection_id: merchant.cartId,
});

test("webhooks that cannot be looked after because the shop is down wait for the next hour, with one line", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "shop", kind: "http500" });
  await world.deps.queues.jobs.send(webhooks(world));
  expect(await drain(world.deps, world.deps)).toEqual(["acked"]);
  const lines = world.deps.lines.filter((line) => line.includes('"event":"webhooks_ensured"'));
  expect(lines).toHaveLength(1);
  expect(world.deps.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

for (const [what, rest] of [
  [
    "is paused",
    ({ deps, merchant }: World) =>
      pauseConnection(deps, merchant.merchantId, merchant.cartId, true),
  ],
  [
    "needs new credentials",
    ({ merchant }: World) =>
      env.DB.prepare("UPDATE connections SET health = 'needs_reauth' WHERE id = ?1")
        .bind(merchant.cartId)
        .run(),
  ],
] as const)
  test(`a connection that ${what} is not called about its webhooks`, async () => {
    const world = await makeWorld();
    await rest(world);
    world.deps.calls.length = 0;
    await world.deps.queues.jobs.send(webhooks(world));
    expect(await drain(world.deps, world.deps)).toEqual(["acked"]);
    expect(world.deps.calls).toEqual([]);
  });

test("every vendor call of a journey says for which connection of which merchant it is", async () => {
  const world = await makeWorld();
  const { merchantId, cartId, wmsId } = world.merchant;
  await world.control("POST orders", { count: 1 });
  await world.deps.queues.jobs.send(download(world, "person"));
  await drain(world.deps, world.deps);
  const labels = world.deps.calls.map(({ url, labels: told }) => ({
    side: new URL(url).hostname,
    ...told,
  }));
  expect(new Set(labels.map((told) => JSON.stringify(told)))).toEqual(
    new Set([
      JSON.stringify({ side: "shop.example", merchant_id: merchantId, connection_id: cartId }),
      JSON.stringify({ side: "warehouse.example", merchant_id: merchantId, connection_id: wmsId }),
    ]),
  );
});
