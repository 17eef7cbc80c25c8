import type { DeliveryProgress } from "../../../src/domain/delivery.ts";
import * as deliveries from "../../../src/store/deliveries.ts";
import * as dispatches from "../../../src/store/dispatches.ts";
import * as shipments from "../../../src/store/shipments.ts";
import * as unsentRows from "../../../src/store/unsent-orders.ts";
import { NOW, both, where, unsent, canceled, queued, waiting, type Case } from "./case.ts";
import { dsp, LONG_AGO, NOT_DUE, ord, shp } from "./ground.ts";

const progress: DeliveryProgress = {
  state: "accepted",
  wms_order_id: "W",
  unknown: false,
  failed_sends: 0,
  first_failed_at: null,
  last_error: null,
  next_at: null,
  attempts: [],
};
const shipped = (n: number) => ({
  order_id: ord(n),
  id: shp(n),
  version: 1,
  state: "confirmed" as const,
  cart_shipment_id: "c",
  unknown: false,
  failed_posts: 0,
  first_failed_at: null,
  last_error: null,
  next_at: null,
  confirmed_at: NOW,
});
const parcelsQueued = `UPDATE shipments SET state = 'queued', dispatch_id = 'dsp_1' WHERE ${where}`;
const due = `UPDATE deliveries SET state = 'due', next_at = ${LONG_AGO} WHERE ${where}`;
const parcelsDue = `UPDATE shipments SET state = 'due', next_at = ${LONG_AGO} WHERE ${where}`;
const notDue = `UPDATE deliveries SET next_at = ${NOT_DUE} WHERE merchant_id = ?1 AND next_at IS NULL AND state = 'accepted'`;
const parcelsNotDue = `UPDATE shipments SET next_at = ${NOT_DUE} WHERE merchant_id = ?1 AND next_at IS NULL AND state = 'confirmed'`;

export const workCases: Record<string, Case> = {
  "deliveries.insertDeliveries": {
    write: ({ m, cart, wms }) =>
      deliveries.insertDeliveries(m, [ord("new1"), ord("new2")], {
        cart_id: cart,
        wms_id: wms,
        dispatch_id: dsp(1),
      }),
    rows: 2,
  },
  "deliveries.deliveriesToSend": {
    given: [unsent, queued],
    read: (db, { m }) => deliveries.deliveriesToSend(db, m, dsp(1), both),
    rows: 2,
  },
  "deliveries.settleDeliveries": {
    given: [queued],
    write: ({ m }) =>
      deliveries.settleDeliveries(
        m,
        dsp(1),
        3,
        both.map((order_id) => ({ order_id, progress, sent_codes: null })),
      ),
    rows: 2,
  },
  "deliveries.dueDeliveries": {
    given: [due, notDue],
    read: (db) => deliveries.dueDeliveries(db, NOW, 50),
    rows: 2,
    everyone: "the sweep looks for what is due of anybody",
  },
  "deliveries.dueDeliveries of one WMS": {
    given: [due, notDue],
    read: (db, { m, wms }) =>
      deliveries.dueDeliveries(db, NOW, 50, { merchant_id: m, connection_id: wms }),
    rows: 2,
  },
  "deliveries.queueDeliveries": {
    given: [due],
    write: ({ m, wms }) => deliveries.queueDeliveries(m, dsp(9), wms, both),
    rows: 2,
  },
  "deliveries.cancelDeliveries": {
    given: [queued, canceled],
    write: ({ m }) => deliveries.cancelDeliveries(m, both),
    rows: 2,
  },
  "deliveries.proveDeliveries": {
    given: [due],
    write: ({ m }) => deliveries.proveDeliveries(m, both),
    rows: 2,
  },
  "deliveries.reopenDeliveries": {
    given: [`UPDATE deliveries SET state = 'canceled' WHERE ${where}`],
    write: ({ m }) => deliveries.reopenDeliveries(m, both),
    rows: 2,
  },
  "deliveries.waitingDeliveries": {
    given: [waiting],
    read: (db, { m, cart }) => deliveries.waitingDeliveries(db, m, cart, null, 50),
    rows: 2,
  },
  "deliveries.countWaitingDeliveries": {
    given: [waiting],
    read: (db, { m, cart }) => deliveries.countWaitingDeliveries(db, m, cart),
    rows: 2,
  },
  "unsent-orders.unsentOrders that wait": {
    given: [waiting],
    read: (db, { m, cart }) => unsentRows.unsentOrders(db, m, cart, "waiting", "", 50),
    rows: 2,
  },
  "unsent-orders.unsentOrders that are kept": {
    given: [waiting.replace("'waiting'", "'held'")],
    read: (db, { m, cart }) => unsentRows.unsentOrders(db, m, cart, "kept", "", 50),
    rows: 2,
  },
  "unsent-orders.unclaimedDispatch": {
    given: ["UPDATE dispatches SET fence = 0 WHERE merchant_id = ?1 AND id = 'dsp_1'"],
    read: (db, { m }) => unsentRows.unclaimedDispatch(db, m, ""),
    rows: 1,
  },
  "dispatches.insertDispatches": {
    write: ({ m, wms }) =>
      dispatches.insertDispatches(m, [
        {
          id: dsp("new"),
          kind: "delivery",
          connection_id: wms,
          items: both,
          due_at: NOT_DUE,
          created_at: NOW,
        },
      ]),
    rows: 1,
  },
  "dispatches.readDispatch": {
    read: (db, { m }) => dispatches.readDispatch(db, m, dsp(1)),
    rows: 1,
  },
  "dispatches.claimDispatch": {
    write: ({ m }) => dispatches.claimDispatch(m, dsp(1), 4, NOT_DUE, 2 * NOT_DUE),
    rows: 1,
  },
  "dispatches.deleteDispatch": {
    write: ({ m }) => dispatches.deleteDispatch(m, dsp(1), 3),
    rows: 1,
  },
  "dispatches.postponeDispatch": {
    write: ({ m }) =>
      dispatches.postponeDispatch(m, dsp(1), 3, { due_at: NOT_DUE, working: false }, NOW),
    rows: 1,
  },
  "dispatches.unparkDispatches": {
    given: ["UPDATE dispatches SET due_at = NULL WHERE merchant_id = ?1 AND id = 'dsp_1'"],
    write: ({ m, wms }) => dispatches.unparkDispatches(m, wms, NOT_DUE),
    rows: 1,
  },
  "dispatches.dueDispatches": {
    given: [
      `UPDATE dispatches SET due_at = ${LONG_AGO} WHERE merchant_id = ?1 AND id IN ('dsp_1', 'dsp_2')`,
    ],
    read: (db) => dispatches.dueDispatches(db, NOW, 50),
    rows: 2,
    everyone: "the sweep looks for what is due of anybody",
  },
  "shipments.releaseLastParcels": {
    given: [
      `UPDATE shipments SET state = 'waiting', body = '{"tracking_number":"1Z"}' WHERE ${where}`,
      "UPDATE orders SET status = 'shipped' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')",
    ],
    write: ({ m }) => shipments.releaseLastParcels(m, both, NOT_DUE),
    rows: 2,
  },
  "shipments.shipmentsOf": { read: (db, { m }) => shipments.shipmentsOf(db, m, both), rows: 2 },
  "shipments.upsertShipments": {
    write: ({ m, cart, wms }) =>
      shipments.upsertShipments(
        m,
        [1, 2].map((n) => ({
          order_id: ord(n),
          id: shp(n),
          cart_id: cart,
          wms_id: wms,
          dispatch_id: null,
          created_at: NOW,
          state: "queued",
          voided: false,
          version: 2,
          cart_shipment_id: null,
          body: {
            wms_shipment_id: "S",
            tracking_number: null,
            tracking_url: null,
            carrier: null,
            service: null,
            shipped_at: 1,
            lines: [],
            surplus: [],
            closes_order: false,
          },
        })),
      ),
    rows: 2,
  },
  "shipments.settleShipments": {
    given: [parcelsQueued],
    write: ({ m }) => shipments.settleShipments(m, dsp(1), 3, [shipped(1), shipped(2)], NOW),
    rows: 2,
  },
  "shipments.putOffShipments": {
    given: [parcelsQueued],
    write: ({ m }) =>
      shipments.putOffShipments(m, dsp(1), 3, [shipped(1), shipped(2)], {
        until: NOW,
        doubted: true,
      }),
    rows: 2,
  },
  "shipments.doubtShipments": {
    given: [parcelsQueued],
    write: ({ m }) => shipments.doubtShipments(m, dsp(1), 3, [shipped(1), shipped(2)]),
    rows: 2,
  },
  "shipments.dueShipments": {
    given: [parcelsDue, parcelsNotDue],
    read: (db) => shipments.dueShipments(db, NOW, 50),
    rows: 2,
    everyone: "the sweep looks for what is due of anybody",
  },
  "shipments.dueShipments of one cart": {
    given: [parcelsDue, parcelsNotDue],
    read: (db, { m, cart }) =>
      shipments.dueShipments(db, NOW, 50, { merchant_id: m, connection_id: cart }),
    rows: 2,
  },
  "shipments.queueShipments": {
    given: [parcelsDue],
    write: ({ m }) => shipments.queueShipments(m, dsp(9), both),
    rows: 2,
  },
};
