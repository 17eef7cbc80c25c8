import { Hono } from "hono";
import { z } from "zod";
import { deadLetterStates } from "../domain/dead-letters.ts";
import { dropDeadLetter, replayDeadLetter } from "../sync/settle-dead-letter.ts";
import { showDeadLetter, showDeadLetters } from "../sync/show-dead-letters.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  callerOf,
  queryOf,
  type ApiContext,
  type ApiEnv,
} from "./context.ts";

const listShape = z.object({
  state: z.enum(deadLetterStates).optional(),
  after: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const deadLetterRoutes = new Hono<ApiEnv>();

deadLetterRoutes.use(authenticated, atLeast("warehouse"));

/** The caller's account and the dead letter that the path names. */
const named = (c: ApiContext) =>
  [c.env.deps, callerOf(c).account_id, c.req.param("id") ?? ""] as const;

/** Messages that failed through a fault of ours, newest first. */
deadLetterRoutes.get("/", async (c) =>
  c.json(await showDeadLetters(c.env.deps, callerOf(c).account_id, queryOf(c, listShape))),
);

deadLetterRoutes.get("/:id", async (c) => c.json(await showDeadLetter(...named(c))));

deadLetterRoutes.post("/:id/replay", async (c) =>
  c.json(await replayDeadLetter(...named(c), actorOf(c))),
);

deadLetterRoutes.post("/:id/drop", async (c) =>
  c.json(await dropDeadLetter(...named(c), actorOf(c))),
);
