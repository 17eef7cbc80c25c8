import type { Clock } from "./clock.ts";

/** What a vendor allows: `requests` in any `per_ms`, `parallel` at once. */
export interface RateLimit {
  requests: number;
  per_ms: number;
  parallel: number;
}

/**
 * Runs pieces of work so that no more than `requests` begin in any `per_ms` and no more than
 * `parallel` are under way; the others wait in order. Belongs to one request or job: a wait that
 * another request ends is an error in Workers.
 */
export const createPace = (
  limits: RateLimit,
  clock: Clock,
): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const begins: number[] = [];
  const waiting: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running < limits.parallel) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    const now = clock.now();
    const oldest = begins.length < limits.requests ? undefined : begins.shift();
    const begin = oldest === undefined ? now : Math.max(now, oldest + limits.per_ms);
    begins.push(begin);
    if (begin > now) await clock.sleep(begin - now);
  };

  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
};

/** Does `work` for each of `items`, in order, at most `parallel` at a time. Ends with the first error. */
export async function atMost<T>(
  parallel: number,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}
