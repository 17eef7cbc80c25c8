import { DRAY } from "../domain/actor.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import {
  judgeMethod,
  methodKey,
  methodOf,
  methodsIn,
  shortMethod,
  unmappedText,
  type MethodVerdict,
} from "../domain/ship-methods.ts";
import { onceChanged } from "../store/fence.ts";
import { seeMethods } from "../store/ship-methods.ts";
import type { Statement } from "../store/statement.ts";
import { insertTask } from "../store/tasks.ts";
import type { CheckStep, OrderCheck, OrderToCheck } from "./check-orders.ts";
import type { Deps } from "./deps.ts";
import type { OpenWms } from "./open-connection.ts";
import { releaseTask } from "./release-mapped.ts";
import { shipMethodFacts, type CartMethods, type KnownMethods } from "./ship-method-facts.ts";

/** What the slices of a page of deliveries have in common: each page opens its WMS anew. */
const knownTo = new WeakMap<OpenWms, KnownMethods>();

/**
 * Gives orders the WMS's methods, and holds those whose method has no mapping. Whoever maps it at this
 * very moment does not see them wait yet: then the batch that holds them begins the task that lets
 * them go.
 */
export const shipMethodsChecked: OrderCheck = async (deps, merchantId, wms, orders) => {
  const known: KnownMethods = knownTo.get(wms) ?? new Map();
  knownTo.set(wms, known);
  await shipMethodFacts(
    await deps.databases.of(merchantId),
    merchantId,
    wms.connection.id,
    orders.map(({ cart_id, body }) => ({ ...body, cart_id })),
    known,
  );
  const follow = new Map<ConnectionId, Statement[]>();
  for (const [cartId, of] of Map.groupBy(orders, ({ cart_id }) => cart_id)) {
    const methods = known.get(cartId)?.methods;
    const waiting = methods ? of.filter((order) => waits(order, methods)) : [];
    if (methods && waiting.length > 0)
      follow.set(cartId, followUp(deps, merchantId, wms, methods, waiting));
  }
  return (order) => {
    const methods = known.get(order.cart_id)?.methods;
    if (!methods) return { order: order.body, holds: [], notes: [] };
    const step = stepOf(order, methods);
    return step.holds.length === 0 ? step : { ...step, follow: follow.get(order.cart_id) ?? [] };
  };
};

const waits = ({ body }: OrderToCheck, { facts }: CartMethods): boolean =>
  judgeMethod(body, facts).kind === "unmapped";

function stepOf(order: OrderToCheck, methods: CartMethods): CheckStep {
  const { body } = order;
  const verdict = judgeMethod(body, methods.facts);
  switch (verdict.kind) {
    case "passes":
      return { order: body, holds: [], notes: [] };
    case "mapped": {
      const { ship_code, carrier } = verdict;
      const sent = { ...body, ship_code, ...(carrier === null ? {} : { carrier }) };
      return { order: sent, holds: [], notes: [] };
    }
    case "unmapped":
      return { order: body, holds: [holdOf(order, methods, verdict)], notes: [] };
  }
}

function holdOf({ cart_id, body }: OrderToCheck, { cart }: CartMethods, { row }: MethodVerdict) {
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

/** What goes into the batch that holds orders of a cart. */
function followUp(
  deps: Deps,
  merchantId: MerchantId,
  { connection: wms }: OpenWms,
  { cart, facts }: CartMethods,
  waiting: readonly OrderToCheck[],
): Statement[] {
  const listed = new Set(
    facts.rows.flatMap(({ match, value }) => (match === "exact" ? [value] : [])),
  );
  const bodies = waiting.map(({ body }) => body);
  const keys = [...new Set(bodies.map((body) => methodKey(methodOf(body))))];
  const task = releaseTask(deps, { cart_id: cart.id, keys, saved: [] }, DRAY);
  return [
    seeMethods(
      merchantId,
      cart.id,
      methodsIn(bodies).filter(({ value }) => !listed.has(value)),
      deps.clock.now(),
    ),
    insertTask(merchantId, task, onceChanged(merchantId, [cart, wms])),
  ];
}
