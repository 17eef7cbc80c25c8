import { expect, test } from "vitest";
import { checkUrl, isGlobalAddress } from "../../../src/platform/addresses.ts";
import { privateAddresses, publicAddresses } from "./address-vectors.ts";
import { refusedUrls } from "./ssrf-vectors.ts";

const vectors = Object.entries(refusedUrls).flatMap(([rule, urls]) =>
  urls.map((url) => [rule, url.replace("PORT", "49152")] as const),
);

test("the table of refused addresses has at least 200 different ones", () => {
  expect(new Set(vectors.map(([, url]) => url)).size).toBe(vectors.length);
  expect(vectors.length).toBeGreaterThanOrEqual(200);
});

test.each(vectors)("%s refuses %j", (rule, url) => {
  expect(checkUrl(url)).toEqual({ ok: false, rule });
});

test.each([
  "https://shop.example.com",
  "https://shop.example.com/",
  "https://Shop.Example.com/wp-json/wc/v3/orders?per_page=100",
  "https://shop.example.com:443/",
  "https://shop.example.com:8443/api",
  "HTTPS://shop.example.com/a@b",
  "https://shop.example.com/x?redirect=http://127.0.0.1/",
  "https://xn--mnchen-3ya.de/",
  "https://a-b.co.uk/#x",
  "https://1shop.example.io/",
  "https://shop.example/",
])("%s may be called", (url) => {
  expect(checkUrl(url)).toMatchObject({ ok: true, loopback: false });
});

test.each([
  "http://localhost:8788/",
  "http://127.0.0.1:8788/wp-json/",
  "http://[::1]:8788",
  "https://localhost/",
  "http://localhost",
])("a local run may call %s, a deployed one may not", (url) => {
  expect(checkUrl(url, { allowPrivateHosts: true })).toMatchObject({ ok: true, loopback: true });
  expect(checkUrl(url).ok).toBe(false);
});

const stillRefused = vectors.filter(
  ([, url]) => !/^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?#]|$)/.test(url),
);

test("a local run refuses every other address as well", () => {
  const allowed = stillRefused.filter(([, url]) => checkUrl(url, { allowPrivateHosts: true }).ok);
  expect(allowed).toEqual([]);
  expect(stillRefused.length).toBeGreaterThan(vectors.length - 20);
});

test.each(privateAddresses)("%j is not an address of the public internet", (ip) => {
  expect(isGlobalAddress(ip)).toBe(false);
});

test.each(publicAddresses)("%s is an address of the public internet", (ip) => {
  expect(isGlobalAddress(ip)).toBe(true);
});
