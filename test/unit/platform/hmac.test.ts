import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { fromBase64, toBase64, toBase64Url } from "../../../src/platform/base64.ts";
import { hmacSha256, sameText, verifyHmacSha256 } from "../../../src/platform/hmac.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test("the HMAC is the one of RFC 4231, test case 2", async () => {
  const mac = await hmacSha256("Jefe", bytes("what do ya want for nothing?"));
  expect(Buffer.from(mac).toString("hex")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("text keys are UTF-8 and byte keys are taken as they are", async () => {
  const data = bytes("body");
  const expected = createHmac("sha256", "schlüssel").update(data).digest("base64");
  expect(toBase64(await hmacSha256("schlüssel", data))).toBe(expected);
  expect(toBase64(await hmacSha256(bytes("schlüssel"), data))).toBe(expected);
});

test("only the whole right signature of the whole right data verifies", async () => {
  const data = bytes("body");
  const mac = await hmacSha256("k", data);
  const flipped = mac.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
  expect(await verifyHmacSha256("k", data, mac)).toBe(true);
  expect(await verifyHmacSha256("k", data, flipped)).toBe(false);
  expect(await verifyHmacSha256("k", data, mac.slice(0, 31))).toBe(false);
  expect(await verifyHmacSha256("k", data, new Uint8Array())).toBe(false);
  expect(await verifyHmacSha256("k", bytes("bodY"), mac)).toBe(false);
  expect(await verifyHmacSha256("other", data, mac)).toBe(false);
});

test("an empty key verifies nothing", async () => {
  const mac = new Uint8Array(createHmac("sha256", "").update("body").digest());
  expect(await verifyHmacSha256("", bytes("body"), mac)).toBe(false);
  expect(await verifyHmacSha256(new Uint8Array(), bytes("body"), mac)).toBe(false);
});

test("texts are the same only when they are", () => {
  expect(sameText("abc", "abc")).toBe(true);
  expect(sameText("", "")).toBe(true);
  expect(sameText("abc", "abd")).toBe(false);
  expect(sameText("abc", "abcd")).toBe(false);
  expect(sameText("abc", "")).toBe(false);
});

test("base64 goes both ways, and what is not base64 is null", () => {
  const all = new Uint8Array(256).map((_, index) => index);
  expect(fromBase64(toBase64(all))).toEqual(all);
  expect(fromBase64(toBase64Url(all))).toEqual(all);
  for (const odd of ["a", "abcde", "ab=c", "a b=", "ab==x", "====", "ü"]) {
    expect(fromBase64(odd)).toBeNull();
  }
});
