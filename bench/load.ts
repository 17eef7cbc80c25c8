import type { Hook } from "./harness.ts";

export interface Load {
  requests: number;
  ms: number;
}

/** Posts the hook over `connections` connections at once for `ms`; anything but a 2xx ends the bench. */
export async function post(hook: Hook, connections: number, ms: number): Promise<Load> {
  const began = performance.now();
  let requests = 0;
  const one = async () => {
    while (performance.now() - began < ms) {
      const answer = await fetch(hook.url, {
        method: "POST",
        headers: hook.headers,
        body: hook.body,
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${hook.url} answered ${answer.status}: ${text}`);
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { requests, ms: performance.now() - began };
}

export const perSecond = ({ requests, ms }: Load): number => (requests / ms) * 1_000;

/** The value that `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
