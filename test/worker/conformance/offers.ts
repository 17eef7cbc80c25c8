import type { Connector } from "../../../src/connectors/contract.ts";
import type { Fixture, Offer } from "./fixtures.ts";
import { testClock } from "./stage.ts";

/** What a connector offers by its own shape, and its vendor on stage by theirs. */
export function offersOf(connector: Connector, fixture: Fixture): Offer[] {
  const made: Partial<Record<Offer, unknown>> =
    connector.side === "cart"
      ? {
          "cart.orders": connector.orders,
          "cart.refunds": connector.sees.includes("refund"),
          "cart.cancel": connector.cancel,
          "cart.shipments": connector.shipments,
          "cart.shipments.withdraw": connector.shipments?.withdraw,
          "cart.stock": connector.stock,
          "cart.webhooks": connector.webhooks,
        }
      : {
          "wms.stock": connector.stock,
          "wms.products": connector.products,
          "wms.ship_methods": connector.shipMethods,
          "wms.cancel": connector.cancel,
          "wms.calls_off": fixture.side === "wms" && fixture.start(testClock()).callOff,
          "wms.webhooks": connector.webhooks,
        };
  return (Object.keys(made) as Offer[]).filter((offer) => made[offer]);
}
