import { Worker } from "node:worker_threads";
import { join } from "node:path";
import { addCounts, type Counts } from "./matrix.ts";
import type { Bug } from "./power/plant.ts";
import type { Outcome } from "./seed.ts";
import type { Report } from "./thread.ts";

/** What a number of seeds came to together. */
export interface Corpus {
  outcomes: Outcome[];
  faults: Counts;
  /** Faults of the simulation itself. */
  errors: { seed: number; error: string }[];
  ms: number;
}

const MOST_THREADS = 2;
/** Most of what a seed makes is dropped at once: with room for it, a tenth less time goes into clearing up. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

/** Lives through seeds in two threads; `onReport` hears of each as it ends, and ends it all by `false`. */
export async function runSeeds(
  seeds: readonly number[],
  onReport: (report: Report) => boolean | void = () => {},
  bug: Bug | null = null,
): Promise<Corpus> {
  const began = performance.now();
  const corpus: Corpus = { outcomes: [], faults: new Map(), errors: [], ms: 0 };
  const left = [...seeds].toReversed();
  const thread = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(join(import.meta.dirname, "thread.ts"), {
        workerData: bug,
        resourceLimits,
      });
      const next = () => {
        const seed = left.pop();
        if (seed === undefined) void worker.terminate().then(() => resolve());
        else worker.postMessage(seed);
      };
      worker.on("error", reject);
      worker.on("message", (report: Report) => {
        if ("error" in report) corpus.errors.push(report);
        else {
          corpus.outcomes.push(report.outcome);
          addCounts(corpus.faults, report.outcome.faults);
        }
        if (onReport(report) === false) left.length = 0;
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: Math.min(MOST_THREADS, seeds.length) }, thread));
  corpus.outcomes.sort((one, other) => one.seed - other.seed);
  corpus.ms = performance.now() - began;
  return corpus;
}

interface Found {
  tried: number;
  invariants: string[];
}

/** How many seeds it takes until one of them is not the same when it is lived twice. */
async function firstDifference(most: number, bug: Bug): Promise<Found | null> {
  for (let seed = 1; seed <= most; seed += 1) {
    const { outcomes } = await runSeeds([seed, seed], () => {}, bug);
    if (new Set(outcomes.map(({ digest }) => digest)).size > 1)
      return { tried: seed, invariants: ["I18"] };
  }
  return null;
}

/** How many seeds it takes until something fails, of at most `most`; null: nothing did. */
export async function firstFailure(most: number, bug: Bug): Promise<Found | null> {
  if (bug.breaks === "I18") return firstDifference(most, bug);
  const seeds = Array.from({ length: most }, (_, at) => at + 1);
  let tried = 0;
  let found: string[] | null = null;
  await runSeeds(
    seeds,
    (report) => {
      if (found !== null) return false;
      tried += 1;
      const broken =
        "error" in report
          ? [report.error.split("\n", 1)[0] ?? "error"]
          : report.outcome.breaches.map(({ invariant }) => invariant);
      if (broken.length > 0) found = [...new Set(broken)];
      return broken.length === 0;
    },
    bug,
  );
  return found && { tried, invariants: found };
}

/** The line that repeats a seed. */
const replayLine = (seed: number): string => `npm run sim -- --replay ${seed}`;

/** What went wrong in a seed, for people. */
export function tell({ seed, start, breaches }: Outcome): string {
  const lines = breaches.map(({ invariant, at, message }) => {
    const day = ((at - start) / 86_400_000).toFixed(3);
    return `  ${invariant} on day ${day} (${new Date(at).toISOString()}): ${message}`;
  });
  return [`seed ${seed} failed; repeat it with: ${replayLine(seed)}`, ...lines].join("\n");
}
