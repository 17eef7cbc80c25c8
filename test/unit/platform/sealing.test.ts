import { createCipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSealer, parseSealKeys, SealError } from "../../../src/platform/sealing.ts";

const base64 = (fill: number, length = 32) => Buffer.alloc(length, fill).toString("base64");
const one = parseSealKeys(`k1:${base64(1)}`);
const both = parseSealKeys(`k2:${base64(2)},k1:${base64(1)}`);
const two = parseSealKeys(`k2:${base64(2)}`);
const plain = '{"consumer_secret":"cs_canary"}';
const place = "con_a/secrets";

const sealed = async () => {
  const sealer = createSealer(one);
  const key = await sealer.newDataKey("mer_a");
  return { sealer, key, value: await sealer.seal(key, "mer_a", place, plain) };
};

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SealError);
  expect(JSON.stringify([String(error), (error as SealError).stack])).not.toContain("canary");
  return (error as SealError).kind;
};

test("what is sealed opens at its place and shows nothing", async () => {
  const { sealer, key, value } = await sealed();
  expect(await sealer.open(key, "mer_a", place, value)).toBe(plain);
  expect(value).toMatch(/^v1\.[\w-]{16}\.[\w-]+$/);
  expect(key).toMatch(/^w1\.k1\.[\w-]{16}\.[\w-]{64}$/);
  expect(await sealer.seal(key, "mer_a", place, plain)).not.toBe(value);
});

/** An envelope made without Dray's code, from its description. */
const byHand = (key: Buffer, aad: string, bytes: Buffer): string => {
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12, 5)).setAAD(Buffer.from(aad));
  const body = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return `${Buffer.alloc(12, 5).toString("base64url")}.${body.toString("base64url")}`;
};

test("the format is AES-256-GCM bound to version, merchant and place, and stays so", async () => {
  const dataKey = Buffer.alloc(32, 9);
  const wrappedFor = (merchant: string) =>
    `w1.k1.${byHand(Buffer.alloc(32, 1), `2:w12:k15:${merchant}`, dataKey)}`;
  const value = `v1.${byHand(dataKey, "2:v15:mer_a13:con_a/secrets", Buffer.from(plain))}`;
  const sealer = createSealer(one);
  expect(await sealer.open(wrappedFor("mer_a"), "mer_a", place, value)).toBe(plain);
  expect(await refusal(sealer.open(wrappedFor("mer_b"), "mer_b", place, value))).toBe(
    "does_not_open",
  );
});

test("an empty text and one of any script come back as they were", async () => {
  const { sealer, key } = await sealed();
  for (const text of ["", "Grüße, 世界 🚚\n\u0000"]) {
    expect(
      await sealer.open(key, "mer_a", place, await sealer.seal(key, "mer_a", place, text)),
    ).toBe(text);
  }
});

describe("a sealed value does not open", () => {
  test("at another place, or when place and merchant are cut elsewhere", async () => {
    const { sealer, key, value } = await sealed();
    for (const other of ["con_b/secrets", "con_a/token", "con_a/secret", "con_a/secretss", ""]) {
      expect(await refusal(sealer.open(key, "mer_a", other, value))).toBe("does_not_open");
    }
  });

  test("for another merchant, even with the key already in memory", async () => {
    const { sealer, key, value } = await sealed();
    await sealer.open(key, "mer_a", place, value);
    expect(await refusal(sealer.open(key, "mer_b", place, value))).toBe("does_not_open");
    expect(await refusal(sealer.seal(key, "mer_b", place, plain))).toBe("does_not_open");
    const theirs = await sealer.newDataKey("mer_b");
    expect(await refusal(sealer.open(theirs, "mer_b", place, value))).toBe("does_not_open");
    expect(await refusal(sealer.open(theirs, "mer_a", place, value))).toBe("does_not_open");
  });

  test("swapped with another value of the same merchant", async () => {
    const { sealer, key, value } = await sealed();
    const other = await sealer.seal(key, "mer_a", "con_b/secrets", "other");
    expect(await refusal(sealer.open(key, "mer_a", "con_b/secrets", value))).toBe("does_not_open");
    expect(await refusal(sealer.open(key, "mer_a", place, other))).toBe("does_not_open");
  });

  test("cut short anywhere", async () => {
    const { sealer, key, value } = await sealed();
    for (let length = 0; length < value.length; length += 1) {
      expect(await refusal(sealer.open(key, "mer_a", place, value.slice(0, length)))).toBe(
        "does_not_open",
      );
    }
  });

  test("with any one bit flipped", async () => {
    const { sealer, key, value } = await sealed();
    const [, iv = "", body = ""] = value.split(".");
    const flips = [iv, body].flatMap((part, which) => {
      const bytes = Buffer.from(part, "base64url");
      return Array.from({ length: bytes.length * 8 }, (_, bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const text = changed.toString("base64url");
        return which === 0 ? `v1.${text}.${body}` : `v1.${iv}.${text}`;
      });
    });
    expect(flips.length).toBeGreaterThan(300);
    for (const flipped of flips) {
      expect(await refusal(sealer.open(key, "mer_a", place, flipped))).toBe("does_not_open");
    }
  });

  test("as another version, with parts added, or as something else", async () => {
    const { sealer, key, value } = await sealed();
    const odd = [value.replace("v1", "v2"), `${value}.AAAA`, `.${value}`, "", "v1..", plain, key];
    for (const text of odd) {
      expect(await refusal(sealer.open(key, "mer_a", place, text))).toBe("does_not_open");
    }
  });
});

describe("rotation", () => {
  test("wraps the data key anew and leaves sealed values as they are", async () => {
    const { key, value } = await sealed();
    const during = createSealer(both);
    expect(await during.open(key, "mer_a", place, value)).toBe(plain);
    const again = await during.rewrap("mer_a", key);
    expect(again).toMatch(/^w1\.k2\./);
    expect(await during.open(again ?? "", "mer_a", place, value)).toBe(plain);
    expect(await createSealer(two).open(again ?? "", "mer_a", place, value)).toBe(plain);
  });

  test("has nothing to do for a key that is wrapped by the current one", async () => {
    const sealer = createSealer(both);
    expect(await sealer.rewrap("mer_a", await sealer.newDataKey("mer_a"))).toBeNull();
  });

  test("ends with the old key refused once it is removed", async () => {
    const { key, value } = await sealed();
    const after = createSealer(two);
    expect(await refusal(after.open(key, "mer_a", place, value))).toBe("unknown_key");
    expect(await refusal(after.rewrap("mer_a", key))).toBe("unknown_key");
  });

  test("does not move a data key to another merchant or another key id", async () => {
    const { key } = await sealed();
    expect(await refusal(createSealer(both).rewrap("mer_b", key))).toBe("does_not_open");
    const renamed = createSealer(parseSealKeys(`k2:${base64(2)},k9:${base64(1)}`));
    expect(await refusal(renamed.rewrap("mer_a", key.replace("k1", "k9")))).toBe("does_not_open");
  });
});

describe("SEAL_KEYS", () => {
  test("may have spaces between its entries; the first one is current", async () => {
    const keys = parseSealKeys(` k2:${base64(2)} , k1:${base64(1)} `);
    expect(keys.map((key) => key.id)).toEqual(["k2", "k1"]);
    expect(await createSealer(keys).newDataKey("mer_a")).toMatch(/^w1\.k2\./);
  });

  test.each([
    [undefined, "not set"],
    ["", "not set"],
    ["  ", "not set"],
    [base64(7), "entry 1"],
    [`k1:${base64(7)},`, "entry 2"],
    [`K.1:${base64(7)}`, "entry 1"],
    ["k1:not base64!", "not base64"],
    [`k1:${base64(7, 16)}`, "16 bytes"],
    [`k1:${base64(7, 33)}`, "33 bytes"],
    [`k1:${base64(7)},k1:${base64(8)}`, "k1 twice"],
  ])("%j is refused with the reason and without the key", (text, reason) => {
    const read = () => parseSealKeys(text);
    expect(read).toThrow(SealError);
    expect(read).toThrow(reason);
    try {
      read();
    } catch (error) {
      expect(String(error)).not.toMatch(/BwcHBwc|not base64!/);
    }
  });
});

test("more merchants than the memory holds all stay readable", async () => {
  const sealer = createSealer(one);
  const made: { key: string; value: string; merchant: string }[] = [];
  for (let index = 0; index < 520; index += 1) {
    const merchant = `mer_${index}`;
    const key = await sealer.newDataKey(merchant);
    made.push({ key, merchant, value: await sealer.seal(key, merchant, place, merchant) });
  }
  for (const { key, merchant, value } of made) {
    expect(await sealer.open(key, merchant, place, value)).toBe(merchant);
  }
});
