import { Hono } from "hono";
import { z } from "zod";
import { listChanges } from "../sync/list-audit.ts";
import { atLeast, authenticated, merchantOf, queryOf, type ApiEnv } from "./context.ts";

const listShape = z.object({
  subject: z.string().max(100).optional(),
  before: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const auditRoutes = new Hono<ApiEnv>();

auditRoutes.use(authenticated, atLeast("merchant"));

/** Who changed what, newest first. */
auditRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  return c.json(await listChanges(c.env.deps, merchantId, queryOf(c, listShape)));
});
