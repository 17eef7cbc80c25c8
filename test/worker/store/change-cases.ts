import * as adoptions from "../../../src/store/adoptions.ts";
import * as audit from "../../../src/store/audit.ts";
import * as cancellations from "../../../src/store/cancellations.ts";
import * as cleared from "../../../src/store/cleared-orders.ts";
import * as filters from "../../../src/store/item-filters.ts";
import * as changes from "../../../src/store/order-changes.ts";
import * as products from "../../../src/store/products.ts";
import * as standIns from "../../../src/store/stand-ins.ts";
import * as tasks from "../../../src/store/tasks.ts";
import {
  NOW,
  both,
  canceled,
  entry,
  queued,
  steps,
  stepsFrom,
  unsent,
  waiting,
  where,
  type Case,
} from "./case.ts";
import { body, dsp, LONG_AGO, NOT_DUE, ord } from "./ground.ts";

const revisions = both.map((id) => ({
  id,
  body: body(9),
  edits: {},
  hold: "hold" as const,
  source_status: "processing",
  modified_at: NOW,
  entries: [entry],
  at: NOW,
}));
const ways = { con_cart: { ready: "released" as const, wait_ms: 0 } };
const results = both.map((id) => ({
  id,
  at: NOW,
  result: "canceled" as const,
  entries: [entry],
}));
const set = (columns: string) =>
  `UPDATE orders SET ${columns} WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')`;
const wanted = (kind: string) => set(`cancel_wanted = '${kind}'`);
const page = (connection_id: "con_wms" | "con_cart") => ({
  pages: [{ id: dsp("new"), connection_id } as const],
  created_at: NOW,
  due_at: NOT_DUE,
});

/** What people and carts change in orders, and what is left of it. */
export const changeCases: Record<string, Case> = {
  "order-changes.reviseOrders": {
    given: [unsent, waiting],
    write: ({ m }) => changes.reviseOrders(m, revisions, ways, NOW),
    rows: 2,
  },
  "order-changes.followHolds": {
    given: [unsent, waiting, set("on_hold = 'person'")],
    write: ({ m }) => changes.followHolds(m, both),
    rows: 2,
  },
  "order-changes.renewKeys": {
    given: [`UPDATE deliveries SET state = 'due', attempts = '[1]' WHERE ${where}`],
    write: ({ m }) => changes.renewKeys(m, both),
    rows: 2,
  },
  "order-changes.flagUnrevisedOrders": {
    given: [unsent, queued],
    write: ({ m }) => changes.flagUnrevisedOrders(m, revisions),
    rows: 2,
  },
  "order-changes.reopenOrders": {
    given: [canceled],
    write: ({ m }) => changes.reopenOrders(m, revisions, ways, NOW),
    rows: 2,
  },
  "order-changes.flagChangedOrders": {
    write: ({ m }) => changes.flagChangedOrders(m, stepsFrom),
    rows: 2,
  },
  "order-changes.noteOrders": {
    write: ({ m }) =>
      changes.noteOrders(
        m,
        stepsFrom.map((step) => ({ ...step, off: true })),
      ),
    rows: 2,
  },
  "cancellations.cancelUnsentOrders": {
    given: [unsent, waiting],
    write: ({ m }) => cancellations.cancelUnsentOrders(m, stepsFrom, null),
    rows: 2,
  },
  "cancellations.wantCancel": {
    write: ({ m }) => cancellations.wantCancel(m, stepsFrom, "person"),
    rows: 2,
  },
  "cancellations.queueWmsCancels": {
    given: [wanted("wms")],
    write: ({ m }) => cancellations.queueWmsCancels(m, both, page("con_wms")),
    rows: 1,
  },
  "cancellations.queueWmsCancels where none is wanted": {
    given: [set("cancel_wanted = NULL"), set("cancel_wanted = 'cart'")],
    write: ({ m }) => cancellations.queueWmsCancels(m, both, page("con_wms")),
    rows: 0,
  },
  "cancellations.queueCartCancels": {
    given: [wanted("cart")],
    write: ({ m }) => cancellations.queueCartCancels(m, both, page("con_cart")),
    rows: 1,
  },
  "cancellations.ordersToCancel": {
    given: [wanted("wms")],
    read: (db, { m }) => cancellations.ordersToCancel(db, m, both, "wms"),
    rows: 2,
  },
  "cancellations.settleWmsCancels": {
    given: [wanted("wms")],
    write: ({ m }) => cancellations.settleWmsCancels(m, dsp(1), 3, [], results),
    rows: 2,
  },
  "cancellations.settleCartCancels": {
    given: [wanted("cart")],
    write: ({ m }) => cancellations.settleCartCancels(m, dsp(1), 3, results),
    rows: 2,
  },
  "cancellations.cancelByWms": {
    write: ({ m }) => cancellations.cancelByWms(m, [], steps),
    rows: 2,
  },
  "cleared-orders.rarities": {
    read: async (db, { m, cart }) =>
      Object.values(await cleared.rarities(db, m, cart)).filter(Boolean),
    rows: 3,
  },
  "cleared-orders.insertTombstones": {
    given: [
      "DELETE FROM tombstones WHERE merchant_id = ?1 AND order_id IN ('ord_1', 'ord_2')",
      set("cleared_at = 1"),
    ],
    write: ({ m }) => cleared.insertTombstones(m, both, NOW),
    rows: 2,
  },
  "cleared-orders.deleteTombstones": {
    given: [set("cleared_at = NULL")],
    write: ({ m }) => cleared.deleteTombstones(m, both),
    rows: 2,
  },
  "cleared-orders.tombstonesOf": {
    read: (db, { m }) => cleared.tombstonesOf(db, m, both),
    rows: 2,
  },
  "stand-ins.insertStandIns": {
    write: ({ m, cart }) =>
      standIns.insertStandIns(m, [{ cart_id: cart, number: "new", order_id: ord(1) }]),
    rows: 1,
  },
  "stand-ins.failIfBrought": {
    write: ({ m, cart }) =>
      standIns.failIfBrought(m, [
        { cart_id: cart, number: "new", order_id: ord(1), from: "new", to: "new" },
      ]),
    rows: 0,
  },
  "stand-ins.failIfStoodFor": {
    write: ({ m, cart }) => standIns.failIfStoodFor(m, cart, ["new", "none"]),
    rows: 0,
  },
  "stand-ins.standInsFor": {
    read: (db, { m, cart }) =>
      standIns.standInsFor(
        db,
        m,
        ["1", "2", "none"].map((number) => ({ cart_id: cart, number })),
      ),
    rows: 2,
  },
  "stand-ins.linkStandIns": {
    write: ({ m, cart }) =>
      standIns.linkStandIns(m, cart, [
        { number: "1", source_id: "s" },
        { number: "2", source_id: "t" },
      ]),
    rows: 2,
  },
  "stand-ins.dropFallenStandIns": {
    given: [set("status = 'canceled', canceled_by = 'person'")],
    write: ({ m, cart }) =>
      standIns.dropFallenStandIns(
        m,
        ["1", "2", "none"].map((number) => ({ cart_id: cart, number })),
      ),
    rows: 2,
  },
  "stand-ins.linkedStandIns": {
    given: ["UPDATE stand_ins SET source_id = 's-1' WHERE merchant_id = ?1 AND number = '1'"],
    read: (db, { m, cart }) => standIns.linkedStandIns(db, m, cart, ["s-1", "none"]),
    rows: 1,
    grows:
      "walks past the cart's other stand-ins, which are few, when the cart shows no more what it had",
  },
  "stand-ins.standingOrders": {
    read: (db, { m, cart }) => standIns.standingOrders(db, m, [cart, "con_none"], "1", 1),
    rows: 1,
  },
  "adoptions.adoptOrders": {
    given: [set("cart_id = 'con_other'")],
    write: ({ m, cart }) =>
      adoptions.adoptOrders(
        m,
        cart,
        both.map((id) => ({ id, source_id: `s-${id}`, cart_lines: { 1: "9" }, entry })),
        "released",
        NOW,
      ),
    rows: 2,
  },
  "adoptions.adoptDeliveries": {
    given: [waiting],
    write: ({ m, cart }) => adoptions.adoptDeliveries(m, cart, null, both),
    rows: 2,
  },
  "adoptions.adoptShipments": {
    given: [
      set("status = 'shipped'"),
      `UPDATE shipments SET state = 'none', body = '{"lines":[1],"tracking_number":"1Z"}' WHERE ${where}`,
    ],
    write: ({ m, cart }) =>
      adoptions.adoptShipments(
        m,
        cart,
        { post_shipments: "last", untracked_counts: false },
        both,
        NOW,
      ),
    rows: 2,
  },
  "adoptions.followAdoption": {
    given: [
      set("cart_id = 'con_other'"),
      `UPDATE shipments SET state = 'none', body = '{"lines":[1]}' WHERE ${where}`,
    ],
    write: ({ m }) => adoptions.followAdoption(m, both, ["con_other"], NOW) ?? [],
    rows: 2,
  },
  "item-filters.readItemFilter": {
    read: (db, { m, cart }) => filters.readItemFilter(db, m, cart),
    rows: 1,
  },
  "item-filters.writeItemFilter": {
    write: ({ m, cart }) =>
      filters.writeItemFilter(m, cart, { mode: "deny", level: "line", skus: ["A"] }),
    rows: 1,
  },
  "products.putProducts": {
    write: ({ m }) =>
      products.putProducts(m, [
        { sku: "P-1", name: "New", aliases: { UPC: ["U-1"] } },
        { sku: "P-2", name: null, aliases: {} },
      ]),
    rows: 6,
  },
  "products.deleteProducts": {
    write: ({ m }) => products.deleteProducts(m, ["P-1", "P-2"]),
    rows: 4,
  },
  "products.knownCodes": {
    read: (db, { m }) => products.knownCodes(db, m, ["p-1", "p-2", "none"]),
    rows: 2,
  },
  "products.codesOfProducts": {
    read: (db, { m }) => products.codesOfProducts(db, m, ["P-1", "P-2"]),
    rows: 2,
  },
  "products.hasAliases": {
    given: ["UPDATE product_codes SET kind = 'UPC' WHERE merchant_id = ?1 AND code = 'p-1'"],
    read: async (db, { m }) => ((await products.hasAliases(db, m, "upc")) ? 1 : 0),
    rows: 1,
  },
  "products.hasAliases of a name that no product has": {
    given: ["UPDATE product_codes SET kind = 'UPC' WHERE merchant_id = ?1 AND code = 'p-1'"],
    read: async (db, { m }) =>
      ((await products.hasAliases(db, m, "none")) ? 1 : 0) +
      ((await products.hasAliases(db, m, "UPC")) ? 1 : 0),
    rows: 1,
    grows: "walks the merchant's codes when a person saves settings, as a name has no index",
  },
  "products.listProductRows": {
    read: (db, { m }) => products.listProductRows(db, m, { after: "P-1", limit: 20 }),
    rows: 20,
  },
  "audit.insertAudit": {
    write: ({ m }) =>
      audit.insertAudit(m, {
        id: "aud_new",
        at: NOW,
        by: { user: "merchant_1", name: "Key" },
        act: "filters_changed",
        subject: "con_cart",
        before: null,
        after: {},
      }),
    rows: 1,
  },
  "audit.listAudit": {
    read: (db, { m }) => audit.listAudit(db, m, { before: null, subject: null, limit: 20 }),
    rows: 20,
  },
  "tasks.insertTask": {
    write: ({ m }) =>
      tasks.insertTask(m, {
        id: "tsk_new",
        kind: "x",
        input: {},
        total: null,
        by: { user: "merchant_1", name: "Key" },
        created_at: NOW,
        due_at: NOT_DUE,
      }),
    rows: 1,
  },
  "tasks.readTask": { read: (db, { m }) => tasks.readTask(db, m, "tsk_1"), rows: 1 },
  "tasks.listTasks": { read: (db, { m }) => tasks.listTasks(db, m, 20), rows: 20 },
  "tasks.noteTaskPage": {
    write: ({ m }) =>
      tasks.noteTaskPage(
        m,
        "tsk_1",
        {
          state: "running",
          cursor: "c",
          fence: 9,
          done: 1,
          total: 2,
          counts: {},
          message: null,
          due_at: NOT_DUE,
        },
        NOW,
      ),
    rows: 1,
  },
  "tasks.setTaskDue": { write: ({ m }) => tasks.setTaskDue(m, "tsk_1", NOT_DUE), rows: 1 },
  "tasks.stopTask": { write: ({ m }) => tasks.stopTask(m, "tsk_1", NOW), rows: 1 },
  "tasks.stopSameTasks": {
    // Of all merchants, as its index goes across them.
    given: [
      "UPDATE tasks SET due_at = NULL, state = 'done' WHERE id NOT IN ('tsk_1', 'tsk_2') AND ?1 <> ''",
    ],
    write: ({ m }) =>
      tasks.stopSameTasks(m, { kind: "x", input: {}, created_at: NOW }, "Another took its place."),
    rows: 2,
  },
  "tasks.dueTasks": {
    given: [
      `UPDATE tasks SET due_at = ${LONG_AGO} WHERE merchant_id = ?1 AND id IN ('tsk_1', 'tsk_2')`,
    ],
    read: (db) => tasks.dueTasks(db, NOW, 50),
    rows: 2,
    everyone: "the sweep looks for what is due of anybody",
  },
};
