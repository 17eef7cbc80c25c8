import { Hono } from "hono";
import { retentionShape } from "../domain/retention.ts";
import { changeRetention, showRetention } from "../sync/change-retention.ts";
import { actorOf, atLeast, authenticated, bodyOf, merchantOf, type ApiEnv } from "./context.ts";

export const retentionRoutes = new Hono<ApiEnv>();

retentionRoutes.use(authenticated, atLeast("merchant"));

/** How many days after an order's end its customer's data is taken out. */
retentionRoutes.get("/", async (c) => c.json(await showRetention(c.env.deps, await merchantOf(c))));

retentionRoutes.put("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { days } = await bodyOf(c, retentionShape);
  return c.json(await changeRetention(c.env.deps, merchantId, days, actorOf(c)));
});
