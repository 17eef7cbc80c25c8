import { freshCredentials, type Vendors } from "./vendors.ts";
import { call } from "./people.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

type Credentials = Vendors["credentials"];

/** The vendors take other credentials from now on; Dray does not know them yet. */
export function makeCredentials({ vendors }: Merchant, random: Random): Credentials {
  const fresh = freshCredentials(random);
  Object.assign(vendors.credentials, fresh);
  return fresh;
}

/** Somebody puts the vendors' credentials into Dray. */
export async function replaceSecrets(
  world: World,
  merchant: Merchant,
  { consumer_key, consumer_secret, api_token, signing_secret }: Credentials,
): Promise<void> {
  await call(world, merchant, "POST", `/api/connections/${merchant.cartId}/secrets`, {
    secrets: { consumer_key, consumer_secret },
  });
  await call(world, merchant, "POST", `/api/connections/${merchant.wmsId}/secrets`, {
    secrets: { api_token, signing_secret },
  });
}

/** A new first key of SEAL_KEYS; what is wrapped with the old one is wrapped anew in the night. */
export function rotateKeys({ hub }: World): void {
  const fresh = `k2:${Buffer.alloc(32, 9).toString("base64")}`;
  if (!hub.sealKeys.startsWith("k2:")) hub.deploy(`${fresh},${hub.sealKeys}`);
}
