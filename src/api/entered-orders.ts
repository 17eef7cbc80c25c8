import { Hono } from "hono";
import { z } from "zod";
import { handOrderShape, orderNumber } from "../domain/hand-order.ts";
import { enterOrder } from "../sync/enter-order.ts";
import { getOrders } from "../sync/get-order.ts";
import { makeTestOrders } from "../sync/make-test-orders.ts";
import {
  actorOf,
  authenticated,
  bodyOf,
  cartOf,
  checked,
  merchantOf,
  type ApiEnv,
} from "./context.ts";
import { isCountry } from "../domain/countries.ts";

const enterShape = z.looseObject({
  cart: z.string().optional(),
  stands_for: z.strictObject({ cart: z.string(), number: orderNumber }).optional(),
});
const testShape = z.strictObject({
  cart: z.string().optional(),
  count: z.int().min(1).max(100).default(1),
  skus: z.array(z.string().min(1).max(200)).min(1).max(50).default(["TEST-SKU"]),
  country: z
    .string()
    .refine(isCountry, { error: "is no country code of two capitals, such as US" })
    .default("US"),
});

export const enteredOrderRoutes = new Hono<ApiEnv>();

enteredOrderRoutes.use(authenticated);

/** Orders that an answer shows; of all others it has the ids. */
const MOST_SHOWN = 100;

/** One order by hand or by a program: 201 when any of it was loaded, 200 when it is here already or was skipped. */
enteredOrderRoutes.post("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart, stands_for, ...rest } = await bodyOf(c, enterShape);
  const order = checked(handOrderShape, rest, "The order does not fit");
  const result = await enterOrder(
    c.env.deps,
    merchantId,
    { order, cart: cartOf(c, cart), stands_for },
    actorOf(c),
  );
  const { ids, ...said } = "ids" in result ? result : { ...result, ids: [] };
  const orders = await getOrders(c.env.deps, merchantId, ids.slice(0, MOST_SHOWN));
  return c.json({ result: said, orders }, result.kind === "loaded" ? 201 : 200);
});

export const testOrderRoutes = new Hono<ApiEnv>();

testOrderRoutes.use(authenticated);

/** Orders to try a WMS with. */
testOrderRoutes.post("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart, ...wanted } = await bodyOf(c, testShape);
  const made = await makeTestOrders(
    c.env.deps,
    merchantId,
    { ...wanted, cart: cartOf(c, cart) },
    actorOf(c),
  );
  return c.json(made, 201);
});
