import { Hono } from "hono";
import { z } from "zod";
import type { ConnectionId } from "../domain/ids.ts";
import { codeKey, codeShape } from "../domain/product.ts";
import { setStock } from "../sync/set-stock.ts";
import { actorOf, authenticated, bodyOf, cartOf, merchantOf, type ApiEnv } from "./context.ts";

const MOST_LEVELS = 100;
/** Databases of shops keep it as a number of 32 bits. */
const MOST_PIECES = 1_000_000_000;

const putShape = z.strictObject({
  cart_id: z
    .string()
    .startsWith("con_", { error: "is the id of a cart, con_..." })
    .transform((id) => id as ConnectionId),
  items: z
    .array(z.strictObject({ sku: codeShape, quantity: z.int().min(0).max(MOST_PIECES) }))
    .min(1)
    .max(MOST_LEVELS)
    .superRefine((items, issues) => {
      const seen = new Set<string>();
      items.forEach(({ sku }, at) => {
        const key = codeKey(sku);
        if (seen.has(key))
          issues.addIssue({
            code: "custom",
            path: [at, "sku"],
            message: `${sku} stands twice: case and blanks do not tell two SKUs apart`,
          });
        seen.add(key);
      });
    }),
});

export const stockRoutes = new Hono<ApiEnv>();

stockRoutes.use(authenticated);

/** Sets levels of stock in a cart, now; a cart's key sets those of its own. */
stockRoutes.put("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id, items } = await bodyOf(c, putShape);
  const cartId = cartOf(c, cart_id);
  return c.json(await setStock(c.env.deps, merchantId, cartId, items, actorOf(c)));
});
