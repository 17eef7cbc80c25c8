import { ruleOf, type Cause } from "../domain/alerts.ts";
import type { DeliverySettlement, SendResult } from "../domain/delivery.ts";
import type { MerchantId } from "../domain/ids.ts";
import { troublesOf } from "../domain/sending-troubles.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { followTroubles, raiseAlerts, type Raised } from "../store/alerts.ts";
import { listConnections, type Connection } from "../store/connections.ts";
import type { DeliveryWork } from "../store/deliveries.ts";
import { underFence } from "../store/fence.ts";
import type { Statement } from "../store/statement.ts";
import type { Claimed } from "./claimed-dispatch.ts";
import type { Deps } from "./deps.ts";

/** What is to be committed about alerts, and whether somebody is to be told at once. */
export interface Troubles {
  statements: readonly Statement[];
  at_once: boolean;
}

const NONE: Troubles = { statements: [], at_once: false };

/** The causes that several orders have, once each, with those that wait on it. */
export function gathered(
  merchantId: MerchantId,
  causes: readonly { order_id: string; cause: Cause }[],
): Raised[] {
  const groups = Map.groupBy(causes, ({ cause }) => alertIdOf(merchantId, cause));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first
      ? [{ ...first.cause, orders: [...new Set(group.map(({ order_id }) => order_id))] }]
      : [];
  });
}

/**
 * The alerts of a slice of deliveries: what is wrong now is raised, and what was wrong before and is
 * not any more is resolved, by the WMS having the order or by something else standing in its way.
 * Where nothing failed, before or now, there is nothing to read or write.
 */
export async function sendingTroubles(
  deps: Deps,
  { db, merchant_id, dispatch, fence }: Claimed,
  wms: Connection,
  settled: readonly {
    delivery: DeliveryWork;
    result: SendResult;
    settlement: DeliverySettlement;
  }[],
): Promise<Troubles> {
  const failing = settled.filter(
    ({ result }) => result.kind !== "accepted" && result.kind !== "stopped",
  );
  const failedBefore = settled.filter(({ delivery }) => delivery.last_error !== null);
  if (failing.length + failedBefore.length === 0) return NONE;
  const names =
    failing.length === 0 ? new Map<string, string>() : await connectionNames(db, merchant_id);
  const causes = failing.flatMap(({ delivery, result, settlement }) =>
    troublesOf(
      {
        order_id: delivery.order_id,
        cart_id: delivery.cart_id,
        wms_id: dispatch.connection_id,
        ship_code: delivery.body.ship_code,
        details: {
          order_number: delivery.number,
          cust_ref: delivery.cust_ref,
          cart: names.get(delivery.cart_id) ?? "",
          connection: wms.name,
          connector: wms.connector,
        },
      },
      result,
      settlement,
    ).map((cause) => ({ order_id: delivery.order_id, cause })),
  );
  const raised = gathered(merchant_id, causes);
  const kept = {
    about: "sending" as const,
    listed: causes.map(({ order_id, cause }) => `${alertIdOf(merchant_id, cause)} ${order_id}`),
  };
  const at = deps.clock.now();
  const when = underFence(merchant_id, dispatch.id, fence);
  const follow = (accepted: boolean, by: string) =>
    followTroubles(
      merchant_id,
      failedBefore
        .filter(({ result }) => (result.kind === "accepted") === accepted)
        .map(({ delivery }) => delivery.order_id),
      { at, by, when },
      kept,
    );
  return {
    statements: [
      ...follow(true, "The WMS has the order."),
      ...follow(false, "Something else keeps the order from being sent now."),
      ...raiseAlerts(merchant_id, raised, { at, when }),
    ],
    at_once: raised.some(({ kind }) => ruleOf(kind).at_once),
  };
}

/** What the merchant calls its connections, by id. */
async function connectionNames(
  db: D1Database,
  merchantId: MerchantId,
): Promise<Map<string, string>> {
  const all = await listConnections(db, merchantId);
  return new Map(all.map(({ id, name }) => [id, name]));
}
