/** The six jobs, which side of a connection has them, and how often they run unless told otherwise. */
export const jobNames = [
  "order-download",
  "order-delivery",
  "shipment-pickup",
  "tracking-upload",
  "stock-pickup",
  "stock-upload",
] as const;
export type JobName = (typeof jobNames)[number];

export interface JobRule {
  side: "cart" | "wms";
  /** 0: as data arrives. */
  default_interval_minutes: number;
  /** The shortest interval a person may choose; 0 where *as data arrives* is allowed. */
  shortest_interval_minutes: number;
}

export const jobRules: Readonly<Record<JobName, JobRule>> = {
  "order-download": { side: "cart", default_interval_minutes: 5, shortest_interval_minutes: 5 },
  "order-delivery": { side: "wms", default_interval_minutes: 0, shortest_interval_minutes: 0 },
  "shipment-pickup": { side: "wms", default_interval_minutes: 15, shortest_interval_minutes: 5 },
  "tracking-upload": { side: "cart", default_interval_minutes: 0, shortest_interval_minutes: 0 },
  "stock-pickup": { side: "wms", default_interval_minutes: 60, shortest_interval_minutes: 5 },
  "stock-upload": { side: "cart", default_interval_minutes: 0, shortest_interval_minutes: 0 },
};

export const TICK_MS = 5 * 60_000;

/** Intervals a person may choose, in minutes; each divides a day into whole five-minute ticks. */
export const intervals = [0, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440] as const;

/** Which five-minute tick a moment lies in. */
export const tickOf = (now: number): number => Math.floor(now / TICK_MS);

/** Slot of an interval, spread by a number that differs between connections. */
export const slotOf = (intervalMinutes: number, spread: number): number =>
  intervalMinutes === 0 ? 0 : spread % (intervalMinutes / 5);

/** The (interval, slot) pairs that are due at any tick in `(after, upTo]`, without looking at a single job. */
export function dueSlots(after: number, upTo: number): { interval: number; slot: number }[] {
  return intervals
    .filter((interval) => interval > 0)
    .flatMap((interval) => {
      const ticks = interval / 5;
      const missed = Math.min(upTo - after, ticks);
      return Array.from({ length: Math.max(0, missed) }, (_, back) => ({
        interval,
        slot: (upTo - back) % ticks,
      }));
    });
}

/** When a job with this interval and slot is due next after `now`; null: as data arrives. */
export function nextRunAt(intervalMinutes: number, slot: number, now: number): number | null {
  if (intervalMinutes === 0) return null;
  const ticks = intervalMinutes / 5;
  const next = tickOf(now) + 1;
  return (next + ((((slot - next) % ticks) + ticks) % ticks)) * TICK_MS;
}
