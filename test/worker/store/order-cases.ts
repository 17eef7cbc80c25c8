import * as lists from "../../../src/store/order-lists.ts";
import * as orders from "../../../src/store/orders.ts";
import { NOW, both, entry, steps, unsent, type Case } from "./case.ts";
import { body, dsp, ord, type Ground } from "./ground.ts";

const newOrder = (cart: Ground["cart"], n: number): orders.NewOrder => ({
  id: ord(`new${n}`),
  cart_id: cart,
  source_id: `new${n}`,
  part: 1,
  number: `new${n}`,
  cust_ref: `NEW-${n}`,
  on_hold: null,
  hold_until: null,
  possible_duplicate: 0,
  period: null,
  is_test: 0,
  source_status: "processing",
  source_modified_at: NOW,
  placed_at: NOW,
  created_at: NOW,
  body: JSON.stringify(body(n)),
  timeline: [entry],
});

export const orderCases: Record<string, Case> = {
  "orders.knownOrders": { read: (db, { m }) => orders.knownOrders(db, m, both), rows: 2 },
  "orders.ordersAtRefs": {
    read: (db, { m }) => orders.ordersAtRefs(db, m, ["R-1", "R-2", "R-none"]),
    rows: 2,
  },
  "orders.insertOrders": {
    write: ({ m, cart }) => orders.insertOrders(m, [newOrder(cart, 1), newOrder(cart, 2)]),
    rows: 2,
  },
  "orders.updateSentOrders": {
    given: [unsent],
    write: ({ m }) => orders.updateSentOrders(m, dsp(1), 3, steps),
    rows: 2,
  },
  "orders.updateShippedOrders": { write: ({ m }) => orders.updateShippedOrders(m, steps), rows: 2 },
  "orders.updateConfirmedOrders": {
    given: [
      "UPDATE orders SET status = 'shipped' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')",
    ],
    write: ({ m }) => orders.updateConfirmedOrders(m, dsp(1), 3, steps),
    rows: 2,
  },
  "orders.releaseOrders": {
    given: [
      "UPDATE orders SET on_hold = 'delivery_off' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')",
    ],
    write: ({ m }) => orders.releaseOrders(m, both, entry),
    rows: 2,
  },
  "orders.ordersByRef": { read: (db, { m }) => orders.ordersByRef(db, m, ["R-1", "R-2"]), rows: 2 },
  "orders.ordersById": { read: (db, { m }) => orders.ordersById(db, m, both), rows: 2 },
  "orders.readOrder": { read: (db, { m }) => orders.readOrder(db, m, ord(1)), rows: 1 },
  "order-lists.listOrderRows": {
    read: (db, { m }) =>
      lists.listOrderRows(db, m, { limit: 50, after: null, cart_id: null, status: null }),
    rows: 50,
  },
  "order-lists.listOrderRows after a place": {
    read: (db, { m }) =>
      lists.listOrderRows(db, m, {
        limit: 20,
        after: { created_at: 1_050, cust_ref: "R-50" },
        cart_id: null,
        status: null,
      }),
    rows: 20,
  },
  "order-lists.listOrderRows of a rare status": {
    given: [unsent],
    read: (db, { m }) =>
      lists.listOrderRows(db, m, { limit: 20, after: null, cart_id: null, status: "new" }),
    rows: 2,
    grows: "walks past other orders, because an index with the status would move at every step",
  },
  "order-lists.findOrderRows": {
    read: (db, { m, cart }) =>
      lists.findOrderRows(db, m, "R-99", { cart_id: cart, status: "at_wms" }, 1),
    rows: 1,
  },
};
