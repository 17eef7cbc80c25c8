/** One of the threads that live through seeds: a number in, its outcome out. */
import { parentPort, workerData } from "node:worker_threads";
import { plant, type Bug } from "./power/plant.ts";
import type { Outcome } from "./seed.ts";

/** What a thread answers; `error` is a fault of the simulation itself. */
export type Report = { seed: number; outcome: Outcome } | { seed: number; error: string };

if (workerData !== null) plant(workerData as Bug);
// Only now, so that what was planted is what is loaded.
const { runSeed } = await import("./seed.ts");

parentPort?.on("message", (seed: number) => {
  runSeed(seed).then(
    (outcome) => parentPort?.postMessage({ seed, outcome } satisfies Report),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ seed, error: text } satisfies Report);
    },
  );
});
