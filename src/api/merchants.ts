import { Hono } from "hono";
import { z } from "zod";
import { createMerchant, merchantsOf, type ShownMerchant } from "../accounts/merchants.ts";
import { atLeast, authenticated, bodyOf, callerOf, type ApiEnv } from "./context.ts";
import { nameShape } from "./setup.ts";

const merchantShape = z.strictObject({ name: nameShape });

const show = (merchant: ShownMerchant) => ({
  id: merchant.id,
  name: merchant.name,
  created_at: new Date(merchant.created_at).toISOString(),
});

export const merchantRoutes = new Hono<ApiEnv>();

merchantRoutes.use(authenticated);

/** The merchants that the key reaches. */
merchantRoutes.get("/", async (c) => {
  const caller = callerOf(c);
  const merchants = await merchantsOf(c.env.deps, caller.account_id);
  const reached = merchants.filter(
    (merchant) => caller.merchant_id === null || merchant.id === caller.merchant_id,
  );
  return c.json({ items: reached.map(show) });
});

merchantRoutes.post("/", atLeast("warehouse"), async (c) => {
  const { name } = await bodyOf(c, merchantShape);
  const { merchant, key } = await createMerchant(c.env.deps, callerOf(c).account_id, name);
  return c.json({ merchant: show(merchant), key }, 201);
});
