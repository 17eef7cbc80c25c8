import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { runScheduled } from "../../../src/jobs/scheduled.ts";
import { applyRetention } from "../../../src/sync/apply-retention.ts";
import { call } from "../api/client.ts";
import { mintMerchant, testDeps, type Minted, type TestDeps } from "../deps.ts";
import { Crash, mortal } from "../crash.ts";
import { counted } from "../store/ground.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { download, order, shopOrderId } from "./between-steps.ts";
import { actOn, clear, edit, hold, release, restore } from "./people.ts";

const DAY_MS = 24 * 60 * 60_000;

const person = {
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
async function everything(merchantId: string): Promise<string> {
  const answers = await env.DB.batch(
    tables
      .split(" ")
      .map((table) =>
        env.DB.prepare(`SELECT * FROM ${table} WHERE merchant_id = ?1`).bind(merchantId),
      ),
  );
  return JSON.stringify(answers.map(({ results }) => results)).toLowerCase();
}

const found = (text: string): string[] => canaries.filter((canary) => text.includes(canary));

/** A day's round, with all that follows. */
async function round(deps: TestDeps): Promise<void> {
  await applyRetention(deps, deps.clock.now());
  await drain(deps, deps);
}

/** An order of the person above that the cart shows as shipped. */
async function confirmedOrder(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, ...person });
  await run(world, "order-download");
  await world.control("POST ship", {});
  world.clock.pass(60_000);
  await run(world, "shipment-pickup");
  expect((await order(world)).status).toBe("confirmed");
  return world;
}

test("90 days after its end nothing of its customer is left of an order anywhere, and its lines, reference and parcels are", async () => {
  const world = await confirmedOrder();
  const { deps, clock, merchant, control } = world;
  // What was said of it on the way.
  await control("PATCH orders", { city: "Pluckley West", note: "Quaxworth again" });
  await download(world);
  const before = await order(world);
  expect(found(JSON.stringify(before).toLowerCase()).length).toBeGreaterThan(5);
  expect(before.timeline.some(({ text }) => text.includes("Pluckley"))).toBe(true);
  clock.pass(89 * DAY_MS);
  await round(deps);
  expect((await order(world)).redacted_at).toBeNull();
  clock.pass(2 * DAY_MS);
  await round(deps);
  expect(found(await everything(merchant.merchantId))).toEqual([]);
  const after = await order(world);
  expect(after).toMatchObject({
    number: before.number,
    cust_ref: before.cust_ref,
    status: "confirmed",
    tracking_numbers: before.tracking_numbers,
    redacted_at: new Date(clock.now()).toISOString(),
    order: {
      ship_to: { country: "GB" },
      lines: before.order.lines.map(({ extra_fields: _, ...line }) => line),
    },
  });
  expect(after.timeline.length).toBe(before.timeline.length + 1);
  expect(after.timeline.at(-1)?.event).toBe("redacted");
});

test("the daily cron does it, and once is enough", async () => {
  const world = await confirmedOrder();
  const { deps, clock } = world;
  clock.pass(91 * DAY_MS);
  const daily = () => runScheduled({ cron: "20 3 * * *", scheduledTime: clock.now() }, deps);
  await daily();
  await drain(deps, deps);
  const redacted = await order(world);
  expect(redacted.redacted_at).not.toBeNull();
  clock.pass(DAY_MS);
  await daily();
  await drain(deps, deps);
  expect(await order(world)).toEqual(redacted);
});

test("what its cart shows again of a redacted order brings nothing back and writes nothing", async () => {
  const world = await confirmedOrder();
  const { deps, clock, merchant, control } = world;
  clock.pass(91 * DAY_MS);
  await round(deps);
  const redacted = await order(world);
  await control("PATCH orders", { city: "Pluckley East", quantities: { "DEMO-MUG": 9 } });
  await download(world);
  await deps.queues.jobs.send({
    kind: "fetch",
    merchant_id: merchant.merchantId,
    connection_id: merchant.cartId,
    source_id: shopOrderId(world),
  });
  await drain(deps, deps);
  await control("PATCH orders", { status: "cancelled" });
  await download(world);
  expect(await order(world)).toEqual(redacted);
  expect(found(await everything(merchant.merchantId))).toEqual([]);
});

test("a page that was read before an order was redacted cannot bring its data back either", async () => {
  const world = await confirmedOrder();
  const { deps, clock, merchant, control } = world;
  await control("PATCH orders", { city: "Pluckley East" });
  clock.pass(91 * DAY_MS);
  const { databases } = deps;
  const real = databases.directory;
  let rounds = 0;
  const late = new Proxy(real, {
    get: (target, key) =>
      key === "batch"
        ? async (statements: D1PreparedStatement[]) => {
            rounds += 1;
            if (rounds === 1) {
              deps.databases = databases;
              await applyRetention(deps, clock.now());
            }
            return target.batch(statements);
          }
        : key === "prepare"
          ? (text: string) => target.prepare(text)
          : Reflect.get(target, key),
  });
  deps.databases = { ...databases, of: async () => late };
  await run(world, "order-download");
  expect(rounds).toBeGreaterThan(0);
  expect((await order(world)).redacted_at).not.toBeNull();
  expect(found(await everything(merchant.merchantId))).toEqual([]);
});

test("a canceled order is redacted, and neither its cart nor a person has it sent after that", async () => {
  const world = await makeWorld({ delivery: false });
  const { deps, clock, control } = world;
  await control("POST orders", { count: 1, ...person });
  await run(world, "order-download");
  const { id } = await order(world);
  expect((await actOn(world, id, clear)).result).toBe("done");
  // Within the time in which it could be restored otherwise.
  await call(deps, "PUT", "/api/retention", {
    key: world.merchant.keys.merchant,
    body: { days: 1 },
  });
  clock.pass(2 * DAY_MS);
  await round(deps);
  const back = await actOn(world, id, restore);
  expect(back).toMatchObject({ result: "refused", message: expect.stringContaining("taken out") });
  for (const action of [hold(), release, edit({ ship_to: { city: "Pluckley" } })])
    expect((await actOn(world, id, action)).result).toBe("refused");
  await control("PATCH orders", { status: "on-hold" });
  await control("PATCH orders", { status: "processing" });
  await download(world);
  await run(world, "order-download");
  const [row] = (await env.DB.prepare("SELECT status, cleared_at, redacted_at FROM orders").all())
    .results;
  expect(row).toMatchObject({ status: "canceled" });
  expect(row?.["redacted_at"]).not.toBeNull();
  expect(world.view().warehouse.orders).toEqual([]);
  expect(found(await everything(world.merchant.merchantId))).toEqual([]);
});

/** Stores `count` confirmed orders with the person above in them, loaded and last changed at `at`. */
async function stock(
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

const redactedOf = async ({ merchantId }: Minted): Promise<number> =>
  (await env.DB.prepare(
    "SELECT count(*) AS n FROM orders WHERE merchant_id = ?1 AND redacted_at IS NOT NULL",
  )
    .bind(merchantId)
    .first<number>("n")) ?? 0;

async function keeper() {
  await env.DB.prepare("DELETE FROM merchants").run();
  const deps = testDeps();
  const mine = await mintMerchant(deps);
  return { deps, mine, now: deps.clock.now() };
}

test("an order costs one row written, a hundred of them one more, and a round that finds nothing three", async () => {
  const { deps, mine, now } = await keeper();
  await stock(mine, 200, now - 95 * DAY_MS);
  const count = counted(env.DB);
  const { databases } = deps;
  deps.databases = { ...databases, of: async () => count.db };
  await round(deps);
  expect(await redactedOf(mine)).toBe(200);
  // 200 orders, a row of the feed for each hundred, the walk and its end.
  expect(count.rows_written).toBeLessThanOrEqual(200 + 2 + 3);
  expect(count.rows_read).toBeLessThanOrEqual(200 * 17);
  deps.clock.pass(DAY_MS);
  count.rows_written = 0;
  await round(deps);
  expect(count.rows_written).toBeLessThanOrEqual(3);
});

test("orders that were walked past before their end are redacted once they are at it", async () => {
  const { deps, mine, now } = await keeper();
  await stock(mine, 3, now - 120 * DAY_MS, "at_wms");
  await stock(mine, 250, now - 119 * DAY_MS, "confirmed", "b");
  await round(deps);
  expect(await redactedOf(mine)).toBe(250);
  const left = await env.DB.prepare(
    "SELECT count(*) AS n FROM retention_left WHERE merchant_id = ?1",
  )
    .bind(mine.merchantId)
    .first("n");
  expect(left).toBe(3);
  await env.DB.prepare(
    "UPDATE orders SET status = 'confirmed', updated_at = ?2 WHERE merchant_id = ?1 AND status = 'at_wms'",
  )
    .bind(mine.merchantId, deps.clock.now())
    .run();
  deps.clock.pass(89 * DAY_MS);
  await round(deps);
  expect(await redactedOf(mine)).toBe(250);
  deps.clock.pass(2 * DAY_MS);
  await round(deps);
  expect(await redactedOf(mine)).toBe(253);
  expect(
    await env.DB.prepare("SELECT count(*) AS n FROM retention_left WHERE merchant_id = ?1")
      .bind(mine.merchantId)
      .first("n"),
  ).toBe(0);
});

test.each([
  ["is new", "status = 'new'", ""],
  ["is at the WMS", "status = 'at_wms'", ""],
  ["is being called off", "cancel_wanted = 'cart'", ""],
  ["may have reached the WMS unknown", "status = 'canceled'", "UPDATE deliveries SET unknown = 1"],
  ["has a shipment to be told", "status = 'shipped'", "shipment"],
])("an order that %s keeps its data, however old it is", async (_, fields, more) => {
  const { deps, mine, now } = await keeper();
  await stock(mine, 2, now - 400 * DAY_MS);
  const first = "merchant_id = ?1 AND id = 'ord_a0'";
  await env.DB.prepare(`UPDATE orders SET ${fields} WHERE ${first}`).bind(mine.merchantId).run();
  if (more === "shipment")
    await env.DB.prepare(
      `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, created_at)
       VALUES (?1, 'ord_a0', 'shp_1', 'con_1', 'con_2', 'due', '{}', 1)`,
    )
      .bind(mine.merchantId)
      .run();
  else if (more !== "")
    await env.DB.prepare(`${more} WHERE merchant_id = ?1 AND order_id = 'ord_a0'`)
      .bind(mine.merchantId)
      .run();
  await round(deps);
  expect(await redactedOf(mine)).toBe(1);
});

test("what cannot be done in one invocation goes on with a message, and twice at once does it once", async () => {
  const { deps, mine, now } = await keeper();
  const other = await mintMerchant(deps);
  // Many of one moment: a page ends in the middle of them.
  await stock(mine, 6_300, now - 100 * DAY_MS);
  await stock(mine, 700, now - 100 * DAY_MS + 1, "confirmed", "b");
  await stock(other, 10, now - 100 * DAY_MS);
  const first = await applyRetention(deps, now);
  expect(first.next).toBe(mine.merchantId);
  expect(first.orders).toBeLessThan(7_000);
  expect(first.orders).toBeGreaterThan(3_000);
  const [message] = deps.queues.jobs.sent.splice(0);
  expect(message).toEqual({ kind: "retention", merchant_id: mine.merchantId, since: now });
  await Promise.all([
    applyRetention(deps, now, mine.merchantId),
    applyRetention(deps, now, mine.merchantId),
  ]);
  await drain(deps, deps);
  expect([await redactedOf(mine), await redactedOf(other)]).toEqual([7_000, 10]);
  const events = await env.DB.prepare(
    `SELECT count(*) AS n FROM orders o, json_each(o.timeline) t WHERE t.value->>'event' = 'redacted' AND o.merchant_id = ?1`,
  )
    .bind(mine.merchantId)
    .first("n");
  expect(events).toBe(7_000);
});

test("wherever a round dies, the next one redacts all, each once", async () => {
  const boundaries = new Set<string>();
  for (let crashAt = 0; ; crashAt += 1) {
    const { deps, mine, now } = await keeper();
    await stock(mine, 150, now - 120 * DAY_MS);
    await stock(mine, 2, now - 119 * DAY_MS, "at_wms", "b");
    const died = mortal(deps, crashAt);
    await applyRetention(died.deps, now).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    for (const boundary of died.boundaries) boundaries.add(boundary);
    await applyRetention(deps, now);
    expect(await redactedOf(mine)).toBe(150);
    const twice = await env.DB.prepare(
      `SELECT count(*) AS n FROM orders WHERE merchant_id = ?1 AND timeline LIKE '%redacted%redacted%'`,
    )
      .bind(mine.merchantId)
      .first("n");
    expect(twice).toBe(0);
    expect(
      await env.DB.prepare("SELECT count(*) AS n FROM retention_left WHERE merchant_id = ?1")
        .bind(mine.merchantId)
        .first("n"),
    ).toBe(2);
    if (!died.died()) break;
  }
  expect([...boundaries].toSorted()).toEqual(["after d1.batch", "before d1.batch"]);
});

test("one merchant's trouble stops no other's round", async () => {
  const { deps, mine, now } = await keeper();
  const other = await mintMerchant(deps);
  await stock(mine, 2, now - 100 * DAY_MS);
  await stock(other, 2, now - 100 * DAY_MS);
  const { databases } = deps;
  deps.databases = {
    ...databases,
    of: (id) => {
      if (id === mine.merchantId) throw new Error("its shard is away");
      return databases.of(id);
    },
  };
  expect(await applyRetention(deps, now)).toMatchObject({ failed: 1, orders: 2, next: null });
  deps.databases = databases;
  expect([await redactedOf(mine), await redactedOf(other)]).toEqual([0, 2]);
  await applyRetention(deps, now);
  expect(await redactedOf(mine)).toBe(2);
});

test("skipped orders, refused rows of files and closed alerts lose what they say of customers", async () => {
  const { deps, mine, now } = await keeper();
  const { merchantId, cartId } = mine;
  const old = now - 91 * DAY_MS;
  const checks = JSON.stringify([
    { field: "ship_to.city", expected: "Austin", actual: "Pluckley" },
    { field: "payment_status", expected: "paid", actual: "pending" },
  ]);
  const oldId = deps.ids.next("tsk").replace(/^tsk_.{10}/, "tsk_0000000000");
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO skipped_orders (merchant_id, cart_id, source_id, number, reason, checks, first_seen_at, last_seen_at, times)
       SELECT ?1, ?2, 's' || value, '' || value, 'order_filter', ?3, 1, ?4, 1 FROM json_each(?5)`,
    ).bind(
      merchantId,
      cartId,
      checks,
      old,
      JSON.stringify(Array.from({ length: 450 }, (_, n) => n)),
    ),
    env.DB.prepare(
      `INSERT INTO skipped_orders (merchant_id, cart_id, source_id, reason, checks, first_seen_at, last_seen_at, times)
       VALUES (?1, ?2, 'fresh', 'order_filter', '[{"field":"sku","expected":"x","actual":"y"}]', 1, ?3, 1)`,
    ).bind(merchantId, cartId, now),
    ...Array.from({ length: 9 }, (_, seq) =>
      env.DB.prepare(
        `INSERT INTO import_chunks (merchant_id, task_id, seq, rows, refused) VALUES (?1, ?2, ?3, '[]', ?4)`,
      ).bind(merchantId, oldId, seq, JSON.stringify([[2, "no SKU", "Quaxworth", "Pluckley"]])),
    ),
    env.DB.prepare(
      `INSERT INTO alerts (merchant_id, id, kind, subject, state, message, details, opened_at, last_at, closed_at, note)
       VALUES (?1, 'alr_1', 'address', 'ord_1', 'resolved', 'No house 77 Ferntickle Road', '{"order_number":"1","said":"Pluckley"}', 1, 1, ?2, 'Quaxworth called')`,
    ).bind(merchantId, old),
  ]);
  const first = await applyRetention(deps, now);
  expect(first).toMatchObject({ skips: 450, files: 9, alerts: 1 });
  const all = await everything(merchantId);
  expect(found(all)).toEqual([]);
  for (const kept of ["pending", "austin", "no sku", '\\"order_number\\":\\"1\\"'])
    expect(all).toContain(kept);
  deps.clock.pass(DAY_MS);
  expect(await applyRetention(deps, deps.clock.now())).toMatchObject({
    skips: 0,
    files: 0,
    alerts: 0,
  });
});

test("what keeps the words of a WMS or a cart about a redacted order loses them", async () => {
  const { deps, mine, now } = await keeper();
  const { merchantId } = mine;
  await stock(mine, 1, now - 100 * DAY_MS);
  const attempts = JSON.stringify([
    { n: 1, at: 1, duration_ms: 1, outcome: "refused", message: "No house 77 Ferntickle Road" },
  ]);
  await env.DB.batch([
    env.DB.prepare(
      "UPDATE deliveries SET last_error = 'Ferntickle', attempts = ?2 WHERE merchant_id = ?1",
    ).bind(merchantId, attempts),
    env.DB.prepare(
      `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, last_error, created_at)
       VALUES (?1, 'ord_a0', 'shp_1', 'con_1', 'con_2', 'given_up', ?2, 'Quaxworth', 1)`,
    ).bind(
      merchantId,
      JSON.stringify({ tracking_number: "1Z1", tracking_url: "https://t.example/?zip=TN27" }),
    ),
    env.DB.prepare(
      `INSERT INTO alerts (merchant_id, id, kind, subject, state, message, details, waiting, opened_at, last_at)
       VALUES (?1, 'alr_1', 'tracking_given_up', 'ord_a0/shp_1', 'open', 'Quaxworth', '{}', 1, 1, 1)`,
    ).bind(merchantId),
    env.DB.prepare("INSERT INTO alert_orders VALUES (?1, 'alr_1', 'ord_a0', 'tracking')").bind(
      merchantId,
    ),
  ]);
  await round(deps);
  const all = await everything(merchantId);
  expect(found(all)).toEqual([]);
  expect(all).toContain("1z1");
});

test("a merchant says how long data is kept, from a day to ten years, with an entry in the audit", async () => {
  const { deps, mine, now } = await keeper();
  const ask = (method: string, body?: unknown) =>
    call(deps, method, "/api/retention", { key: mine.keys.merchant, body });
  expect((await ask("GET")).json).toEqual({ days: 90, default_days: 90 });
  for (const days of [0, -1, 3_651, 1.5, null, "90"])
    expect((await ask("PUT", { days })).status).toBe(422);
  expect((await ask("PUT", { days: 30 })).json.days).toBe(30);
  expect((await ask("PUT", { days: 30 })).json.days).toBe(30);
  expect((await ask("GET")).json.days).toBe(30);
  const audit = await call(deps, "GET", "/api/audit", { key: mine.keys.merchant });
  expect(
    audit.json.items.filter(({ act }: { act: string }) => act === "retention_changed"),
  ).toMatchObject([{ subject: mine.merchantId, before: { days: 90 }, after: { days: 30 } }]);
  await stock(mine, 1, now - 31 * DAY_MS);
  await round(deps);
  expect(await redactedOf(mine)).toBe(1);
});
