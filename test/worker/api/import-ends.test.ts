import { expect, test } from "vitest";
import { Crash, mortal } from "../crash.ts";
import { drain, makeWorld, tick } from "../world.ts";
import { aroundBatches } from "../sync/between-steps.ts";
import { call } from "./client.ts";
import {
  countRows,
  fileOf,
  get,
  largeOrder,
  line,
  load,
  ordersIn,
  place,
  placeIn,
  post,
  traces,
  type Place,
} from "./import-files.ts";

const MINUTE = 60_000;
/** Three pages, and rows that belong to no order on a fourth. */
const file = fileOf(
  ...["1001", "1002", "1003"].flatMap(largeOrder),
  line("1004", "MUG").replace("MUG,", ""),
);

const begin = async (at: Place, text = file): Promise<string> =>
  (await post(at, `/api/imports?cart=${at.cartId}`, text)).json.task_id;

const stop = async (at: Place, taskId: string) =>
  (await call(at.deps, "POST", `/api/tasks/${taskId}/stop`, { key: at.key })).json;

/** What is stored of an import's rows that were not worked. */
const unworked = async ({ deps, mine }: Place) => {
  const db = await deps.databases.of(mine.merchantId);
  const sql = "SELECT rows FROM import_chunks WHERE merchant_id = ?1 AND rows <> '[]'";
  return (await db.prepare(sql).bind(mine.merchantId).all()).results;
};

/** Works what is queued, and does something when the page has stored its orders. */
const during = (at: Place, isMoment: () => Promise<boolean>, act: () => Promise<unknown>) => {
  let did = false;
  return drain(
    at.deps,
    aroundBatches(at.deps, async (_nth, commit) => {
      const done = await commit();
      if (!did && (await isMoment())) {
        did = true;
        await act();
      }
      return done;
    }),
  );
};
const isLoaded = (at: Place) => async () => (await ordersIn(at)).includes("1001");

test("what a stopped import did not reach comes back as a file to go on with, and nothing of it stays elsewhere", async () => {
  const at = await place();
  const id = await begin(at);
  await during(at, isLoaded(at), () => stop(at, id));
  expect((await get(at, `/api/imports/${id}`)).json).toMatchObject({
    state: "stopped",
    total: 61,
    next_try_at: null,
  });
  expect(await ordersIn(at)).toEqual(["1001"]);
  expect(await unworked(at)).toEqual([]);
  const { text } = await get(at, `/api/imports/${id}/refused.csv`);
  const lines = text.trim().split("\r\n").slice(1);
  expect(lines).toHaveLength(41);
  expect(lines[0]).toMatch(
    /^1002,Jane Doe,.*,SKU-0,1,12\.50,0x+,22,not reached: the import was stopped$/,
  );
  expect(lines[40]).toMatch(/,62,has 9 cells instead of 10$/);
  expect(await load(at, text)).toMatchObject({ counts: { loaded: 2, refused: 1 } });
  expect(await ordersIn(at)).toEqual(["1001", "1002", "1003"]);
});

test("what a failed import did not reach comes back as well", async () => {
  const at = await place();
  const id = await begin(at);
  const db = await at.deps.databases.of(at.mine.merchantId);
  await during(at, isLoaded(at), () =>
    db.prepare("DELETE FROM connections WHERE id = ?1").bind(at.cartId).run(),
  );
  const { json } = await get(at, `/api/imports/${id}`);
  expect([json.state, json.done]).toEqual(["failed", 20]);
  expect(await unworked(at)).toEqual([]);
  const { text } = await get(at, `/api/imports/${id}/refused.csv`);
  expect(text.match(/not reached: the import failed/g)).toHaveLength(40);
});

test("stopping an import that is done, or of another merchant, changes nothing", async () => {
  const at = await place();
  const { task_id } = await load(at, fileOf(line("1001", "MUG"), line("1002", "MUG", "none")));
  const path = `/api/imports/${task_id}/refused.csv`;
  const before = (await get(at, path)).text;
  expect(await stop(at, task_id)).toMatchObject({ state: "done" });
  expect((await get(at, path)).text).toBe(before);
  const other = await place();
  const running = await begin(at);
  await call(at.deps, "POST", `/api/tasks/${running}/stop`, { key: other.key });
  expect(await unworked(at)).toHaveLength(3);
});

/** More pieces than are stored at once. */
const manyPieces = fileOf(...Array.from({ length: 10 }, (_, n) => largeOrder(`N${n}`)).flat());

test("a file whose upload breaks off at any step leaves none of its rows behind, says so, and loads when it comes again", async () => {
  const upload = async (crashAt: number | null) => {
    const world = await makeWorld({ delivery: false });
    const at = await placeIn(world);
    const { deps, boundaries } = mortal(at.deps, crashAt);
    const databases = deps.databases;
    const status = await post(
      { ...at, deps: { ...at.deps, databases } },
      `/api/imports?cart=${at.cartId}`,
      manyPieces,
    )
      .then((answer) => answer.status)
      .catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        return 500;
      });
    return { world, at, status, boundaries };
  };
  const { boundaries, status: whole } = await upload(null);
  expect([whole, boundaries.filter((one) => one === "before d1.batch").length]).toEqual([202, 2]);
  for (const crashAt of boundaries.keys()) {
    const { world, at, status } = await upload(crashAt);
    expect(status).toBe(500);
    at.deps.queues.jobs.sent.splice(0);
    for (const _ of [5, 10, 15, 20]) {
      world.clock.pass(5 * MINUTE);
      await tick(world);
    }
    expect(await unworked(at)).toEqual([]);
    const { items } = (await get(at, "/api/tasks")).json;
    if (crashAt === 0) expect(items).toEqual([]);
    else if (crashAt === boundaries.length - 1) expect(items[0].state).toBe("done");
    else {
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({
        state: "failed",
        message: "The file did not come in whole: load it again",
      });
      expect(await countRows(at, "import_chunks")).toBe(0);
    }
    const again = await load(at, manyPieces);
    expect(again.counts).toEqual(crashAt === boundaries.length - 1 ? { same: 10 } : { loaded: 10 });
  }
}, 60_000);

test("an import that is stopped while its file comes in is told, and keeps none of its rows", async () => {
  const at = await place();
  const deps = aroundBatches(at.deps, async (nth, commit) => {
    const done = await commit();
    if (nth === 1) await stop(at, (await get(at, "/api/tasks")).json.items[0].id);
    return done;
  });
  const { databases } = deps;
  const slow = { ...at, deps: { ...at.deps, databases } };
  const { status } = await post(slow, `/api/imports?cart=${at.cartId}`, manyPieces);
  expect(status).toBe(409);
  expect(at.deps.queues.jobs.sent).toEqual([]);
  const [orders, skipped, tasks, chunks] = await traces(at);
  expect([orders, skipped, tasks, chunks]).toEqual([0, 0, 1, 0]);
});
