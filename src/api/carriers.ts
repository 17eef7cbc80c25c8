import { Hono } from "hono";
import { z } from "zod";
import type { ConnectionId } from "../domain/ids.ts";
import { listCarriers } from "../sync/list-carriers.ts";
import { nameCarriers } from "../sync/name-carriers.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  merchantOf,
  queryOf,
  type ApiEnv,
} from "./context.ts";

const cart_id = z
  .string()
  .startsWith("con_", { error: "is the id of a cart, con_..." })
  .transform((id) => id as ConnectionId);
const name = z.string().trim().min(1).max(200);

const putShape = z.strictObject({
  cart_id,
  items: z
    .array(
      z.strictObject({
        carrier: name,
        service: name.nullable().default(null),
        /** Null: none of its own, so that the built-in one counts, or what the WMS writes. */
        cart_name: name.nullable(),
      }),
    )
    .min(1)
    .max(500),
});

export const carrierRoutes = new Hono<ApiEnv>();

carrierRoutes.use(authenticated, atLeast("merchant"));

/** What a cart calls the carriers of its WMS. */
carrierRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id: cartId } = queryOf(c, z.object({ cart_id }));
  return c.json(await listCarriers(c.env.deps, merchantId, cartId));
});

carrierRoutes.put("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id: cartId, items } = await bodyOf(c, putShape);
  return c.json(await nameCarriers(c.env.deps, merchantId, cartId, items, actorOf(c)));
});
