import { kindOfFailure, type Cause } from "../domain/alerts.ts";
import type { Trouble } from "../domain/retry.ts";
import type { ShipmentState } from "../domain/shipping.ts";
import { alertIdOf, connectionAlertIds } from "../store/alert-ids.ts";
import { followTroubles, raiseAlerts } from "../store/alerts.ts";
import type { Connection } from "../store/connections.ts";
import { underFence } from "../store/fence.ts";
import type { OrderForShipping } from "../store/orders.ts";
import type { ShipmentRow } from "../store/shipments.ts";
import type { Statement } from "../store/statement.ts";
import type { Claimed } from "./claimed-dispatch.ts";
import type { Deps } from "./deps.ts";
import { gathered } from "./raise-troubles.ts";

interface Told {
  shipment: ShipmentRow;
  progress: { state: ShipmentState };
  trouble: (Trouble & { message: string }) | null;
}

/**
 * The alerts of a slice of confirmations: what the cart does not show is raised, what it shows now is
 * resolved. A cart that gives no usable answer is one alert, whatever waits on it. Nothing where
 * nothing failed, before or now.
 */
export function trackingTroubles(
  deps: Deps,
  { merchant_id, dispatch, fence }: Claimed,
  cart: Connection,
  told: {
    posted: readonly Told[];
    others: readonly ShipmentRow[];
    orders: readonly OrderForShipping[];
  },
): Statement[] {
  const numbers = new Map(told.orders.map(({ id, number }) => [id as string, number]));
  const causes = told.posted.flatMap(({ shipment, progress, trouble }) =>
    trouble
      ? [
          {
            order_id: shipment.order_id,
            cause: causeOf(cart, shipment, progress.state, trouble, numbers),
          },
        ]
      : [],
  );
  const failedBefore = told.posted.filter(({ shipment }) => shipment.last_error !== null);
  if (causes.length + failedBefore.length === 0) return [];
  const at = deps.clock.now();
  const when = underFence(merchant_id, dispatch.id, fence);
  const inCart = connectionAlertIds(merchant_id, cart.id);
  // What was not this page's turn waits on whatever it waited on.
  const left = told.others
    .filter(({ last_error }) => last_error !== null)
    .flatMap(({ order_id, id }) =>
      [
        ...inCart,
        ...(["tracking", "tracking_given_up"] as const).map((kind) =>
          alertIdOf(merchant_id, { kind, parts: [order_id, id] }),
        ),
      ].map((alertId) => `${alertId} ${order_id}`),
    );
  const now = causes.map(({ order_id, cause }) => `${alertIdOf(merchant_id, cause)} ${order_id}`);
  return [
    ...followTroubles(
      merchant_id,
      failedBefore.map(({ shipment }) => shipment.order_id),
      { at, by: "The cart was told of the shipment.", when },
      { about: "tracking", listed: [...now, ...left] },
    ),
    ...raiseAlerts(
      merchant_id,
      gathered(merchant_id, causes).map((raised) => ({ ...raised, about: "tracking" as const })),
      { at, when },
    ),
  ];
}

function causeOf(
  cart: Connection,
  shipment: ShipmentRow,
  state: ShipmentState,
  trouble: Trouble & { message: string },
  numbers: ReadonlyMap<string, string>,
): Cause {
  const { message } = trouble;
  const kind = kindOfFailure(trouble.kind);
  if (state !== "given_up" && kind !== null)
    return {
      kind,
      parts: [cart.id],
      message,
      details: { connection: cart.name, connector: cart.connector },
    };
  return {
    kind: state === "given_up" ? "tracking_given_up" : "tracking",
    parts: [shipment.order_id, shipment.id],
    message,
    details: {
      order_number: numbers.get(shipment.order_id) ?? "",
      cart: cart.name,
      connector: cart.connector,
      tracking_number: shipment.body.tracking_number ?? "",
    },
  };
}
