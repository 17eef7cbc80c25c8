import { sql, type SQL } from "drizzle-orm";
import type { MerchantId } from "../domain/ids.ts";
import { alertIdOf } from "./alert-ids.ts";
import { isTold } from "./contacts.ts";
import { jsonRows } from "./statement.ts";

/**
 * After any change of contacts in the same batch: opens the alert that nobody hears of a merchant where that
 * is so, and resolves it where somebody does. `byAccount`: those of whom a contact of their account hears.
 */
export const followContacts = (
  merchantIds: readonly MerchantId[],
  byAccount: readonly MerchantId[],
  at: number,
): SQL[] => {
  if (merchantIds.length === 0) return [];
  const heard = new Set(byAccount);
  const merchants = jsonRows(
    merchantIds.map((m) => ({
      m,
      id: alertIdOf(m, { kind: "no_contact", parts: [] }),
      heard: heard.has(m) ? 1 : 0,
    })),
  );
  const isHeard = sql`(j.value->>'heard' = 1 OR EXISTS (SELECT 1 FROM contacts c
        WHERE c.owner_id = j.value->>'m' AND ${isTold}))`;
  return [
    sql`INSERT INTO alerts (merchant_id, id, kind, subject, state, details, opened_at, last_at, ripe_at, tell_at)
      SELECT j.value->>'m', j.value->>'id', 'no_contact', '', 'open', '{}', ${at}, ${at}, ${at}, ${at}
      FROM ${merchants} j WHERE NOT ${isHeard}
      ON CONFLICT (merchant_id, id) DO UPDATE SET state = 'open', times = 1, opened_at = excluded.opened_at,
        last_at = excluded.last_at, ripe_at = excluded.ripe_at, tell_at = excluded.tell_at,
        closed_at = NULL, closed_by = NULL, note = NULL
      WHERE alerts.state = 'resolved'`,
    sql`UPDATE alerts SET state = 'resolved', closed_at = ${at}, closed_by = 'There is a contact now.', note = NULL,
        tell_at = NULL
      WHERE state <> 'resolved' AND (merchant_id, id) IN
        (SELECT j.value->>'m', j.value->>'id' FROM ${merchants} j WHERE ${isHeard})`,
  ];
};
