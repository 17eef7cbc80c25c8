import type { SQL } from "drizzle-orm";
import type { DeliveryProgress } from "../../../src/domain/delivery.ts";
import type { TimelineEntry } from "../../../src/domain/timeline.ts";
import * as accounts from "../../../src/store/accounts.ts";
import * as apiKeys from "../../../src/store/api-keys.ts";
import * as changes from "../../../src/store/changes.ts";
import * as connections from "../../../src/store/connections.ts";
import * as deliveries from "../../../src/store/deliveries.ts";
import * as dispatches from "../../../src/store/dispatches.ts";
import * as jobs from "../../../src/store/jobs.ts";
import * as merchants from "../../../src/store/merchants.ts";
import * as orders from "../../../src/store/orders.ts";
import * as runs from "../../../src/store/runs.ts";
import * as shipments from "../../../src/store/shipments.ts";
import * as skips from "../../../src/store/skipped-orders.ts";
import * as sweeps from "../../../src/store/sweeps.ts";
import { body, dsp, LONG_AGO, NOT_DUE, ord, shp, type Ground } from "./ground.ts";

/** One call of an exported reader or writer, over the orders 1 and 2 of a merchant. */
export interface Case {
  /** Statements that bring about the state it is for; ?1 is the merchant. */
  given?: readonly string[];
  read?: (db: D1Database, ground: Ground) => Promise<unknown>;
  write?: (ground: Ground) => SQL | null | readonly SQL[];
  /** How many rows it finds or changes: a case that touches nothing proves nothing. */
  rows: number;
  /** Why it may read more with more rows. */
  grows?: string;
  /** Why it is not one merchant's business. */
  everyone?: string;
}

const NOW = 2_000;
const both = [ord(1), ord(2)];
const entry: TimelineEntry = { at: NOW, event: "sent", text: "Sent." };
const steps = both.map((id) => ({
  id,
  status: "at_wms" as const,
  error_reason: null,
  entries: [entry],
  at: NOW,
}));
const stepsFrom = steps.map((step) => ({ ...step, source_status: "cancelled" }));
const revisions = both.map((id) => ({
  id,
  body: body(9),
  source_status: "processing",
  entries: [entry],
  at: NOW,
}));
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
const newOrder = (cart: Ground["cart"], n: number): orders.NewOrder => ({
  id: ord(`new${n}`),
  cart_id: cart,
  source_id: `new${n}`,
  part: 1,
  number: `new${n}`,
  cust_ref: `NEW-${n}`,
  on_hold: null,
  source_status: "processing",
  placed_at: NOW,
  created_at: NOW,
  body: body(n),
  timeline: [entry],
});

const where = "merchant_id = ?1 AND order_id IN ('ord_1', 'ord_2')";
const unsent =
  "UPDATE orders SET status = 'new' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')";
const canceled = unsent.replace("'new'", "'canceled'");
const queued = `UPDATE deliveries SET state = 'queued', dispatch_id = 'dsp_1' WHERE ${where}`;
const parcelsQueued = `UPDATE shipments SET state = 'queued', dispatch_id = 'dsp_1' WHERE ${where}`;
const waiting = `UPDATE deliveries SET state = 'waiting' WHERE ${where}`;
const due = `UPDATE deliveries SET state = 'due', next_at = ${LONG_AGO} WHERE ${where}`;
const parcelsDue = `UPDATE shipments SET state = 'due', next_at = ${LONG_AGO} WHERE ${where}`;
const notDue = `UPDATE deliveries SET next_at = ${NOT_DUE} WHERE merchant_id = ?1 AND next_at IS NULL AND state = 'accepted'`;
const parcelsNotDue = `UPDATE shipments SET next_at = ${NOT_DUE} WHERE merchant_id = ?1 AND next_at IS NULL AND state = 'confirmed'`;

/** Every exported reader and writer of the store; a word after the name tells apart several calls of one. */
export const cases: Record<string, Case> = {
  "accounts.insertFirstAccount": {
    write: ({ account }) => accounts.insertFirstAccount({ id: account, name: "A", created_at: 1 }),
    rows: 0,
  },
  "api-keys.readApiKey": {
    read: (db, { user }) => apiKeys.readApiKey(db, user),
    rows: 1,
    everyone: "a key is how Dray learns who is asking",
  },
  "api-keys.listApiKeys": { read: (db, { account }) => apiKeys.listApiKeys(db, account), rows: 1 },
  "api-keys.insertApiKey": {
    write: ({ account, m }) =>
      apiKeys.insertApiKey({
        user: `merchant_new${m}`,
        account_id: account,
        merchant_id: m,
        connection_id: null,
        level: "merchant",
        access: "read",
        key_hash: "h",
        name: "K",
        created_at: NOW,
        revoked_at: NOW,
      }),
    rows: 1,
  },
  "api-keys.revokeApiKey": {
    write: ({ account, user }) => apiKeys.revokeApiKey(account, user, NOW),
    rows: 1,
  },
  "changes.noteChange": { write: ({ m }) => changes.noteChange(m, "sent", both, NOW), rows: 1 },
  "connections.readConnection": {
    read: (db, { m, cart }) => connections.readConnection(db, m, cart),
    rows: 1,
  },
  "connections.listConnections": {
    read: (db, { m }) => connections.listConnections(db, m),
    rows: 2,
  },
  "connections.insertConnection": {
    write: ({ m }) =>
      connections.insertConnection(
        {
          merchant_id: m,
          id: "con_new",
          connector: "x",
          side: "cart",
          name: "N",
          settings: {},
          policy: {},
          secrets: "s",
        },
        NOW,
      ),
    rows: 1,
  },
  "connections.updateConnection": {
    write: ({ m, cart }) => connections.updateConnection(m, cart, 1, { name: "New" }, NOW),
    rows: 1,
  },
  "connections.setHealth": {
    write: ({ m, cart }) => connections.setHealth(m, cart, "needs_reauth", "401", NOW),
    rows: 2,
  },
  "connections.setPaused": {
    write: ({ m, cart }) => connections.setPaused(m, cart, true, NOW),
    rows: 2,
  },
  "connections.noteWebhook": {
    write: ({ m, cart }) => connections.noteWebhook(m, cart, NOW),
    rows: 1,
  },
  "connections.noteRejectedWebhooks": {
    write: ({ m, cart }) => connections.noteRejectedWebhooks(m, cart, 3),
    rows: 1,
  },
  "deliveries.insertDeliveries": {
    write: ({ m, cart, wms }) =>
      deliveries.insertDeliveries(
        m,
        [1, 2].map((n) => ({
          order_id: ord(`new${n}`),
          cart_id: cart,
          wms_id: wms,
          state: "queued",
          dispatch_id: dsp(1),
        })),
      ),
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
        both.map((order_id) => ({ order_id, progress })),
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
    read: (db, { m, cart }) => deliveries.waitingDeliveries(db, m, cart, 50),
    rows: 2,
  },
  "deliveries.countWaitingDeliveries": {
    given: [waiting],
    read: (db, { m, cart }) => deliveries.countWaitingDeliveries(db, m, cart),
    rows: 2,
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
    write: ({ m }) => dispatches.claimDispatch(m, dsp(1), 4, NOT_DUE),
    rows: 1,
  },
  "dispatches.deleteDispatch": {
    write: ({ m }) => dispatches.deleteDispatch(m, dsp(1), 3),
    rows: 1,
  },
  "dispatches.postponeDispatch": {
    write: ({ m }) => dispatches.postponeDispatch(m, dsp(1), 3, NOT_DUE),
    rows: 1,
  },
  "dispatches.unparkDispatches": {
    given: ["UPDATE dispatches SET due_at = NULL WHERE merchant_id = ?1 AND id = 'dsp_1'"],
    write: ({ m, wms }) => dispatches.unparkDispatches(m, wms, NOT_DUE),
    rows: 1,
    grows: "looks through the merchant's open pages of work, of which a settled one is gone",
  },
  "dispatches.dueDispatches": {
    given: [
      `UPDATE dispatches SET due_at = ${LONG_AGO} WHERE merchant_id = ?1 AND id IN ('dsp_1', 'dsp_2')`,
    ],
    read: (db) => dispatches.dueDispatches(db, NOW, 50),
    rows: 2,
    everyone: "the sweep looks for what is due of anybody",
  },
  "jobs.readJob": {
    read: (db, { m, cart }) => jobs.readJob(db, m, cart, "order-download"),
    rows: 1,
  },
  "jobs.listJobs": { read: (db, { m, cart }) => jobs.listJobs(db, m, cart), rows: 1 },
  "jobs.insertJobs": {
    write: ({ m, cart }) =>
      jobs.insertJobs([
        {
          merchant_id: m,
          connection_id: cart,
          job: "stock-upload",
          enabled: false,
          interval_minutes: 0,
          slot: 0,
        },
      ]),
    rows: 1,
  },
  "jobs.updateJob": {
    write: ({ m, cart }) => jobs.updateJob(m, cart, "order-download", { enabled: false }),
    rows: 1,
  },
  "jobs.moveCursor": {
    write: ({ m, cart }) => jobs.moveCursor(m, cart, "order-download", "c", 5),
    rows: 1,
  },
  "jobs.dueJobs": {
    given: [
      "UPDATE jobs SET interval_minutes = 77, slot = 1 WHERE merchant_id = ?1 AND connection_id = 'con_cart' AND job = 'order-download'",
    ],
    read: (db) => jobs.dueJobs(db, [{ interval: 77, slot: 1 }]),
    rows: 1,
    everyone: "the sweep looks for what is due of anybody",
  },
  "merchants.readMerchant": { read: (db, { m }) => merchants.readMerchant(db, m), rows: 1 },
  "merchants.listMerchants": {
    read: (db, { account }) => merchants.listMerchants(db, account, 1),
    rows: 1,
  },
  "merchants.insertMerchant": {
    write: ({ m, account }) =>
      merchants.insertMerchant({
        id: `mer_new${m}`,
        account_id: account,
        name: "N",
        shard: 0,
        data_key: "k",
        created_at: NOW,
      }),
    rows: 1,
  },
  "merchants.listDataKeys": {
    read: (db) => merchants.listDataKeys(db, "", 1),
    rows: 1,
    everyone: "a new key wraps everybody's data key again",
  },
  "merchants.replaceDataKey": {
    write: ({ m }) => merchants.replaceDataKey(m, "key", "key"),
    rows: 1,
  },
  "orders.knownOrders": { read: (db, { m }) => orders.knownOrders(db, m, both), rows: 2 },
  "orders.takenRefs": {
    read: (db, { m }) => orders.takenRefs(db, m, ["R-1", "R-2", "R-none"]),
    rows: 2,
  },
  "orders.insertOrders": {
    write: ({ m, cart }) => orders.insertOrders(m, [newOrder(cart, 1), newOrder(cart, 2)]),
    rows: 2,
  },
  "orders.updateSentOrders": {
    given: [unsent],
    write: ({ m }) => orders.updateSentOrders(m, steps),
    rows: 2,
  },
  "orders.updateShippedOrders": { write: ({ m }) => orders.updateShippedOrders(m, steps), rows: 2 },
  "orders.updateConfirmedOrders": {
    given: [
      "UPDATE orders SET status = 'shipped' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')",
    ],
    write: ({ m }) => orders.updateConfirmedOrders(m, steps),
    rows: 2,
  },
  "orders.reviseOrders": {
    given: [unsent, waiting],
    write: ({ m }) => orders.reviseOrders(m, revisions),
    rows: 2,
  },
  "orders.flagUnrevisedOrders": {
    given: [unsent, queued],
    write: ({ m }) => orders.flagUnrevisedOrders(m, revisions),
    rows: 2,
  },
  "orders.flagUnstoppedOrders": {
    given: [unsent, queued],
    write: ({ m }) => orders.flagUnstoppedOrders(m, stepsFrom),
    rows: 2,
  },
  "orders.reopenOrders": {
    given: [canceled],
    write: ({ m }) => orders.reopenOrders(m, revisions),
    rows: 2,
  },
  "orders.cancelUnsentOrders": {
    given: [unsent, waiting],
    write: ({ m }) => orders.cancelUnsentOrders(m, stepsFrom),
    rows: 2,
  },
  "orders.flagChangedOrders": { write: ({ m }) => orders.flagChangedOrders(m, stepsFrom), rows: 2 },
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
  "orders.listOrderRows": {
    read: (db, { m }) =>
      orders.listOrderRows(db, m, { limit: 50, after: null, cart_id: null, status: null }),
    rows: 50,
  },
  "orders.listOrderRows after a place": {
    read: (db, { m }) =>
      orders.listOrderRows(db, m, {
        limit: 20,
        after: { created_at: 1_050, cust_ref: "R-50" },
        cart_id: null,
        status: null,
      }),
    rows: 20,
  },
  "orders.listOrderRows of a rare status": {
    given: [unsent],
    read: (db, { m }) =>
      orders.listOrderRows(db, m, { limit: 20, after: null, cart_id: null, status: "new" }),
    rows: 2,
    grows: "walks past other orders, because an index with the status would move at every step",
  },
  "orders.findOrderRows": { read: (db, { m }) => orders.findOrderRows(db, m, "R-99", 1), rows: 1 },
  "runs.insertRun": {
    write: ({ m, cart }) =>
      runs.insertRun(m, {
        connection_id: cart,
        id: "run_new",
        job: "order-download",
        started_at: 1,
        duration_ms: 1,
        result: "ok",
        counts: { loaded: 1 },
        message: null,
      }),
    rows: 1,
  },
  "runs.listRunRows": { read: (db, { m, cart }) => runs.listRunRows(db, m, cart, 20), rows: 20 },
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
  "skipped-orders.upsertSkips": {
    write: ({ m, cart }) =>
      skips.upsertSkips(
        m,
        cart,
        ["s-1", "s-2"].map((source_id) => ({
          source_id,
          number: null,
          reason: "no_lines",
          checks: [],
          message: null,
        })),
        NOW,
      ),
    rows: 2,
  },
  "skipped-orders.linkSkips": {
    write: ({ m, cart }) =>
      skips.linkSkips(
        m,
        cart,
        [1, 2].map((n) => ({ source_id: `s-${n}`, id: ord(n) })),
      ),
    rows: 2,
  },
  "skipped-orders.listSkips": {
    read: (db, { m, cart }) => skips.listSkips(db, m, cart, 20),
    rows: 20,
  },
  "sweeps.lastTick": {
    given: ["INSERT OR IGNORE INTO sweeps SELECT 1, 1 WHERE ?1 = ?1"],
    read: (db) => sweeps.lastTick(db).then((tick) => (tick === null ? null : [tick])),
    rows: 1,
    everyone: "one row per shard",
  },
  "sweeps.noteTick": {
    given: ["INSERT OR IGNORE INTO sweeps SELECT 1, 1 WHERE ?1 = ?1"],
    write: () => sweeps.noteTick(0),
    rows: 0,
    everyone: "one row per shard",
  },
};

/** How many rows a reader gave. */
export function found(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Set) return value.size;
  if (typeof value === "number") return value;
  return value === null ? 0 : 1;
}
