import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import { INSTALLATION } from "../domain/alerts.ts";
import {
  deadLetterStates,
  type DeadLetterState,
  type NewDeadLetter,
} from "../domain/dead-letters.ts";
import type { AccountId, DeadLetterId, MerchantId } from "../domain/ids.ts";
import { deadLetters, merchants } from "./schema.ts";
import { alertIdOf } from "./alert-ids.ts";
import { closeAlerts, raiseAlerts } from "./alerts.ts";
import { id, json } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

/** Messages that failed through a fault of ours. All statements are for the directory. */

const insert = (letter: NewDeadLetter, state: "failing" | "dead", now: number): SQL =>
  sql`INSERT INTO ${deadLetters} (id, queue, body, cause, merchant_id, times, at, state)
      VALUES (${letter.id}, ${letter.queue}, ${JSON.stringify(letter.body ?? null)}, ${letter.cause},
        ${letter.merchant_id}, ${state === "dead" ? 1 : 0}, ${now}, ${state})`;

/**
 * The last attempt failed: its cause, for when the message comes out of the dead-letter queue without one.
 * One that is dead and that nobody settled stays so, as its alert is open.
 */
export const noteFailing = (letter: NewDeadLetter, now: number): SQL =>
  sql`${insert(letter, "failing", now)}
      ON CONFLICT (id) DO UPDATE SET cause = excluded.cause, at = excluded.at,
        state = CASE dead_letters.state WHEN 'dead' THEN 'dead' ELSE 'failing' END,
        settled_at = NULL, settled_by = NULL`;

const isIn = (letterId: DeadLetterId, states: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${deadLetters} WHERE id = ${letterId} AND state IN (${states}))`;

const alertOf = (letterId: DeadLetterId) => ({ kind: "dead_letter" as const, parts: [letterId] });

/**
 * The message came out of its dead-letter queue, which is an alert of the installation. The cause that
 * was noted stays; one that is dead already, because the queue brought it twice, stays as it is.
 */
export const noteDead = (letter: NewDeadLetter, now: number): SQL[] => [
  ...raiseAlerts(
    INSTALLATION,
    [{ ...alertOf(letter.id), message: null, details: { queue: letter.queue }, orders: [] }],
    { at: now, when: sql`NOT ${isIn(letter.id, sql`'dead'`)}` },
  ),
  sql`${insert(letter, "dead", now)}
      ON CONFLICT (id) DO UPDATE SET state = 'dead', times = dead_letters.times + 1, at = excluded.at,
        settled_at = NULL, settled_by = NULL WHERE dead_letters.state <> 'dead'`,
];

/** An operator replayed or dropped it; changes nothing if somebody did already. */
export const settleDeadLetter = (
  letterId: DeadLetterId,
  state: "replayed" | "dropped",
  by: string,
  now: number,
): SQL[] => [
  sql`UPDATE ${deadLetters} SET state = ${state}, settled_at = ${now}, settled_by = ${by}
      WHERE id = ${letterId} AND state IN ('failing', 'dead')`,
  closeAlerts(INSTALLATION, [alertIdOf(INSTALLATION, alertOf(letterId))], {
    at: now,
    by: `It was ${state} by ${by}.`,
    when: isIn(letterId, sql`'replayed', 'dropped'`),
  }),
];

const shape = z.object({
  id: id<DeadLetterId>(),
  queue: z.string(),
  body: json<unknown>(),
  cause: z.string().nullable(),
  merchant_id: id<MerchantId>().nullable(),
  times: z.int(),
  at: z.int(),
  state: z.enum(deadLetterStates),
  settled_at: z.int().nullable(),
  settled_by: z.string().nullable(),
  place: z.int(),
});
/** `place` tells apart those of one moment. */
export type DeadLetter = z.infer<typeof shape>;

/** An account's own: of its merchants, and of none that there is. */
const from = (accountId: AccountId): SQL =>
  sql`d.id AS id, d.queue AS queue, d.body AS body, d.cause AS cause, d.merchant_id AS merchant_id,
        d.times AS times, d.at AS at, d.state AS state, d.settled_at AS settled_at,
        d.settled_by AS settled_by, d.rowid AS place
      FROM ${deadLetters} d LEFT JOIN ${merchants} m ON m.id = d.merchant_id
      WHERE (m.account_id IS NULL OR m.account_id = ${accountId})`;

export const readDeadLetter = (
  directory: D1Database,
  accountId: AccountId,
  letterId: string,
): Promise<DeadLetter | null> =>
  readOne(directory, shape, sql`SELECT ${from(accountId)} AND d.id = ${letterId}`);

/** Newest first, after a place; walks past those in another state. */
export const listDeadLetters = (
  directory: D1Database,
  accountId: AccountId,
  page: {
    state: DeadLetterState | null;
    after: Pick<DeadLetter, "at" | "place"> | null;
    limit: number;
  },
): Promise<DeadLetter[]> =>
  read(
    directory,
    shape,
    sql`SELECT ${from(accountId)}
          ${page.state === null ? sql`` : sql`AND d.state = ${page.state}`}
          ${page.after === null ? sql`` : sql`AND (d.at, d.rowid) < (${page.after.at}, ${page.after.place})`}
        ORDER BY d.at DESC, d.rowid DESC LIMIT ${page.limit}`,
  );

/** Deletes up to `most` that nobody waits for since `before`: settled, or never come out of their queue. */
export const deleteDeadLetters = (before: number, most: number): SQL =>
  sql`DELETE FROM ${deadLetters} WHERE rowid IN (
        SELECT d.rowid FROM ${deadLetters} d
        WHERE d.at < ${before} AND d.state <> 'dead' AND coalesce(d.settled_at, d.at) < ${before}
        ORDER BY d.at LIMIT ${most})`;
