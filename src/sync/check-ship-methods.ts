import type { MerchantId } from "../domain/ids.ts";
import {
  judgeMethod,
  methodKey,
  methodOf,
  methodsIn,
  shortMethod,
  unmappedText,
  type MethodVerdict,
} from "../domain/ship-methods.ts";
import { seeMethods } from "../store/ship-methods.ts";
import type { Statement } from "../store/statement.ts";
import type { CartFacts } from "./cart-facts.ts";
import type { CheckStep, OrderCheck, OrderToCheck } from "./check-orders.ts";
import type { Deps } from "./deps.ts";

/** Gives orders the WMS's methods, and holds those whose method has no mapping. */
export const shipMethodsChecked: OrderCheck = async (deps, merchantId, _wms, orders, carts) => {
  const follow = new Map<string, Statement[]>();
  for (const [cartId, of] of Map.groupBy(orders, ({ cart_id }) => cart_id)) {
    const facts = carts.get(cartId);
    if (facts) follow.set(cartId, [seeing(deps, merchantId, facts, of)]);
  }
  return (order) => {
    const facts = carts.get(order.cart_id);
    if (!facts) return { order: order.body, holds: [], notes: [] };
    const step = stepOf(order, facts);
    return step.holds.length === 0 ? step : { ...step, follow: follow.get(order.cart_id) ?? [] };
  };
};

function stepOf(order: OrderToCheck, facts: CartFacts): CheckStep {
  const { body } = order;
  const method = judgeMethod(body, facts.methods);
  switch (method.kind) {
    case "passes":
      return { order: body, holds: [], notes: [], method };
    case "mapped": {
      const { ship_code, carrier } = method;
      const sent = { ...body, ship_code, ...(carrier === null ? {} : { carrier }) };
      return { order: sent, holds: [], notes: [], method };
    }
    case "unmapped":
      return { order: body, holds: [holdOf(order, facts, method)], notes: [], method };
  }
}

function holdOf({ cart_id, body }: OrderToCheck, { cart }: CartFacts, { row }: MethodVerdict) {
  const method = methodOf(body);
  const details = {
    cart: cart.name,
    method,
    ...(body.ship_code_description ? { description: shortMethod(body.ship_code_description) } : {}),
    ...(row?.wms_method ? { mapped_to: row.wms_method } : {}),
  };
  return {
    reason: "ship_method" as const,
    message: unmappedText(method, row),
    cause: {
      kind: "ship_method" as const,
      parts: [cart_id, methodKey(method)],
      message: null,
      details,
    },
  };
}

/** A method that an edit brought lists itself in the batch that holds its order. */
function seeing(
  deps: Deps,
  merchantId: MerchantId,
  { cart, methods }: CartFacts,
  orders: readonly OrderToCheck[],
): Statement {
  const listed = new Set(
    methods.rows.flatMap(({ match, value }) => (match === "exact" ? [value] : [])),
  );
  const waiting = orders.flatMap(({ body }) =>
    judgeMethod(body, methods).kind === "unmapped" ? [body] : [],
  );
  const seen = methodsIn(waiting).filter(({ value }) => !listed.has(value));
  return seeMethods(merchantId, cart.id, seen, deps.clock.now());
}
