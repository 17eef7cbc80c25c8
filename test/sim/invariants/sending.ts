import type { Guard, Scene } from "../witness.ts";

/** I3: a warehouse has each order once, and Dray says that it has it only when it does. */
export function sending({ rows, breach, merchants }: Scene): Guard {
  const reported = new Set<string>();
  const once = () => {
    for (const { vendors } of merchants) {
      const live = new Map<string, number>();
      for (const { reference, status } of vendors.state.warehouse_orders.all())
        if (status !== "cancelled") live.set(reference, (live.get(reference) ?? 0) + 1);
      for (const [reference, n] of live) {
        const key = `${vendors.letter} ${reference}`;
        if (n > 1 && !reported.has(key)) {
          reported.add(key);
          breach("I3", `warehouse ${vendors.letter} has ${reference} ${n} times`);
        }
      }
    }
  };
  return {
    answered: ({ side, method, path }) => {
      if (side === "wms" && method === "POST" && path === "/orders") once();
    },
    touched: (ids) => {
      for (const id of ids)
        for (const row of rows(ACCEPTED, id)) {
          const merchant = merchants.find((one) => one.id === row["merchant_id"]);
          const found = merchant?.vendors.state.warehouse_orders
            .all()
            .some(({ reference }) => reference === row["cust_ref"]);
          if (merchant && !found)
            breach(
              "I3",
              `${String(row["cust_ref"])} is accepted, and the warehouse has never seen it`,
            );
        }
    },
    everything: once,
  };
}

const ACCEPTED = `SELECT o.merchant_id, o.cust_ref FROM deliveries d
  JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
  WHERE d.order_id = ? AND d.state = 'accepted'`;
