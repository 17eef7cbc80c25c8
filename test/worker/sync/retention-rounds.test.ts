import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { applyRetention } from "../../../src/sync/apply-retention.ts";
import { call } from "../api/client.ts";
import { mintMerchant } from "../deps.ts";
import { Crash, mortal } from "../crash.ts";
import { counted } from "../store/ground.ts";
import { drain } from "../world.ts";
import { DAY_MS, everything, found, keeper, redactedOf, round, stock } from "./customer.ts";

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
