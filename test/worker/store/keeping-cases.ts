import type { NewDeadLetter } from "../../../src/domain/dead-letters.ts";
import { NOWHERE } from "../../../src/domain/retention.ts";
import * as aged from "../../../src/store/aged-rows.ts";
import * as letters from "../../../src/store/dead-letters.ts";
import * as merchants from "../../../src/store/merchants.ts";
import * as redactions from "../../../src/store/redactions.ts";
import * as retention from "../../../src/store/retention.ts";
import * as calls from "../../../src/store/vendor-calls.ts";
import { NOW, both, entry, where, type Case } from "./case.ts";
import { NOT_DUE, body, ord, shp, type Ground } from "./ground.ts";

const letter = ({ m }: Ground, n: number | string): NewDeadLetter => ({
  id: `dlt_${m}_${n}`,
  queue: "dray-jobs",
  body: {},
  cause: null,
  merchant_id: m,
});
const newestLetters = `UPDATE dead_letters SET at = ${NOT_DUE} WHERE id IN ('dlt_' || ?1 || '_1', 'dlt_' || ?1 || '_2')`;
const droppedLetters = newestLetters.replace(`at = ${NOT_DUE}`, "at = 1, state = 'dropped'");
const oldCalls = `INSERT INTO vendor_calls (merchant_id, connection_id, id, at, method, url, duration_ms, message)
  SELECT ?1, 'con_wms', 'cal_' || value, 1, 'GET', 'x', 1, 'x' FROM json_each('[1,2]')`;
const confirmed =
  "UPDATE orders SET status = 'confirmed' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')";
const redacted = confirmed.replace("status = 'confirmed'", "redacted_at = 1");
const closed = `UPDATE alerts SET state = 'resolved', closed_at = 1, message = 'x' WHERE merchant_id = ?1 AND id IN ('alr_1', 'alr_2')`;
const everyone = "an operator looks after everybody's";

/** What is kept for operators, and what is forgotten. */
export const keepingCases: Record<string, Case> = {
  "dead-letters.noteFailing": {
    write: (ground) => letters.noteFailing(letter(ground, "new"), NOW),
    rows: 1,
  },
  "dead-letters.noteDead": {
    write: (ground) => letters.noteDead(letter(ground, "new"), NOW),
    rows: 2,
  },
  "dead-letters.noteDead of one that was settled": {
    given: [droppedLetters],
    write: (ground) => letters.noteDead(letter(ground, 1), NOW),
    rows: 2,
  },
  "dead-letters.settleDeadLetter": {
    write: (ground) => letters.settleDeadLetter(letter(ground, 1).id, "dropped", "Ann", NOW),
    rows: 1,
  },
  "dead-letters.readDeadLetter": {
    read: (db, ground) => letters.readDeadLetter(db, ground.account, letter(ground, 1).id),
    rows: 1,
  },
  "dead-letters.listDeadLetters": {
    given: [newestLetters],
    read: (db, { account }) =>
      letters.listDeadLetters(db, account, { state: "dead", after: null, limit: 2 }),
    rows: 2,
    everyone,
  },
  "dead-letters.deleteDeadLetters": {
    given: [droppedLetters],
    write: () => letters.deleteDeadLetters(2, 10),
    rows: 2,
    everyone,
  },
  "vendor-calls.insertVendorCall": {
    write: ({ m, cart }) =>
      calls.insertVendorCall(
        m,
        cart,
        {
          id: "cal_new",
          at: NOW,
          method: "GET",
          url: "https://x.test/",
          status: null,
          duration_ms: 1,
          message: "No answer",
          request: null,
          response: null,
        },
        { since: NOT_DUE, most: 20 },
      ),
    rows: 1,
  },
  "vendor-calls.listVendorCalls": {
    read: (db, { m, cart }) =>
      calls.listVendorCalls(db, m, cart, { before: "cal_000050", limit: 10 }),
    rows: 10,
  },
  "vendor-calls.deleteVendorCalls": {
    given: [oldCalls],
    write: () => calls.deleteVendorCalls(2, 10),
    rows: 2,
    everyone,
  },
  "merchants.listMerchantIds": {
    read: (db) => merchants.listMerchantIds(db, "", 2),
    rows: 2,
    everyone: "the daily round goes through all of them",
  },
  "retention.readRetention": {
    read: async (db, { m }) => {
      const { done_until } = await retention.readRetention(db, m);
      return done_until === 0 ? [] : [done_until];
    },
    rows: 1,
  },
  "retention.setRetentionDays": {
    write: ({ m }) =>
      retention.setRetentionDays(m, 90, 30, {
        id: "aud_new",
        at: NOW,
        by: { user: "u", name: "U" },
        act: "x",
        subject: m,
        before: null,
        after: null,
      }),
    rows: 2,
  },
  "retention.saveRetention": {
    write: ({ m }) => retention.saveRetention(m, { done_until: 5, places: NOWHERE }),
    rows: 1,
  },
  "retention.leaveOrders": {
    given: [`DELETE FROM retention_left WHERE ${where}`],
    write: ({ m }) => retention.leaveOrders(m, both),
    rows: 2,
  },
  "retention.dropLeft": {
    given: [redacted],
    write: ({ m }) => retention.dropLeft(m, both),
    rows: 2,
  },
  "retention.listLeft": {
    read: (db, { m }) => retention.listLeft(db, m, "ord_50", 10),
    rows: 10,
  },
  "redactions.walkOrders": {
    read: (db, { m }) => redactions.walkOrders(db, m, [1_050, "R-50"], NOT_DUE, 10),
    rows: 10,
  },
  "redactions.ordersToRedact": {
    given: [confirmed],
    read: (db, { m }) => redactions.ordersToRedact(db, m, both, NOT_DUE),
    rows: 2,
  },
  "redactions.redactOrders": {
    write: ({ m }) =>
      redactions.redactOrders(
        m,
        [1, 2].map((n) => ({
          id: ord(n),
          body: body(n),
          edits: null,
          timeline: [entry],
          updated_at: 1_000 + n,
          version: '[{"at":1,"event":"loaded","text":"Loaded."}]'.length,
        })),
        NOW,
      ),
    rows: 2,
  },
  "redactions.deliveriesToRedact": {
    given: [`UPDATE deliveries SET last_error = 'No' WHERE ${where}`],
    read: (db, { m }) => redactions.deliveriesToRedact(db, m, both),
    rows: 2,
  },
  "redactions.redactDeliveries": {
    given: [redacted],
    write: ({ m }) =>
      redactions.redactDeliveries(
        m,
        both.map((order_id) => ({ order_id, attempts: [] })),
      ),
    rows: 2,
  },
  "redactions.shipmentsToRedact": {
    given: [`UPDATE shipments SET last_error = 'No' WHERE ${where}`],
    read: (db, { m }) => redactions.shipmentsToRedact(db, m, both),
    rows: 2,
  },
  "redactions.redactShipments": {
    given: [redacted],
    write: ({ m }) =>
      redactions.redactShipments(
        m,
        [1, 2].map((n) => ({
          order_id: ord(n),
          id: shp(n),
          version: 1,
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
  "aged-rows.agedSkips": {
    read: (db, { m, cart }) => aged.agedSkips(db, m, [1, cart, "s-50"], NOT_DUE, 10),
    rows: 10,
  },
  "aged-rows.redactSkips": {
    write: ({ m, cart }) =>
      aged.redactSkips(
        m,
        ["s-1", "s-2"].map((source_id) => ({
          cart_id: cart,
          source_id,
          last_seen_at: 1,
          checks: [],
        })),
      ),
    rows: 2,
  },
  "aged-rows.agedChunks": {
    read: (db, { m }) => aged.agedChunks(db, m, ["tsk_1", 50], "tsk_2", 10),
    rows: 10,
  },
  "aged-rows.redactChunk": {
    write: ({ m }) => aged.redactChunk(m, "tsk_1", 1, []),
    rows: 1,
  },
  "aged-rows.agedAlerts": {
    given: [closed],
    read: (db, { m }) => aged.agedAlerts(db, m, null, NOW, 10),
    rows: 2,
  },
  "aged-rows.redactAlerts": {
    given: [closed],
    write: ({ m }) =>
      aged.redactAlerts(
        m,
        ["alr_1", "alr_2"].map((id) => ({ id, closed_at: 1, details: {} })),
      ),
    rows: 2,
  },
  "aged-rows.redactOpenAlerts": {
    given: [redacted, closed.replace("state = 'resolved', closed_at = 1,", "")],
    write: ({ m }) => aged.redactOpenAlerts(m, both),
    rows: 2,
  },
};
