import fc from "fast-check";
import { expect, test } from "vitest";
import {
  dueSlots,
  intervals,
  jobNames,
  jobRules,
  nextRunAt,
  slotOf,
  TICK_MS,
  tickOf,
} from "../../../src/domain/jobs.ts";

const timed = intervals.filter((interval) => interval > 0);
const anInterval = fc.constantFrom(...timed);
const aTick = fc.integer({ min: 5_000_000, max: 7_000_000 });
const aJob = fc
  .tuple(anInterval, fc.nat(10_000))
  .map(([interval, spread]) => ({ interval, slot: slotOf(interval, spread) }));

const timesDue = (job: { interval: number; slot: number }, after: number, upTo: number) =>
  dueSlots(after, upTo).filter(
    ({ interval, slot }) => interval === job.interval && slot === job.slot,
  ).length;

test("every job is due exactly once in each of its intervals, wherever the interval begins", () => {
  fc.assert(
    fc.property(aJob, aTick, (job, start) => {
      const ticks = job.interval / 5;
      let due = 0;
      for (let tick = start; tick < start + ticks; tick += 1) due += timesDue(job, tick, tick + 1);
      expect(due).toBe(1);
    }),
  );
});

test("a job is found due by one late look exactly if one of the missed looks would have found it", () => {
  fc.assert(
    fc.property(aJob, aTick, fc.integer({ min: 1, max: 300 }), (job, after, missed) => {
      let due = 0;
      for (let tick = after; tick < after + missed; tick += 1) due += timesDue(job, tick, tick + 1);
      expect(timesDue(job, after, after + missed)).toBe(Math.min(1, due));
    }),
  );
});

test("no job is started twice for the ticks that were missed, however many", () => {
  fc.assert(
    fc.property(aTick, fc.integer({ min: 1, max: 600 }), (after, missed) => {
      const due = dueSlots(after, after + missed).map(
        ({ interval, slot }) => `${interval}/${slot}`,
      );
      expect(new Set(due).size).toBe(due.length);
    }),
    { numRuns: 30 },
  );
});

test("nothing is due when no tick has passed", () => {
  fc.assert(
    fc.property(aTick, fc.nat(10), (tick, back) => {
      expect(dueSlots(tick, tick - back)).toEqual([]);
    }),
  );
});

test("the next run that people are shown is the first tick at which the job is due", () => {
  fc.assert(
    fc.property(aJob, aTick, fc.nat(TICK_MS - 1), (job, tick, within) => {
      const now = tick * TICK_MS + within;
      const next = nextRunAt(job.interval, job.slot, now) ?? 0;
      expect(next).toBeGreaterThan(now);
      expect(next % TICK_MS).toBe(0);
      expect(timesDue(job, tickOf(now), tickOf(next))).toBe(1);
      expect(timesDue(job, tickOf(now), tickOf(next) - 1)).toBe(0);
    }),
  );
});

test("a job that runs as data arrives has no next run and is never due", () => {
  expect(nextRunAt(0, 0, 1_795_255_350_000)).toBeNull();
  expect(dueSlots(0, 288).some(({ interval }) => interval === 0)).toBe(false);
  expect(slotOf(0, 17)).toBe(0);
});

test("every connection's slot lies within its interval, and each slot of an interval is used", () => {
  for (const interval of timed) {
    const slots = new Set(
      Array.from({ length: interval / 5 }, (_, spread) => slotOf(interval, spread)),
    );
    expect(slots.size).toBe(interval / 5);
    expect(Math.max(...slots)).toBeLessThan(interval / 5);
  }
});

test("each interval is a whole number of ticks and divides a day", () => {
  for (const interval of timed) {
    expect(interval % 5).toBe(0);
    expect(1440 % interval).toBe(0);
  }
});

test("each job's own interval is one that a person may choose", () => {
  for (const name of jobNames) {
    const rule = jobRules[name];
    expect(rule.intervals).toContain(rule.default_interval_minutes);
  }
});
