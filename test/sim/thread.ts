/** One of the threads that live through seeds: a number in, its outcome out. */
import { parentPort } from "node:worker_threads";
import { runSeed, type Outcome } from "./seed.ts";

/** What a thread answers; `error` is a fault of the simulation itself. */
export type Report = { seed: number; outcome: Outcome } | { seed: number; error: string };

parentPort?.on("message", (seed: number) => {
  runSeed(seed).then(
    (outcome) => parentPort?.postMessage({ seed, outcome } satisfies Report),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ seed, error: text } satisfies Report);
    },
  );
});
