import { Hono } from "hono";
import { z } from "zod";
import { endTask, showTask, showTasks } from "../sync/show-task.ts";
import { taskKinds } from "../sync/task-kinds.ts";
import { atLeast, authenticated, callerOf, merchantOf, queryOf, type ApiEnv } from "./context.ts";

const listShape = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

export const taskRoutes = new Hono<ApiEnv>();

taskRoutes.use(authenticated);

/** Long work that people began, newest first. */
taskRoutes.get("/", atLeast("merchant"), async (c) => {
  const { limit } = queryOf(c, listShape);
  return c.json({ items: await showTasks(c.env.deps, await merchantOf(c), limit) });
});

/** One task; a cart's key sees those that it began itself. */
taskRoutes.get("/:id", async (c) => {
  const { level, user } = callerOf(c);
  const own = level === "cart" ? user : null;
  return c.json(await showTask(c.env.deps, await merchantOf(c), c.req.param("id"), own));
});

taskRoutes.post("/:id/stop", atLeast("merchant"), async (c) =>
  c.json(await endTask(c.env.deps, taskKinds, await merchantOf(c), c.req.param("id"))),
);
