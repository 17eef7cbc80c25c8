import * as releases from "../../../src/store/alert-releases.ts";
import * as changes from "../../../src/store/changes.ts";
import * as conflicts from "../../../src/store/code-conflicts.ts";
import * as deliveries from "../../../src/store/deliveries.ts";
import * as products from "../../../src/store/products.ts";
import * as tasks from "../../../src/store/tasks.ts";
import { NOW, both, entry, where, type Case } from "./case.ts";
import { NOT_DUE, ord } from "./ground.ts";

const ways = { con_cart: { ready: "released" as const, wait_ms: 0 } };
const newTask = {
  id: "tsk_new" as const,
  kind: "x",
  input: {},
  total: null,
  by: { user: "merchant_1", name: "Key" },
  created_at: NOW,
  due_at: NOT_DUE,
};
const code = { code: "new", sku: "P-1", kind: "UPC", as_written: "New" };
const free = "DELETE FROM product_codes WHERE merchant_id = ?1 AND code IN ('p-1', 'p-2')";
const claimed =
  'INSERT OR REPLACE INTO products (merchant_id, sku) SELECT ?1, value FROM json_each(\'["Q-1","Q-2"]\')';
const asAliases =
  "UPDATE product_codes SET kind = 'UPC' WHERE merchant_id = ?1 AND code IN ('p-1', 'p-2')";
const inError =
  "UPDATE orders SET status = 'error', error_reason = 'code' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')";

/** Codes, who claims them, and the orders that wait on what is mended. */
export const codeCases: Record<string, Case> = {
  "products.nameProducts": {
    write: ({ m }) =>
      products.nameProducts(
        m,
        [
          { sku: "P-1", name: "Renamed" },
          { sku: "NEW", name: null },
        ],
        "person",
      ),
    rows: 2,
  },
  "products.nameProducts of a list": {
    given: ["UPDATE products SET name_typed = 1 WHERE merchant_id = ?1 AND sku = 'P-1'"],
    write: ({ m }) =>
      products.nameProducts(
        m,
        [
          { sku: "P-1", name: "Renamed" },
          { sku: "P-2", name: "Renamed" },
        ],
        "list",
      ),
    rows: 1,
  },
  "products.insertCodes": { write: ({ m }) => products.insertCodes(m, [code]), rows: 1 },
  "products.insertCodes of a product that is gone": {
    write: ({ m }) => products.insertCodes(m, [{ ...code, sku: "NEW" }]),
    rows: 0,
  },
  "products.deleteCodes": {
    given: [asAliases],
    write: ({ m }) =>
      products.deleteCodes(m, [
        { code: "p-1", sku: "P-1" },
        { code: "p-2", sku: "another" },
      ]),
    rows: 1,
  },
  "products.deleteCodes of a SKU": {
    write: ({ m }) => products.deleteCodes(m, [{ code: "p-1", sku: "P-1" }]),
    rows: 0,
  },
  "products.productsBySku": {
    read: (db, { m }) => products.productsBySku(db, m, ["P-1", "P-2", "none"]),
    rows: 2,
  },
  "products.listCodes": {
    read: (db, { m }) => products.listCodes(db, m, { after: "p-1", limit: 20 }),
    rows: 20,
  },
  "products.aliasColumns": {
    given: [asAliases],
    read: (db, { m }) => products.aliasColumns(db, m),
    rows: 1,
    grows: "reads every code of the merchant, for the columns of its file",
  },
  "deliveries.sentCodesOf": {
    given: [`UPDATE deliveries SET sent_codes = '{"1":"MUG"}' WHERE ${where}`],
    read: (db, { m }) => deliveries.sentCodesOf(db, m, [...both, ord(3)]),
    rows: 2,
  },
  "code-conflicts.claimsOf": {
    read: (db, { m }) => conflicts.claimsOf(db, m, ["p-1", "p-2", "none"]),
    rows: 2,
  },
  "code-conflicts.claimsBy": {
    read: (db, { m }) => conflicts.claimsBy(db, m, "Q-1"),
    rows: 1,
  },
  "code-conflicts.openConflicts": {
    read: (db, { m }) => conflicts.openConflicts(db, m, { after: "p-1", limit: 20 }),
    rows: 20,
  },
  "code-conflicts.insertClaims": {
    write: ({ m }) =>
      conflicts.insertClaims(
        m,
        [
          { ...code, source: "wms", decided_at: null },
          { ...code, code: "p-1", sku: "Q-1", source: "wms", decided_at: null },
        ],
        NOW,
      ),
    rows: 1,
  },
  "code-conflicts.decideClaims": {
    given: [asAliases],
    write: ({ m }) => conflicts.decideClaims(m, "p-1", "Q-1", NOW),
    rows: 2,
  },
  "code-conflicts.settleClaims": {
    given: [free, claimed],
    write: ({ m }) => conflicts.settleClaims(m, ["p-1", "p-2"]),
    rows: 4,
  },
  "code-conflicts.settleClaims of codes that are not free": {
    write: ({ m }) => conflicts.settleClaims(m, ["p-1", "p-2"]),
    rows: 0,
  },
  "code-conflicts.forgetClaims": {
    given: ["UPDATE code_conflicts SET decided_at = 1 WHERE merchant_id = ?1 AND code = 'p-2'"],
    write: ({ m }) => conflicts.forgetClaims(m, ["Q-1"], ["p-2"]),
    rows: 2,
  },
  "alert-releases.whileOrdersWait": {
    write: ({ m }) =>
      tasks.insertTask(m, newTask, releases.whileOrdersWait(m, ["alr_1", "alr_none"])),
    rows: 1,
  },
  "alert-releases.whileAnyWaits": {
    write: ({ m }) => tasks.insertTask(m, newTask, releases.whileAnyWaits(m)),
    rows: 1,
  },
  "alert-releases.ordersThatWait": {
    read: (db, { m }) =>
      releases.ordersThatWait(db, m, ["alr_1", "alr_2"], { alert: "alr_1", order: "" }, 20),
    rows: 2,
  },
  "alert-releases.waitingAlerts": {
    given: [
      "UPDATE alerts SET kind = 'code', subject = 'con_cart/p-1' WHERE merchant_id = ?1 AND id = 'alr_1'",
    ],
    read: async (db, { m, cart }) =>
      (await releases.waitingAlerts(db, m, { kind: "code", cart_id: cart }, "alr_1", 20)).ids,
    rows: 1,
  },
  "alert-releases.alertsWaitedOn": {
    read: (db, { m }) => releases.alertsWaitedOn(db, m, ["alr_1", "alr_2"]),
    rows: 2,
  },
  "alert-releases.releaseMended": {
    given: [inError],
    write: ({ m }) =>
      releases.releaseMended(
        m,
        both.map((order_id) => ({ order_id, alerts: ["alr_1"], entries: [entry] })),
        ways,
        NOW,
      ),
    // The other waits on another alert.
    rows: 1,
  },
  "alert-releases.renameReasons": {
    given: [inError],
    write: ({ m }) =>
      releases.renameReasons(
        m,
        both.map((order_id, at) => ({ order_id, reason: at === 0 ? "code" : "address" })),
      ),
    rows: 1,
  },
  "changes.mendedSince": {
    given: ["UPDATE changes SET kind = 'mended' WHERE merchant_id = ?1"],
    write: ({ m }) => tasks.insertTask(m, newTask, changes.mendedSince(m, 0)),
    rows: 1,
  },
  "changes.noteMending": { write: ({ m }) => changes.noteMending(m, NOW), rows: 1 },
};
