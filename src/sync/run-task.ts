import type { z } from "zod";
import type { Actor } from "../domain/actor.ts";
import { ConnectorFailure, DrayError } from "../domain/errors.ts";
import type { MerchantId, TaskId } from "../domain/ids.ts";
import { commit, type Committed, type Statement } from "../store/statement.ts";
import {
  insertTask,
  noteTaskPage,
  readTask,
  type NewTask,
  type Task,
  type TaskState,
} from "../store/tasks.ts";
import type { Deps } from "./deps.ts";
import { HINT_GRACE_MS } from "./dispatch-pages.ts";

/** A task as its pages see it. */
export interface RunningTask<I> {
  merchant_id: MerchantId;
  id: TaskId;
  input: I;
  by: Actor;
}

export interface TaskPage {
  /** Where the next page begins; null: this was the last. */
  cursor: string | null;
  /** How many of `total` this page did. */
  done: number;
  counts: Readonly<Record<string, number>>;
  /** How many there are, where this page found out. */
  total?: number;
  /** Committed with the page's progress, in one batch. */
  statements?: readonly Statement[];
  /** What people should know when it has ended. */
  message?: string;
}

/**
 * Long work that a person began. A page may run twice, when its worker dies between its own commits
 * and the one of its progress, and must do no harm then.
 */
export interface TaskKind<I = unknown> {
  input: z.ZodType<I>;
  page(deps: Deps, task: RunningTask<I>, cursor: string | null): Promise<TaskPage>;
  /** What is committed behind the end of a task that is not through; has to do nothing where the task runs on. */
  left?(task: Pick<RunningTask<I>, "merchant_id" | "id" | "input">, end: TaskEnd): Left;
}

type Left = readonly NonNullable<Statement>[];

/** Ends of a task that is not through. */
export type TaskEnd = "stopped" | "failed";

/** Lets a kind be written with its own type of input and stored among the others. */
export const defineTask = <I>(kind: TaskKind<I>): TaskKind => kind;

/** Stores a task, with `statements` of what it works on in the same batch, and tells the queue of it. */
export async function startTask(
  deps: Deps,
  merchantId: MerchantId,
  kind: string,
  input: unknown,
  by: Actor,
  more: { total?: number | null; statements?: readonly Statement[]; id?: TaskId } = {},
): Promise<TaskId> {
  const task = newTask(deps, kind, input, by, more);
  await commit(await deps.databases.of(merchantId), [
    ...(more.statements ?? []),
    insertTask(merchantId, task),
  ]);
  await tellOfTask(deps, merchantId, task);
  return task.id;
}

/** A task to be stored in a batch of the caller's own, who calls `tellOfTask` after it. */
export function newTask(
  deps: Deps,
  kind: string,
  input: unknown,
  by: Actor,
  { id, total }: { id?: TaskId; total?: number | null } = {},
): NewTask {
  const now = deps.clock.now();
  return {
    id: id ?? deps.ids.next("tsk"),
    kind,
    input,
    total: total ?? null,
    by,
    created_at: now,
    due_at: now + HINT_GRACE_MS,
  };
}

/** Tells the queue of a task that was stored. */
export async function tellOfTask(
  deps: Deps,
  merchantId: MerchantId,
  { id, kind }: NewTask,
): Promise<void> {
  await hintTask(deps, merchantId, id);
  deps.log.info("task_began", { merchant_id: merchantId, task_id: id, kind });
}

/** The same of all that a batch stored; answers their ids. */
export async function tellOfBegun(
  deps: Deps,
  merchantId: MerchantId,
  done: readonly Committed[],
): Promise<TaskId[]> {
  const ids = done.flatMap(({ rows }) => rows.flatMap(taskIdOf));
  for (const id of ids) {
    await hintTask(deps, merchantId, id);
    deps.log.info("task_began", { merchant_id: merchantId, task_id: id });
  }
  return ids;
}

function taskIdOf(row: unknown): TaskId[] {
  const { id } = row as { id?: unknown };
  return typeof id === "string" && id.startsWith("tsk_") ? [id as TaskId] : [];
}

/** A queue that does not take the hint costs time only. */
async function hintTask(deps: Deps, merchant_id: MerchantId, task_id: TaskId): Promise<void> {
  try {
    await deps.queues.jobs.send({ kind: "task", merchant_id, task_id });
  } catch (error) {
    deps.log.warn("hint_lost", { merchant_id, task_id, error });
  }
}

/** What a page may take: ten questions to a slow vendor, a few at a time, or a thousand orders. One that takes longer may be worked twice. */
const PAGE_MS = 150_000;
/** A lease covers a page and some seconds more. It is short, so that the sweep soon replaces a worker that died. */
const TERM_MS = 180_000;
const WORK_MS = 120_000;
/** Each takes up to twenty of the 1,000 queries that D1 allows an invocation. */
const MOST_PAGES = 40;
const AGAIN_MS = 5 * 60_000;
const GIVE_UP_MS = 3 * 24 * 60 * 60_000;

/**
 * Works a task, page after page, until it is through or time is up; then a further message goes on.
 * A vendor that does not answer is asked again every five minutes, for three days. Whoever comes
 * second while somebody works on it leaves. Of a worker that died the sweep finds the task, and its
 * lease lapses by its term.
 */
export async function runTask(
  deps: Deps,
  kinds: Readonly<Record<string, TaskKind>>,
  merchantId: MerchantId,
  taskId: TaskId,
): Promise<"gone" | "taken" | "done" | "failed" | "waiting" | "continued"> {
  const db = await deps.databases.of(merchantId);
  const task = await readTask(db, merchantId, taskId);
  const kind = task && kinds[task.kind];
  if (!task || !kind || task.state !== "running") return "gone";
  const started = deps.clock.now();
  const coordinator = deps.coordinator(merchantId);
  const floor = { fence: task.fence, cursor: null };
  const grant = await coordinator.grant(taskId, floor, TERM_MS, started);
  if (!grant.granted) return "taken";
  const { fence } = grant;
  let heldUntil = started + TERM_MS;
  /** Whether the lease covers a further page, if need be for another term. */
  const holds = async (): Promise<boolean> => {
    const now = deps.clock.now();
    if (now <= heldUntil - PAGE_MS) return true;
    heldUntil = now + TERM_MS;
    return coordinator.extend(taskId, fence, TERM_MS, now);
  };
  const come = { cursor: task.cursor, done: task.done, total: task.total, counts: task.counts };
  const write = async (
    state: TaskState,
    message: string | null,
    waitMs: number,
    statements: readonly Statement[] = [],
    left: Left = [],
  ): Promise<boolean> => {
    const now = deps.clock.now();
    const due_at = state === "running" ? now + waitMs : null;
    const note = noteTaskPage(merchantId, taskId, { ...come, state, fence, message, due_at }, now);
    const committed = await commit(db, [...statements, note, ...left]);
    const noted = committed.at(-1 - left.length)?.changes === 1;
    if (noted && state !== "running")
      deps.log.info("task_ended", {
        merchant_id: merchantId,
        task_id: taskId,
        kind: task.kind,
        result: state,
        ...come.counts,
        duration_ms: now - task.created_at,
      });
    return noted;
  };
  try {
    const input = kind.input.parse(task.input);
    const running = { merchant_id: merchantId, id: taskId, input, by: task.by };
    for (let pages = 0; pages < MOST_PAGES && deps.clock.now() < started + WORK_MS; pages += 1) {
      if (!(await holds())) return "taken";
      const page = await kind.page(deps, running, come.cursor);
      come.cursor = page.cursor;
      come.done += page.done;
      come.total = page.total ?? come.total;
      come.counts = added(come.counts, page.counts);
      const isDone = page.cursor === null;
      const state = isDone ? "done" : "running";
      // Somebody stopped it, or went on with it under a newer fence.
      const message = page.message ?? null;
      if (!(await write(state, message, HINT_GRACE_MS, page.statements))) return "gone";
      if (isDone) return "done";
    }
    await hintTask(deps, merchantId, taskId);
    return "continued";
  } catch (error) {
    if (!(error instanceof ConnectorFailure) && !(error instanceof DrayError)) throw error;
    const waits =
      error instanceof ConnectorFailure && deps.clock.now() < task.created_at + GIVE_UP_MS;
    const state = waits ? "running" : "failed";
    const left = waits ? [] : leftOf(kind, merchantId, task, "failed");
    await write(state, error.message, AGAIN_MS, [], left);
    return waits ? "waiting" : "failed";
  } finally {
    await coordinator.forget(taskId, fence);
  }
}

/** What a kind leaves of a task that ends before it is through. */
export const leftOf = (
  kind: TaskKind | undefined,
  merchant_id: MerchantId,
  { id, input }: Pick<Task, "id" | "input">,
  end: TaskEnd,
): Left => {
  const read = kind?.input.safeParse(input);
  return read?.success ? (kind?.left?.({ merchant_id, id, input: read.data }, end) ?? []) : [];
};

const added = (
  sums: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> => {
  const sum = { ...sums };
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
};
