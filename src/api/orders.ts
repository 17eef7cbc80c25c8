import { Hono } from "hono";
import { z } from "zod";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId } from "../domain/ids.ts";
import { orderStatuses } from "../domain/order.ts";
import { getOrder } from "../sync/get-order.ts";
import { listOrders } from "../sync/list-orders.ts";
import { authenticated, callerOf, merchantOf, queryOf, type ApiEnv } from "./context.ts";

const listShape = z.object({
  status: z.enum(orderStatuses).optional(),
  cart: z.string().optional(),
  number: z.string().min(1).max(200).optional(),
  cleared: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(500).optional(),
});

export const orderRoutes = new Hono<ApiEnv>();

orderRoutes.use(authenticated);

/** Orders, newest first. A cart's key sees those of its cart. */
orderRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart, ...query } = queryOf(c, listShape);
  const own = callerOf(c).connection_id;
  if (own !== null && cart !== undefined && cart !== own) {
    throw new DrayError("not_found", "No such cart");
  }
  const cart_id = own ?? (cart as ConnectionId | undefined);
  return c.json(await listOrders(c.env.deps, merchantId, { ...query, cart_id }));
});

orderRoutes.get("/:id", async (c) => {
  const merchantId = await merchantOf(c);
  const order = await getOrder(c.env.deps, merchantId, c.req.param("id"));
  const own = callerOf(c).connection_id;
  if (own !== null && order.cart_id !== own) throw new DrayError("not_found", "No such order");
  return c.json(order);
});
