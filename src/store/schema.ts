import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

/**
 * Every table, in D1. All are WITHOUT ROWID (a clause drizzle cannot express; the migrations carry
 * it) except `orders`, whose rows are wide. No CHECK and no cascade: see `docs/storage.md`.
 * Times are milliseconds, UTC. Columns are added, never renamed.
 */

export * from "./schema-alerts.ts";
export * from "./schema-work.ts";

/* The directory: who there is, and where their rows live. */

export const accounts = sqliteTable("accounts", {
  id: text().primaryKey(),
  name: text().notNull(),
  created_at: integer().notNull(),
});

export const merchants = sqliteTable(
  "merchants",
  {
    id: text().primaryKey(),
    account_id: text().notNull(),
    name: text().notNull(),
    /** Which D1 holds the merchant's rows; see `databases.ts`. */
    shard: integer().notNull(),
    /** The merchant's data key, wrapped by a key of SEAL_KEYS. */
    data_key: text().notNull(),
    created_at: integer().notNull(),
  },
  (t) => [index("merchants_by_account").on(t.account_id, t.id)],
);

export const apiKeys = sqliteTable(
  "api_keys",
  {
    user: text().primaryKey(),
    account_id: text().notNull(),
    /** Null on an account's (warehouse) key. */
    merchant_id: text(),
    /** Set on a cart's key only. */
    connection_id: text(),
    level: text().$type<"cart" | "merchant" | "warehouse">().notNull(),
    access: text().$type<"read" | "write">().notNull(),
    /** SHA-256 of a 256-bit random key. */
    key_hash: text().notNull(),
    name: text().notNull(),
    created_at: integer().notNull(),
    revoked_at: integer(),
  },
  (t) => [index("api_keys_by_account").on(t.account_id, t.user)],
);

/* One merchant's world. The merchant leads every key. */

export const connections = sqliteTable(
  "connections",
  {
    merchant_id: text().notNull(),
    id: text().notNull(),
    connector: text().notNull(),
    side: text().$type<"cart" | "wms">().notNull(),
    name: text().notNull(),
    /** The connector's own settings, JSON. */
    settings: text().notNull(),
    /** What Dray does with the connection, JSON; see `domain/policy.ts`. */
    policy: text().notNull(),
    /** The connector's secrets, JSON, sealed. */
    secrets: text().notNull(),
    health: text().$type<"healthy" | "degraded" | "needs_reauth">().notNull(),
    paused: integer().notNull().default(0),
    last_error: text(),
    last_error_at: integer(),
    /** Since when nothing works; null: it does. */
    failing_since: integer(),
    /** While it fails for everybody: when the next single record may try; see `sync/probe.ts`. */
    probe_at: integer(),
    /** Written at most once a minute. */
    last_webhook_at: integer(),
    rejected_webhooks: integer().notNull().default(0),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.id] }),
    index("connections_to_probe")
      .on(t.probe_at)
      .where(sql`probe_at IS NOT NULL`),
  ],
);

export const jobs = sqliteTable(
  "jobs",
  {
    merchant_id: text().notNull(),
    connection_id: text().notNull(),
    job: text().notNull(),
    enabled: integer().notNull(),
    /** The connection is paused or needs new credentials. */
    suspended: integer().notNull().default(0),
    /** 0: as data arrives. */
    interval_minutes: integer().notNull(),
    /** The job is due at every five-minute tick `t` with `t % (interval / 5) = slot`. */
    slot: integer().notNull(),
    /** Committed with the rows it stands for; the coordinator's copy may be ahead by idle polls. */
    cursor: text(),
    fence: integer().notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.connection_id, t.job] }),
    index("jobs_due")
      .on(t.interval_minutes, t.slot)
      .where(sql`enabled = 1 AND suspended = 0 AND interval_minutes > 0`),
  ],
);

export const orders = sqliteTable(
  "orders",
  {
    merchant_id: text().notNull(),
    /** Made of (cart, source id, part), so that loading an order again finds its row. */
    id: text().notNull(),
    cart_id: text().notNull(),
    source_id: text().notNull(),
    part: integer().notNull(),
    number: text().notNull(),
    cust_ref: text().notNull(),
    status: text().notNull(),
    sending_canceled: integer().notNull().default(0),
    /** Why the order waits although nothing is wrong with it; see `domain/holds.ts`. */
    on_hold: text(),
    /** What the order waits for in `error`: `address`, `ship_method`, `code`, `given_up`. */
    error_reason: text(),
    /** Something changed in the cart after the WMS accepted it. */
    changed_after_sending: integer().notNull().default(0),
    source_status: text().notNull(),
    /** When the cart last changed it, as the cart says; an older version never replaces a newer one. */
    source_modified_at: integer().notNull(),
    placed_at: integer().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    /** The domain order as the cart has it, JSON. */
    body: text().notNull(),
    /** JSON array, oldest first. */
    timeline: text().notNull(),
    /** Which renewal of a subscription, where the cart gives all of them one id. */
    period: text(),
    /** When a hold ends by itself; null: it waits for a person, or for what `on_hold` says. */
    hold_until: integer(),
    /** What a person changed here, JSON; see `domain/edits.ts`. Null: nothing. */
    edits: text(),
    /** What holds an order beside the hold that it shows; see `store/next-hold.ts`. */
    no_longer_passes: integer().notNull().default(0),
    possible_duplicate: integer().notNull().default(0),
    /** When a person cleared it: it is hidden, and never loaded again. */
    cleared_at: integer(),
    /** What an unsent one was before it was cleared, JSON; null: nothing but to be hidden became of it. */
    cleared_from: text(),
    /** Who called it off: `person` or `wms`; null: nobody, or the cart. */
    canceled_by: text(),
    /** A person sent it on although it did not pass the cart's settings. */
    waved_through: integer().notNull().default(0),
    is_test: integer().notNull().default(0),
    /** Where it is to be called off: `wms` or `cart`; null: nowhere. */
    cancel_wanted: text(),
    /** It was called off when the WMS would not or could not any more. */
    too_late_to_cancel: integer().notNull().default(0),
    /** It is off, and its cart would not call it off. */
    kept_in_cart: integer().notNull().default(0),
    /** When its personal data was taken out. */
    redacted_at: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.id] }),
    uniqueIndex("orders_by_ref").on(t.merchant_id, t.cust_ref),
    index("orders_by_created").on(t.merchant_id, t.created_at, t.cust_ref),
    index("orders_held")
      .on(t.hold_until)
      .where(sql`hold_until IS NOT NULL`),
    index("orders_to_cancel")
      .on(t.merchant_id, t.id)
      .where(sql`cancel_wanted IS NOT NULL`),
  ],
);

export const skippedOrders = sqliteTable(
  "skipped_orders",
  {
    merchant_id: text().notNull(),
    cart_id: text().notNull(),
    source_id: text().notNull(),
    number: text(),
    reason: text().notNull(),
    /** JSON array of failed checks `{ field, expected, actual }`. */
    checks: text().notNull(),
    message: text(),
    first_seen_at: integer().notNull(),
    last_seen_at: integer().notNull(),
    times: integer().notNull(),
    /** Set when it was loaded after all. */
    order_id: text(),
    /** When the cart last changed it, as the cart says: a new version is a new sighting. */
    source_modified_at: integer().notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.cart_id, t.source_id] }),
    index("skipped_orders_by_seen").on(t.merchant_id, t.last_seen_at),
    index("skipped_orders_by_number").on(t.merchant_id, t.number),
  ],
);

/** Orders that a person cleared: what is left of them when everything else has gone. */
export const tombstones = sqliteTable(
  "tombstones",
  {
    merchant_id: text().notNull(),
    order_id: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.order_id] })],
);

/** Orders by hand or by file that stand for one of a cart, by the number they have there. */
export const standIns = sqliteTable(
  "stand_ins",
  {
    merchant_id: text().notNull(),
    cart_id: text().notNull(),
    number: text().notNull(),
    order_id: text().notNull(),
    /** Set when the cart brought it: what it is filed under there, as in `skipped_orders`. */
    source_id: text(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.cart_id, t.number] })],
);

/** What the merchant sells, by its master code. */
export const products = sqliteTable(
  "products",
  {
    merchant_id: text().notNull(),
    sku: text().notNull(),
    name: text(),
    /** A person gave it this name: no list gives it another. */
    name_typed: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.sku] })],
);

/** Every code of a product, its SKU among them: a code is one product's. */
export const productCodes = sqliteTable(
  "product_codes",
  {
    merchant_id: text().notNull(),
    /** In lower case, without blanks around it. */
    code: text().notNull(),
    sku: text().notNull(),
    /** What kind of code it is, such as UPC; null: the SKU itself. */
    kind: text(),
    as_written: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.code] }),
    index("product_codes_by_sku").on(t.merchant_id, t.sku),
  ],
);

/** The SKUs that a cart takes or does not take, apart from its policy because they may be many. */
export const itemFilters = sqliteTable(
  "item_filters",
  {
    merchant_id: text().notNull(),
    cart_id: text().notNull(),
    /** JSON; see `domain/filters.ts`. */
    filter: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.cart_id] })],
);

export const deliveries = sqliteTable(
  "deliveries",
  {
    merchant_id: text().notNull(),
    order_id: text().notNull(),
    cart_id: text().notNull(),
    /** Null while the merchant has no WMS to send it to. */
    wms_id: text(),
    /** See `domain/delivery.ts`. */
    state: text().notNull(),
    /** The page of work it is on. */
    dispatch_id: text(),
    wms_order_id: text(),
    /** Part of the idempotency key; a new generation makes a new order at the WMS. */
    generation: integer().notNull().default(1),
    /** 1: the last attempt may have reached the WMS; it is asked before anything is sent again. */
    unknown: integer().notNull().default(0),
    failed_sends: integer().notNull().default(0),
    first_failed_at: integer(),
    last_error: text(),
    /** Set only while it waits for its next try. */
    next_at: integer(),
    /** JSON array, newest 20. */
    attempts: text().notNull().default("[]"),
    /** JSON by line id: the codes that the WMS was sent, where they are not the cart's. */
    sent_codes: text(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.order_id] }),
    index("deliveries_due")
      .on(t.next_at)
      .where(sql`next_at IS NOT NULL`),
    index("deliveries_waiting")
      .on(t.merchant_id, t.cart_id, t.order_id)
      .where(sql`state = 'waiting'`),
    index("deliveries_kept")
      .on(t.merchant_id, t.cart_id, t.order_id)
      .where(sql`state IN ('held', 'due', 'error', 'given_up')`),
  ],
);

export const shipments = sqliteTable(
  "shipments",
  {
    merchant_id: text().notNull(),
    order_id: text().notNull(),
    /** Made of (WMS, its shipment id), so that the same shipment again is a correction. */
    id: text().notNull(),
    cart_id: text().notNull(),
    wms_id: text().notNull(),
    /** See `domain/shipping.ts`. */
    state: text().notNull(),
    voided: integer().notNull().default(0),
    /** Rises with every correction; a confirmation of an older version is not the last word. */
    version: integer().notNull().default(1),
    /** The shipment, JSON. */
    body: text().notNull(),
    dispatch_id: text(),
    cart_shipment_id: text(),
    unknown: integer().notNull().default(0),
    failed_posts: integer().notNull().default(0),
    first_failed_at: integer(),
    last_error: text(),
    next_at: integer(),
    created_at: integer().notNull(),
    confirmed_at: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.order_id, t.id] }),
    index("shipments_due")
      .on(t.next_at)
      .where(sql`next_at IS NOT NULL`),
  ],
);
