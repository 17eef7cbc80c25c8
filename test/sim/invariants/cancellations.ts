import type { Vendors } from "../vendors.ts";
import type { Guard, Scene } from "../witness.ts";

/** I10: what was called off before it was claimed is never sent, and in the end both sides agree. */
export function cancellations({ rows, breach, merchants, timeline }: Scene): Guard {
  /** When an order became one that is not to be sent. */
  const stopped = new Map<string, number>();
  const claimed = new Map<string, { fence: number; at: number }>();

  /** Whose feed was garbled once. */
  const drifted = new Set<string>();

  const live = ({ state }: Vendors) =>
    new Set(
      state.warehouse_orders
        .all()
        .filter(({ status }) => status !== "cancelled")
        .map(({ reference }) => reference),
    );
  /** What Dray counts as called off no warehouse has. */
  const agree = (ids: readonly string[]) => {
    for (const { id: merchantId, vendors } of merchants) {
      const off = rows(CANCELED, merchantId, JSON.stringify(ids));
      const there = off.length === 0 ? null : live(vendors);
      for (const { cust_ref: reference } of off)
        if (there?.has(String(reference)) && !said.has(String(reference))) {
          said.add(String(reference));
          breach("I10", `${String(reference)} is canceled, and the warehouse has it`);
        }
    }
  };
  const said = new Set<string>();

  const follow = (id: string) => {
    for (const row of rows(STANDING, id)) {
      const off =
        row["status"] === "canceled" ||
        row["sending_canceled"] === 1 ||
        row["on_hold"] === "person";
      if (!off) stopped.delete(id);
      else if (!stopped.has(id)) stopped.set(id, timeline.now);
    }
  };

  return {
    committed: ({ site }) => {
      if (site !== "dispatch delivery") return;
      for (const row of rows(CLAIMS)) {
        const id = String(row["id"]);
        const fence = Number(row["fence"]);
        if ((claimed.get(id)?.fence ?? 0) < fence) claimed.set(id, { fence, at: timeline.now });
      }
    },
    touched: (ids) => {
      ids.forEach(follow);
      agree(ids);
    },
    answered: ({ vendors, side, path, isDrifted }) => {
      // A row that cannot be read is passed, and what it said is not known.
      if (side === "wms" && path.startsWith("/shipments") && isDrifted) drifted.add(vendors.letter);
    },
    asked: ({ vendors, side, method, path, body }) => {
      if (side !== "wms" || method !== "POST" || path !== "/orders") return;
      const { reference } = JSON.parse(body) as { reference: string };
      const merchant = merchants.find((one) => one.vendors === vendors);
      for (const row of rows(BY_REF, merchant?.id ?? "", reference)) {
        const at = stopped.get(String(row["id"]));
        const claim = claimed.get(String(row["dispatch_id"]));
        const fence = Number(row["fence"] ?? 0);
        if (at !== undefined && claim?.fence === fence && at < claim.at)
          breach("I10", `${reference} was stopped before its page was claimed, and is sent`);
      }
    },
    everything: () => agree(rows("SELECT id FROM orders").map(({ id }) => String(id))),
    end: () => {
      for (const { id: merchantId, vendors } of merchants) {
        if (drifted.has(vendors.letter)) continue;
        const there = live(vendors);
        for (const row of rows(THERE, merchantId))
          if (!there.has(String(row["cust_ref"])))
            breach("I10", `${String(row["cust_ref"])} is at the WMS, which has called it off`);
      }
    },
  };
}

const STANDING = `SELECT status, sending_canceled, on_hold FROM orders WHERE id = ?`;
const CLAIMS = `SELECT id, fence FROM dispatches WHERE fence > 0 AND kind = 'delivery'`;
const BY_REF = `SELECT o.id, d.dispatch_id, x.fence FROM orders o
  JOIN deliveries d ON d.merchant_id = o.merchant_id AND d.order_id = o.id
  LEFT JOIN dispatches x ON x.merchant_id = d.merchant_id AND x.id = d.dispatch_id
  WHERE o.merchant_id = ? AND o.cust_ref = ?`;
const THERE = `SELECT cust_ref FROM orders WHERE merchant_id = ? AND status = 'at_wms'`;
const CANCELED = `SELECT cust_ref FROM orders WHERE merchant_id = ?
  AND id IN (SELECT value FROM json_each(?)) AND status = 'canceled' AND too_late_to_cancel = 0`;
