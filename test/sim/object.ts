import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Ledger, type LedgerSql } from "../../src/coordinator/ledger.ts";
import type { MerchantSync } from "../../src/coordinator/object.ts";

/** The methods of the object, which the simulation calls by name. */
export type ObjectMethod = "grant" | "extend" | "finish" | "forget" | "lastUses";

/** One Durable Object: storage that lasts, and a ledger in memory that may go at any time. */
export interface SimObject {
  call(method: ObjectMethod, args: readonly unknown[]): unknown;
  /** Memory goes, storage stays. */
  evict(): void;
  /** Storage goes as well. */
  lose(): void;
  /** Every row of its storage. */
  rows(): Record<string, unknown>[];
  /** Rows written so far. */
  written(): number;
}

export function createObject(): SimObject {
  let db = new DatabaseSync(":memory:");
  let cache = new Map<string, StatementSync>();
  let ledger: Ledger | null = null;
  let before = 0;
  const total = () => Number(db.prepare("SELECT total_changes() AS n").get()?.["n"]);
  const sql: LedgerSql = {
    exec: (query, ...bindings) => {
      const statement = cache.get(query) ?? db.prepare(query);
      cache.set(query, statement);
      const rows = statement.all(...bindings) as Record<string, unknown>[];
      return { toArray: () => rows };
    },
  };
  return {
    call: (method, args) => {
      ledger ??= new Ledger(sql);
      const act = ledger[method] as (...given: readonly unknown[]) => unknown;
      return act.apply(ledger, args as unknown[]);
    },
    evict: () => {
      ledger = null;
    },
    lose: () => {
      before += total();
      db.close();
      db = new DatabaseSync(":memory:");
      cache = new Map();
      ledger = null;
    },
    rows: () => (ledger === null && total() === 0 ? [] : db.prepare("SELECT * FROM grants").all()),
    written: () => before + total(),
  };
}

/** What a call to an object goes through: a wait, a fault, the call itself. */
export type ThroughObject = (
  name: string,
  method: ObjectMethod,
  args: readonly unknown[],
) => Promise<unknown>;

/** A namespace over `through`. A stub that threw stays broken, as one that lost its object does. */
export function objectNamespace(through: ThroughObject): DurableObjectNamespace<MerchantSync> {
  const get = (name: string) => {
    let broken: Error | null = null;
    const call =
      (method: ObjectMethod) =>
      async (...args: unknown[]) => {
        if (broken !== null) throw broken;
        try {
          return await through(name, method, args);
        } catch (error) {
          broken = error instanceof Error ? error : new Error(String(error));
          throw broken;
        }
      };
    return {
      grant: call("grant"),
      extend: call("extend"),
      finish: call("finish"),
      forget: call("forget"),
      lastUses: call("lastUses"),
    };
  };
  const namespace = { idFromName: (name: string) => name, get };
  return namespace as unknown as DurableObjectNamespace<MerchantSync>;
}
