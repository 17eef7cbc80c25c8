import { z } from "zod";
import { readMigrations } from "./d1.ts";
import type { Counts } from "./matrix.ts";
import { seedCrypto } from "./plain-crypto.ts";
import { createRandom } from "./random.ts";
import { live } from "./story.ts";
import { themeOf } from "./themes.ts";
import type { Breach } from "./witness.ts";
import { makeWorld } from "./world.ts";

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
  migrations ??= readMigrations();
  const theme = themeOf(seed);
  const giveBack = seedCrypto(createRandom(`crypto ${seed}`));
  try {
    const world = await makeWorld(seed, theme, migrations, onTrace);
    await live(world);
    const { hub, witness, faults, start } = world;
    const orders = Number(hub.d1.sqlite.prepare("SELECT count(*) AS n FROM orders").get()?.["n"]);
    hub.d1.close();
    return {
      seed,
      theme: theme.name,
      digest: hub.digest(),
      breaches: witness.breaches,
      faults: faults.counts,
      start,
      orders,
      used: hub.used,
    };
  } finally {
    giveBack();
  }
}
