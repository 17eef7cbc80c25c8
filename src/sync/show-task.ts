import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { listTasks, readTask, stopTask, type Task } from "../store/tasks.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";
import { leftOf, type TaskKind } from "./run-task.ts";

/** Long work, for people: what it is, how far it has come, and what came of it. */
export interface ShownTask {
  id: string;
  kind: string;
  state: Task["state"];
  done: number;
  /** Null: nobody knows yet. */
  total: number | null;
  counts: Readonly<Record<string, number>>;
  /** What keeps it, or what ended it. */
  message: string | null;
  by: Task["by"];
  created_at: string;
  updated_at: string;
  /** From when on the next sweep goes on with it, should nobody be at it; null: it has ended. */
  next_try_at: string | null;
}

/** A task as people see it. */
export const shownTask = (task: Task): ShownTask => ({
  id: task.id,
  kind: task.kind,
  state: task.state,
  done: task.done,
  total: task.total,
  counts: task.counts,
  message: task.message,
  by: task.by,
  created_at: iso(task.created_at),
  updated_at: iso(task.updated_at),
  next_try_at: task.due_at === null ? null : iso(task.due_at),
});

/** One task of a merchant; `own`: the only user whose tasks may be seen. Throws `not_found`. */
export async function showTask(
  deps: Deps,
  merchantId: MerchantId,
  taskId: string,
  own: string | null = null,
): Promise<ShownTask> {
  const task = await readTask(await deps.databases.of(merchantId), merchantId, taskId);
  if (!task || (own !== null && task.by.user !== own))
    throw new DrayError("not_found", "No such task");
  return shownTask(task);
}

/** A merchant's newest tasks. */
export async function showTasks(
  deps: Deps,
  merchantId: MerchantId,
  limit: number,
): Promise<ShownTask[]> {
  return (await listTasks(await deps.databases.of(merchantId), merchantId, limit)).map(shownTask);
}

/** Ends a task after the page that it is at; what it has done stays. Throws `not_found`. */
export async function endTask(
  deps: Deps,
  kinds: Readonly<Record<string, TaskKind>>,
  merchantId: MerchantId,
  taskId: string,
): Promise<ShownTask> {
  const now = deps.clock.now();
  const db = await deps.databases.of(merchantId);
  const task = await readTask(db, merchantId, taskId);
  const left = task ? leftOf(kinds[task.kind], merchantId, task, "stopped") : [];
  await commit(db, [stopTask(merchantId, taskId, now), ...left]);
  return showTask(deps, merchantId, taskId);
}
