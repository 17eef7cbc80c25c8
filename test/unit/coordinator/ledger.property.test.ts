import fc from "fast-check";
import { expect, test } from "vitest";
import type { Grant } from "../../../src/coordinator/ledger.ts";
import { testLedger, type TestLedger } from "./ledger-over-node.ts";

const TERM = 100;
const SCOPE = "con_1/order-download";

/** What must be true: who may hold the scope, and what D1 knows of it. */
interface Model {
  now: number;
  holder: { fence: number; until: number } | null;
  newest: number;
  grants: Grant[];
  d1: { fence: number; cursor: string | null };
}

type Act =
  | { kind: "grant" }
  | { kind: "finish"; which: number; idle: boolean; failed: boolean }
  | { kind: "commit"; which: number }
  | { kind: "pass"; ms: number }
  | { kind: "evict" }
  | { kind: "lose" };

const acts = (lossy: boolean): fc.Arbitrary<Act[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant({ kind: "grant" as const }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("finish" as const),
          which: fc.nat(3),
          idle: fc.boolean(),
          failed: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("commit" as const), which: fc.nat(1) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(TERM + 20) }),
      },
      { weight: 1, arbitrary: fc.constant({ kind: "evict" as const }) },
      ...(lossy ? [{ weight: 1, arbitrary: fc.constant({ kind: "lose" as const }) }] : []),
    ),
    { maxLength: 40 },
  );

function play(test: TestLedger, model: Model, act: Act): void {
  switch (act.kind) {
    case "grant": {
      const answer = test.ledger.grant(SCOPE, model.d1, TERM, model.now);
      if (!answer.granted) {
        // An idle release may be forgotten, but never beyond the term of the newest grant.
        expect(answer.until).toBeGreaterThan(model.now);
        expect(answer.until).toBeLessThanOrEqual(model.now + TERM);
        return;
      }
      expect(model.holder === null || model.holder.until <= model.now).toBe(true);
      expect(answer.fence).toBeGreaterThan(model.newest);
      expect(answer.fence).toBeGreaterThan(model.d1.fence);
      model.newest = answer.fence;
      model.holder = { fence: answer.fence, until: model.now + TERM };
      model.grants.push(answer);
      return;
    }
    case "finish": {
      const grant = model.grants.at(-1 - act.which);
      if (!grant) return;
      const cursor = act.idle || act.failed ? grant.cursor : model.d1.cursor;
      const result = act.failed ? "unavailable" : "ok";
      const idle = act.idle && !act.failed;
      const held = test.ledger.finish(SCOPE, grant.fence, { result, cursor, idle }, model.now);
      expect(held).toBe(grant.fence === model.newest);
      if (held) model.holder = null;
      return;
    }
    case "commit": {
      const grant = model.grants.at(-1 - act.which);
      // As the store does it: D1 takes a page only under a fence that is not older than its own.
      if (grant && grant.fence >= model.d1.fence)
        model.d1 = { fence: grant.fence, cursor: `${grant.fence}.${model.grants.length}` };
      return;
    }
    case "pass":
      model.now += act.ms;
      return;
    case "evict":
      test.evict();
      return;
    case "lose":
      test.lose();
      model.holder = null;
      // Fences that D1 never saw are forgotten with the object; D1 is what counts.
      model.newest = model.d1.fence;
      model.grants = [];
  }
}

const start = (): Model => ({
  now: 1_000,
  holder: null,
  newest: 0,
  grants: [],
  d1: { fence: 0, cursor: null },
});

test("however grants, finishes and evictions follow, a term has one holder and the fence only rises", () => {
  fc.assert(
    fc.property(acts(false), (story) => {
      const [ledger, model] = [testLedger(), start()];
      for (const act of story) play(ledger, model, act);
    }),
  );
});

test("after any loss of the object the next grant lies above every fence that D1 has seen", () => {
  fc.assert(
    fc.property(acts(true), (story) => {
      const [ledger, model] = [testLedger(), start()];
      for (const act of story) play(ledger, model, act);
    }),
  );
});

test("whatever happened, the scope is free once a term has passed", () => {
  fc.assert(
    fc.property(acts(true), (story) => {
      const [ledger, model] = [testLedger(), start()];
      for (const act of story) play(ledger, model, act);
      expect(ledger.ledger.grant(SCOPE, model.d1, TERM, model.now + TERM).granted).toBe(true);
    }),
  );
});

test("a cursor that D1 committed is never lost by whoever comes next", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), fc.boolean(), (evicted, lost, finished) => {
      const test = testLedger();
      const first = test.ledger.grant(SCOPE, { fence: 0, cursor: null }, TERM, 0);
      if (!first.granted) throw new Error("busy");
      const d1 = { fence: first.fence, cursor: "committed" };
      if (finished)
        test.ledger.finish(
          SCOPE,
          first.fence,
          { result: "unavailable", cursor: first.cursor, idle: false },
          1,
        );
      if (evicted) test.evict();
      if (lost) test.lose();
      const next = test.ledger.grant(SCOPE, d1, TERM, TERM);
      expect(next).toMatchObject({ granted: true, cursor: "committed" });
    }),
  );
});
