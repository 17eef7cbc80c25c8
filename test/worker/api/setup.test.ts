import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { testDeps } from "../deps.ts";
import { call } from "./client.ts";

const setupToken = "open-sesame-open";
const body = { account: { name: "Blue Ridge" } };
const headers = { authorization: `Bearer ${setupToken}` };

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM accounts").run();
});

test("the first set-up makes an account whose key makes a merchant", async () => {
  const deps = testDeps();
  const made = await call(deps, "POST", "/api/setup", { setupToken, headers, body });
  expect(made.status).toBe(201);
  expect(made.json.account).toEqual({ id: expect.stringMatching(/^acc_/), name: "Blue Ridge" });
  expect(made.json.key.user).toMatch(/^warehouse_/);

  const merchant = await call(deps, "POST", "/api/merchants", {
    key: made.json.key,
    body: { name: "Teapots" },
  });
  expect(merchant.status).toBe(201);
  expect(merchant.json.key.user).toMatch(/^merchant_/);
  const listed = await call(deps, "GET", "/api/merchants", { key: made.json.key });
  expect(listed.json.items).toEqual([
    { id: merchant.json.merchant.id, name: "Teapots", created_at: "2026-11-21T10:02:30.000Z" },
  ]);
});

test("of two set-ups at once one wins, and the other leaves no key", async () => {
  const deps = testDeps();
  const both = await Promise.all([
    call(deps, "POST", "/api/setup", { setupToken, headers, body }),
    call(deps, "POST", "/api/setup", { setupToken, headers, body }),
  ]);
  const statuses = both.map((answer) => answer.status).toSorted((a, b) => a - b);
  expect(statuses).toEqual([201, 409]);
  const loser = both.find((answer) => answer.status === 409);
  expect(loser?.json.error.code).toBe("already_set_up");
  const keys = await env.DB.prepare(
    "SELECT count(*) AS n FROM api_keys WHERE account_id IN (SELECT id FROM accounts)",
  ).first<{ n: number }>();
  expect(keys?.n).toBe(1);
});

test("a later set-up is refused", async () => {
  const deps = testDeps();
  await call(deps, "POST", "/api/setup", { setupToken, headers, body });
  const again = await call(deps, "POST", "/api/setup", { setupToken, headers, body });
  expect(again.status).toBe(409);
});

test("without SETUP_TOKEN there is no set-up, and a wrong token opens nothing", async () => {
  const deps = testDeps();
  expect((await call(deps, "POST", "/api/setup", { headers, body })).status).toBe(404);
  for (const authorization of ["Bearer wrong", "Bearer ", `Basic ${setupToken}`]) {
    const refused = await call(deps, "POST", "/api/setup", {
      setupToken,
      headers: { authorization },
      body,
    });
    expect(refused.status).toBe(401);
  }
  expect((await call(deps, "POST", "/api/setup", { setupToken, body })).status).toBe(401);
  const accounts = await env.DB.prepare("SELECT count(*) AS n FROM accounts").first<{
    n: number;
  }>();
  expect(accounts?.n).toBe(0);
});
