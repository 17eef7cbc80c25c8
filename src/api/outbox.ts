import { Hono } from "hono";
import { z } from "zod";
import { mailOf, outboxOf } from "../sync/list-mails.ts";
import { resendMail } from "../sync/resend-mail.ts";
import { atLeast, authenticated, queryOf, type ApiEnv } from "./context.ts";
import { mailOwnerOf } from "./mail-owner.ts";

const listShape = z.object({
  state: z.enum(["waiting", "sending", "sent", "failed"]).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(100).optional(),
});

export const outboxRoutes = new Hono<ApiEnv>();

outboxRoutes.use(authenticated, atLeast("merchant"));

/** What was mailed to the contacts of a merchant, or with `?account=true` of the account, newest first. */
outboxRoutes.get("/", async (c) => {
  const owner = await mailOwnerOf(c);
  return c.json(await outboxOf(c.env.deps, owner, queryOf(c, listShape)));
});

outboxRoutes.get("/:id", async (c) =>
  c.json({ mail: await mailOf(c.env.deps, await mailOwnerOf(c), c.req.param("id")) }),
);

/** Sends a mail that failed again. */
outboxRoutes.post("/:id/resend", async (c) => {
  const owner = await mailOwnerOf(c);
  return c.json({ mail: await resendMail(c.env.deps, owner, c.req.param("id")) });
});
