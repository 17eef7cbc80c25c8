import { expect, test } from "vitest";
import { skipReasons } from "../../../src/domain/intake.ts";
import { skipSentence, unseenChecks } from "../../../src/domain/skip-words.ts";

test("every reason is a sentence of its own", () => {
  const sentences = skipReasons.map(skipSentence);
  expect(new Set(sentences).size).toBe(skipReasons.length);
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/);
});

test("checks that the cart's download does not see pass are named, the others not", () => {
  const check = (field: string) => ({ field, expected: "a", actual: "b" });
  const checks = ["order_status", "fulfilment_status", "country", "extra.gift"].map(check);
  expect(unseenChecks(checks, ["status", "address"])).toEqual(["fulfilment_status", "extra.gift"]);
  expect(unseenChecks(checks, ["fulfilment", "meta"])).toEqual([]);
});
