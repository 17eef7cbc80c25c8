import { Hono } from "hono";
import { z } from "zod";
import { INSTALLATION } from "../domain/alerts.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import { dismissAlert } from "../sync/dismiss-alert.ts";
import { getAlert, listAlertOrders, listAlerts } from "../sync/list-alerts.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  callerOf,
  merchantOf,
  queryOf,
  type ApiContext,
  type ApiEnv,
} from "./context.ts";

const listShape = z.object({
  state: z.enum(["open", "closed"]).default("open"),
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
const ordersShape = z.object({
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const dismissShape = z.strictObject({
  note: z.string().trim().max(1_000).nullable().default(null),
});

/** Whose alerts: a merchant's, or with `?of=installation` this Dray's own, for its operator. */
async function ownerOf(c: ApiContext): Promise<MerchantId> {
  if (c.req.query("of") !== "installation") return merchantOf(c);
  if (callerOf(c).level !== "warehouse")
    throw new DrayError("forbidden", "This takes a key of the level warehouse");
  return INSTALLATION;
}

export const alertRoutes = new Hono<ApiEnv>();

alertRoutes.use(authenticated, atLeast("merchant"));

/** What is wrong, newest first. */
alertRoutes.get("/", async (c) => {
  const owner = await ownerOf(c);
  const { after, ...page } = queryOf(c, listShape);
  return c.json(await listAlerts(c.env.deps, owner, { ...page, after: after ?? null }));
});

alertRoutes.get("/:id", async (c) =>
  c.json(await getAlert(c.env.deps, await ownerOf(c), c.req.param("id"))),
);

/** The orders that wait on it. */
alertRoutes.get("/:id/orders", async (c) => {
  const owner = await ownerOf(c);
  const { after, limit } = queryOf(c, ordersShape);
  const page = { after: after ?? null, limit };
  return c.json(await listAlertOrders(c.env.deps, owner, c.req.param("id"), page));
});

alertRoutes.post("/:id/dismiss", async (c) => {
  const owner = await ownerOf(c);
  await getAlert(c.env.deps, owner, c.req.param("id"));
  const { note } = await bodyOf(c, dismissShape, {});
  return c.json(await dismissAlert(c.env.deps, owner, c.req.param("id"), note, actorOf(c)));
});
