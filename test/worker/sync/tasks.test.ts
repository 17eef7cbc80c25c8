import { expect, test } from "vitest";
import { z } from "zod";
import type { Actor } from "../../../src/domain/actor.ts";
import { runTask, startTask, type TaskKind } from "../../../src/sync/run-task.ts";
import {
  get,
  largeOrder,
  fileOf,
  ordersIn,
  placeIn,
  post,
  type Place,
} from "../api/import-files.ts";
import { Crash, mortal } from "../crash.ts";
import { mintMerchant, testDeps } from "../deps.ts";
import { drain, makeWorld, tick } from "../world.ts";

const MINUTE = 60_000;
const by: Actor = { user: "merchant_1", name: "Key" };

/** Two pages. */
const file = fileOf(...["1001", "1002"].flatMap(largeOrder));

/** Begins an import and works it in a process that dies at boundary `crashAt`; answers what it passed. */
async function dieIn(
  at: Place,
  crashAt: number | null,
): Promise<{ path: string; steps: string[] }> {
  const started = await post(at, `/api/imports?cart=${at.cartId}`, file);
  const process = mortal(at.deps, crashAt);
  try {
    await drain(at.deps, process.deps, () => process.pass("before ack"));
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return { path: `/api/imports/${started.json.task_id}`, steps: process.boundaries };
}

test("a worker that dies at any step of a task is replaced within ten minutes of sweeps, and nothing is there twice", async () => {
  const { steps } = await dieIn(await placeIn(await makeWorld({ delivery: false })), null);
  expect(steps).toContain("before coordinator.forget");
  expect(steps.filter((step) => step === "before d1.batch").length).toBeGreaterThan(3);
  for (const crashAt of steps.keys()) {
    const world = await makeWorld({ delivery: false });
    const at = await placeIn(world);
    const { path } = await dieIn(at, crashAt);
    for (const _ of [5, 10]) {
      world.clock.pass(5 * MINUTE);
      await tick(world);
    }
    const { json } = await get(at, path);
    expect([steps[crashAt], json.state, json.done]).toEqual([steps[crashAt], "done", 40]);
    expect(await ordersIn(at)).toEqual(["1001", "1002"]);
  }
}, 60_000);

test("a task says from when on it is gone on with, should its worker have died; one that has ended does not", async () => {
  const world = await makeWorld({ delivery: false });
  const at = await placeIn(world);
  const { path, steps } = await dieIn(at, 1);
  expect(steps).toEqual(["before coordinator.grant", "after coordinator.grant"]);
  const { json } = await get(at, path);
  expect(json.state).toBe("running");
  expect(Date.parse(json.next_try_at)).toBe(world.clock.now() + MINUTE);
  for (const _ of [5, 10]) {
    world.clock.pass(5 * MINUTE);
    await tick(world);
  }
  expect((await get(at, path)).json).toMatchObject({ state: "done", next_try_at: null });
});

/** A kind whose pages take as long as they are told, with something that happens at the end of each. */
const slow = (
  pages: readonly number[],
  pass: (ms: number) => void,
  atEnd: (page: number) => Promise<void>,
): TaskKind => ({
  input: z.null(),
  page: async (_deps, _task, cursor) => {
    const page = Number(cursor ?? 0);
    pass(pages[page] ?? 0);
    await atEnd(page);
    const isLast = page + 1 >= pages.length;
    return { cursor: isLast ? null : String(page + 1), done: 1, counts: {} };
  },
});

test("a task whose worker lives is worked by nobody else, page after page of up to two and a half minutes", async () => {
  const deps = testDeps();
  const { merchantId } = await mintMerchant(deps);
  const others: string[] = [];
  const kinds: Record<string, TaskKind> = {};
  const id = await startTask(deps, merchantId, "slow", null, by);
  const other = async () => {
    others.push(await runTask(deps, kinds, merchantId, id));
  };
  kinds["slow"] = slow([25_000, 90_000, 150_000], (ms) => deps.clock.pass(ms), other);
  expect(await runTask(deps, kinds, merchantId, id)).toBe("done");
  expect(others).toEqual(["taken", "taken", "taken"]);
});

test("a page that outlasts its lease may be worked by another, and then counts once", async () => {
  const deps = testDeps();
  const { merchantId } = await mintMerchant(deps);
  const kinds: Record<string, TaskKind> = {};
  const id = await startTask(deps, merchantId, "slow", null, by);
  let other: string | null = null;
  const pass = (ms: number) => {
    if (other === null) deps.clock.pass(ms);
  };
  kinds["slow"] = slow([181_000, 1_000], pass, async (page) => {
    if (page > 0 || other !== null) return;
    other = "began";
    other = await runTask(deps, kinds, merchantId, id);
  });
  expect([await runTask(deps, kinds, merchantId, id), other]).toEqual(["gone", "done"]);
  const db = await deps.databases.of(merchantId);
  const task = await db
    .prepare("SELECT state, done FROM tasks WHERE merchant_id = ?1")
    .bind(merchantId)
    .first();
  expect(task).toEqual({ state: "done", done: 2 });
});
