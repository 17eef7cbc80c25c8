import { DatabaseSync } from "node:sqlite";
import { Ledger, type LedgerSql } from "../../../src/coordinator/ledger.ts";

export interface TestLedger {
  /** The ledger in memory now. */
  ledger: Ledger;
  /** A ledger over the same storage with nothing in memory. */
  evict(): void;
  /** A ledger over empty storage. */
  lose(): void;
  /** Rows written since the last call. */
  written(): number;
}

export function testLedger(): TestLedger {
  let db = new DatabaseSync(":memory:");
  let seen = 0;
  const sql: LedgerSql = {
    exec: (query, ...bindings) => {
      const rows = db.prepare(query).all(...bindings) as Record<string, unknown>[];
      return { toArray: () => rows };
    },
  };
  const changes = () => Number(db.prepare("SELECT total_changes() AS n").get()?.["n"]);
  const test: TestLedger = {
    ledger: new Ledger(sql),
    evict: () => {
      test.ledger = new Ledger(sql);
    },
    lose: () => {
      db = new DatabaseSync(":memory:");
      seen = 0;
      test.ledger = new Ledger(sql);
    },
    written: () => {
      const before = seen;
      seen = changes();
      return seen - before;
    },
  };
  return test;
}
