import { createControl } from "../sandbox/control.ts";
import { credentials } from "../sandbox/demo.ts";
import { createShop } from "../sandbox/shop.ts";
import { createState, type SandboxState } from "../sandbox/state.ts";
import { createWarehouse } from "../sandbox/warehouse.ts";
import { wooOrder } from "../sandbox/woo-wire.ts";
import { createMerchant } from "../src/accounts/merchants.ts";
import { makeDeps } from "../src/deps.ts";
import type { ConnectionId, MerchantId } from "../src/domain/ids.ts";
import type { DispatchMessage, JobMessage, NoticeMessage } from "../src/domain/messages.ts";
import { consumeQueue } from "../src/jobs/queue.ts";
import { systemIds } from "../src/platform/ids.ts";
import { createLog } from "../src/platform/log.ts";
import { createDatabases } from "../src/store/databases.ts";
import { changeConnection } from "../src/sync/change-connection.ts";
import { createConnection } from "../src/sync/create-connection.ts";
import type { Deps, Outbox } from "../src/sync/deps.ts";
import { webhooks } from "../src/webhooks/app.ts";
import { createMeter, type Meter } from "./metering.ts";

/** The hub with a merchant of its own, every door metered, and a shop and a warehouse in memory. */
export interface Hub {
  deps: Deps;
  meter: Meter;
  state: SandboxState;
  merchantId: MerchantId;
  cartId: ConnectionId;
  wmsId: ConnectionId;
  /** Two-line orders, one a second, all of them older than a pull's overlap when it returns. */
  makeOrders(count: number): Promise<void>;
  /** The warehouse ships whatever it has. */
  ship(): Promise<void>;
  /** Runs a job and everything that follows from it. */
  run(job: "order-download" | "shipment-pickup"): Promise<void>;
  /** The shop's webhook for each of the orders, and everything that follows from it. */
  webhook(orderIds: readonly number[]): Promise<void>;
  pass(ms: number): void;
}

const webhookSecret = "bench-webhook-secret";

export const twoLines = [
  { sku: "DEMO-MUG", quantity: 1 },
  { sku: "DEMO-POSTER", quantity: 2 },
];

function storing<M>(): Outbox<M> & { sent: M[] } {
  const sent: M[] = [];
  return {
    sent,
    send: async (message) => {
      sent.push(message);
    },
    sendBatch: async (messages) => {
      for (const { body } of messages) sent.push(body);
    },
  };
}

export async function makeHub(env: Cloudflare.Env): Promise<Hub> {
  let now = Date.UTC(2026, 10, 21, 10, 2, 30);
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const meter = createMeter();
  const state = createState(now);
  const vendorOptions = { now: clock.now, wait: clock.sleep };
  const shop = createShop(state, vendorOptions);
  const warehouse = createWarehouse(state, vendorOptions);
  const control = createControl(state, { now: clock.now });
  const jobs = storing<JobMessage>();
  const deliveries = storing<DispatchMessage>();
  const notices = storing<NoticeMessage>();

  const base = makeDeps(env, { waitUntil: () => {} });
  const deps: Deps = {
    ...base,
    clock,
    ids: systemIds(clock),
    log: createLog(() => {}, clock),
    http: {
      fetch: async (url, { method = "GET", headers = {}, body } = {}) => {
        meter.vendorCall();
        const vendor = url.startsWith("https://shop.example/") ? shop : warehouse;
        const init = body === undefined ? { method, headers } : { method, headers, body };
        const answer = await vendor.fetch(new Request(url, init));
        return { status: answer.status, headers: answer.headers, body: await answer.text(), url };
      },
    },
    databases: createDatabases([meter.d1(env.DB)]),
    coordinator: (merchantId) => meter.coordinator(base.coordinator(merchantId)),
    queues: {
      jobs: meter.outbox(jobs),
      deliveries: meter.outbox(deliveries),
      notices: meter.outbox(notices),
    },
  };

  const { merchant } = await createMerchant(deps, deps.ids.next("acc"), "Bench merchant");
  const { consumer_key, consumer_secret, api_token, signing_secret } = credentials;
  const wms = await createConnection(deps, merchant.id, {
    connector: "http-warehouse",
    settings: { base_url: "https://warehouse.example" },
    secrets: { api_token, signing_secret },
  });
  const cart = await createConnection(deps, merchant.id, {
    connector: "woocommerce",
    settings: { store_url: "https://shop.example" },
    secrets: { consumer_key, consumer_secret, webhook_secret: webhookSecret },
  });
  await changeConnection(deps, merchant.id, cart.connectionId, { policy: { delivery: true } });
  const problems = [...wms.report.problems, ...cart.report.problems];
  if (problems.length > 0) throw new Error(problems.join("; "));
  meter.take();
  // The clock is the hub's own, so that one hub's look-ups do not age with another's.
  now += 300_000;

  const act = async (path: string, body: unknown) => {
    const answer = await control.fetch(
      new Request(`https://sandbox.example/control/${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      }),
    );
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  const drain = async (dispatchStation: string): Promise<void> => {
    for (;;) {
      const jobMessages = jobs.sent.splice(0, 100);
      if (jobMessages.length > 0) {
        const [first] = jobMessages;
        meter.station(first?.kind === "run" ? first.job : (first?.kind ?? ""));
        await consume(deps, "dray-jobs", jobMessages);
        continue;
      }
      const dispatch = deliveries.sent.shift();
      if (!dispatch) break;
      meter.station(dispatchStation);
      await consume(deps, "dray-deliveries", [dispatch]);
    }
    if (notices.sent.length > 0) throw new Error(JSON.stringify(notices.sent[0]));
  };

  return {
    deps,
    meter,
    state,
    merchantId: merchant.id,
    cartId: cart.connectionId,
    wmsId: wms.connectionId,
    pass: (ms) => {
      now += ms;
    },
    makeOrders: async (count) => {
      for (let at = 0; at < count; at += 1) {
        await act("orders", { count: 1, lines: twoLines });
        now += 1_000;
      }
      now += 300_000;
    },
    ship: () => act("ship", {}),
    run: async (job) => {
      const connection = job === "order-download" ? cart.connectionId : wms.connectionId;
      await deps.queues.jobs.send({
        kind: "run",
        merchant_id: merchant.id,
        connection_id: connection,
        job,
        by: "schedule",
      });
      await drain(job === "order-download" ? "order-delivery" : "tracking-upload");
    },
    webhook: async (orderIds) => {
      meter.station("webhook");
      for (const id of orderIds) {
        const order = state.shop_orders.get(id);
        if (!order) throw new Error(`The shop has no order ${id}`);
        const body = JSON.stringify(wooOrder(order, "https://shop.example/wp-json/wc/v3"));
        const url = `https://dray.example/webhooks/${merchant.id}/${cart.connectionId}`;
        const headers = await wooHeaders(body, webhookSecret);
        const request = new Request(url, { method: "POST", headers, body });
        const answer = await webhooks.fetch(request, { deps, processId: "prc_bench" });
        if (!answer.ok) throw new Error(`webhook: ${answer.status} ${await answer.text()}`);
      }
      await drain("order-delivery");
    },
  };
}

/** What a WooCommerce shop sends along with a delivery. */
export async function wooHeaders(body: string, secret: string): Promise<Record<string, string>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const utf8 = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, utf8.encode(body));
  return {
    "content-type": "application/json",
    "x-wc-webhook-topic": "order.updated",
    "x-wc-webhook-signature": Buffer.from(signature).toString("base64"),
  };
}

async function consume(deps: Deps, queue: string, bodies: readonly unknown[]): Promise<void> {
  const messages = bodies.map((body, at) => ({
    id: `message-${at}`,
    timestamp: new Date(deps.clock.now()),
    attempts: 1,
    body,
    ack: () => {},
    retry: () => {
      throw new Error(`${queue}: a message was to be tried again`);
    },
  }));
  await consumeQueue({ queue, messages } as unknown as MessageBatch, deps);
}

/** Fills the merchant with orders that went all the way, as fast as SQL can. */
export async function fill(db: D1Database, hub: Hub, from: number, to: number): Promise<void> {
  const { merchantId: m, cartId: cart, wmsId: wms } = hub;
  const numbers = `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)`;
  const body = JSON.stringify({ number: "filled", lines: [{ line_id: "1", sku: "DEMO-MUG" }] });
  // What stands last in a table costs a row less to find, so something of nobody's stands last.
  await db
    .prepare(
      `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, created_at)
       VALUES ('~', '~', '~', '~', '~', 'none', '{}', 0) ON CONFLICT DO NOTHING`,
    )
    .run();
  for (let at = from; at < to; at += 10_000) {
    const range = [at, Math.min(at + 10_000, to)];
    await db.batch([
      db
        .prepare(
          `INSERT INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, status,
             source_status, source_modified_at, placed_at, created_at, updated_at, body, timeline)
           ${numbers} SELECT ?3, printf('ord_%s', substr(hex(i * 2654435761 % 4294967296), 1, 16) || i), ?4, 'f' || i, 1,
             'F' || i, 'F' || i, 'confirmed', 'completed', i, i, i, i, ?5, '[]' FROM n`,
        )
        .bind(...range, m, cart, body),
      db
        .prepare(
          `INSERT INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, wms_order_id)
           ${numbers} SELECT ?3, printf('ord_%s', substr(hex(i * 2654435761 % 4294967296), 1, 16) || i), ?4, ?5,
             'accepted', i FROM n`,
        )
        .bind(...range, m, cart, wms),
      db
        .prepare(
          `INSERT INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, created_at)
           ${numbers} SELECT ?3, printf('ord_%s', substr(hex(i * 2654435761 % 4294967296), 1, 16) || i), 'shp_' || i,
             ?4, ?5, 'confirmed', '{}', i FROM n`,
        )
        .bind(...range, m, cart, wms),
      db
        .prepare(
          `INSERT INTO changes (merchant_id, seq, at, kind, ids)
           ${numbers} SELECT ?3, (SELECT coalesce(max(seq), 0) FROM changes WHERE merchant_id = ?3) + 1 + i - ?1,
             i, 'confirmed', '[]' FROM n`,
        )
        .bind(...range, m),
    ]);
  }
}

/** The whole journey of `count` orders, counted: from download to confirmation. */
export async function countJourney(hub: Hub, count: number) {
  await hub.makeOrders(count);
  hub.meter.take();
  await hub.run("order-download");
  await hub.ship();
  hub.pass(60_000);
  await hub.run("shipment-pickup");
  const counts = hub.meter.take();
  const db = hub.deps.databases.directory;
  const { results } = await db
    .prepare(
      `SELECT status AS status, count(*) AS count FROM orders
       WHERE merchant_id = ? AND source_id NOT LIKE 'f%' GROUP BY status`,
    )
    .bind(hub.merchantId)
    .all<{ status: string; count: number }>();
  hub.meter.take();
  if (results.length !== 1 || results[0]?.status !== "confirmed")
    throw new Error(`The orders did not all get there: ${JSON.stringify(results)}`);
  return counts;
}
