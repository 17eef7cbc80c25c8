import type { Guard, Scene } from "../witness.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const RUN_MS = 20 * MINUTE;

interface Attempt {
  n: number;
  at: number;
  outcome: string;
}

/** Hourly for 15 days. */
const [LEAST_TRIES, MOST_TRIES] = [342, 378];

/** After so many times the next download is waited for. */
const MOST_FETCHES = 8;

/** Outcomes that are tried again an hour later, and count. */
const counted = new Set(["refused", "unavailable", "timed_out", "bad_response", "bad_request"]);

/** I7, I8 and I9: when a send that failed is tried again, and when it is given up. */
export function retries({ rows, breach, merchants, timeline, undisturbed }: Scene): Guard {
  /** When a person last had a hand in an order, here or in its shop. */
  const handled = new Map<string, number>();
  /** When a person last had a merchant's connections take up what lies about. */
  const runByHand = new Map<string, number>();
  /** When one of a merchant's connections was last silent: then only a probe may call. */
  const silentAt = new Map<string, number>();
  const judged = new Set<string>();
  /** Orders that wait for a person, for a day or for a setting, until they are on their way again. */
  const kept = new Set<string>();

  const judge = (id: string, merchantId: string, attempts: readonly Attempt[]): void => {
    const [before, last] = attempts.slice(-2);
    if (!before || !last || last.n !== before.n + 1) return;
    const key = `${id} ${last.n}`;
    if (judged.has(key)) return;
    judged.add(key);
    // A run that a person asked for may be brought again for minutes.
    const run = (runByHand.get(merchantId) ?? 0) + RUN_MS;
    const byHand = Math.max(handled.get(id) ?? 0, run) >= before.at;
    if (byHand || !counted.has(before.outcome)) return;
    const gap = last.at - before.at;
    const isPunctual = undisturbed && (silentAt.get(merchantId) ?? 0) < before.at;
    if (gap < 55 * MINUTE || (isPunctual && gap > 75 * MINUTE))
      breach("I8", `${id} was tried again after ${Math.round(gap / MINUTE)} minutes`);
  };

  /** When Dray let an order go that something had kept; one that was only to be tried later has no such moment. */
  const letGo = (id: string, row: Record<string, unknown>): number => {
    const { on_hold: hold, status, released_at: at } = row;
    const wasKept = kept.has(id);
    if (status === "error" || (hold !== null && hold !== "released")) kept.add(id);
    else if (hold === null) kept.delete(id);
    return wasKept ? Number(at ?? 0) : 0;
  };

  return {
    // What a person asked for may also come half a day late.
    committed: ({ site }, steps) => {
      for (const { what, of } of steps) if (what === "silent") silentAt.set(of, timeline.now);
      if (site === "order-delivery")
        for (const { id } of merchants) runByHand.set(id, timeline.now);
    },
    person: ({ merchant, method, path }) => {
      if (method === "POST" && path.startsWith("/api/connections/"))
        runByHand.set(merchant.id, timeline.now);
    },
    text: (where, text) => {
      const tries = /"kind":"fetch".*"tries":(\d+)/.exec(text)?.[1];
      if (where === "dray-jobs" && Number(tries) > MOST_FETCHES)
        breach("I19", `a shop is asked again without end: ${text}`);
      if (where !== "dray-jobs" || !text.includes('"by":"person"')) return;
      runByHand.set((JSON.parse(text) as { merchant_id: string }).merchant_id, timeline.now);
    },
    touched: (ids) => {
      for (const id of ids)
        for (const row of rows(DELIVERY, id)) {
          const attempts = JSON.parse(String(row["attempts"])) as Attempt[];
          const touchedBy = Math.max(Number(row["by_hand"] ?? 0), letGo(id, row));
          if (touchedBy > (handled.get(id) ?? 0)) handled.set(id, touchedBy);
          judge(id, String(row["merchant_id"]), attempts);
          const first = Number(row["first_failed_at"] ?? 0);
          const { at = 0, n = 0 } = attempts.at(-1) ?? {};
          if (row["state"] === "given_up" && undisturbed && (n < LEAST_TRIES || n > MOST_TRIES))
            breach("I9", `${id} was given up after ${n} tries`);
          if (undisturbed && n > MOST_TRIES) breach("I9", `${id} was tried ${n} times`);
          // A connection that rested when the 15 days were over is tried once more, whenever it works again.
          const before = attempts.at(-2)?.at ?? first;
          const wasResting = before - first < 15 * DAY && at - before > 120 * MINUTE;
          const late = at - first - 15 * DAY;
          if (row["state"] === "given_up" && (wasResting ? late < 0 : Math.abs(late) > 61 * MINUTE))
            breach(
              "I9",
              `${id} was given up ${((at - first) / DAY).toFixed(2)} days after its first failure`,
            );
        }
    },
    everything: () => {
      for (const { order_id: id } of rows(TOO_LONG))
        breach("I9", `${String(id)} is still tried 15 days and an hour after its first failure`);
    },
  };
}

const DELIVERY = `SELECT d.merchant_id, d.attempts, d.state, d.first_failed_at,
  o.on_hold, o.status,
  (SELECT max(j.value->>'at') FROM json_each(o.timeline) j WHERE j.value->>'by' NOT LIKE '%(dray)'
    OR j.value->>'event' IN ('changed_in_cart', 'reopened_in_cart')) AS by_hand,
  (SELECT max(j.value->>'at') FROM json_each(o.timeline) j WHERE j.value->>'event' = 'released') AS released_at
  FROM deliveries d JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id WHERE d.order_id = ?`;
const TOO_LONG = `SELECT order_id FROM deliveries WHERE state = 'due'
  AND next_at - first_failed_at > ${15 * DAY + 60 * MINUTE}`;
