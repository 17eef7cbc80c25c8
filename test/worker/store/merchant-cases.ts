import * as accounts from "../../../src/store/accounts.ts";
import * as apiKeys from "../../../src/store/api-keys.ts";
import * as changes from "../../../src/store/changes.ts";
import * as connections from "../../../src/store/connections.ts";
import * as jobs from "../../../src/store/jobs.ts";
import * as merchants from "../../../src/store/merchants.ts";
import * as runs from "../../../src/store/runs.ts";
import * as sweeps from "../../../src/store/sweeps.ts";
import { NOW, both, where, type Case } from "./case.ts";
import { LONG_AGO, NOT_DUE } from "./ground.ts";

export const merchantCases: Record<string, Case> = {
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
    write: ({ m, cart }) => jobs.updateJob(m, cart, 1, "order-download", { enabled: false }),
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
  "merchants.merchantNames": {
    read: (db, { m }) => merchants.merchantNames(db, [m]),
    rows: 1,
  },
  "merchants.merchantsAfter": {
    read: (db, { account }) => merchants.merchantsAfter(db, account, "", 50),
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
  "sweeps.whatIsDue": {
    given: ["INSERT OR IGNORE INTO sweeps SELECT 1, 1 WHERE ?1 = ?1"],
    read: (db) => sweeps.whatIsDue(db, NOW),
    rows: 1,
    everyone: "the sweep looks for what is due of anybody",
  },
  "sweeps.noteTick": {
    given: ["INSERT OR REPLACE INTO sweeps SELECT 1, 2 WHERE ?1 = ?1"],
    write: () => sweeps.noteTick(1),
    rows: 1,
    everyone: "one row per shard",
  },
  "sweeps.claimSweep": {
    given: ["INSERT OR REPLACE INTO sweeps SELECT 2, 2 WHERE ?1 = ?1"],
    write: () => sweeps.claimSweep(1),
    rows: 1,
    everyone: "one row per shard",
  },
  "sweeps.restHints": {
    given: [
      `UPDATE dispatches SET fence = 0, due_at = ${LONG_AGO} WHERE merchant_id = ?1 AND id IN ('dsp_1', 'dsp_2')`,
    ],
    write: () => sweeps.restHints(NOW, NOT_DUE, 50),
    rows: 2,
    everyone: "the sweep looks for what is due of anybody",
  },
  "sweeps.putOff of deliveries": {
    given: [`UPDATE deliveries SET state = 'due', next_at = ${LONG_AGO} WHERE ${where}`],
    write: ({ m, wms }) =>
      sweeps.putOff("delivery", { merchant_id: m, connection_id: wms }, NOW, NOT_DUE),
    rows: 2,
  },
  "sweeps.putOff of shipments": {
    given: [`UPDATE shipments SET state = 'due', next_at = ${LONG_AGO} WHERE ${where}`],
    write: ({ m, cart }) =>
      sweeps.putOff("confirmation", { merchant_id: m, connection_id: cart }, NOW, NOT_DUE),
    rows: 2,
  },
};
