import fc from "fast-check";
import { expect, test } from "vitest";
import { stableId, systemIds } from "../../../src/platform/ids.ts";

test("an id has its prefix and 22 characters of the alphabet without i, l, o and u", () => {
  const ids = systemIds({ now: () => Date.UTC(2026, 10, 21) });
  for (let count = 0; count < 200; count += 1) {
    expect(ids.next("ord")).toMatch(/^ord_[0-9abcdefghjkmnpqrstvwxyz]{22}$/);
  }
});

test("later ids sort after earlier ones", () => {
  let now = 0;
  const ids = systemIds({ now: () => now });
  const made = [0, 1, 31, 32, 1_023, 1_024, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48].map(
    (time) => {
      now = time;
      return ids.next("run");
    },
  );
  expect(made.toSorted()).toEqual(made);
});

test("ids of one moment differ", () => {
  const ids = systemIds({ now: () => 5 });
  expect(new Set(Array.from({ length: 1_000 }, () => ids.next("dsp"))).size).toBe(1_000);
});

test("the same chance gives the same ids, so that a simulation repeats itself", () => {
  const make = () => systemIds({ now: () => 7 }, (bytes) => new Uint8Array(bytes).fill(255));
  expect(make().next("mer")).toBe("mer_0000000007zzzzzzzzzzzz");
  expect(make().secret()).toBe(make().secret());
});

test("a secret is 32 random bytes as base64url", () => {
  const ids = systemIds({ now: () => 0 });
  expect(ids.secret()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(ids.secret(16)).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(ids.secret()).not.toBe(ids.secret());
});

test("a stable id is 20 characters, the same in every version of Dray", () => {
  expect(stableId("ord", "con_1", "1001", "0")).toBe("ord_f60whf8kjasqycg3swdb");
});

test("other parts, or parts cut elsewhere, give another stable id", () => {
  const parts = fc.array(fc.string({ unit: "grapheme", maxLength: 6 }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      return (stableId("ord", ...a) === stableId("ord", ...b)) === same;
    }),
    { numRuns: 500 },
  );
  expect(stableId("ord", "ab", "c")).not.toBe(stableId("ord", "a", "bc"));
  expect(stableId("ord", "1:a")).not.toBe(stableId("ord", "a"));
});
