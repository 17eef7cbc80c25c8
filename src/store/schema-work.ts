import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { DispatchKind } from "../domain/dispatch.ts";

/** The tables of work and of what was done; `schema.ts` says what holds for all. */

/** One page of work for one connection: the outbox. Gone when every record on it is settled. */
export const dispatches = sqliteTable(
  "dispatches",
  {
    merchant_id: text().notNull(),
    id: text().notNull(),
    /** See `domain/dispatch.ts`. */
    kind: text().$type<DispatchKind>().notNull(),
    connection_id: text().notNull(),
    /** JSON array of order ids. */
    items: text().notNull(),
    /** The fence of the newest claim; 0: never claimed. */
    fence: integer().notNull().default(0),
    /** 1: claimed, and nothing was heard since. Whatever is not settled may be at the vendor. */
    working: integer().notNull().default(0),
    /** When the sweep sends its hint again; null: parked until the connection works. */
    due_at: integer(),
    created_at: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.id] }),
    index("dispatches_due")
      .on(t.due_at)
      .where(sql`due_at IS NOT NULL`),
    index("dispatches_parked")
      .on(t.merchant_id, t.connection_id)
      .where(sql`due_at IS NULL`),
    index("dispatches_unclaimed")
      .on(t.merchant_id, t.id)
      .where(sql`fence = 0`),
  ],
);

/** The feed: one row per batch, numbered at commit. */
export const changes = sqliteTable(
  "changes",
  {
    merchant_id: text().notNull(),
    seq: integer().notNull(),
    at: integer().notNull(),
    kind: text().notNull(),
    /** JSON array of ids. */
    ids: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.seq] })],
);

export const runs = sqliteTable(
  "runs",
  {
    merchant_id: text().notNull(),
    connection_id: text().notNull(),
    /** Sorts by start. */
    id: text().notNull(),
    job: text().notNull(),
    started_at: integer().notNull(),
    duration_ms: integer().notNull(),
    /** `ok`, or the kind of failure. */
    result: text().notNull(),
    /** JSON object of counts. */
    counts: text().notNull(),
    message: text(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.connection_id, t.id] })],
);

/** Two rows per shard: how far the sweep has looked, and which moment it was last fired for. */
export const sweeps = sqliteTable("sweeps", {
  id: integer().primaryKey(),
  last_tick: integer().notNull(),
});

/** Long work that a person began, page after page. */
export const tasks = sqliteTable(
  "tasks",
  {
    merchant_id: text().notNull(),
    /** Sorts by start. */
    id: text().notNull(),
    /** See `domain/tasks.ts`. */
    kind: text().notNull(),
    state: text().$type<"running" | "done" | "failed" | "stopped">().notNull(),
    /** What was asked for, JSON. */
    input: text().notNull(),
    /** Where the next page begins; null: at the start. */
    cursor: text(),
    /** Of the newest page that was committed. */
    fence: integer().notNull().default(0),
    done: integer().notNull().default(0),
    /** Null: nobody knows. */
    total: integer(),
    /** JSON object of counts. */
    counts: text().notNull().default("{}"),
    message: text(),
    /** Who began it, JSON. */
    by: text().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    /** When the sweep sends its hint again; null: it has ended. */
    due_at: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.merchant_id, t.id] }),
    index("tasks_due")
      .on(t.due_at)
      .where(sql`due_at IS NOT NULL`),
  ],
);

/** The rows of a file that is being loaded, in pieces of less than 1 MB. */
export const importChunks = sqliteTable(
  "import_chunks",
  {
    merchant_id: text().notNull(),
    task_id: text().notNull(),
    seq: integer().notNull(),
    /** JSON array of rows, each its number and then its cells; empty once it was worked. */
    rows: text().notNull(),
    /** JSON array of what was refused, once it was worked. */
    refused: text(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.task_id, t.seq] })],
);

/** How the columns of a cart's files become orders. */
export const importMappings = sqliteTable(
  "import_mappings",
  {
    merchant_id: text().notNull(),
    cart_id: text().notNull(),
    /** JSON; see `domain/import-mapping.ts`. */
    mapping: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.cart_id] })],
);

/** What people and API keys changed: one row per change. */
export const audit = sqliteTable(
  "audit",
  {
    merchant_id: text().notNull(),
    /** Sorts by time. */
    id: text().notNull(),
    at: integer().notNull(),
    /** Who, JSON. */
    by: text().notNull(),
    act: text().notNull(),
    /** What it was done to, by id. */
    subject: text().notNull(),
    /** JSON. */
    before: text().notNull(),
    after: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.merchant_id, t.id] })],
);
