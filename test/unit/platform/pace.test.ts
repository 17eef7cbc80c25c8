import fc from "fast-check";
import { expect, test } from "vitest";
import { atMost, createPace } from "../../../src/platform/pace.ts";

/** Time that moves only when everybody waits for it. */
const virtualClock = () => {
  const state = { now: 0 };
  const sleepers: { until: number; wake: () => void }[] = [];
  const clock = {
    now: () => state.now,
    sleep: (ms: number) =>
      new Promise<void>((wake) => sleepers.push({ until: state.now + ms, wake })),
  };
  const settle = async () => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  const run = async () => {
    await settle();
    while (sleepers.length > 0) {
      sleepers.sort((a, b) => a.until - b.until);
      const next = sleepers.shift();
      if (!next) break;
      state.now = Math.max(state.now, next.until);
      next.wake();
      await settle();
    }
  };
  return { clock, run };
};

test("no window holds more calls than allowed, no more run at once, and they begin in order", async () => {
  const limits = fc.record({
    requests: fc.integer({ min: 1, max: 5 }),
    per_ms: fc.integer({ min: 1, max: 1_000 }),
    parallel: fc.integer({ min: 1, max: 4 }),
  });
  const durations = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(limits, durations, async (limit, works) => {
      const { clock, run } = virtualClock();
      const paced = createPace(limit, clock);
      const begins: number[] = [];
      let running = 0;
      let most = 0;
      const all = works.map((duration, index) =>
        paced(async () => {
          begins[index] = clock.now();
          running += 1;
          most = Math.max(most, running);
          await clock.sleep(duration);
          running -= 1;
        }),
      );
      await run();
      await Promise.all(all);
      expect(begins).toHaveLength(works.length);
      expect(most).toBeLessThanOrEqual(limit.parallel);
      // Of two that begin in the same millisecond, either may be the first.
      expect(begins).toEqual(begins.toSorted((x, y) => x - y));
      for (const [index, begin] of begins.entries()) {
        const later = begins[index + limit.requests];
        if (later !== undefined) expect(later - begin).toBeGreaterThanOrEqual(limit.per_ms);
      }
    }),
    { numRuns: 100 },
  );
});

test("a piece of work that fails gives its place to the next", async () => {
  const { clock } = virtualClock();
  const paced = createPace({ requests: 10, per_ms: 1_000, parallel: 1 }, clock);
  const first = paced(() => Promise.reject(new Error("no")));
  const second = paced(async () => "yes");
  await expect(first).rejects.toThrow("no");
  expect(await second).toBe("yes");
});

test("a clock that does not wait does not turn waiting into an endless loop", async () => {
  const slept: number[] = [];
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  const paced = createPace({ requests: 1, per_ms: 100, parallel: 1 }, clock);
  for (let index = 0; index < 3; index += 1) await paced(async () => undefined);
  expect(slept).toEqual([100, 200]);
});

test("work on a list has at most so many under way, takes every item once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 }),
      async (parallel, durations) => {
        const { clock, run } = virtualClock();
        const begun: number[] = [];
        let underWay = 0;
        let most = 0;
        const all = atMost(parallel, [...durations.entries()], async ([index, ms]) => {
          begun.push(index);
          underWay += 1;
          most = Math.max(most, underWay);
          await clock.sleep(ms);
          underWay -= 1;
        });
        await run();
        await all;
        expect(begun).toEqual([...durations.keys()]);
        expect(most).toBe(Math.min(parallel, durations.length));
      },
    ),
  );
});
