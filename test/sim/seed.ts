import { z } from "zod";
import { readMigrations } from "./d1.ts";
import { compare } from "./invariants/comparison.ts";
import type { Counts } from "./matrix.ts";
import { seedCrypto } from "./plain-crypto.ts";
import { createRandom } from "./random.ts";
import { live } from "./story.ts";
import { themeOf, type Theme } from "./themes.ts";
import type { Breach } from "./witness.ts";
import { makeWorld, type World } from "./world.ts";

/** What twenty days of one seed came to. */
export interface Outcome {
  seed: number;
  theme: string;
  /** SHA-256 of everything that happened. */
  digest: string;
  breaches: readonly Breach[];
  faults: Counts;
  /** Virtual start, milliseconds, to read `Breach.at` by. */
  start: number;
  /** That came, whether they were loaded or skipped. */
  orders: number;
  used: Readonly<Record<string, number>>;
}

// As in Workers, where no code may be made of text.
z.config({ jitless: true });

let migrations: readonly string[] | null = null;

/** Lives through one seed; `onTrace` hears of each step. */
export async function runSeed(
  seed: number,
  onTrace: ((text: string) => void) | null = null,
): Promise<Outcome> {
  const theme = themeOf(seed);
  const lived = await liveOnce(seed, theme, onTrace);
  if (theme.twin === null) return lived.outcome;
  const twin = await liveOnce(seed, theme.twin, null);
  const breaches = [...lived.outcome.breaches, ...compare(theme, lived, twin)];
  return { ...lived.outcome, breaches };
}

/** Twenty days, and what they can be compared by. */
export interface Lived {
  outcome: Outcome;
  /** How long orders of merchant `b` took from here to their WMS, milliseconds. */
  latencies: readonly number[];
}

async function liveOnce(
  seed: number,
  theme: Theme,
  onTrace: ((text: string) => void) | null,
): Promise<Lived> {
  migrations ??= readMigrations();
  const giveBack = seedCrypto(createRandom(`crypto ${seed}`));
  try {
    const world = await makeWorld(seed, theme, migrations, onTrace);
    await live(world);
    const lived = { outcome: outcomeOf(world), latencies: latenciesOf(world) };
    world.hub.d1.close();
    return lived;
  } finally {
    giveBack();
  }
}

function outcomeOf({ seed, theme, hub, witness, faults, start }: World): Outcome {
  const counted = hub.d1.sqlite.prepare(CAME).get();
  return {
    seed,
    theme: theme.name,
    digest: hub.digest(),
    breaches: witness.breaches,
    faults: faults.counts,
    start,
    orders: Number(counted?.["n"]),
    used: hub.used,
  };
}

function latenciesOf({ hub, merchants }: World): number[] {
  const [, other] = merchants;
  return hub.d1.sqlite
    .prepare(SENT_AFTER)
    .all(other?.id ?? "")
    .map((row) => Number(row["ms"]));
}

const CAME = `SELECT (SELECT count(*) FROM orders)
  + (SELECT count(*) FROM skipped_orders WHERE order_id IS NULL) AS n`;
const SENT_AFTER = `SELECT (SELECT min(j.value->>'at') FROM json_each(d.attempts) j) - o.created_at AS ms
  FROM deliveries d JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id
  WHERE d.merchant_id = ? AND d.attempts <> '[]' ORDER BY ms`;
