import { beforeAll, expect, test } from "vitest";
import { runSeeds, tell, type Corpus } from "./corpus.ts";
import { keptSeeds } from "./kept-seeds.ts";
import { printMatrix } from "./matrix.ts";
import { places } from "./places.ts";
import { bugs } from "./power/bugs.ts";
import { planted } from "./power/plant.ts";

const SEEDS = Array.from({ length: 100 }, (_, at) => at + 1);
const kept = keptSeeds.map(({ seed }) => seed).filter((seed) => !SEEDS.includes(seed));

let corpus: Corpus;
beforeAll(async () => {
  corpus = await runSeeds([...SEEDS, ...kept]);
  console.log(printMatrix(corpus.faults));
});

test("no invariant is broken in a hundred seeds, nor in one that ever found something", () => {
  const failed = corpus.outcomes.filter(({ breaches }) => breaches.length > 0);
  expect(corpus.errors).toEqual([]);
  expect(failed.map(tell).join("\n")).toBe("");
  expect(corpus.outcomes).toHaveLength(SEEDS.length + kept.length);
});

test("every fault met every kind of call that it fits", () => {
  const never = [...corpus.faults].filter(([, n]) => n === 0).map(([cell]) => cell);
  expect(never).toEqual([]);
});

test("the seeds came by every kind of call that there is", () => {
  const seen = new Set([...corpus.faults.keys()].map((cell) => cell.split(" | ", 2).join(" | ")));
  const missing = Object.entries(places).flatMap(([port, sites]) =>
    sites.map((site) => `${port} | ${site}`).filter((place) => !seen.has(place)),
  );
  expect(missing).toEqual([]);
});

test("the same seed lived twice is the same to the last step", async () => {
  const seeds = [3, 44];
  const again = await runSeeds(seeds);
  const digests = (of: Corpus) =>
    of.outcomes.flatMap(({ seed, digest }) => (seeds.includes(seed) ? [[seed, digest]] : []));
  expect(digests(again)).toEqual(digests(corpus));
});

test("every planted bug still fits the code it is planted in", () => {
  expect(bugs.map(planted)).toHaveLength(bugs.length);
});
