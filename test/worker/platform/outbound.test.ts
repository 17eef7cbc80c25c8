import { expect, test, vi } from "vitest";
import { isGlobalAddress } from "../../../src/platform/addresses.ts";
import { hmacSha256, sameText, verifyHmacSha256 } from "../../../src/platform/hmac.ts";
import { HttpError } from "../../../src/platform/http.ts";
import { stableId, systemIds } from "../../../src/platform/ids.ts";
import { createSealer, parseSealKeys } from "../../../src/platform/sealing.ts";
import { fakeHttp } from "../../unit/platform/fake-http.ts";
import { privateAddresses, publicAddresses } from "../../unit/platform/address-vectors.ts";
import { refusedUrls } from "../../unit/platform/ssrf-vectors.ts";

const vectors = Object.entries(refusedUrls).flatMap(([rule, urls]) =>
  urls.map((url) => ({ rule, url: url.replace("PORT", "49152") })),
);

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test("workerd's own URL parser lets none of the refused addresses through", async () => {
  const { http, calls, lookups } = fakeHttp(() => new Response("canary"));
  for (const { rule, url } of vectors) {
    const error = await refusal(http.fetch(url));
    expect(error, url).toBeInstanceOf(HttpError);
    expect(error, url).toMatchObject({ kind: "blocked", rule });
  }
  expect(vectors.length).toBeGreaterThanOrEqual(200);
  expect(calls).toEqual([]);
  expect(lookups).toEqual([]);
});

test("workerd follows no redirect to any of them", async () => {
  const places = vectors
    .map(({ url }) => url)
    .filter((url) => /^(\w+:|\/\/)/.test(url) && /^[\x21-\x7e]+$/.test(url));
  for (const location of places) {
    const { http, calls } = fakeHttp(
      () => new Response(null, { status: 302, headers: { location } }),
    );
    const error = await refusal(http.fetch("https://shop.example.com/"));
    expect(error, location).toMatchObject({ kind: "blocked" });
    expect(calls, location).toHaveLength(1);
  }
  expect(places.length).toBeGreaterThan(150);
});

test("workerd judges addresses as Node does", () => {
  expect(privateAddresses.filter(isGlobalAddress)).toEqual([]);
  expect(publicAddresses.filter((ip) => !isGlobalAddress(ip))).toEqual([]);
});

test("a name that resolves to a private address is not called", async () => {
  const { http, calls } = fakeHttp(() => new Response("canary"), {
    resolve: async () => ["1.1.1.1", "fd00::1"],
  });
  expect(await refusal(http.fetch("https://shop.example.com/"))).toMatchObject({
    rule: "private_address",
  });
  expect(calls).toEqual([]);
});

test("the system's deadline ends a call that gets no answer in 30 seconds", async () => {
  vi.useFakeTimers();
  try {
    const { http } = fakeHttp(() => new Promise(() => undefined));
    let ended = false;
    const call = refusal(http.fetch("https://shop.example.com/")).finally(() => (ended = true));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toMatchObject({ kind: "timed_out" });
  } finally {
    vi.useRealTimers();
  }
});

test("sealing, signatures and ids work in workerd", async () => {
  const sealer = createSealer(parseSealKeys(`k1:${btoa("k".repeat(32))}`));
  const key = await sealer.newDataKey("mer_a");
  const sealed = await sealer.seal(key, "mer_a", "con_a/secrets", "plain");
  expect(await sealer.open(key, "mer_a", "con_a/secrets", sealed)).toBe("plain");
  expect(await refusal(sealer.open(key, "mer_b", "con_a/secrets", sealed))).toMatchObject({
    kind: "does_not_open",
  });
  const body = new Uint8Array(new TextEncoder().encode("body"));
  const mac = await hmacSha256("k", body);
  expect(await verifyHmacSha256("k", body, mac)).toBe(true);
  expect(await verifyHmacSha256("j", body, mac)).toBe(false);
  expect(await verifyHmacSha256("", body, mac)).toBe(false);
  expect(sameText("a", "b")).toBe(false);
  expect(stableId("ord", "con_1", "1001", "0")).toBe("ord_f60whf8kjasqycg3swdb");
  expect(systemIds({ now: () => 0 }).next("run")).toMatch(/^run_0{10}[0-9a-z]{12}$/);
});
