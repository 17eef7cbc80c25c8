import { Hono } from "hono";
import { fieldsOf } from "../connectors/fields.ts";
import { authenticated, type ApiEnv } from "./context.ts";

export const connectorRoutes = new Hono<ApiEnv>();

connectorRoutes.use(authenticated);

/** What can be connected, and what has to be filled in for it. */
connectorRoutes.get("/", (c) => {
  const items = c.env.deps.connectors.map((connector) => ({
    id: connector.id,
    label: connector.label,
    side: connector.side,
    fields: fieldsOf(connector),
    ...(connector.side === "cart"
      ? {
          pushes: connector.orders === undefined,
          order_statuses: connector.filterValues.order,
          payment_statuses: connector.filterValues.payment,
          fulfilment_statuses: connector.filterValues.fulfilment,
        }
      : {}),
  }));
  return c.json({ items });
});
