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

/** Intervals a person may choose, in minutes; each divides a day into whole five-minute ticks. */
export const intervals = [5, 10, 15, 30, 60, 120, 240, 360, 720, 1440] as const;

/** Instead of an interval: as data arrives. */
const AS_DATA_ARRIVES = 0;

export interface JobRule {
  side: "cart" | "wms";
  default_interval_minutes: number;
  /** What a person may choose instead. */
  intervals: readonly number[];
}

const timed = (side: JobRule["side"], defaultMinutes: number): JobRule => ({
  side,
  default_interval_minutes: defaultMinutes,
  intervals,
});
const asDataArrives = (side: JobRule["side"]): JobRule => ({
  side,
  default_interval_minutes: AS_DATA_ARRIVES,
  intervals: [AS_DATA_ARRIVES],
});

export const jobRules: Readonly<Record<JobName, JobRule>> = {
  "order-download": timed("cart", 5),
  "order-delivery": asDataArrives("wms"),
  "shipment-pickup": timed("wms", 15),
  "tracking-upload": asDataArrives("cart"),
  "stock-pickup": timed("wms", 60),
  "stock-upload": asDataArrives("cart"),
};

export const TICK_MS = 5 * 60_000;

/** Which five-minute tick a moment lies in. */
export const tickOf = (now: number): number => Math.floor(now / TICK_MS);

/** Slot of an interval, spread by a number that differs between connections. */
export const slotOf = (intervalMinutes: number, spread: number): number =>
  intervalMinutes === AS_DATA_ARRIVES ? 0 : spread % (intervalMinutes / 5);

/** The (interval, slot) pairs that are due at any tick in `(after, upTo]`, without looking at a single job. */
export function dueSlots(after: number, upTo: number): { interval: number; slot: number }[] {
  return intervals.flatMap((interval) => {
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
  if (intervalMinutes === AS_DATA_ARRIVES) return null;
  const ticks = intervalMinutes / 5;
  const next = tickOf(now) + 1;
  return (next + ((((slot - next) % ticks) + ticks) % ticks)) * TICK_MS;
}
