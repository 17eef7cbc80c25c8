import type { ConnectionId } from "../../../src/domain/ids.ts";
import { orderIdOf } from "../../../src/sync/judge-orders.ts";
import type { Guard, Scene } from "../witness.ts";

/** I1, I2 and I4: no order is lost or loaded twice, and what is answered 2xx is kept. */
export function intake({ rows, breach, merchants, timeline }: Scene): Guard {
  /** Source ids that a cart's answers showed, by invocation. */
  const shown = new Map<number, Set<string>>();
  /** Everything that was ever answered for: `cart source`. */
  const owed = new Map<string, number>();
  const kept = new Set<string>();

  const isKept = (cartId: string, sourceId: string): boolean => {
    const key = `${cartId} ${sourceId}`;
    const id = orderIdOf(cartId as ConnectionId, sourceId);
    const merchant = merchants.find((one) => one.cartId === cartId);
    if (rows(BY_ID, merchant?.id ?? "", id).length > 0) kept.add(key);
    else if (
      rows(KEPT, cartId, sourceId, cartId, sourceId, `${sourceId}#%`, cartId, sourceId).length > 0
    )
      kept.add(key);
    else if (kept.has(key)) breach("I1", `order ${sourceId} of ${cartId} was here and is gone`);
    return kept.has(key);
  };

  return {
    answered: ({ invocation, vendors, side, method, path, answer }) => {
      if (side !== "shop" || method !== "GET" || answer?.status !== 200) return;
      if (!/\/orders(\?|\/\d+$)/.test(path)) return;
      const said: unknown = JSON.parse(new TextDecoder().decode(answer.body));
      const ids = (Array.isArray(said) ? said : [said]).map(({ id }: { id: number }) => String(id));
      const merchant = merchants.find((one) => one.vendors === vendors);
      if (!merchant) return;
      const list = shown.get(invocation.id) ?? new Set();
      for (const id of ids) list.add(`${merchant.cartId} ${id}`);
      shown.set(invocation.id, list);
    },
    ran: ({ fields }, invocation) => {
      if (fields["job"] !== "order-download" || fields["result"] !== "ok") return;
      const cartId = String(fields["connection_id"]);
      for (const key of shown.get(invocation.id) ?? []) {
        const [cart = "", sourceId = ""] = key.split(" ");
        if (cart === cartId && !kept.has(key) && !isKept(cart, sourceId))
          breach("I1", `a download ended well, and order ${sourceId} of ${cart} is nowhere`);
      }
    },
    webhook: (invocation, url, init, answer) => {
      if (!answer.ok) return;
      const merchant = merchants.find(({ cartId }) => url.endsWith(cartId));
      const topic = new Headers(init.headers).get("x-wc-webhook-topic");
      if (!merchant || topic === null) return;
      const { id } = JSON.parse(String(init.body)) as { id: number };
      const hint = invocation.sent.some((text) => text.includes(`"source_id":"${id}"`));
      if (!hint)
        breach("I4", `a webhook of order ${id} was answered ${answer.status}, and nothing is kept`);
      owed.set(`${merchant.cartId} ${id}`, timeline.now);
    },
    person: ({ merchant, method, path, status, text }) => {
      if (method !== "POST" || path !== "/api/orders" || status !== 201) return;
      const { orders } = JSON.parse(text) as { orders: { id: string }[] };
      for (const { id } of orders)
        if (rows(BY_ID, merchant.id, id).length === 0)
          breach("I4", `order ${id} was answered 201, and is not there`);
    },
    everything: () => {
      for (const { n, cart_id, source_id } of rows(TWICE))
        breach("I2", `order ${String(source_id)} of ${String(cart_id)} is here ${String(n)} times`);
      for (const { number, order_id, twin } of rows(TWO_FOR_ONE))
        breach(
          "I2",
          `${String(order_id)} stands for ${String(number)}, which is here too as ${String(twin)}`,
        );
      for (const key of kept) {
        const [cart = "", sourceId = ""] = key.split(" ");
        isKept(cart, sourceId);
      }
    },
    end: () => {
      for (const { vendors, cartId } of merchants) {
        const lost = vendors.state.shop_orders
          .all()
          .filter(({ status }) => !["trash", "checkout-draft"].includes(status))
          .filter(({ id }) => !isKept(cartId, String(id)));
        // What a shop once showed without its id is listed under a name of its own.
        if (lost.length > Number(rows(UNNAMED, cartId)[0]?.["n"]))
          for (const { id, status } of lost)
            breach("I1", `the shop has order ${id} (${status}), Dray does not`);
      }
    },
  };
}

const KEPT = `SELECT 1 FROM orders WHERE cart_id = ? AND source_id = ?
  UNION ALL SELECT 1 FROM skipped_orders WHERE cart_id = ? AND (source_id = ? OR source_id LIKE ?)
  UNION ALL SELECT 1 FROM stand_ins WHERE cart_id = ? AND source_id = ?`;
/** What was called off before its cart brought it stands for nothing. */
const TWO_FOR_ONE = `SELECT s.number, s.order_id, o.id AS twin FROM stand_ins s
  JOIN orders a ON a.merchant_id = s.merchant_id AND a.id = s.order_id
  JOIN orders o ON o.merchant_id = s.merchant_id AND o.cart_id = s.cart_id AND o.number = s.number AND o.id <> a.id
  WHERE o.part = 1 AND a.status <> 'canceled' AND a.cleared_at IS NULL`;
const UNNAMED = `SELECT count(*) AS n FROM skipped_orders WHERE cart_id = ? AND source_id LIKE 'row-%'`;
const BY_ID = `SELECT 1 FROM orders WHERE merchant_id = ? AND id = ?`;
const TWICE = `SELECT count(*) AS n, cart_id, source_id FROM orders
  GROUP BY merchant_id, cart_id, source_id, part, period HAVING count(*) > 1`;
