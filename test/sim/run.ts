/**
 * `npm run sim -- --seeds 1000 --from 1`: lives through so many seeds and prints what met what.
 * `npm run sim -- --replay 17`: one seed, with every step of it on standard output.
 */
import { parseArgs } from "node:util";
import { runSeeds, tell } from "./corpus.ts";
import { printMatrix } from "./matrix.ts";
import { runSeed } from "./seed.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    replay: { type: "string" },
    matrix: { type: "boolean", default: false },
  },
});

if (values.replay !== undefined) {
  const began = performance.now();
  const outcome = await runSeed(Number(values.replay), (text) => console.log(text));
  console.log(`digest ${outcome.digest}, ${Math.round(performance.now() - began)} ms`);
  console.log(JSON.stringify({ theme: outcome.theme, orders: outcome.orders, used: outcome.used }));
  if (outcome.breaches.length > 0) console.log(tell(outcome));
  process.exit(outcome.breaches.length > 0 ? 1 : 0);
}

const from = Number(values.from);
const seeds = Array.from({ length: Number(values.seeds) }, (_, at) => from + at);
const corpus = await runSeeds(seeds, (report) => {
  if ("error" in report) console.log(`seed ${report.seed}: ${report.error}`);
  else if (report.outcome.breaches.length > 0) console.log(tell(report.outcome));
});
if (values.matrix) console.log(printMatrix(corpus.faults));
const failed = corpus.outcomes.filter(({ breaches }) => breaches.length > 0).length;
const met = [...corpus.faults.values()];
console.log(
  `${corpus.outcomes.length} seeds in ${(corpus.ms / 1_000).toFixed(1)} s ` +
    `(${((corpus.outcomes.length * 1_000) / corpus.ms).toFixed(2)} a second), ` +
    `${failed} failed, ${met.reduce((sum, n) => sum + n, 0)} faults in ${met.length} cells, ` +
    `${met.filter((n) => n === 0).length} of them empty`,
);
process.exit(failed + corpus.errors.length > 0 ? 1 : 0);
