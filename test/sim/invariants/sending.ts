import type { Guard, Scene } from "../witness.ts";

const MINUTE = 60_000;

/** I3: a warehouse has each order once, and Dray says that it has it only when it does. */
export function sending({ rows, breach, merchants, timeline }: Scene): Guard {
  const accepted = new Set<string>();
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
      for (const id of ids) {
        const [row] = rows(ACCEPTED, id);
        if (!row) accepted.delete(id);
        const merchant = merchants.find((one) => one.id === row?.["merchant_id"]);
        if (!merchant || accepted.has(id)) continue;
        accepted.add(id);
        const { state, calledOff } = merchant.vendors;
        const reference = String(row?.["cust_ref"]);
        const there = state.warehouse_orders.all().filter((one) => one.reference === reference);
        if (there.length === 0)
          breach("I3", `${reference} is accepted, and the warehouse has never seen it`);
        // It may call it off right after it was asked.
        const offAt = calledOff.get(reference) ?? timeline.now;
        if (
          there.every(({ status }) => status === "cancelled") &&
          offAt < timeline.now - MINUTE * 2
        )
          breach("I10", `${reference} is accepted, and the warehouse had called it off`);
      }
    },
    everything: once,
  };
}

const ACCEPTED = `SELECT o.merchant_id, o.cust_ref FROM deliveries d
  JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
  WHERE d.order_id = ? AND d.state = 'accepted'`;
