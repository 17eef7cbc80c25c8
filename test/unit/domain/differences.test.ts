import fc from "fast-check";
import { expect, test } from "vitest";
import { differences, listDifferences } from "../../../src/domain/differences.ts";

test("only what differs is named, what comes or goes is null on the other side", () => {
  expect(differences({ a: 1, b: [1], c: "x" }, { a: 1, b: [2], d: false })).toEqual({
    before: { b: [1], c: "x", d: null },
    after: { b: [2], c: null, d: false },
  });
  expect(differences({ a: [1] }, { a: [1] })).toBeNull();
});

test("whatever a list becomes, what was removed and added leads from one to the other", () => {
  const list = fc.uniqueArray(fc.nat(9));
  fc.assert(
    fc.property(list, list, (before, after) => {
      const { removed, added } = listDifferences(before, after);
      const led = new Set(before);
      for (const one of removed) led.delete(one);
      for (const one of added) led.add(one);
      expect(led).toEqual(new Set(after));
      expect(removed.some((one) => after.includes(one))).toBe(false);
    }),
  );
});
