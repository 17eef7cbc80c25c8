import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AlertKind, AlertState } from "../domain/alerts.ts";

/** The tables of what is wrong, of what keeps it from being so, and of who is told; `schema.ts` says what holds for all. */

/** One row per (kind, subject), used again when the same thing goes wrong again. */
export const alerts = sqliteTable(
  "alerts",
  {
    merchant_id: text().notNull(),
    /** Made of merchant, kind and subject; see `domain/alerts.ts`. */
    id: text().notNull(),
    kind: text().$type<AlertKind>().notNull(),
    subject: text().notNull(),
    state: text().$type<AlertState>().notNull(),
    /** The other system's own words; null: Dray found it by itself. */
    message: text(),
    /** What Dray knows of it, JSON. */
    details: text().notNull(),
    /** Orders in `alert_orders`. */
    waiting: integer().notNull().default(0),
    /** How often it happened since it was opened. */
    times: integer().notNull().default(1),
    opened_at: integer().notNull(),
    last_at: integer().notNull(),
    closed_at: integer(),
    /** What resolved it, or who dismissed it. */
    closed_by: text(),
    /** Of whoever dismissed it. */
    note: text(),
    /** Since when it is worth telling; null: it may mend itself before. */
    ripe_at: integer(),
    /** Something about it is to be told; see `sync/tell-alerts.ts`. */
    tell_at: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.id] }),
    index("alerts_open")
      .on(t.merchant_id, t.opened_at)
      .where(sql`state = 'open'`),
    index("alerts_closed")
      .on(t.merchant_id, t.closed_at)
      .where(sql`closed_at IS NOT NULL`),
    index("alerts_to_tell")
      .on(t.tell_at)
      .where(sql`tell_at IS NOT NULL`),
  ],
);

/** The orders that wait on an alert. */
export const alertOrders = sqliteTable(
  "alert_orders",
  {
    merchant_id: text().notNull(),
    alert_id: text().notNull(),
    order_id: text().notNull(),
    /** What is wrong with the order as long as it is here; see `store/alert-orders.ts`. */
    about: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.alert_id, t.order_id] }),
    index("alert_orders_by_order").on(t.merchant_id, t.order_id, t.alert_id),
  ],
);

/** What a cart calls its ship methods, and what its WMS calls them; see `domain/ship-methods.ts`. */
export const shipMethods = sqliteTable(
  "ship_methods",
  {
    merchant_id: text().notNull(),
    cart_id: text().notNull(),
    match: text().$type<"exact" | "starts" | "contains" | "default">().notNull(),
    /** In lower case, without blanks around it; empty for `default`. */
    value: text().notNull(),
    as_written: text().notNull(),
    description: text(),
    /** Null: not mapped, unless it `passes`. */
    wms_method: text(),
    /** The WMS gets it as the cart writes it. */
    passes: integer().notNull().default(0),
    /** When the cart first sent it; null: only a person wrote it down. */
    seen_at: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.cart_id, t.match, t.value] }),
    index("ship_methods_patterns")
      .on(t.merchant_id, t.cart_id)
      .where(sql`match <> 'exact'`),
  ],
);

/** The ship methods that a WMS takes. */
export const wmsMethods = sqliteTable(
  "wms_methods",
  {
    merchant_id: text().notNull(),
    wms_id: text().notNull(),
    code: text().notNull(),
    name: text(),
    carrier: text(),
    source: text().$type<"wms" | "typed">().notNull(),
    /** What a person typed of one that the WMS lists, JSON; null: nothing. */
    typed: text(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.wms_id, t.code] })],
);

/** What a WMS calls carriers and services, and what a cart calls them. */
export const carrierNames = sqliteTable(
  "carrier_names",
  {
    merchant_id: text().notNull(),
    cart_id: text().notNull(),
    /** Carrier and service in lower case; see `domain/carriers.ts`. */
    key: text().notNull(),
    carrier: text().notNull(),
    service: text(),
    /** Null: unknown, it passes as the WMS writes it. */
    cart_name: text(),
    seen_at: integer(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.cart_id, t.key] })],
);

/**
 * Codes that came from outside for one product while another has them. A claim that a person decided
 * against stays, so that the same list does not make it again.
 */
export const codeConflicts = sqliteTable(
  "code_conflicts",
  {
    merchant_id: text().notNull(),
    /** As `product_codes.code`. */
    code: text().notNull(),
    /** The product that it came for. */
    sku: text().notNull(),
    kind: text(),
    as_written: text().notNull(),
    /** Where it came from: `wms`, `stock`; `person` of one that lost what it had. */
    source: text().notNull(),
    seen_at: integer().notNull(),
    /** When a person gave the code to another product; null: nobody decided yet. */
    decided_at: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.code, t.sku] }),
    index("code_conflicts_open")
      .on(t.merchant_id, t.code)
      .where(sql`decided_at IS NULL`),
    index("code_conflicts_by_sku").on(t.merchant_id, t.sku),
  ],
);

/** Who is told: of one merchant, or of an account, for all of its merchants. */
export const contacts = sqliteTable(
  "contacts",
  {
    /** A merchant's or an account's id. */
    owner_id: text().notNull(),
    id: text().notNull(),
    email: text().notNull(),
    name: text(),
    frequency: text().notNull(),
    /** Kinds that are told otherwise than their table says, JSON. */
    kinds: text().notNull(),
    active: integer().notNull().default(1),
    /** Why it was switched off, such as an address that bounces. */
    off_reason: text(),
    /** In the link that switches it off. */
    off_key: text().notNull(),
    created_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.owner_id, t.id] })],
);

/** Whom is something to be told of a merchant, and when; gone once it is told. See `sync/tell-alerts.ts`. */
export const tellings = sqliteTable(
  "tellings",
  {
    merchant_id: text().notNull(),
    contact_id: text().notNull(),
    /** `at_once`: only what this contact is told at once. */
    what: text().$type<"at_once" | "digest">().notNull(),
    owner_id: text().notNull(),
    due_at: integer().notNull(),
    /** Counts what came since it was made: whoever read it before tells the rest later. */
    news: integer().notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.contact_id, t.what] }),
    index("tellings_due").on(t.due_at),
  ],
);

/** What each contact was told of, until it is told that it is over. */
export const told = sqliteTable(
  "told",
  {
    merchant_id: text().notNull(),
    alert_id: text().notNull(),
    contact_id: text().notNull(),
    /** `alerts.ripe_at` as it was told: one that is another by now is to be told again. */
    ripe_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.alert_id, t.contact_id] })],
);

/** The outbox of mail, in the D1 of the alerts that it tells: written in the batch that says so. */
export const mails = sqliteTable(
  "mails",
  {
    owner_id: text().notNull(),
    /** Made of what it tells, so that telling it again finds its row. */
    id: text().notNull(),
    contact_id: text().notNull(),
    to: text().notNull(),
    subject: text().notNull(),
    text: text().notNull(),
    html: text().notNull(),
    /** For one-click unsubscribing. */
    off_url: text().notNull(),
    state: text().$type<"waiting" | "sending" | "sent" | "failed">().notNull(),
    tries: integer().notNull().default(0),
    /** When it is tried next, or, while it is being sent, when that counts as lost. */
    next_at: integer(),
    last_error: text(),
    created_at: integer().notNull(),
    sent_at: integer(),
    /** The alerts that it tells as new, JSON: what `told` says of them is not so if it never arrives. */
    tells: text().notNull().default("[]"),
  },
  (t) => [
    primaryKey({ columns: [t.owner_id, t.id] }),
    index("mails_by_created").on(t.owner_id, t.created_at, t.id),
    index("mails_due")
      .on(t.next_at)
      .where(sql`next_at IS NOT NULL`),
  ],
);

/** Messages of queues that failed through a fault of ours, for the operator. In the directory. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    /** Made of queue and body: the same message again is the same row. */
    id: text().primaryKey(),
    queue: text().notNull(),
    /** JSON. */
    body: text().notNull(),
    /** Null: not known. */
    cause: text(),
    merchant_id: text(),
    times: integer().notNull().default(1),
    at: integer().notNull(),
    state: text().$type<"failing" | "dead" | "replayed" | "dropped">().notNull(),
    settled_at: integer(),
    settled_by: text(),
  },
  (t) => [index("dead_letters_by_at").on(t.at)],
);

/** Calls that a vendor did not answer well, redacted, for 30 days. */
export const vendorCalls = sqliteTable(
  "vendor_calls",
  {
    merchant_id: text().notNull(),
    connection_id: text().notNull(),
    /** Sorts by time. */
    id: text().notNull(),
    at: integer().notNull(),
    method: text().notNull(),
    /** Without its query. */
    url: text().notNull(),
    /** Null: no answer came. */
    status: integer(),
    duration_ms: integer().notNull(),
    /** What was wrong. */
    message: text().notNull(),
    /** Redacted, and cut. */
    request: text(),
    response: text(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.connection_id, t.id] }),
    index("vendor_calls_by_at").on(t.at),
  ],
);

/** How long a merchant's customers' data is kept, and how far it was redacted. */
export const retention = sqliteTable(
  "retention",
  {
    merchant_id: text().notNull(),
    /** Days after an order's final state. */
    days: integer().notNull(),
    /** Orders loaded before were looked at. */
    done_until: integer().notNull().default(0),
    /** Where the pass under way is, JSON; see `domain/retention.ts`. */
    places: text().notNull().default("{}"),
  },
  (t) => [primaryKey({ columns: [t.merchant_id] })],
);

/** Orders that were looked at and were not final yet. */
export const retentionLeft = sqliteTable(
  "retention_left",
  {
    merchant_id: text().notNull(),
    order_id: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.order_id] })],
);
