import * as skips from "../../../src/store/skipped-orders.ts";
import { NOW, type Case } from "./case.ts";
import { ord } from "./ground.ts";

const numbered =
  "UPDATE skipped_orders SET number = 'N-' || source_id WHERE merchant_id = ?1 AND source_id IN ('s-1', 's-2')";
const rare =
  "UPDATE skipped_orders SET reason = 'order_status' WHERE merchant_id = ?1 AND source_id IN ('s-1', 's-2')";
const recent =
  "UPDATE skipped_orders SET last_seen_at = 5 WHERE merchant_id = ?1 AND source_id IN ('s-1', 's-2')";

export const skipCases: Record<string, Case> = {
  "skipped-orders.upsertSkips": {
    write: ({ m, cart }) =>
      skips.upsertSkips(
        m,
        cart,
        ["s-1", "s-2"].map((source_id) => ({
          source_id,
          order_id: ord("new"),
          number: null,
          reason: "no_lines",
          checks: [],
          message: null,
          source_modified_at: NOW,
        })),
        NOW,
      ),
    rows: 2,
  },
  "skipped-orders.upsertSkips of orders that are here": {
    write: ({ m, cart }) =>
      skips.upsertSkips(
        m,
        cart,
        [1, 2, "new"].map((n) => ({
          source_id: `s-${n === "new" ? 1 : n}`,
          order_id: ord(n),
          number: null,
          reason: "no_lines",
          checks: [],
          message: null,
          source_modified_at: NOW,
        })),
        NOW,
      ),
    rows: 1,
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
  "skipped-orders.markGoneSkips": {
    write: ({ m, cart }) => skips.markGoneSkips(m, cart, ["s-1", "s-2"], "Gone."),
    rows: 2,
  },
  "skipped-orders.readSkip": {
    read: (db, { m, cart }) => skips.readSkip(db, m, cart, "s-1"),
    rows: 1,
  },
  "skipped-orders.listSkips": {
    read: (db, { m, cart }) =>
      skips.listSkips(db, m, { cart_id: cart }, { limit: 20, after: null }),
    rows: 20,
  },
  "skipped-orders.listSkips after a place": {
    read: (db, { m, cart }) =>
      skips.listSkips(db, m, { present: true }, { limit: 20, after: [1, cart, "s-50"] }),
    rows: 20,
  },
  "skipped-orders.listSkips of a span of time": {
    given: [recent],
    read: (db, { m }) => skips.listSkips(db, m, { from: 3, to: 9 }, { limit: 20, after: null }),
    rows: 2,
  },
  "skipped-orders.listSkips of a number": {
    given: [numbered],
    read: (db, { m, cart }) =>
      skips.listSkips(db, m, { number: "N-s" }, { limit: 20, after: ["N-s-1", cart, "s-1"] }),
    rows: 1,
  },
  "skipped-orders.listSkips of a rare reason": {
    given: [rare],
    read: (db, { m }) =>
      skips.listSkips(db, m, { reason: "order_status" }, { limit: 20, after: null }),
    rows: 2,
    grows: "walks past those of other reasons, as an index with the reason would cost a row each",
  },
  "skipped-orders.countSkips": {
    read: (db, { m, cart }) => skips.countSkips(db, m, { cart_id: cart }, 50),
    rows: 50,
  },
};
