import type { Guard, Scene } from "../witness.ts";

interface Item {
  sku: string;
  quantity: number;
  result: "set" | "refused" | "filtered";
  message: string | null;
  alert_id: string | null;
}

/** I6, I15: a level that was set is in the shop, one that was refused is an alert until the shop takes one, and each call is on the audit. */
export function stock({ rows, breach, timeline }: Scene): Guard {
  /** What was answered of a SKU last: `merchant alert`. */
  const last = new Map<string, Item>();

  return {
    person: ({ merchant, path, method, status, text, began }) => {
      if (path !== "/api/stock" || method !== "PUT" || status !== 200) return;
      const { items } = JSON.parse(text) as { items: Item[] };
      for (const item of items) {
        const { sku, quantity, result, alert_id: alertId } = item;
        const product = merchant.vendors.state.shop_products.all().find((one) => one.sku === sku);
        if (result === "set" && product?.stock_quantity !== quantity)
          breach(
            "I6",
            `${quantity} of ${sku} were set, and the shop has ${String(product?.stock_quantity)}`,
          );
        const subject = `${merchant.cartId}/${encodeURIComponent(sku.toLowerCase())}`;
        last.set(`${merchant.id} ${subject}`, item);
        const [alert] = rows(OF_SUBJECT, merchant.id, subject);
        const open = alert !== undefined && alert["state"] !== "resolved";
        if (open !== (result === "refused"))
          breach("I6", `${sku} is ${result}, and its alert is ${JSON.stringify(alert)}`);
        if (result === "refused" && alert?.["id"] !== alertId)
          breach("I6", `${sku} is refused, and the answer names another alert`);
      }
      if (rows(AUDITED, merchant.id, merchant.cartId, began).length === 0)
        breach(
          "I15",
          `levels were set at ${new Date(timeline.now).toISOString()}, and no audit tells of it`,
        );
    },
    end: () => {
      for (const { merchant_id, subject, id } of rows(OPEN)) {
        const item = last.get(`${String(merchant_id)} ${String(subject)}`);
        if (item && item.result !== "refused")
          breach("I6", `${String(id)} is open, and its SKU was ${item.result} at last`);
      }
    },
  };
}

const OF_SUBJECT = `SELECT id, state, message FROM alerts WHERE merchant_id = ? AND kind = 'stock' AND subject = ?`;
const AUDITED = `SELECT 1 FROM audit WHERE merchant_id = ? AND act = 'stock_set' AND subject = ? AND at >= ?`;
const OPEN = `SELECT merchant_id, id, subject FROM alerts WHERE kind = 'stock' AND state = 'open'`;
