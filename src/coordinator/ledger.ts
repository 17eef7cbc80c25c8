/**
 * Who works on what, decided in one place per merchant: leases with fencing tokens, cursors, tries.
 * A plain class over SQL and the caller's clock, so that it runs anywhere; `object.ts` is its shell.
 *
 * A *scope* is a job of a connection (`con_x/order-download`), one dispatch (`dsp_x`) or one task (`tsk_x`). D1 is the
 * truth: the caller brings what D1 knows (the floor), so an object that lost its storage goes on
 * with a higher fence and D1's cursor.
 */
export interface Grant {
  granted: true;
  /** Rises with every grant of the scope; D1 takes results only under the newest. */
  fence: number;
  /** Null: nothing was ever read. */
  cursor: string | null;
  /** Grants since the last good finish, this one included. */
  tries: number;
}

export interface Busy {
  granted: false;
  /** Milliseconds, UTC: when the present holder's term ends. */
  until: number;
}

/** What D1 has stored for the scope. */
export interface Floor {
  fence: number;
  cursor: string | null;
}

export interface Finish {
  result: string;
  cursor: string | null;
  /** Nothing happened: kept in memory only. An object rests after seconds; then the term lapses by itself and the older cursor is read again. */
  idle: boolean;
}

/** The last use of a scope, for people. */
export interface LastUse {
  scope: string;
  started_at: number;
  /** Null while it runs, and after an idle run that only memory knew of. */
  finished_at: number | null;
  result: string | null;
  held_until: number;
  tries: number;
}

type Value = string | number | null;

/** The part of a Durable Object's `storage.sql` that the ledger needs; node:sqlite can play it too. */
export interface LedgerSql {
  exec(query: string, ...bindings: Value[]): { toArray(): Record<string, unknown>[] };
}

interface Idle {
  fence: number;
  cursor: string | null;
  finished_at: number;
  result: string;
}

interface Row {
  fence: number;
  held_until: number;
  cursor: string | null;
  cursor_fence: number;
}

export class Ledger {
  readonly #sql: LedgerSql;
  readonly #idle = new Map<string, Idle>();

  constructor(sql: LedgerSql) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS grants (
      scope TEXT PRIMARY KEY, fence INTEGER NOT NULL, held_until INTEGER NOT NULL,
      tries INTEGER NOT NULL, cursor TEXT, cursor_fence INTEGER NOT NULL,
      started_at INTEGER NOT NULL, finished_at INTEGER, result TEXT
    ) WITHOUT ROWID`);
  }

  /** Hands the scope to one caller for `termMs`, or says how long it is taken. Writes one row, or none when busy. */
  grant(scope: string, floor: Floor, termMs: number, now: number): Grant | Busy {
    const row = this.#row(scope);
    const idle = this.#idle.get(scope);
    const released = idle !== undefined && idle.fence === row?.fence;
    if (row && !released && row.held_until > now) return { granted: false, until: row.held_until };

    const fence = Math.max(row?.fence ?? 0, floor.fence) + 1;
    const behind = floor.fence > (row?.cursor_fence ?? -1);
    const own = released ? idle.cursor : (row?.cursor ?? null);
    const cursor = behind && !released ? floor.cursor : own;
    const cursorFence = Math.max(row?.cursor_fence ?? 0, floor.fence);
    const [written] = this.#sql
      .exec(
        `INSERT INTO grants (scope, fence, held_until, tries, cursor, cursor_fence, started_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
         ON CONFLICT (scope) DO UPDATE SET fence = ?2, held_until = ?3, tries = CASE ?7 WHEN 1 THEN 1 ELSE tries + 1 END,
           cursor = ?4, cursor_fence = ?5, started_at = ?6, finished_at = NULL, result = NULL
         RETURNING tries`,
        scope,
        fence,
        now + termMs,
        cursor,
        cursorFence,
        now,
        released ? 1 : 0,
      )
      .toArray();
    this.#idle.delete(scope);
    return { granted: true, fence, cursor, tries: Number(written?.["tries"] ?? 1) };
  }

  /** Holds the scope for `termMs` from now. False when somebody else holds it. Writes one row. */
  extend(scope: string, fence: number, termMs: number, now: number): boolean {
    if (this.#row(scope)?.fence !== fence) return false;
    this.#sql.exec(`UPDATE grants SET held_until = ? WHERE scope = ?`, now + termMs, scope);
    return true;
  }

  /** Gives the scope back. False when somebody else holds it. Writes one row, or none when idle. */
  finish(scope: string, fence: number, finish: Finish, now: number): boolean {
    if (this.#row(scope)?.fence !== fence) return false;
    if (finish.idle) {
      this.#idle.set(scope, {
        fence,
        cursor: finish.cursor,
        finished_at: now,
        result: finish.result,
      });
      return true;
    }
    // A cursor that did not move says nothing of the pages that D1 took before the run failed.
    this.#sql.exec(
      `UPDATE grants SET held_until = 0, cursor = ?3,
         cursor_fence = CASE WHEN cursor IS ?3 THEN cursor_fence ELSE ?2 END, finished_at = ?4, result = ?5,
         tries = CASE ?5 WHEN 'ok' THEN 0 ELSE tries END
       WHERE scope = ?1 AND fence = ?2`,
      scope,
      fence,
      finish.cursor,
      now,
      finish.result,
    );
    return true;
  }

  /** Drops a scope that will not be used again, such as a settled dispatch. */
  forget(scope: string, fence: number): void {
    if (this.#row(scope)?.fence !== fence) return;
    this.#sql.exec(`DELETE FROM grants WHERE scope = ?`, scope);
    this.#idle.delete(scope);
  }

  /** The last use of each scope that begins with `prefix`. */
  lastUses(prefix: string): LastUse[] {
    return this.#sql
      .exec(
        `SELECT scope, fence, held_until, started_at, finished_at, result, tries FROM grants
         WHERE scope >= ?1 AND scope < ?2`,
        prefix,
        `${prefix}\u{10FFFF}`,
      )
      .toArray()
      .map((row) => {
        const scope = String(row["scope"]);
        const idle = this.#idle.get(scope);
        const last: LastUse = {
          scope,
          started_at: Number(row["started_at"]),
          finished_at: row["finished_at"] === null ? null : Number(row["finished_at"]),
          result: row["result"] === null ? null : String(row["result"]),
          held_until: Number(row["held_until"]),
          tries: Number(row["tries"]),
        };
        return idle && idle.fence === Number(row["fence"])
          ? { ...last, finished_at: idle.finished_at, result: idle.result, tries: 0 }
          : last;
      });
  }

  #row(scope: string): Row | undefined {
    const [row] = this.#sql
      .exec(`SELECT fence, held_until, cursor, cursor_fence FROM grants WHERE scope = ?`, scope)
      .toArray();
    return row as Row | undefined;
  }
}
