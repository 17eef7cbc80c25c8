/** The only place that knows what time it is. All times in Dray are milliseconds since the epoch, UTC. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; a simulated clock may resolve at once. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
