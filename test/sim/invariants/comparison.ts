import type { Lived } from "../seed.ts";
import type { Theme } from "../themes.ts";
import type { Breach } from "../witness.ts";

/** Faults may cost so many times what the same days cost without. */
const MOST_COST = 3;
/** Somebody else's trouble may delay an order so many times what it took without. */
const MOST_DELAY = 1.5;
/** Within one and the same sweep, chance decides who goes first. */
const GRAIN_MS = 2_000;

/** I19 and I20: what trouble costs, and what it costs those who have none. */
export function compare(theme: Theme, lived: Lived, twin: Lived): Breach[] {
  const { outcome } = lived;
  const at = outcome.start;
  if (theme.name === "costs") {
    const [cost, usual] = [costOf(lived), costOf(twin)];
    return cost <= usual * MOST_COST
      ? []
      : [{ invariant: "I19", at, message: `cost ${cost} where ${usual} is usual` }];
  }
  const [slow, usual] = [worstOf(lived), worstOf(twin)];
  return slow <= usual * MOST_DELAY + GRAIN_MS
    ? []
    : [{ invariant: "I20", at, message: `an order took ${slow} ms where ${usual} ms is usual` }];
}

/** Everything that is billed, per order. */
const costOf = ({ outcome }: Lived): number =>
  Math.round(Object.values(outcome.used).reduce((sum, n) => sum + n, 0) / (outcome.orders || 1));

const worstOf = ({ latencies }: Lived): number =>
  latencies[Math.floor(latencies.length * 0.99)] ?? 0;
