import { freshCredentials, type Vendors } from "./vendors.ts";
import { call } from "./people.ts";
import { planRotation } from "./rotation.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

const HOUR = 60 * 60_000;

/** The vendors take other credentials from now on; Dray does not know them yet. */
export function makeCredentials({ credentials }: Vendors, random: Random): void {
  Object.assign(credentials, freshCredentials(random));
}

/** Somebody puts the vendors' credentials into Dray. */
export async function replaceSecrets(world: World, merchant: Merchant): Promise<void> {
  const { consumer_key, consumer_secret, api_token, signing_secret } = merchant.vendors.credentials;
  await call(world, merchant, "POST", `/api/connections/${merchant.cartId}/secrets`, {
    secrets: { consumer_key, consumer_secret },
  });
  await call(world, merchant, "POST", `/api/connections/${merchant.wmsId}/secrets`, {
    secrets: { api_token, signing_secret },
  });
}

/** What the people who run Dray and the vendors' systems do. */
export function planOperations(world: World, random: Random): void {
  const { timeline, start, merchants, hub, faults } = world;
  const at = (when: number, act: () => unknown) => timeline.at(start + when, () => void act());
  for (let n = 0; n < 6; n += 1)
    at(random.between(1, 19 * 24) * HOUR, () => {
      faults.happened("Dray", "deployed");
      hub.deploy();
    });
  for (let n = 0; n < 2; n += 1)
    at(random.between(1, 19 * 24) * HOUR + random.below(10) * 30_000, () => {
      faults.happened("Dray", "D1 down");
      hub.d1DownUntil = timeline.now + random.between(1, 8) * 60_000;
    });
  for (const { vendors } of merchants) {
    at(random.between(1, 18 * 24) * HOUR, () => {
      faults.happened("shop", "webhooks deleted");
      return vendors.control("DELETE webhooks");
    });
    at(random.between(1, 18 * 24) * HOUR, () => {
      faults.happened("shop", "webhooks paused");
      for (const hook of vendors.state.shop_webhooks.all()) hook.status = "paused";
    });
    const { goesBackAt } = vendors.manners.home;
    if (goesBackAt !== null)
      timeline.at(goesBackAt, () => faults.happened("shop", "summer time ends"));
  }
  if (random.chance(0.5)) planRotation(world, random.fork("rotation"));
  if (random.chance(0.8)) {
    const merchant = random.pick(merchants);
    at(random.between(24, 15 * 24) * HOUR, () => {
      faults.happened("shop", "credentials replaced");
      makeCredentials(merchant.vendors, random);
      timeline.in(random.between(1, 30) * HOUR, () => void replaceSecrets(world, merchant));
    });
  }
  if (random.chance(0.3))
    at(random.between(24, 16 * 24) * HOUR, () => {
      faults.happened("Dray", "clock jumped");
      hub.jumpClock(random.between(-30, 60) * 60_000);
      timeline.in(random.between(1, 6) * HOUR, () => hub.deploy());
    });
}
