import { Hono } from "hono";
import { z } from "zod";
import { endTask, showTask, showTasks } from "../sync/show-task.ts";
import { taskKinds } from "../sync/task-kinds.ts";
import { atLeast, authenticated, merchantOf, queryOf, type ApiEnv } from "./context.ts";

const listShape = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

export const taskRoutes = new Hono<ApiEnv>();

taskRoutes.use(authenticated, atLeast("merchant"));

/** Long work that people began, newest first. */
taskRoutes.get("/", async (c) => {
  const { limit } = queryOf(c, listShape);
  return c.json({ items: await showTasks(c.env.deps, await merchantOf(c), limit) });
});

taskRoutes.get("/:id", async (c) =>
  c.json(await showTask(c.env.deps, await merchantOf(c), c.req.param("id"))),
);

taskRoutes.post("/:id/stop", async (c) =>
  c.json(await endTask(c.env.deps, taskKinds, await merchantOf(c), c.req.param("id"))),
);
