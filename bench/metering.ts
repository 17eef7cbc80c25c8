import type { Coordinator } from "../src/coordinator/client.ts";
import type { Outbox } from "../src/sync/deps.ts";

/** Counts at the doors: to D1, to the objects and their SQL, to the queues and to the vendors. */

export interface Cost {
  times: number;
  rows_written: number;
  rows_read: number;
}

export interface Counts {
  rows_written: number;
  rows_read: number;
  statements: number;
  /** Round trips to D1; a batch is one. */
  d1_requests: number;
  object_requests: number;
  object_rows_written: number;
  object_rows_read: number;
  /** Three for each message: written, read, deleted. */
  queue_operations: number;
  vendor_calls: number;
  /** By `station: VERB table`. */
  by_statement: Record<string, Cost>;
}

const none = (): Counts => ({
  rows_written: 0,
  rows_read: 0,
  statements: 0,
  d1_requests: 0,
  object_requests: 0,
  object_rows_written: 0,
  object_rows_read: 0,
  queue_operations: 0,
  vendor_calls: 0,
  by_statement: {},
});

/** A statement by its verb, its tables and the key of its list: `SELECT orders by cust_ref`. */
export function nameOf(sql: string): string {
  const text = sql.replaceAll(/["`]/g, "").replaceAll(/\s+/g, " ").trim();
  const verb = /^\w+/.exec(text)?.[0]?.toUpperCase() ?? "?";
  const target = /^(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)/i.exec(text)?.[1];
  if (target) return `${verb} ${target}`;
  const tables = [...text.matchAll(/(?:FROM|JOIN) (\w+)/gi)]
    .map((found) => found[1] ?? "")
    .filter((table) => table !== "json_each");
  const key = /(\w+) = j\.value/.exec(text)?.[1];
  return `${verb} ${[...new Set(tables)].join(", ")}${key ? ` by ${key}` : ""}`;
}

/** The cursors of an object's SQL; their counts are final only when read to the end. */
const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
const meteredSql = new WeakSet<SqlStorage>();

/** Counts what this object's SQL does from now on, in the isolate's one ledger of it. */
export function meterObjectSql(sql: SqlStorage): void {
  if (meteredSql.has(sql)) return;
  meteredSql.add(sql);
  const exec = sql.exec.bind(sql) as (
    query: string,
    ...bindings: unknown[]
  ) => SqlStorageCursor<Record<string, SqlStorageValue>>;
  Object.defineProperty(sql, "exec", {
    value: (query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    },
  });
}

export interface Meter {
  /** Names what comes next: the part of the order's journey. */
  station(name: string): void;
  d1(db: D1Database): D1Database;
  coordinator(coordinator: Coordinator): Coordinator;
  outbox<M>(outbox: Outbox<M>): Outbox<M>;
  vendorCall(): void;
  /** What was counted since the last time, and starts anew. */
  take(): Counts;
}

export function createMeter(): Meter {
  let counts = none();
  let station = "";
  const original = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const names = new WeakMap<D1PreparedStatement, string>();

  const note = (name: string, { meta }: { meta: D1Meta }) => {
    const key = `${station}: ${name}`;
    const cost = (counts.by_statement[key] ??= { times: 0, rows_written: 0, rows_read: 0 });
    for (const sum of [cost, counts]) {
      sum.rows_written += meta.rows_written;
      sum.rows_read += meta.rows_read;
    }
    cost.times += 1;
    counts.statements += 1;
  };
  const uncounted = () => {
    throw new Error("first() and raw() carry no meta: rows would go uncounted");
  };
  const wrap = (statement: D1PreparedStatement, name: string): D1PreparedStatement => {
    const run = async <T>(): Promise<D1Result<T>> => {
      counts.d1_requests += 1;
      const result = await statement.all<T>();
      note(name, result);
      return result;
    };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), name),
      all: run,
      run,
      first: uncounted,
      raw: uncounted,
    } as D1PreparedStatement;
    original.set(wrapped, statement);
    names.set(wrapped, name);
    return wrapped;
  };

  return {
    station: (name) => {
      station = name;
    },
    d1: (db) =>
      ({
        prepare: (sql: string) => wrap(db.prepare(sql), nameOf(sql)),
        batch: async <T>(statements: D1PreparedStatement[]) => {
          counts.d1_requests += 1;
          const results = await db.batch<T>(statements.map((one) => original.get(one) ?? one));
          results.forEach((result, at) => note(names.get(statements[at]!) ?? "?", result));
          return results;
        },
      }) as D1Database,
    coordinator: (inner) => {
      const counted =
        <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
        (...args: A) => {
          counts.object_requests += 1;
          return call(...args);
        };
      return {
        grant: counted(inner.grant),
        extend: counted(inner.extend),
        finish: counted(inner.finish),
        forget: counted(inner.forget),
        lastUses: counted(inner.lastUses),
      };
    },
    outbox: (inner) => ({
      send: (message) => {
        counts.queue_operations += 3;
        return inner.send(message);
      },
      sendBatch: (messages) => {
        const all = [...messages];
        counts.queue_operations += 3 * all.length;
        return inner.sendBatch(all);
      },
    }),
    vendorCall: () => {
      counts.vendor_calls += 1;
    },
    take: () => {
      for (const cursor of cursors.splice(0)) {
        counts.object_rows_written += cursor.rowsWritten;
        counts.object_rows_read += cursor.rowsRead;
      }
      const taken = counts;
      counts = none();
      return taken;
    },
  };
}
