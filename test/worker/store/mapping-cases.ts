import { sql } from "drizzle-orm";
import * as carriers from "../../../src/store/carrier-names.ts";
import * as facts from "../../../src/store/cart-facts.ts";
import * as methods from "../../../src/store/ship-methods.ts";
import * as wmsMethods from "../../../src/store/wms-methods.ts";
import { NOW, type Case } from "./case.ts";

const always = sql`1`;
const exact = (value: string) => ({ match: "exact" as const, value });
const seen = (value: string) => ({ value, as_written: value, description: null });
const mapping = (value: string) => ({
  ...exact(value),
  as_written: value,
  description: null,
  wms_method: "W-1",
  passes: false,
});
const wmsMethod = { code: "new", name: null, carrier: null, source: "typed" as const, typed: null };
const carrier = { key: "new", carrier: "New", service: null, cart_name: "N" };

/** What carts and warehouses call ship methods and carriers, and orders that go once that is known. */
export const mappingCases: Record<string, Case> = {
  "cart-facts.cartFactRows": {
    read: (db, { m, cart, wms }) =>
      facts.cartFactRows(db, m, wms, new Map([[cart, ["m-1", "m-2"]]])),
    rows: 5,
  },
  "ship-methods.seeMethods": {
    write: ({ m, cart }) => methods.seeMethods(m, cart, [seen("new"), seen("new2")], NOW),
    rows: 2,
  },
  "ship-methods.seeMethods that were seen": {
    given: [
      "UPDATE ship_methods SET seen_at = 1 WHERE merchant_id = ?1 AND value IN ('m-1', 'm-2')",
    ],
    write: ({ m, cart }) => methods.seeMethods(m, cart, [seen("m-1"), seen("m-2")], NOW),
    rows: 0,
  },
  "ship-methods.putMethods": {
    write: ({ m, cart }) => methods.putMethods(m, cart, [mapping("new"), mapping("m-1")], always),
    rows: 2,
  },
  "ship-methods.dropMethod": {
    write: ({ m, cart }) => methods.dropMethod(m, cart, exact("m-1"), always),
    rows: 1,
  },
  "ship-methods.listMethods": {
    read: (db, { m, cart }) => methods.listMethods(db, m, cart, exact("m-5"), 10),
    rows: 10,
  },
  "ship-methods.methodRows": {
    read: (db, { m, cart }) => methods.methodRows(db, m, cart, [exact("m-1"), exact("m-2")]),
    rows: 2,
  },
  "ship-methods.namedMethods": {
    read: (db, { m, cart }) => methods.namedMethods(db, m, [cart]),
    rows: 3,
    grows: "reads the whole map of the carts, when somebody changes the methods of their WMS",
  },
  "wms-methods.listWmsMethods": {
    read: (db, { m, wms }) => wmsMethods.listWmsMethods(db, m, wms),
    rows: 50,
  },
  "wms-methods.putWmsMethods": {
    write: ({ m, wms }) => wmsMethods.putWmsMethods(m, wms, [wmsMethod], always),
    rows: 1,
  },
  "wms-methods.deleteWmsMethods": {
    write: ({ m, wms }) => wmsMethods.deleteWmsMethods(m, wms, ["W-1", "W-2"], always),
    rows: 2,
  },
  "carrier-names.carrierRows": {
    read: (db, { m, cart }) => carriers.carrierRows(db, m, cart, ["c-1", "c-2"]),
    rows: 2,
  },
  "carrier-names.listCarrierNames": {
    read: (db, { m, cart }) => carriers.listCarrierNames(db, m, cart, 10),
    rows: 10,
  },
  "carrier-names.seeCarriers": {
    write: ({ m, cart }) => carriers.seeCarriers(m, cart, [{ key: "new", carrier: "New" }], NOW),
    rows: 1,
  },
  "carrier-names.putCarrierNames": {
    write: ({ m, cart }) => carriers.putCarrierNames(m, cart, [carrier], always),
    rows: 1,
  },
};
