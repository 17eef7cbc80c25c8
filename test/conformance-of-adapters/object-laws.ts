import { expect, test } from "vitest";
import type { Coordinator } from "../../src/coordinator/client.ts";

const TERM = 45_000;
const NOW = 1_795_000_000_000;
const nothing = { fence: 0, cursor: null };

/** A merchant's object, and how it leaves memory. */
export interface LawfulObject {
  coordinator: Coordinator;
  evict(): Promise<void>;
}

/** What Dray takes for granted about its Durable Object, wherever it lives. */
export function objectLaws(open: () => LawfulObject): void {
  const scope = "con_x/order-download";

  test("of many who ask at once one is granted the scope", async () => {
    const { coordinator } = open();
    const asked = Array.from({ length: 10 }, () => coordinator.grant(scope, nothing, TERM, NOW));
    const granted = (await Promise.all(asked)).filter((answer) => answer.granted);
    expect(granted).toEqual([{ granted: true, fence: 1, cursor: null, tries: 1 }]);
  });

  test("what was finished outlives eviction, with its cursor and its fence", async () => {
    const { coordinator, evict } = open();
    await coordinator.grant(scope, nothing, TERM, NOW);
    const end = { result: "ok", cursor: "c1", idle: false };
    expect(await coordinator.finish(scope, 1, end, NOW + 1)).toBe(true);
    await evict();
    expect(await coordinator.grant(scope, nothing, TERM, NOW + 2)).toEqual({
      granted: true,
      fence: 2,
      cursor: "c1",
      tries: 1,
    });
  });

  test("an idle end is forgotten with the object's memory, and the lease lapses by its term", async () => {
    const { coordinator, evict } = open();
    await coordinator.grant(scope, nothing, TERM, NOW);
    await coordinator.finish(scope, 1, { result: "ok", cursor: "c1", idle: true }, NOW + 1);
    await evict();
    expect(await coordinator.grant(scope, nothing, TERM, NOW + 2)).toEqual({
      granted: false,
      until: NOW + TERM,
    });
    expect(await coordinator.grant(scope, nothing, TERM, NOW + TERM)).toMatchObject({
      granted: true,
      fence: 2,
      cursor: null,
    });
  });

  test("an idle end that is still in memory frees the scope at once", async () => {
    const { coordinator } = open();
    await coordinator.grant(scope, nothing, TERM, NOW);
    await coordinator.finish(scope, 1, { result: "ok", cursor: "c1", idle: true }, NOW + 1);
    expect(await coordinator.grant(scope, nothing, TERM, NOW + 2)).toMatchObject({
      granted: true,
      fence: 2,
      cursor: "c1",
    });
  });

  test("whoever has an older fence changes nothing", async () => {
    const { coordinator } = open();
    await coordinator.grant(scope, nothing, TERM, NOW);
    await coordinator.grant(scope, nothing, TERM, NOW + TERM);
    expect(await coordinator.extend(scope, 1, TERM, NOW + TERM)).toBe(false);
    const end = { result: "ok", cursor: "c9", idle: false };
    expect(await coordinator.finish(scope, 1, end, NOW + TERM)).toBe(false);
    expect(await coordinator.extend(scope, 2, TERM, NOW + TERM)).toBe(true);
  });

  test("what is forgotten is gone, and begins above what D1 knows", async () => {
    const { coordinator } = open();
    await coordinator.grant("dsp_x", nothing, TERM, NOW);
    await coordinator.forget("dsp_x", 1);
    expect(await coordinator.lastUses("dsp_")).toEqual([]);
    const floor = { fence: 7, cursor: "d1" };
    expect(await coordinator.grant("dsp_x", floor, TERM, NOW)).toMatchObject({
      fence: 8,
      cursor: "d1",
    });
  });
}
