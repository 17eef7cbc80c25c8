import { expect, test } from "vitest";
import { cartPolicyShape } from "../../../src/domain/policy.ts";
import { framesOf, numbersMeant, rememberingFrames } from "../../../src/domain/references.ts";

const policy = (reference_prefix: string, reference_suffix = "") =>
  cartPolicyShape.parse({
    order_statuses: [],
    earliest_order_at: 0,
    reference_prefix,
    reference_suffix,
  });

test.each([
  ["1001", ["1001"]],
  [" #1001 ", ["#1001", "1001"]],
  ["A-1001-Z", ["A-1001-Z", "1001", "1001-Z"]],
  ["#A-1001", ["#A-1001", "A-1001", "1001"]],
  ["B1001", ["B1001"]],
  ["A-", ["A-"]],
  ["#", ["#"]],
  ["  ", []],
])("%j may mean %j", (given, meant) => {
  const now = policy("A-", "-Z");
  const frames = framesOf({ ...now, former_references: [{ prefix: "A-", suffix: "" }] });
  expect(numbersMeant(given, frames)).toEqual(meant);
});

test("a change keeps what was written before, newest first and each once, and not what is written now", () => {
  const first = policy("");
  const second = rememberingFrames(first, { ...first, reference_prefix: "A" });
  const third = rememberingFrames(second, { ...second, reference_prefix: "B" });
  const back = rememberingFrames(third, { ...third, reference_prefix: "A" });
  const same = rememberingFrames(back, { ...back, delivery: true });
  const prefixes = [second, third, back, same].map(({ former_references }) =>
    former_references.map(({ prefix }) => prefix),
  );
  expect(prefixes).toEqual([[""], ["A", ""], ["B", ""], ["B", ""]]);
});
