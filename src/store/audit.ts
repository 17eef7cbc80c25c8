import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Actor } from "../domain/actor.ts";
import type { AuditId, MerchantId } from "../domain/ids.ts";
import { id, json } from "./shapes.ts";
import { read } from "./statement.ts";

/** One change that a person or an API key made. */
export interface AuditEntry {
  id: AuditId;
  /** Milliseconds, UTC. */
  at: number;
  by: Actor;
  /** What was done, such as `cart_settings_changed`. */
  act: string;
  /** The id of what it was done to. */
  subject: string;
  before: unknown;
  after: unknown;
}

/** Goes into the batch of the change itself; `when` is what that change depends on. */
export const insertAudit = (
  merchantId: MerchantId,
  entry: AuditEntry,
  when: SQL = sql`true`,
): SQL =>
  sql`INSERT INTO audit (merchant_id, id, at, by, act, subject, before, after)
      SELECT ${merchantId}, ${entry.id}, ${entry.at}, ${JSON.stringify(entry.by)}, ${entry.act},
        ${entry.subject}, ${JSON.stringify(entry.before ?? null)}, ${JSON.stringify(entry.after ?? null)}
      WHERE ${when}`;

const shape: z.ZodType<AuditEntry> = z.object({
  id: id<AuditId>(),
  at: z.int(),
  by: json<Actor>(),
  act: z.string(),
  subject: z.string(),
  before: json<unknown>(),
  after: json<unknown>(),
});

/** A merchant's changes, newest first, before an id (null: from the newest). */
export const listAudit = (
  db: D1Database,
  merchantId: MerchantId,
  page: { before: string | null; subject: string | null; limit: number },
): Promise<AuditEntry[]> =>
  read(
    db,
    shape,
    sql`SELECT id AS id, at AS at, by AS by, act AS act, subject AS subject, before AS before, after AS after
        FROM audit WHERE merchant_id = ${merchantId}
          ${page.before === null ? sql`` : sql`AND id < ${page.before}`}
          ${page.subject === null ? sql`` : sql`AND subject = ${page.subject}`}
        ORDER BY id DESC LIMIT ${page.limit}`,
  );
