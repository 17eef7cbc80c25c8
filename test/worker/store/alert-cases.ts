import * as alerts from "../../../src/store/alerts.ts";
import * as dispatches from "../../../src/store/dispatches.ts";
import * as lists from "../../../src/store/order-lists.ts";
import * as probes from "../../../src/store/probes.ts";
import { NOW, both, queued, unsent, where, type Case } from "./case.ts";
import { LONG_AGO, ord } from "./ground.ts";

const two = ["alr_1", "alr_2"];
const over = { at: NOW, by: "It is over." };
const failed = `UPDATE deliveries SET state = 'due', last_error = 'No' WHERE ${where}`;
const nobodyWaits = `UPDATE alerts SET waiting = 0 WHERE merchant_id = ?1 AND id IN ('alr_1', 'alr_2')`;
const probing = `UPDATE connections SET probe_at = ${LONG_AGO} WHERE merchant_id = ?1 AND id = 'con_wms'`;
const parked = "UPDATE dispatches SET due_at = NULL WHERE merchant_id = ?1 AND id = 'dsp_1'";

/** What is wrong, and what waits on it. */
export const alertCases: Record<string, Case> = {
  "alerts.raiseAlerts": {
    given: [unsent, failed],
    write: ({ m }) =>
      alerts.raiseAlerts(
        m,
        [{ kind: "unavailable", parts: ["con_wms"], message: "No", details: {}, orders: both }],
        { at: NOW },
      ),
    rows: 3,
  },
  "alerts.followTroubles": { write: ({ m }) => alerts.followTroubles(m, both, over), rows: 4 },
  "alerts.followTroubles of orders that wait on something else now": {
    given: [unsent, failed],
    write: ({ m }) =>
      alerts.followTroubles(m, both, over, { about: "sending", listed: [`alr_1 ${ord(1)}`] }),
    rows: 2,
  },
  "alerts.unlistOrders": {
    write: ({ m }) =>
      alerts.unlistOrders(
        m,
        both.map((order_id) => ({ alert_id: "alr_1" as const, order_id, text: "It is over." })),
        NOW,
      ),
    rows: 2,
  },
  "alerts.closeAlerts": {
    given: [nobodyWaits],
    write: ({ m }) => alerts.closeAlerts(m, two, over),
    rows: 2,
  },
  "alerts.replaceAlerts": {
    given: [nobodyWaits],
    write: ({ m }) => alerts.replaceAlerts(m, two, { at: NOW }),
    rows: 2,
  },
  "alerts.dismissAlert": {
    write: ({ m }) => alerts.dismissAlert(m, "alr_1", "Ann", null, NOW),
    rows: 1,
  },
  "alerts.readAlert": { read: (db, { m }) => alerts.readAlert(db, m, "alr_1"), rows: 1 },
  "alerts.listAlertRows": {
    read: (db, { m }) => alerts.listAlertRows(db, m, true, { at: 1_050, id: "alr_50" }, 10),
    rows: 10,
  },
  "alerts.listAlertRows of those that are closed": {
    given: [
      `UPDATE alerts SET state = 'resolved', closed_at = 1 WHERE merchant_id = ?1 AND id IN ('alr_1', 'alr_2')`,
    ],
    read: (db, { m }) => alerts.listAlertRows(db, m, false, null, 10),
    rows: 2,
  },
  "alerts.alertMessages": {
    given: ["UPDATE alerts SET message = 'No' WHERE merchant_id = ?1 AND id IN ('alr_1', 'alr_2')"],
    read: (db, { m }) => alerts.alertMessages(db, m, ["alr_1", "alr_2"]),
    rows: 2,
  },
  "alerts.alertsOfOrders": { read: (db, { m }) => alerts.alertsOfOrders(db, m, both), rows: 2 },
  "alerts.ordersOfAlert": {
    read: (db, { m }) => alerts.ordersOfAlert(db, m, "alr_1", null, 10),
    rows: 1,
  },
  "dispatches.parkedOrders": {
    given: [queued, parked],
    read: (db, { m, wms }) =>
      dispatches.parkedOrders(db, { merchant_id: m, id: "alr_none", subject: wms, last_at: 0 }),
    rows: 1,
  },
  "dispatches.countParked": {
    given: [queued, parked],
    read: (db, { m, wms }) =>
      dispatches.countParked(db, [{ merchant_id: m, id: "alr_none", subject: wms, last_at: 0 }]),
    rows: 1,
  },
  "order-lists.ordersNamed": {
    read: (db, { m }) => lists.ordersNamed(db, m, [...both, ord("none")]),
    rows: 2,
  },
  "probes.claimProbe": {
    given: [probing],
    write: ({ m, wms }) => probes.claimProbe(m, wms, NOW, NOW + 1),
    rows: 1,
  },
  "probes.dueProbes": {
    given: [
      probing,
      `INSERT OR REPLACE INTO jobs (merchant_id, connection_id, job, enabled, interval_minutes, slot)
       VALUES (?1, 'con_wms', 'order-delivery', 1, 0, 0)`,
    ],
    read: (db) => probes.dueProbes(db, NOW, 10),
    rows: 1,
    everyone: "the sweep looks for what is due of anybody",
  },
  "probes.unparkOne": {
    given: [parked],
    write: ({ m, wms }) => probes.unparkOne(m, wms, NOW),
    rows: 1,
  },
  "probes.endProbing": {
    given: [probing],
    write: ({ m, wms }) => probes.endProbing(m, wms),
    rows: 1,
  },
};
