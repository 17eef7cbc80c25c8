import { Hono } from "hono";
import { z } from "zod";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId } from "../domain/ids.ts";
import { skipReasons } from "../domain/intake.ts";
import { listSkippedOrders } from "../sync/list-skips.ts";
import { recheckSkip, startRecheck } from "../sync/recheck-skips.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  callerOf,
  merchantOf,
  queryOf,
  type ApiEnv,
} from "./context.ts";
import { isSpan, momentShape, notASpan } from "./policy-shape.ts";

const cartId = z.string().transform((id) => id as ConnectionId);
const filter = {
  from: momentShape("first").optional(),
  to: momentShape("last").optional(),
  reason: z.enum(skipReasons).optional(),
  cart: cartId.optional(),
  number: z.string().trim().min(1).max(200).optional(),
};

const listShape = z
  .object({
    ...filter,
    loaded: z.stringbool().optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().max(1_000).optional(),
  })
  .refine(isSpan, notASpan);

const recheckShape = z
  .strictObject({ ...filter, source_id: z.string().min(1).max(300).optional() })
  .refine(isSpan, notASpan)
  .refine(({ source_id, cart }) => source_id === undefined || cart !== undefined, {
    path: ["cart"],
    error: "belongs to `source_id`",
  });

export const skippedOrderRoutes = new Hono<ApiEnv>();

skippedOrderRoutes.use(authenticated);

/** Orders that were seen and not loaded, newest seen first. A cart's key sees those of its cart. */
skippedOrderRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart, ...query } = queryOf(c, listShape);
  const own = callerOf(c).connection_id;
  if (own !== null && cart !== undefined && cart !== own)
    throw new DrayError("not_found", "No such cart");
  const cart_id = own ?? cart;
  return c.json(await listSkippedOrders(c.env.deps, merchantId, { ...query, cart_id }));
});

/** Looks again: at one skip now, or at all that fit as a task per cart. */
skippedOrderRoutes.post("/recheck", atLeast("merchant"), async (c) => {
  const { deps } = c.env;
  const merchantId = await merchantOf(c);
  const { cart, source_id, number, from, to, reason } = await bodyOf(c, recheckShape);
  if (cart !== undefined && source_id !== undefined)
    return c.json(await recheckSkip(deps, merchantId, cart, source_id));
  // A number goes by itself, as in the list.
  const wanted = number === undefined ? { from, to, reason } : { number, reason };
  const tasks = await startRecheck(deps, merchantId, cart, wanted, actorOf(c));
  return c.json({ task_id: tasks[0], task_ids: tasks }, 202);
});
