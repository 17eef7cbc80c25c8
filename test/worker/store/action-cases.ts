import * as cancellations from "../../../src/store/cancellations.ts";
import * as held from "../../../src/store/held-orders.ts";
import * as actions from "../../../src/store/order-actions.ts";
import * as resends from "../../../src/store/resends.ts";
import * as lists from "../../../src/store/order-lists.ts";
import { NOW, both, canceled, entry, queued, unsent, where, type Case } from "./case.ts";
import { body, LONG_AGO, NOT_DUE, ord } from "./ground.ts";

const set = (columns: string) =>
  `UPDATE orders SET ${columns} WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')`;
const ready = { con_cart: { ready: "released", wait_ms: 0 } } as const;
const later = "UPDATE dispatches SET fence = 0 WHERE merchant_id = ?1 AND id = 'dsp_1'";
const editings = both.map((id) => ({
  id,
  version: '[{"at":1,"event":"loaded","text":"Loaded."}]'.length,
  body: body(9),
  edits: {},
  dated: false,
  until: null,
  entries: [entry],
}));
const lost = both.map((id) => ({ id, generation: 1, unasked: false }));
const failed = `UPDATE deliveries SET state = 'due', last_error = 'No' WHERE ${where}`;
const any: lists.OrderMatch = {
  ids: null,
  cart_id: null,
  status: null,
  on_hold: null,
  error_reason: null,
  from: null,
  to: null,
  number: null,
  cleared: false,
};

/** What people do with orders, and what ends by itself. */
export const actionCases: Record<string, Case> = {
  "order-actions.holdUnsent": {
    given: [unsent, queued],
    write: ({ m }) => actions.holdUnsent(m, both, NOT_DUE, entry),
    rows: 2,
  },
  "order-actions.releaseUnsent": {
    given: [unsent, set("on_hold = 'person'")],
    write: ({ m }) => actions.releaseUnsent(m, both, ready, NOW, entry),
    rows: 2,
  },
  "order-actions.releaseUnsent of what waits out its cart's time": {
    given: [unsent, queued, later],
    write: ({ m }) => actions.releaseUnsent(m, both, ready, NOW, entry),
    rows: 2,
  },
  "order-actions.ordersToEdit": {
    read: (db, { m }) => actions.ordersToEdit(db, m, both),
    rows: 2,
  },
  "order-actions.editUnsent": {
    given: [unsent, queued],
    write: ({ m }) => actions.editUnsent(m, editings, ready, NOW),
    rows: 2,
  },
  "order-actions.stopUnsent": {
    given: [unsent, queued],
    write: ({ m }) => actions.stopUnsent(m, both, entry),
    rows: 2,
  },
  "order-actions.stopBeingSent": {
    given: [unsent, queued],
    write: ({ m }) => actions.stopBeingSent(m, both, entry),
    rows: 2,
  },
  "order-actions.hideOrders": { write: ({ m }) => actions.hideOrders(m, both, entry), rows: 2 },
  "order-actions.showOrders": {
    given: [set("cleared_at = 1500")],
    write: ({ m }) => actions.showOrders(m, both, 1_000, NOW, entry),
    rows: 2,
  },
  "order-actions.showDeliveries": {
    given: [unsent, `UPDATE deliveries SET state = 'canceled' WHERE ${where}`],
    write: ({ m }) => actions.showDeliveries(m, both),
    rows: 2,
  },
  "order-actions.goOnUnsent": {
    given: [unsent, set(`on_hold = 'reopened', hold_until = ${NOT_DUE}`)],
    write: ({ m }) => actions.goOnUnsent(m, both, ready, NOW),
    rows: 2,
  },
  "order-actions.standingsOf": {
    given: [queued],
    read: (db, { m }) => actions.standingsOf(db, m, both),
    rows: 2,
  },
  "resends.ordersToResend": { read: (db, { m }) => resends.ordersToResend(db, m, both), rows: 2 },
  "resends.retryUnsent": {
    given: [unsent, failed],
    write: ({ m }) => resends.retryUnsent(m, both, ready, entry),
    rows: 2,
  },
  "resends.retryStopped": {
    given: [
      set(`status = 'error', cancel_wanted = 'wms'`),
      `UPDATE deliveries SET state = 'given_up' WHERE ${where}`,
    ],
    write: ({ m }) => resends.retryStopped(m, both, entry),
    rows: 2,
  },
  "resends.retryDeliveries": {
    given: [unsent, failed],
    write: ({ m }) => resends.retryDeliveries(m, both, NOW),
    rows: 2,
  },
  "resends.sendAnew": { write: ({ m }) => resends.sendAnew(m, lost, ready, entry), rows: 2 },
  "resends.renewDeliveries": {
    given: [unsent],
    write: ({ m }) => resends.renewDeliveries(m, lost, NOW),
    rows: 2,
  },
  "resends.repostShipments": { write: ({ m }) => resends.repostShipments(m, both, NOW), rows: 2 },
  "resends.noteReposts": {
    given: [`UPDATE shipments SET state = 'due', next_at = ${NOW} WHERE ${where}`],
    write: ({ m }) => resends.noteReposts(m, both, entry),
    rows: 2,
  },
  "held-orders.endingHolds": {
    given: [set(`on_hold = 'person', hold_until = ${LONG_AGO}`)],
    read: (db) => held.endingHolds(db, NOW, 50),
    rows: 2,
    everyone: "the sweep looks for what has ended of anybody",
  },
  "held-orders.endHolds": {
    given: [unsent, set(`on_hold = 'person', hold_until = ${LONG_AGO}`)],
    write: ({ m }) => held.endHolds(m, both, ready, entry),
    rows: 2,
  },
  "held-orders.putOffHolds": {
    given: [set(`hold_until = ${LONG_AGO}`)],
    write: ({ m }) => held.putOffHolds(m, both, NOT_DUE),
    rows: 2,
  },
  "cancellations.cancelStopped": {
    given: [set("status = 'error', sending_canceled = 1, cancel_wanted = 'wms'")],
    write: ({ m }) => cancellations.cancelStopped(m, both, ["con_cart"], entry),
    rows: 2,
  },
  "cancellations.keepStopped": {
    given: [set("status = 'error', sending_canceled = 1")],
    write: ({ m }) => cancellations.keepStopped(m, both),
    rows: 2,
  },
  "order-lists.matchingOrders by id": {
    read: (db, { m }) => lists.matchingOrders(db, m, { ...any, ids: [...both, ord("none")] }, 10),
    rows: 2,
  },
  "order-lists.numbersOf": {
    read: async (db, { m }) => [...(await lists.numbersOf(db, m, [...both, ord("none")]))],
    rows: 2,
  },
  "order-lists.matchingOrders by time": {
    read: (db, { m }) => lists.matchingOrders(db, m, { ...any, from: 1_010, to: 1_029 }, 100),
    rows: 20,
  },
  "order-lists.matchingOrders of a rare status": {
    given: [canceled],
    read: (db, { m, cart }) =>
      lists.matchingOrders(db, m, { ...any, status: "canceled", cart_id: cart, number: "R-" }, 100),
    rows: 2,
    grows: "walks past other orders, because an index with the status would move at every step",
  },
};
