import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { coordinators } from "../../../src/coordinator/client.ts";
import type { Busy, Floor, Grant } from "../../../src/coordinator/ledger.ts";
import { fakeClock, testDeps } from "../deps.ts";

const TERM = 60_000;
const nothing: Floor = { fence: 0, cursor: null };
const { ids } = testDeps();

/** A merchant's coordinator with nothing in it. */
function fresh() {
  const merchantId = ids.next("mer");
  const clock = fakeClock();
  const coordinator = coordinators(env.MERCHANT_SYNC)(merchantId);
  const stub = env.MERCHANT_SYNC.get(env.MERCHANT_SYNC.idFromName(merchantId));
  const scope = `${ids.next("con")}/order-download`;
  return {
    clock,
    coordinator,
    scope,
    stub,
    grant: (floor = nothing) => coordinator.grant(scope, floor, TERM, clock.now()),
    finish: (fence: number, cursor: string | null, idle = false) =>
      coordinator.finish(scope, fence, { result: "ok", cursor, idle }, clock.now()),
    rows: () =>
      runInDurableObject(stub, (_object, state) =>
        state.storage.sql.exec("SELECT fence, held_until FROM grants").toArray(),
      ),
  };
}
function granted(answer: Grant | Busy): Grant {
  if (!answer.granted) throw new Error("busy");
  return answer;
}

test("of many that ask at once exactly one gets the scope", async () => {
  const { grant, clock } = fresh();
  const answers = await Promise.all(Array.from({ length: 20 }, () => grant()));
  expect(answers.filter((answer) => answer.granted)).toHaveLength(1);
  for (const answer of answers) if (!answer.granted) expect(answer.until).toBe(clock.now() + TERM);
});

test("merchants do not share scopes", async () => {
  const [one, other] = [fresh(), fresh()];
  granted(await one.grant());
  const answer = await other.coordinator.grant(one.scope, nothing, TERM, other.clock.now());
  expect(answer.granted).toBe(true);
});

test("an evicted object still knows its holder, its fence and its cursor", async () => {
  const { grant, finish, stub, clock } = fresh();
  await finish(granted(await grant()).fence, "c1");
  const second = granted(await grant());
  expect(second).toMatchObject({ fence: 2, cursor: "c1" });
  await evictDurableObject(stub);
  clock.pass(1);
  expect((await grant()).granted).toBe(false);
  expect(await finish(second.fence, "c2")).toBe(true);
  await evictDurableObject(stub);
  expect(granted(await grant())).toMatchObject({ fence: 3, cursor: "c2", tries: 1 });
});

test("an idle release frees the scope at once, without a row; an eviction makes it lapse by its term", async () => {
  const { grant, finish, stub, clock, rows } = fresh();
  await finish(granted(await grant()).fence, "c1");
  const held = granted(await grant());
  const before = await rows();
  await finish(held.fence, "c2", true);
  expect(await rows()).toEqual(before);
  const next = granted(await grant());
  expect(next).toMatchObject({ fence: 3, cursor: "c2" });

  await finish(next.fence, "c3", true);
  await evictDurableObject(stub);
  expect((await grant()).granted).toBe(false);
  clock.pass(TERM);
  expect(granted(await grant())).toMatchObject({ fence: 4, cursor: "c2" });
});

test("an object that lost its storage goes on above D1's fence, from D1's cursor", async () => {
  const { grant, finish, stub } = fresh();
  const first = granted(await grant());
  await runInDurableObject(stub, (_object, state) => state.storage.deleteAll());
  await evictDurableObject(stub);
  const floor = { fence: first.fence, cursor: "d1" };
  expect(granted(await grant(floor))).toMatchObject({ fence: 2, cursor: "d1" });
  expect(await finish(first.fence, "stale")).toBe(false);
});

test("a scope is held for another term when its holder goes on, also after an eviction", async () => {
  const { grant, coordinator, scope, stub, clock } = fresh();
  const { fence } = granted(await grant());
  clock.pass(TERM - 1);
  expect(await coordinator.extend(scope, fence, TERM, clock.now())).toBe(true);
  await evictDurableObject(stub);
  clock.pass(TERM - 1);
  expect((await grant()).granted).toBe(false);
});

test("a forgotten scope leaves no row", async () => {
  const { grant, coordinator, scope, rows } = fresh();
  const { fence } = granted(await grant());
  await coordinator.forget(scope, fence);
  expect(await rows()).toEqual([]);
});

test("the last uses of a connection's jobs can be asked for", async () => {
  const { grant, finish, coordinator, scope, clock } = fresh();
  await finish(granted(await grant()).fence, "c1");
  expect(await coordinator.lastUses(scope.split("/")[0] ?? "")).toEqual([
    {
      scope,
      started_at: clock.now(),
      finished_at: clock.now(),
      result: "ok",
      held_until: 0,
      tries: 0,
    },
  ]);
});
