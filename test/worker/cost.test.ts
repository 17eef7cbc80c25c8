import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { countJourney, fill, makeHub, type Hub } from "../../bench/hub.ts";
import { meterObjectSql, type Counts } from "../../bench/metering.ts";
import { DRAY } from "../../src/domain/actor.ts";
import { loadWmsMethods } from "../../src/sync/load-wms-methods.ts";
import { saveShipMethods } from "../../src/sync/save-ship-methods.ts";

/** A hub whose merchant's object is metered too. */
async function metered(): Promise<Hub> {
  const hub = await makeHub(env);
  const object = env.MERCHANT_SYNC.get(env.MERCHANT_SYNC.idFromName(hub.merchantId));
  await runInDurableObject(object, (_, state) => meterObjectSql(state.storage.sql));
  return hub;
}

/** What one statement wrote and read; 0 when it did not run. */
const costOf = (counts: Counts, name: string) =>
  counts.by_statement[name] ?? { times: 0, rows_written: 0, rows_read: 0 };

const ORDERS = 100;
let few: Counts;
let many: Counts;
beforeAll(async () => {
  // A range that ends at the end of a table reads one row less than one that ends at a neighbour's.
  await env.DB.prepare(
    `INSERT INTO connections (merchant_id, id, connector, side, name, settings, policy, secrets, health,
       created_at, updated_at) VALUES ('mer_~', 'con_1', 'x', 'wms', 'Last', '{}', '{}', 's', 'healthy', 1, 1)`,
  ).run();
  const one = await metered();
  await fill(env.DB, one, 0, 100);
  few = await countJourney(one, ORDERS);
  const other = await metered();
  await fill(env.DB, other, 0, 2_000);
  many = await countJourney(other, ORDERS);
});

test("from download to confirmation an order costs at most 11.5 rows written, 40 read and 0.52 round trips to D1", () => {
  expect(few.rows_written / ORDERS).toBeGreaterThan(9);
  expect(few.rows_written / ORDERS).toBeLessThanOrEqual(11.5);
  expect(few.rows_read / ORDERS).toBeGreaterThan(20);
  expect(few.rows_read / ORDERS).toBeLessThanOrEqual(40);
  expect(few.d1_requests / ORDERS).toBeLessThanOrEqual(0.52);
});

test("a page of orders costs a handful of object requests and queue messages, not one per order", () => {
  expect(few.object_requests).toBeGreaterThan(0);
  expect(few.object_requests / ORDERS).toBeLessThanOrEqual(0.12);
  expect(few.object_rows_written).toBeGreaterThan(0);
  expect(few.object_rows_written / ORDERS).toBeLessThanOrEqual(0.12);
  expect(few.queue_operations).toBeGreaterThan(0);
  expect(few.queue_operations / ORDERS).toBeLessThanOrEqual(0.2);
});

test("every statement writes and reads as many rows at 2,000 orders stored as at 100", () => {
  expect(many).toEqual(few);
});

test("a map of ship methods that every order goes by costs at most 0.3 rows read more, and no row and no round trip", async () => {
  const hub = await metered();
  await fill(env.DB, hub, 0, 100);
  const { deps, merchantId, cartId, wmsId } = hub;
  await loadWmsMethods(deps, merchantId, wmsId, DRAY);
  const rows = ["flat_rate", "express", "slow"].map((value, at) => ({
    match: at === 0 ? ("exact" as const) : ("starts" as const),
    value,
    wms_method: "UPS-GND",
    passes: false,
    place: value,
  }));
  await saveShipMethods(deps, merchantId, cartId, rows, DRAY);
  await hub.run("order-download");
  hub.meter.take();
  const mapped = await countJourney(hub, ORDERS);
  expect(mapped.rows_read - few.rows_read).toBeGreaterThan(0);
  expect((mapped.rows_read - few.rows_read) / ORDERS).toBeLessThanOrEqual(0.3);
  expect((mapped.rows_written - few.rows_written) / ORDERS).toBeLessThanOrEqual(0.01);
  expect(mapped.d1_requests).toBeLessThanOrEqual(few.d1_requests + 1);
  expect(costOf(mapped, "order-download: INSERT ship_methods").rows_read).toBeLessThanOrEqual(3);
});

test("loading an order again, by webhook or by poll, writes no order and no delivery", async () => {
  const hub = await metered();
  await hub.makeOrders(3);
  await hub.run("order-download");
  const [order] = hub.state.shop_orders.all();
  await hub.webhook([order?.id ?? 0]);
  hub.meter.take();

  await hub.webhook([order?.id ?? 0, order?.id ?? 0]);
  const counts = hub.meter.take();
  expect(counts.vendor_calls).toBe(1);
  expect(costOf(counts, "fetch: SELECT orders by id").rows_read).toBe(2);
  expect(counts.rows_written + counts.object_rows_written).toBe(0);
});

test("an idle poll writes at most one row, D1 and object together", async () => {
  const hub = await metered();
  await hub.makeOrders(1);
  await hub.run("order-download");
  for (let poll = 0; poll < 5; poll += 1) {
    hub.pass(300_000);
    hub.meter.take();
    await hub.run("order-download");
    const counts = hub.meter.take();
    expect(counts.vendor_calls).toBeGreaterThan(0);
    expect(counts.object_requests).toBe(2);
    expect(counts.rows_written + counts.object_rows_written).toBeLessThanOrEqual(1);
  }
});

test("where there is neither a map nor products, checking methods and codes reads once a page, and a tenth of a row per order", () => {
  const checking = Object.entries(few.by_statement).filter(
    ([name]) => name.startsWith("order-delivery: SELECT") && /products|codes|methods/.test(name),
  );
  expect(checking).toMatchObject([[expect.stringContaining("ship_methods"), { times: 1 }]]);
  expect(checking[0]?.[1].rows_read).toBeLessThanOrEqual(ORDERS / 10);
});
