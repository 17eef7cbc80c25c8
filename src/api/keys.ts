import { Hono } from "hono";
import { z } from "zod";
import { createKey, endKey, keysOf } from "../accounts/keys.ts";
import { atLeast, authenticated, bodyOf, callerOf, type ApiEnv } from "./context.ts";
import { nameShape } from "./setup.ts";

const keyShape = z.strictObject({
  name: nameShape,
  level: z.enum(["cart", "merchant", "warehouse"]),
  access: z.enum(["read", "write"]),
  merchant_id: z.string().optional(),
  connection_id: z.string().optional(),
});

export const keyRoutes = new Hono<ApiEnv>();

keyRoutes.use(authenticated, atLeast("merchant"));

/** The keys within reach, without the keys themselves. */
keyRoutes.get("/", async (c) => {
  const keys = await keysOf(c.env.deps, callerOf(c));
  const items = keys.map((key) => ({
    user: key.user,
    name: key.name,
    level: key.level,
    access: key.access,
    merchant_id: key.merchant_id,
    connection_id: key.connection_id,
    created_at: new Date(key.created_at).toISOString(),
  }));
  return c.json({ items });
});

keyRoutes.post("/", async (c) => {
  const wanted = await bodyOf(c, keyShape);
  return c.json(await createKey(c.env.deps, callerOf(c), wanted), 201);
});

keyRoutes.delete("/:user", async (c) => {
  await endKey(c.env.deps, callerOf(c), c.req.param("user"));
  return c.body(null, 204);
});
