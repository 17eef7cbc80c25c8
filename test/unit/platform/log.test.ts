import { expect, test } from "vitest";
import { createLog } from "../../../src/platform/log.ts";

const clock = { now: () => Date.UTC(2026, 10, 21, 12) };
const logged = (fields: Record<string, unknown>): Record<string, unknown> => {
  const lines: string[] = [];
  createLog((line) => lines.push(line), clock).info("tried", fields);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
};

test("a line is one JSON object with time, level and event first", () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), clock, { process_id: "p1" });
  log.with({ merchant_id: "mer_1" }).warn("order_refused", { order_id: "ord_1", tries: 3 });
  expect(lines).toEqual([
    '{"at":"2026-11-21T12:00:00.000Z","level":"warn","event":"order_refused",' +
      '"process_id":"p1","merchant_id":"mer_1","order_id":"ord_1","tries":3}',
  ]);
});

test("a field cannot change time, level or event", () => {
  expect(logged({ at: "x", level: "x", event: "x" })).toEqual({
    at: "2026-11-21T12:00:00.000Z",
    level: "info",
    event: "tried",
  });
});

test.each([
  "password",
  "secret",
  "secrets",
  "key",
  "keys",
  "api_key",
  "apiKey",
  "APIKey",
  "seal_keys",
  "token",
  "access_token",
  "refreshToken",
  "authorization",
  "Authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "signature",
  "x-wc-webhook-signature",
  "consumer_key",
  "consumer_secret",
  "client_secret",
  "credentials",
  "bearer",
  "email",
  "phone",
  "ship_address",
])("a field named %s is not written, however deep it sits", (key) => {
  for (const fields of [
    { [key]: "canary" },
    { [key]: { inner: ["canary"] } },
    { [key]: 424_242 },
    { outer: { list: [{ [key]: "canary" }] } },
  ]) {
    expect(JSON.stringify(logged(fields))).not.toMatch(/canary|424242/);
  }
});

test.each(["cause", "params", "body", "payload", "stack"])(
  "a field named %s is left out",
  (key) => {
    expect(JSON.stringify(logged({ [key]: "canary", outer: { [key]: "canary" } }))).not.toContain(
      "canary",
    );
  },
);

test("ordinary words that contain a secret word stay readable", () => {
  const fields = { monkey: "m", keyboard: "k", sku: "s", authority: "a", pinned: "p" };
  expect(logged(fields)).toMatchObject(fields);
});

test("an error is its name and the first 500 characters of its message, without cause or fields", () => {
  const error = Object.assign(new Error("x".repeat(2_000), { cause: new Error("canary") }), {
    params: ["canary"],
    query: "canary",
  });
  const line = logged({ error });
  expect(line["error"]).toEqual({ name: "Error", message: `${"x".repeat(500)}...` });
});

test("a URL loses query, fragment and user wherever it stands", () => {
  const url = "https://ck:canary1@shop.example.com/orders?consumer_secret=canary2#canary3";
  const line = logged({
    url,
    store_url: url,
    path_url: "/orders?token=canary4",
    parsed: new URL(url),
    urls: [url],
    message: `could not call ${url} twice`,
    error: new Error(`fetch ${url} failed`),
  });
  expect(JSON.stringify(line)).not.toContain("canary");
  expect(line).toMatchObject({
    url: "https://shop.example.com/orders",
    path_url: "/orders",
    message: "could not call https://shop.example.com/orders twice",
  });
});

test("whatever is handed in, the line is written", () => {
  const circle: Record<string, unknown> = { big: 10n, at_time: new Date(Number.NaN) };
  circle["self"] = circle;
  const line = logged({
    circle,
    bytes: new Uint8Array(3),
    nothing: undefined,
    fn: () => "canary",
    nan: Number.NaN,
    toJSON: () => "canary",
  });
  expect(line).toMatchObject({ bytes: "[3 bytes]", circle: { big: "10", at_time: null } });
  expect(JSON.stringify(line)).not.toContain("canary");
});
