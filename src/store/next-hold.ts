import { sql, type SQL } from "drizzle-orm";
import type { CartWays } from "../domain/holds.ts";

/** What holds an order when nothing that a person did does, and until when; for SET in an UPDATE of `orders`. */
export interface NextHold {
  hold: SQL;
  until: SQL;
}

/** What of an order is about to be stored, where that is not what is stored. */
interface Coming {
  body?: SQL;
  no_longer_passes?: SQL;
}

const wayOf = (ways: CartWays, field: "ready" | "wait_ms"): SQL =>
  sql`json_extract(${JSON.stringify(ways)}, '$."' || orders.cart_id || '".${sql.raw(field)}')`;

/** What an order waits for that may go. */
export const readyHold = (ways: CartWays): SQL =>
  sql`coalesce(${wayOf(ways, "ready")}, 'delivery_off')`;

/** One that is about to be sent is due for the sweep at once, should nobody come to send it. */
export const readyUntil = (ways: CartWays, now: number): SQL =>
  sql`CASE ${readyHold(ways)} WHEN 'released' THEN ${now} END`;

/**
 * The next reason in turn: what two carts seem to have brought, what passes no more, what is for later,
 * what waits out its cart's time; else what `ways` says of its cart.
 */
export function nextHold(ways: CartWays, now: number, coming: Coming = {}): NextHold {
  const { body = sql`orders.body`, no_longer_passes = sql`orders.no_longer_passes` } = coming;
  const day = sql`${body}->>'$.requested_ship_date'`;
  const isLater = sql`${day} > ${new Date(now).toISOString().slice(0, 10)}`;
  const wait = sql`orders.created_at + coalesce(${wayOf(ways, "wait_ms")}, 0)`;
  return {
    hold: sql`CASE WHEN orders.possible_duplicate = 1 THEN 'possible_duplicate'
          WHEN ${no_longer_passes} = 1 THEN 'no_longer_passes'
          WHEN ${isLater} THEN 'ship_date' WHEN ${wait} > ${now} THEN 'wait_time' ELSE ${readyHold(ways)} END`,
    until: sql`CASE WHEN orders.possible_duplicate = 1 OR ${no_longer_passes} = 1 THEN NULL
          WHEN ${isLater} THEN unixepoch(${day}) * 1000 WHEN ${wait} > ${now} THEN ${wait}
          ELSE ${readyUntil(ways, now)} END`,
  };
}
