import { DRAY } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Order } from "../domain/order.ts";
import {
  judgeMethod,
  methodKey,
  methodOf,
  methodsIn,
  unmappedText,
} from "../domain/ship-methods.ts";
import { onceChanged } from "../store/fence.ts";
import { seeMethods } from "../store/ship-methods.ts";
import { insertTask } from "../store/tasks.ts";
import type { OrderToCheck, Part } from "./check-orders.ts";
import type { Deps } from "./deps.ts";
import type { OpenWms } from "./open-connection.ts";
import { SHIP_METHODS, type ReleaseInput } from "./release-mapped.ts";
import { newTask } from "./run-task.ts";
import { shipMethodFacts, type CartMethods, type KnownMethods } from "./ship-method-facts.ts";

/** What the slices of a page of deliveries have in common: each page opens its WMS anew. */
const knownTo = new WeakMap<OpenWms, KnownMethods>();

/**
 * Under which of the WMS's methods orders go, and which of them wait for a mapping. Whoever maps the
 * method at this very moment does not see them wait yet: then the batch that holds them begins the
 * task that lets them go.
 */
export async function checkShipMethods(
  deps: Deps,
  merchantId: MerchantId,
  wms: OpenWms,
  orders: readonly OrderToCheck[],
): Promise<ReadonlyMap<string, Part>> {
  const known = knownTo.get(wms) ?? new Map();
  knownTo.set(wms, known);
  const carts = await shipMethodFacts(
    await deps.databases.of(merchantId),
    merchantId,
    wms.connection.id,
    orders.map(({ cart_id, body }) => ({ ...body, cart_id })),
    known,
  );
  const parts = new Map<string, Part>();
  for (const [cartId, of] of Map.groupBy(orders, ({ cart_id }) => cart_id)) {
    const methods = carts.get(cartId)?.methods;
    if (!methods) continue;
    const judged = of.map((order) => partOf(order, methods));
    const held = judged.filter(({ part }) => part.held !== null);
    const follow = held.length === 0 ? [] : followUp(deps, merchantId, wms, methods, held);
    for (const { order, part } of judged) parts.set(order.order_id, { ...part, follow });
  }
  return parts;
}

interface Judged {
  order: OrderToCheck;
  part: Omit<Part, "follow">;
}

function partOf(order: OrderToCheck, { cart, facts }: CartMethods): Judged {
  const verdict = judgeMethod(order.body, facts);
  if (verdict.kind === "passes") return { order, part: { order: {}, held: null } };
  if (verdict.kind === "mapped") {
    const { ship_code, carrier } = verdict;
    const translated: Partial<Order> = { ship_code, ...(carrier === null ? {} : { carrier }) };
    return { order, part: { order: translated, held: null } };
  }
  const method = methodOf(order.body);
  const { row } = verdict;
  const details = {
    cart: cart.name,
    method,
    ...(row?.wms_method ? { mapped_to: row.wms_method } : {}),
  };
  const parts = [order.cart_id, methodKey(method)];
  return {
    order,
    part: {
      order: {},
      held: {
        reason: "ship_method",
        message: unmappedText(method, row),
        cause: { kind: "ship_method", parts, message: null, details },
      },
    },
  };
}

/** What goes into the batch that holds the orders of a cart. */
function followUp(
  deps: Deps,
  merchantId: MerchantId,
  { connection: wms }: OpenWms,
  { cart, facts }: CartMethods,
  held: readonly Judged[],
) {
  const known = new Set(
    facts.rows.flatMap(({ match, value }) => (match === "exact" ? [value] : [])),
  );
  const bodies = held.map(({ order }) => order.body);
  const unlisted = bodies.filter((body) => !known.has(methodKey(methodOf(body))));
  const keys = [...new Set(bodies.map((body) => methodKey(methodOf(body))))];
  const input: ReleaseInput = { cart_id: cart.id, keys, saved: [] };
  return [
    seeMethods(merchantId, cart.id, methodsIn(unlisted), deps.clock.now()),
    insertTask(
      merchantId,
      newTask(deps, SHIP_METHODS, input, DRAY),
      onceChanged(merchantId, [cart, wms]),
    ),
  ];
}
