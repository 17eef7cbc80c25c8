import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Actor } from "../domain/actor.ts";
import type { MerchantId, TaskId } from "../domain/ids.ts";
import { id, json } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

export type TaskState = "running" | "done" | "failed" | "stopped";

export interface NewTask {
  id: TaskId;
  kind: string;
  input: unknown;
  total: number | null;
  by: Actor;
  created_at: number;
  /** When the sweep sends its hint again, should it be lost. */
  due_at: number;
}

/** Long work that a person begins; goes into the batch of what it works on. `when` is what that depends on. Returns its id if it was stored. */
export const insertTask = (merchantId: MerchantId, task: NewTask, when: SQL = sql`true`): SQL =>
  sql`INSERT INTO tasks (merchant_id, id, kind, state, input, total, by, created_at, updated_at, due_at)
      SELECT ${merchantId}, ${task.id}, ${task.kind}, 'running', ${JSON.stringify(task.input)}, ${task.total},
        ${JSON.stringify(task.by)}, ${task.created_at}, ${task.created_at}, ${task.due_at}
      WHERE ${when} RETURNING id AS id`;

const taskShape = z.object({
  id: id<TaskId>(),
  kind: z.string(),
  state: id<TaskState>(),
  input: json<unknown>(),
  cursor: z.string().nullable(),
  fence: z.int(),
  done: z.int(),
  total: z.int().nullable(),
  counts: json<Record<string, number>>(),
  message: z.string().nullable(),
  by: json<Actor>(),
  created_at: z.int(),
  updated_at: z.int(),
  due_at: z.int().nullable(),
});
export type Task = z.infer<typeof taskShape>;

const columnsWith = (
  input: SQL,
) => sql`id AS id, kind AS kind, state AS state, ${input} AS input, cursor AS cursor, fence AS fence,
  done AS done, total AS total, counts AS counts, message AS message, by AS by,
  created_at AS created_at, updated_at AS updated_at, due_at AS due_at`;

export const readTask = (
  db: D1Database,
  merchantId: MerchantId,
  taskId: string,
): Promise<Task | null> =>
  readOne(
    db,
    taskShape,
    sql`SELECT ${columnsWith(sql`input`)} FROM tasks WHERE merchant_id = ${merchantId} AND id = ${taskId}`,
  );

/** A merchant's tasks, newest first, without their input, which may be large. */
export const listTasks = (db: D1Database, merchantId: MerchantId, limit: number): Promise<Task[]> =>
  read(
    db,
    taskShape,
    sql`SELECT ${columnsWith(sql`'null'`)} FROM tasks WHERE merchant_id = ${merchantId} ORDER BY id DESC LIMIT ${limit}`,
  );

/** How far a task came with one page. */
export interface TaskProgress {
  state: TaskState;
  cursor: string | null;
  fence: number;
  done: number;
  total: number | null;
  counts: Readonly<Record<string, number>>;
  message: string | null;
  due_at: number | null;
}

/** Notes a page, in its own batch; only while nobody with a newer fence was there and it still runs. */
export const noteTaskPage = (
  merchantId: MerchantId,
  taskId: TaskId,
  to: TaskProgress,
  now: number,
): SQL =>
  sql`UPDATE tasks SET state = ${to.state}, cursor = ${to.cursor}, fence = ${to.fence}, done = ${to.done},
        total = ${to.total}, counts = ${JSON.stringify(to.counts)}, message = ${to.message},
        due_at = ${to.due_at}, updated_at = ${now}
      WHERE merchant_id = ${merchantId} AND id = ${taskId} AND fence <= ${to.fence} AND state = 'running'`;

/** Moves the time at which the sweep hints at a task that still runs. */
export const setTaskDue = (merchantId: MerchantId, taskId: TaskId, dueAt: number): SQL =>
  sql`UPDATE tasks SET due_at = ${dueAt}
      WHERE merchant_id = ${merchantId} AND id = ${taskId} AND state = 'running'`;

/** Ends a task before it is through. */
export const stopTask = (merchantId: MerchantId, taskId: string, now: number): SQL =>
  sql`UPDATE tasks SET state = 'stopped', due_at = NULL, updated_at = ${now}
      WHERE merchant_id = ${merchantId} AND id = ${taskId} AND state = 'running'`;

/** Ends the running tasks whose place a new one takes: of the very same kind and input. Goes before that one. */
export const stopSameTasks = (
  merchantId: MerchantId,
  { kind, input, created_at }: Pick<NewTask, "kind" | "input" | "created_at">,
  message: string,
  when: SQL = sql`true`,
): SQL =>
  sql`UPDATE tasks INDEXED BY tasks_due
      SET state = 'stopped', message = ${message}, due_at = NULL, updated_at = ${created_at}
      WHERE due_at IS NOT NULL AND merchant_id = ${merchantId} AND kind = ${kind} AND state = 'running'
        AND input = ${JSON.stringify(input)} AND ${when}`;

/** Tasks of any merchant whose hint is due to be sent again, oldest first. */
export const dueTasks = (
  db: D1Database,
  now: number,
  limit: number,
): Promise<{ merchant_id: MerchantId; task_id: TaskId }[]> =>
  read(
    db,
    z.object({ merchant_id: id<MerchantId>(), task_id: id<TaskId>() }),
    sql`SELECT merchant_id AS merchant_id, id AS task_id
        FROM tasks WHERE due_at IS NOT NULL AND due_at <= ${now} ORDER BY due_at LIMIT ${limit}`,
  );
