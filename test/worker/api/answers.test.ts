import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { cartWanted, mintMerchant, testDeps } from "../deps.ts";
import { begin } from "../../../src/deps.ts";
import worker from "../../../src/index.ts";
import { call } from "./client.ts";
import { healthyVendors } from "./vendors.ts";

test("a body that is no JSON is 400, one that does not fit 422 with its fields, a large one 413", async () => {
  const deps = testDeps();
  const { keys } = await mintMerchant(deps);
  const send = (body: unknown) =>
    call(deps, "POST", "/api/merchants", { key: keys.warehouse, body });
  expect((await send("{")).json.error.code).toBe("malformed");
  expect((await send("{")).status).toBe(400);
  const wrong = await send({ name: 5, colour: "blue" });
  expect(wrong.status).toBe(422);
  expect(wrong.json.error.fields.map((field: { path: string }) => field.path)).toEqual([
    "name",
    "colour",
  ]);
  expect((await send([])).json.error.fields[0].path).toBe("body");
  const large = await send({ name: "x".repeat(1_000_001) });
  expect([large.status, large.json.error.code]).toEqual([413, "too_large"]);
});

test("a limit, a status or a cursor that makes no sense names its field", async () => {
  const deps = testDeps();
  const { keys } = await mintMerchant(deps);
  for (const [query, path] of [
    ["limit=101", "limit"],
    ["limit=0", "limit"],
    ["limit=many", "limit"],
    ["status=lost", "status"],
    ["cursor=here", "cursor"],
  ]) {
    const refused = await call(deps, "GET", `/api/orders?${query}`, { key: keys.merchant });
    expect([refused.status, refused.json.error.fields[0].path]).toEqual([422, path]);
  }
});

test("every answer carries its process id, and one log line tells who asked for what", async () => {
  const deps = testDeps();
  const { keys, merchantId, accountId, cartId } = await mintMerchant(deps);
  const answer = await call(deps, "GET", `/api/connections/${cartId}`, { key: keys.merchant });
  const processId = answer.headers.get("x-dray-process-id");
  expect(processId).toMatch(/^prc_/);
  const lines = deps.lines.map((line) => JSON.parse(line));
  expect(lines.filter((line) => line.event === "request")).toEqual([
    {
      at: "2026-11-21T10:02:30.000Z",
      level: "info",
      event: "request",
      method: "GET",
      path: "/api/connections/:id",
      connection_id: cartId,
      status: 200,
      duration_ms: 0,
      process_id: processId,
      account_id: accountId,
      merchant_id: merchantId,
      api_user: keys.merchant.user,
    },
  ]);
  const missing = await call(deps, "GET", "/api/nowhere");
  expect([missing.status, missing.json.error.code]).toEqual([404, "not_found"]);
  expect(missing.json.process_id).toBe(missing.headers.get("x-dray-process-id"));
});

test("a fault of ours is a 500 that says nothing but its process id", async () => {
  const deps = testDeps();
  const { keys } = await mintMerchant(deps);
  const broken = {
    ...deps,
    databases: {
      ...deps.databases,
      of: () => Promise.reject(new Error("CANARY in table orders")),
    },
  };
  const answer = await call(broken, "GET", "/api/orders", { key: keys.merchant });
  expect(answer.status).toBe(500);
  expect(answer.json).toEqual({
    error: { code: "internal", message: "Something went wrong on our side" },
    process_id: answer.headers.get("x-dray-process-id"),
  });
  const failed = deps.lines
    .map((line) => JSON.parse(line))
    .find((line) => line.event === "request");
  expect(failed).toMatchObject({ level: "error", status: 500 });
});

test("secrets and keys are in no answer and on no log line, when all is well and when it is not", async () => {
  const canaries = ["CANARY-consumer-key", "CANARY-consumer-secret", "CANARY-webhook-secret"];
  const [consumer_key, consumer_secret, webhook_secret] = canaries;
  const vendors = healthyVendors();
  let mood: "well" | "refused" | "broken" = "well";
  const deps = testDeps({
    http: (request) => {
      if (mood === "well") return vendors(request);
      const message = `bad ${consumer_key} and ${JSON.stringify(request.headers)}`;
      return { status: mood === "refused" ? 401 : 500, body: { code: "x", message } };
    },
  });
  const { keys } = await mintMerchant(deps);
  const secrets = { consumer_key, consumer_secret, webhook_secret };
  const texts: string[] = [];
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await call(deps, method, path, { key: keys.merchant, body });
    texts.push(answer.text, JSON.stringify([...answer.headers]));
    return answer;
  };
  const made = await send("POST", "/api/connections", { ...cartWanted, secrets });
  const path = `/api/connections/${made.json.connection.id}`;
  for (const next of ["well", "refused", "broken"] as const) {
    mood = next;
    await send("POST", `${path}/check`);
    await send("POST", `${path}/secrets`, { secrets });
    await send("PATCH", path, { settings: { store_url: `https://${consumer_key}@shop.test` } });
    await send("GET", path);
    await send("GET", "/api/connections");
    await send("POST", "/api/connections", { ...cartWanted, secrets });
    await send("POST", "/api/connections", `{"secrets": "${consumer_secret}`);
  }
  const written = [...texts, ...deps.lines].join("\n");
  for (const canary of canaries) expect(written).not.toContain(canary);
  expect(written).not.toContain(keys.merchant.key);
  const stored = await env.DB.prepare("SELECT * FROM connections").all();
  const keyRows = await env.DB.prepare("SELECT * FROM api_keys").all();
  const rows = JSON.stringify([stored.results, keyRows.results]);
  expect(rows).toContain("https://shop.test");
  for (const secret of [...canaries, keys.merchant.key]) expect(rows).not.toContain(secret);
});

test("a variable that is missing or wrong is a 503 that names it and shows no value", async () => {
  const cases: [Partial<Cloudflare.Env>, string][] = [
    [{ SEAL_KEYS: undefined }, "SEAL_KEYS is not set"],
    [{ SEAL_KEYS: "k1:CANARY" }, "SEAL_KEYS"],
    [{ PUBLIC_URL: undefined }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "CANARY" }, "PUBLIC_URL"],
    [{ DISPATCH_SIZE: "CANARY" }, "DISPATCH_SIZE"],
    [{ ALLOW_PRIVATE_HOSTS: "CANARY" }, "ALLOW_PRIVATE_HOSTS"],
  ];
  for (const [wrong, name] of cases) {
    const answer = await worker.fetch(
      new Request("https://dray.test/api/orders"),
      { ...env, ...wrong },
      {} as ExecutionContext,
    );
    const text = await answer.text();
    expect([answer.status, text.includes(name), text.includes("CANARY")]).toEqual([
      503,
      true,
      false,
    ]);
  }
  const { deps } = begin(
    { ...env, PUBLIC_URL: "https://dray.test/" },
    { waitUntil: () => undefined },
  );
  expect(deps.publicUrl).toBe("https://dray.test");
});
