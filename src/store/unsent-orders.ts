import { sql } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId, OrderId } from "../domain/ids.ts";
import { id, json } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

/** Orders of a cart that no WMS has: that wait for its delivery or a WMS, or that are held, are tried again or wait for a person. */
export const unsentOrders = async (
  db: D1Database,
  merchantId: MerchantId,
  cartId: ConnectionId,
  place: "waiting" | "kept",
  after: string,
  limit: number,
): Promise<OrderId[]> => {
  const [by, there] =
    place === "waiting"
      ? [sql`deliveries_waiting`, sql`state = 'waiting'`]
      : [sql`deliveries_kept`, sql`state IN ('held', 'due', 'error', 'given_up')`];
  const rows = await read(
    db,
    z.object({ order_id: id<OrderId>() }),
    sql`SELECT order_id AS order_id FROM deliveries INDEXED BY ${by}
        WHERE merchant_id = ${merchantId} AND cart_id = ${cartId} AND ${there} AND order_id > ${after}
        ORDER BY order_id LIMIT ${limit}`,
  );
  return rows.map(({ order_id }) => order_id);
};

const pageShape = z.object({
  id: z.string(),
  kind: z.string(),
  items: json<OrderId[]>(),
});

/** The next page of a merchant's work that nobody claimed, such as one that waits out its cart's time. */
export const unclaimedDispatch = (
  db: D1Database,
  merchantId: MerchantId,
  after: string,
): Promise<z.infer<typeof pageShape> | null> =>
  readOne(
    db,
    pageShape,
    sql`SELECT id AS id, kind AS kind, items AS items FROM dispatches INDEXED BY dispatches_unclaimed
        WHERE merchant_id = ${merchantId} AND fence = 0 AND id > ${after} ORDER BY id LIMIT 1`,
  );
