import { env } from "cloudflare:workers";
import { applyRetention } from "../../../src/sync/apply-retention.ts";
import { mintMerchant, testDeps, type Minted, type TestDeps } from "../deps.ts";
import { drain } from "../world.ts";

/** What tests of retention share: a customer to be forgotten, and a look at all that is stored. */

export const DAY_MS = 24 * 60 * 60_000;

export const person = {
  first_name: "Zebulon",
  last_name: "Quaxworth",
  company: "Quaxworth Sons",
  address_1: "77 Ferntickle Road",
  address_2: "Stairwell Grumio",
  city: "Pluckley",
  zip: "TN27 0QS",
  country: "GB",
  phone: "+44 1233 840555",
  email: "zeb.quaxworth@mailbox.example",
  note: "Ring at Quaxworth",
};
const canaries = "zebulon quaxworth ferntickle grumio pluckley tn27 840555 mailbox".split(" ");

const tables =
  "orders deliveries shipments skipped_orders tasks audit import_chunks alerts changes runs vendor_calls retention retention_left";

/** All that D1 holds of a merchant, in lower case. */
export async function everything(merchantId: string): Promise<string> {
  const answers = await env.DB.batch(
    tables
      .split(" ")
      .map((table) =>
        env.DB.prepare(`SELECT * FROM ${table} WHERE merchant_id = ?1`).bind(merchantId),
      ),
  );
  return JSON.stringify(answers.map(({ results }) => results)).toLowerCase();
}

export const found = (text: string): string[] => canaries.filter((canary) => text.includes(canary));

/** A day's round, with all that follows. */
export async function round(deps: TestDeps): Promise<void> {
  await applyRetention(deps, deps.clock.now());
  await drain(deps, deps);
}

/** Stores `count` confirmed orders with the person above in them, loaded and last changed at `at`. */
export async function stock(
  { merchantId, cartId, wmsId }: Minted,
  count: number,
  at: number,
  status = "confirmed",
  prefix = "a",
): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: count }, (_, n) => n));
  const { note, email, ...ship_to } = person;
  const body = {
    ship_to: { ...ship_to, email },
    shipping_instructions: note,
    order_date: "2026-11-21T09:00:00Z",
    currency: { code: "USD", exponent: 2 },
    lines: [{ line_id: "1", line_no: 1, sku: "MUG", quantity: 1 }],
  };
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, status, source_status,
         source_modified_at, placed_at, created_at, updated_at, body, timeline)
       SELECT ?1, 'ord_' || ?6 || value, ?2, ?6 || value, 1, '' || value, ?6 || value, ?3, 'completed', 1, 1, ?4, ?4,
         json_patch(?5, json_object('number', '' || value)), '[{"at":1,"event":"loaded","text":"Loaded."}]' FROM json_each(?7)`,
    ).bind(merchantId, cartId, status, at, JSON.stringify(body), prefix, numbers),
    env.DB.prepare(
      `INSERT INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, attempts)
       SELECT ?1, 'ord_' || ?4 || value, ?2, ?3, 'accepted', '[]' FROM json_each(?5)`,
    ).bind(merchantId, cartId, wmsId, prefix, numbers),
  ]);
}

export const redactedOf = async ({ merchantId }: Minted): Promise<number> =>
  (await env.DB.prepare(
    "SELECT count(*) AS n FROM orders WHERE merchant_id = ?1 AND redacted_at IS NOT NULL",
  )
    .bind(merchantId)
    .first<number>("n")) ?? 0;

export async function keeper() {
  await env.DB.prepare("DELETE FROM merchants").run();
  const deps = testDeps();
  const mine = await mintMerchant(deps);
  return { deps, mine, now: deps.clock.now() };
}
