import { expect, test } from "vitest";
import type { Busy, Floor, Grant, Ledger } from "../../../src/coordinator/ledger.ts";
import { testLedger } from "./ledger-over-node.ts";

const NOW = Date.UTC(2026, 10, 21, 10);
const TERM = 60_000;
const SCOPE = "con_1/order-download";
const nothing: Floor = { fence: 0, cursor: null };

const take = (ledger: Ledger, now = NOW, floor = nothing, scope = SCOPE) =>
  ledger.grant(scope, floor, TERM, now);
function granted(answer: Grant | Busy): Grant {
  if (!answer.granted) throw new Error("busy");
  return answer;
}
const ok = (cursor: string | null) => ({ result: "ok", cursor, idle: false });
const idle = (cursor: string | null) => ({ result: "ok", cursor, idle: true });
const failed = (cursor: string | null) => ({ result: "unavailable", cursor, idle: false });

test("while one holds a scope nobody else gets it, and is told until when", () => {
  const { ledger } = testLedger();
  expect(take(ledger)).toEqual({ granted: true, fence: 1, cursor: null, tries: 1 });
  expect(take(ledger, NOW + 1)).toEqual({ granted: false, until: NOW + TERM });
  expect(take(ledger, NOW + TERM - 1)).toEqual({ granted: false, until: NOW + TERM });
});

test("a holder that never came back loses the scope when its term ends", () => {
  const { ledger } = testLedger();
  granted(take(ledger));
  expect(granted(take(ledger, NOW + TERM))).toMatchObject({ fence: 2, tries: 2 });
});

test("scopes do not wait for each other", () => {
  const { ledger } = testLedger();
  granted(take(ledger));
  expect(take(ledger, NOW, nothing, "con_2/order-download")).toMatchObject({ granted: true });
});

test("a scope that was given back is free at once, with the cursor of its last holder", () => {
  const { ledger } = testLedger();
  const { fence } = granted(take(ledger));
  expect(ledger.finish(SCOPE, fence, ok("c1"), NOW + 5)).toBe(true);
  expect(take(ledger, NOW + 6)).toEqual({ granted: true, fence: 2, cursor: "c1", tries: 1 });
});

test("a finish under an old fence changes nothing", () => {
  const { ledger, written } = testLedger();
  const old = granted(take(ledger));
  const now = granted(take(ledger, NOW + TERM));
  written();
  for (const finish of [ok("stale"), idle("stale"), failed("stale")])
    expect(ledger.finish(SCOPE, old.fence, finish, NOW + TERM + 1)).toBe(false);
  expect(written()).toBe(0);
  expect(take(ledger, NOW + TERM + 2)).toEqual({ granted: false, until: NOW + 2 * TERM });
  expect(ledger.finish(SCOPE, now.fence, ok("good"), NOW + TERM + 3)).toBe(true);
  expect(granted(take(ledger, NOW + TERM + 4)).cursor).toBe("good");
});

test("a finish for a scope that was never granted changes nothing", () => {
  const { ledger, written } = testLedger();
  written();
  expect(ledger.finish(SCOPE, 1, ok("c1"), NOW)).toBe(false);
  expect(written()).toBe(0);
});

test("a finish after the term is taken while nobody else came", () => {
  const { ledger } = testLedger();
  const { fence } = granted(take(ledger));
  expect(ledger.finish(SCOPE, fence, ok("late"), NOW + 10 * TERM)).toBe(true);
  expect(granted(take(ledger, NOW + 10 * TERM)).cursor).toBe("late");
});

test("a poll that found nothing writes one row in all, its release none, and frees the scope", () => {
  const { ledger, written } = testLedger();
  written();
  const { fence } = granted(take(ledger));
  expect(written()).toBe(1);
  ledger.finish(SCOPE, fence, idle("c1"), NOW + 5);
  expect(written()).toBe(0);
  expect(take(ledger, NOW + 6)).toEqual({ granted: true, fence: 2, cursor: "c1", tries: 1 });
});

test("being told that a scope is taken writes nothing", () => {
  const { ledger, written } = testLedger();
  granted(take(ledger));
  written();
  expect(take(ledger).granted).toBe(false);
  expect(written()).toBe(0);
});

test("an idle release that memory lost lapses with the term, and the older cursor is read again", () => {
  const test = testLedger();
  const first = granted(take(test.ledger));
  test.ledger.finish(SCOPE, first.fence, ok("c1"), NOW);
  const second = granted(take(test.ledger));
  test.ledger.finish(SCOPE, second.fence, idle("c2"), NOW + 5);
  test.evict();
  expect(take(test.ledger, NOW + 6)).toEqual({ granted: false, until: NOW + TERM });
  expect(granted(take(test.ledger, NOW + TERM))).toMatchObject({ fence: 3, cursor: "c1" });
});

test("a working release survives the loss of memory", () => {
  const test = testLedger();
  const { fence } = granted(take(test.ledger));
  test.ledger.finish(SCOPE, fence, ok("c1"), NOW + 5);
  test.evict();
  expect(take(test.ledger, NOW + 6)).toEqual({ granted: true, fence: 2, cursor: "c1", tries: 1 });
});

test("a holder is still the holder after memory was lost", () => {
  const test = testLedger();
  const { fence } = granted(take(test.ledger));
  test.evict();
  expect(take(test.ledger, NOW + 1).granted).toBe(false);
  expect(test.ledger.finish(SCOPE, fence, ok("c1"), NOW + 2)).toBe(true);
});

test("storage that was lost goes on above D1's fence, with D1's cursor", () => {
  const test = testLedger();
  granted(take(test.ledger));
  test.lose();
  expect(take(test.ledger, NOW + 1, { fence: 41, cursor: "d1" })).toEqual({
    granted: true,
    fence: 42,
    cursor: "d1",
    tries: 1,
  });
});

test("a cursor that D1 committed under a newer fence wins over the coordinator's own", () => {
  const { ledger } = testLedger();
  const first = granted(take(ledger));
  ledger.finish(SCOPE, first.fence, ok("c1"), NOW);
  const crashed = granted(take(ledger, NOW, { fence: first.fence, cursor: "c1" }));
  const floor = { fence: crashed.fence, cursor: "c2" };
  expect(granted(take(ledger, NOW + TERM, floor))).toMatchObject({ fence: 3, cursor: "c2" });
});

test("the coordinator's cursor is kept where it is ahead of D1 by polls that found nothing", () => {
  const { ledger } = testLedger();
  const first = granted(take(ledger));
  const floor = { fence: first.fence, cursor: "c1" };
  ledger.finish(SCOPE, first.fence, ok("c1"), NOW);
  const second = granted(take(ledger, NOW, floor));
  ledger.finish(SCOPE, second.fence, idle("c2"), NOW);
  const third = granted(take(ledger, NOW, floor));
  expect(third.cursor).toBe("c2");
  ledger.finish(SCOPE, third.fence, ok("c3"), NOW);
  expect(granted(take(ledger, NOW, floor)).cursor).toBe("c3");
});

test("a run that failed after some pages goes on where D1 is, not where the run began", () => {
  const { ledger } = testLedger();
  const { fence, cursor } = granted(take(ledger));
  const floor = { fence, cursor: "page 50" };
  ledger.finish(SCOPE, fence, failed(cursor), NOW);
  expect(granted(take(ledger, NOW, floor)).cursor).toBe("page 50");
});

test("a run that failed before its first page goes on where it began", () => {
  const { ledger } = testLedger();
  const first = granted(take(ledger));
  const floor = { fence: first.fence, cursor: "c1" };
  ledger.finish(SCOPE, first.fence, ok("c1"), NOW);
  const second = granted(take(ledger, NOW, floor));
  ledger.finish(SCOPE, second.fence, idle("c2"), NOW);
  const third = granted(take(ledger, NOW, floor));
  ledger.finish(SCOPE, third.fence, failed(third.cursor), NOW);
  expect(granted(take(ledger, NOW, floor)).cursor).toBe("c2");
});

test("tries count until a run ends well", () => {
  const { ledger } = testLedger();
  for (const tries of [1, 2, 3]) {
    const grant = granted(take(ledger));
    expect(grant.tries).toBe(tries);
    ledger.finish(SCOPE, grant.fence, failed(null), NOW);
  }
  const good = granted(take(ledger));
  expect(good.tries).toBe(4);
  ledger.finish(SCOPE, good.fence, ok(null), NOW);
  expect(granted(take(ledger)).tries).toBe(1);
});

test("a holder that goes on holds the scope for another term", () => {
  const { ledger } = testLedger();
  const { fence } = granted(take(ledger));
  expect(ledger.extend(SCOPE, fence, TERM, NOW + TERM - 1)).toBe(true);
  expect(take(ledger, NOW + TERM)).toEqual({ granted: false, until: NOW + 2 * TERM - 1 });
});

test("who lost the scope cannot hold it any longer", () => {
  const { ledger, written } = testLedger();
  const old = granted(take(ledger));
  granted(take(ledger, NOW + TERM));
  written();
  expect(ledger.extend(SCOPE, old.fence, TERM, NOW + TERM + 1)).toBe(false);
  expect(written()).toBe(0);
});

test("a scope that was forgotten leaves nothing behind; under an old fence it stays", () => {
  const { ledger } = testLedger();
  const first = granted(take(ledger, NOW, nothing, "dsp_1"));
  ledger.forget("dsp_1", first.fence - 1);
  expect(take(ledger, NOW, nothing, "dsp_1").granted).toBe(false);
  ledger.forget("dsp_1", first.fence);
  expect(ledger.lastUses("dsp_1")).toEqual([]);
  const next = granted(take(ledger, NOW, { fence: first.fence, cursor: null }, "dsp_1"));
  expect(next.fence).toBe(2);
  expect(ledger.finish("dsp_1", next.fence, ok(null), NOW)).toBe(true);
});

test("the last use of each scope of a connection is shown, and of no other", () => {
  const { ledger } = testLedger();
  const download = granted(take(ledger, NOW, nothing, "con_1/order-download"));
  ledger.finish("con_1/order-download", download.fence, idle("c1"), NOW + 5);
  granted(take(ledger, NOW + 7, nothing, "con_1/stock-upload"));
  granted(take(ledger, NOW, nothing, "con_10/order-download"));
  expect(ledger.lastUses("con_1/")).toEqual([
    {
      scope: "con_1/order-download",
      started_at: NOW,
      finished_at: NOW + 5,
      result: "ok",
      held_until: NOW + TERM,
      tries: 0,
    },
    {
      scope: "con_1/stock-upload",
      started_at: NOW + 7,
      finished_at: null,
      result: null,
      held_until: NOW + 7 + TERM,
      tries: 1,
    },
  ]);
});
