/**
 * The product with a bench beside it, in the runtime it is made for: the same handlers, the same
 * bindings, the objects' SQL metered, and connectors that do not wait for a vendor's rate limit,
 * which would be all that one could measure otherwise.
 */
import { makeOrders, newOrders } from "../sandbox/control-shop.ts";
import { createState } from "../sandbox/state.ts";
import { wooOrder } from "../sandbox/woo-wire.ts";
import { MerchantSync as Product } from "../src/coordinator/object.ts";
import product from "../src/index.ts";
import { readOrder, isUnreadable } from "../src/connectors/carts/woocommerce/map.ts";
import { makeDeps } from "../src/deps.ts";
import type { IncomingOrder } from "../src/domain/incoming.ts";
import type { JobMessage } from "../src/domain/messages.ts";
import { consumeQueue } from "../src/jobs/queue.ts";
import { createDatabases } from "../src/store/databases.ts";
import { moveCursor } from "../src/store/jobs.ts";
import { intakeCart } from "../src/sync/intake-cart.ts";
import { intakeOrders } from "../src/sync/intake-orders.ts";
import { openCart } from "../src/sync/open-connection.ts";
import { countJourney, fill, makeHub, twoLines } from "./hub.ts";
import { meterObjectSql } from "./metering.ts";

export class MerchantSync extends Product {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    meterObjectSql(state.storage.sql);
    super(state, env);
  }
}

/** Orders per call of `intakeOrders`: a file or a push, not a page of a download. */
const PAGE = 1_000;

/** A new merchant with `stored` orders behind it, and what `count` more cost. */
async function count(env: Cloudflare.Env, query: URLSearchParams) {
  const hub = await makeHub(env);
  await fill(env.DB, hub, 0, Number(query.get("stored")));
  return countJourney(hub, Number(query.get("count")));
}

/** What a duplicate webhook and an idle poll write. */
async function noise(env: Cloudflare.Env) {
  const hub = await makeHub(env);
  await hub.makeOrders(3);
  await hub.run("order-download");
  const [order] = hub.state.shop_orders.all();
  await hub.webhook([order?.id ?? 0]);
  hub.meter.take();
  await hub.webhook([order?.id ?? 0]);
  const duplicate = hub.meter.take();
  let poll = 0;
  for (let at = 0; at < 5; at += 1) {
    hub.pass(300_000);
    hub.meter.take();
    await hub.run("order-download");
    const { rows_written, object_rows_written } = hub.meter.take();
    poll = Math.max(poll, rows_written + object_rows_written);
  }
  return { duplicate_webhook: duplicate.rows_written + duplicate.object_rows_written, poll };
}

/** What orders cost that come by webhook, `together` of them in one batch of the queue. */
async function byWebhook(env: Cloudflare.Env, query: URLSearchParams) {
  const hub = await makeHub(env);
  const together = Number(query.get("together"));
  await hub.makeOrders(Number(query.get("count")));
  const ids = hub.state.shop_orders.all().map(({ id }) => id);
  hub.meter.take();
  for (let at = 0; at < ids.length; at += together) await hub.webhook(ids.slice(at, at + together));
  return hub.meter.take();
}

/** Prepared bulk loads by the merchant that they are for; each answers how many orders it loaded. */
const bulks = new Map<string, () => Promise<number>>();

/**
 * Makes pages of orders as a shop would answer them, for `bulk` to store. `d1=none` leaves the
 * database out, and what remains is the product's own work.
 */
async function prepare(env: Cloudflare.Env, query: URLSearchParams) {
  const hub = await makeHub(env);
  const parse = query.get("parse") === "yes";
  const now = hub.deps.clock.now();
  const state = createState(now);
  const wish = newOrders.parse({ count: PAGE, lines: twoLines });
  const pages: { text: string; items: IncomingOrder[] }[] = [];
  for (let at = 0; at < Number(query.get("count")); at += PAGE) {
    state.shop_orders.clear();
    makeOrders(state, wish, now);
    const rows = state.shop_orders.all().map((order) => wooOrder(order, "https://shop.example"));
    pages.push({ text: parse ? JSON.stringify(rows) : "", items: parse ? [] : read(rows) });
  }
  const stored = { ...hub.deps, databases: createDatabases([env.DB]) };
  const cart = await intakeCart(stored, await openCart(stored, hub.merchantId, hub.cartId));
  const of = async () => emptyDatabase;
  const unstored = { ...stored, databases: { ...stored.databases, of } };
  const deps = query.get("d1") === "none" ? unstored : stored;
  bulks.set(hub.merchantId, async () => {
    let decided = 0;
    for (const [at, { text, items }] of pages.entries()) {
      const cursor = moveCursor(hub.merchantId, hub.cartId, "order-download", String(at), 1);
      const shown = { items: parse ? read(JSON.parse(text) as unknown[]) : items, skipped: [] };
      decided += shown.items.length;
      await intakeOrders(deps, cart, shown, cursor);
    }
    const stored = await storedOrders(env, hub.merchantId, "new");
    return deps === unstored ? decided : stored;
  });
  return { id: hub.merchantId };
}

/** Takes everything, keeps nothing, and answers at once. */
const nothing = { results: [], success: true, meta: { changes: 0, rows_written: 0 } };
const emptyDatabase = {
  prepare: () => ({ bind: () => ({ all: async () => nothing }) }),
  batch: async (statements: unknown[]) => statements.map(() => nothing),
} as unknown as D1Database;

const storedOrders = async (
  env: Cloudflare.Env,
  merchantId: string | null,
  status: string | null,
) =>
  (await env.DB.prepare("SELECT count(*) AS count FROM orders WHERE merchant_id = ? AND status = ?")
    .bind(merchantId, status)
    .first<number>("count")) ?? 0;

const read = (rows: readonly unknown[]): IncomingOrder[] =>
  rows.map((row) => {
    const order = readOrder(row);
    if (isUnreadable(order)) throw new Error(order.message);
    return order;
  });

export default {
  fetch: async (request, env, ctx) => {
    const url = new URL(request.url);
    const query = url.searchParams;
    switch (url.pathname) {
      case "/bench/count":
        return Response.json(await count(env, query));
      case "/bench/noise":
        return Response.json(await noise(env));
      case "/bench/by-webhook":
        return Response.json(await byWebhook(env, query));
      case "/bench/prepare":
        return Response.json(await prepare(env, query));
      case "/bench/intake": {
        const bulk = bulks.get(query.get("id") ?? "");
        if (!bulk) return new Response("Nothing was prepared", { status: 404 });
        return Response.json(await bulk());
      }
      case "/bench/send":
        await env.JOBS.send(await request.json<JobMessage>());
        return Response.json({ ok: true });
      case "/bench/reached":
        return Response.json(await storedOrders(env, query.get("merchant"), query.get("status")));
      default:
        return product.fetch(request, env, ctx);
    }
  },
  queue: (batch, env, ctx) => {
    const deps = makeDeps(env, ctx);
    const connectors = deps.connectors.map((one) => ({
      ...one,
      limits: { ...one.limits, requests: 1_000_000 },
    }));
    return consumeQueue(batch, { ...deps, connectors });
  },
} satisfies ExportedHandler<Cloudflare.Env>;
