import { Hono } from "hono";
import { z } from "zod";
import { DrayError } from "../domain/errors.ts";
import { isEmptyEdit, orderEditShape } from "../domain/edits.ts";
import type { OrderAction, OrderActionName } from "../domain/order-actions.ts";
import { orderStatuses } from "../domain/order.ts";
import { actOnOrders } from "../sync/act-on-orders.ts";
import { getOrder } from "../sync/get-order.ts";
import { MOST_IN_BULK, startOrderBulk } from "../sync/order-bulk.ts";
import { showTask } from "../sync/show-task.ts";
import {
  actorOf,
  authenticated,
  bodyOf,
  callerOf,
  merchantOf,
  type ApiContext,
  type ApiEnv,
} from "./context.ts";
import { exactMoment, isSpan, momentShape, notASpan } from "./policy-shape.ts";

const editShape = orderEditShape.refine((edit) => !isEmptyEdit(edit), "says nothing to change");
const nothing = z.strictObject({});
const until = exactMoment.nullable().default(null);

const confirm = z.literal("may_ship_twice").optional();
const sendingTwice = (given: { confirm?: "may_ship_twice" | undefined }) => ({
  may_ship_twice: given.confirm === "may_ship_twice",
});

/** What each action on one order is given, as the action that the verb takes. */
const wanted: Readonly<Record<OrderActionName, z.ZodType<OrderAction>>> = {
  hold: z.strictObject({ until }).transform((given) => ({ action: "hold" as const, ...given })),
  release: nothing.transform(() => ({ action: "release" as const })),
  edit: editShape.transform((edit) => ({ action: "edit" as const, edit })),
  "cancel-sending": nothing.transform(() => ({ action: "cancel-sending" as const })),
  cancel: nothing.transform(() => ({ action: "cancel" as const })),
  clear: nothing.transform(() => ({ action: "clear" as const })),
  restore: nothing.transform(() => ({ action: "restore" as const })),
  resend: z
    .strictObject({ confirm })
    .transform((given) => ({ action: "resend" as const, ...sendingTwice(given) })),
  "resend-tracking": nothing.transform(() => ({ action: "resend-tracking" as const })),
};

const filterShape = z
  .strictObject({
    ids: z.array(z.string().max(100)).max(MOST_IN_BULK),
    status: z.enum(orderStatuses),
    cart: z.string().max(100),
    on_hold: z.string().max(100),
    error_reason: z.string().max(100),
    from: momentShape("first"),
    to: momentShape("last"),
    number: z.string().trim().min(1).max(200),
  })
  .partial()
  .refine(isSpan, notASpan);

const common = { filter: filterShape, confirmCount: z.int().nonnegative().optional() };
const plain = <A extends OrderActionName>(action: A) =>
  z.strictObject({ action: z.literal(action), ...common });
const bulkShape = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("hold"), until, ...common }),
  z.strictObject({ action: z.literal("edit"), edit: editShape, ...common }),
  plain("release"),
  plain("cancel-sending"),
  plain("cancel"),
  plain("clear"),
  plain("restore"),
  plain("resend-tracking"),
  z.strictObject({ action: z.literal("resend"), confirm, ...common }),
]);

/** What people do with orders. Mounted before the routes that read them. */
export const orderActionRoutes = new Hono<ApiEnv>();

/** Begins a bulk action; a cart's key reaches the orders of its cart. */
orderActionRoutes.post("/bulk", authenticated, async (c) => {
  const { deps } = c.env;
  const merchantId = await merchantOf(c);
  const { filter, confirmCount, ...given } = await bodyOf(c, bulkShape);
  const action: OrderAction =
    given.action === "resend" ? { action: "resend", ...sendingTwice(given) } : given;
  const own = callerOf(c).connection_id;
  if (own !== null && filter.cart !== undefined && filter.cart !== own)
    throw new DrayError("not_found", "No such cart");
  const { task_id } = await startOrderBulk(
    deps,
    merchantId,
    action,
    {
      ids: filter.ids === undefined ? null : [...new Set(filter.ids)],
      cart_id: own ?? filter.cart ?? null,
      status: filter.status ?? null,
      on_hold: filter.on_hold ?? null,
      error_reason: filter.error_reason ?? null,
      from: filter.from ?? null,
      to: filter.to ?? null,
      number: filter.number ?? null,
    },
    confirmCount,
    actorOf(c),
  );
  return c.json({ task: await showTask(deps, merchantId, task_id) }, 202);
});

/** Does one thing with one order, and answers the order as it is then. */
async function act(c: ApiContext, action: OrderActionName): Promise<Response> {
  const { deps } = c.env;
  const merchantId = await merchantOf(c);
  const id = c.req.param("id") ?? "";
  const own = callerOf(c).connection_id;
  const { cart_id } = await getOrder(deps, merchantId, id);
  if (own !== null && cart_id !== own) throw new DrayError("not_found", "No such order");
  const order = await bodyOf(c, wanted[action], {});
  const [done] = await actOnOrders(deps, merchantId, [id], order, actorOf(c));
  if (!done) throw new Error("an action answered nothing");
  const { result, message, fields } = done;
  if (result === "refused")
    throw fields ? new DrayError("invalid", message, fields) : new DrayError("conflict", message);
  return c.json({ ...(await getOrder(deps, merchantId, id)), action: { result, message } });
}

for (const action of Object.keys(wanted) as OrderActionName[])
  orderActionRoutes.post(`/:id/${action}`, authenticated, (c) => act(c, action));
