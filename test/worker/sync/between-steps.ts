import { env } from "cloudflare:workers";
import type { HttpAnswer, HttpRequest } from "../../../src/platform/http.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { createConnection } from "../../../src/sync/create-connection.ts";
import { getOrder } from "../../../src/sync/get-order.ts";
import { listAlerts } from "../../../src/sync/list-alerts.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { drain, run, tick, type World } from "../world.ts";

/** The newest order as the API shows it. */
export async function order(world: World) {
  const { merchantId } = world.merchant;
  const { items } = await listOrders(world.deps, merchantId, { limit: 1 });
  return getOrder(world.deps, merchantId, items[0]?.id ?? "");
}

/** What is wrong now, newest first. */
export const openAlerts = async ({ deps, merchant: { merchantId } }: World) =>
  (await listAlerts(deps, merchantId, { state: "open", after: null, limit: 100 })).items;

/** The shop's own id of its first order. */
export const shopOrderId = (world: World): string => String(world.view().shop.orders[0]?.id);

export async function download(world: World): Promise<void> {
  world.clock.pass(61_000);
  await run(world, "order-download");
}

/** Lets time pass, with a sweep and all that follows from it every five minutes. */
export async function hoursPass(world: World, hours: number): Promise<void> {
  for (let minutes = 0; minutes < hours * 60; minutes += 5) {
    world.clock.pass(300_000);
    await tick(world);
  }
}

/** Connects another shop, which shows the same orders, and downloads them. */
export async function secondShop({ deps, merchant: { merchantId } }: World): Promise<void> {
  const { connectionId } = await createConnection(deps, merchantId, {
    connector: "woocommerce",
    name: "Second shop",
    settings: { store_url: "https://shop.example/second" },
    secrets: { consumer_key: "ck_demo_sandbox_key", consumer_secret: "cs_demo_sandbox_secret" },
    policy: { delivery: true, earliest_order_at: 0 },
  });
  await deps.queues.jobs.send({
    kind: "run",
    merchant_id: merchantId,
    connection_id: connectionId,
    job: "order-download",
    by: "person",
  });
  await drain(deps, deps);
}

/** What D1 holds, as it is. */
export async function stored(query: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(query).all()).results;
}

export const orderDownload = ({ merchant }: World) =>
  ({
    kind: "run",
    merchant_id: merchant.merchantId,
    connection_id: merchant.cartId,
    job: "order-download",
    by: "schedule",
  }) as const;

export const shipmentPickup = ({ merchant }: World) =>
  ({
    kind: "run",
    merchant_id: merchant.merchantId,
    connection_id: merchant.wmsId,
    job: "shipment-pickup",
    by: "schedule",
  }) as const;

type Meanwhile = (
  pass: () => Promise<HttpAnswer>,
  request: HttpRequest | undefined,
) => Promise<HttpAnswer>;

/** Puts `meanwhile` in the place of every call whose method and URL match; `pass` makes the call. */
export function duringEveryCall(
  deps: Pick<Deps, "http">,
  matches: RegExp,
  meanwhile: Meanwhile,
): void {
  const { http } = deps;
  deps.http = {
    fetch: (url, request) => {
      const pass = () => http.fetch(url, request);
      return matches.test(`${request?.method ?? "GET"} ${url}`) ? meanwhile(pass, request) : pass();
    },
  };
}

/** Puts `meanwhile` in the place of the first call that matches. Answers whether it came to that. */
export function duringCall(
  deps: Pick<Deps, "http">,
  matches: RegExp,
  meanwhile: Meanwhile,
): () => boolean {
  let done = false;
  duringEveryCall(deps, matches, (pass, request) => {
    if (done) return pass();
    done = true;
    return meanwhile(pass, request);
  });
  return () => done;
}

/** The same deps, with something around the nth batch that goes to D1, counted from 1. */
export function aroundBatches<D extends Deps>(
  deps: D,
  around: (nth: number, commit: () => Promise<D1Result[]>) => Promise<D1Result[]>,
): D {
  let nth = 0;
  const door = (db: D1Database): D1Database =>
    new Proxy(db, {
      get: (target, key) => {
        if (key === "prepare") return (text: string) => target.prepare(text);
        if (key !== "batch") return Reflect.get(target, key);
        return (statements: D1PreparedStatement[]) => {
          nth += 1;
          return around(nth, () => target.batch(statements));
        };
      },
    });
  const { databases } = deps;
  return {
    ...deps,
    databases: { ...databases, of: async (merchantId) => door(await databases.of(merchantId)) },
  };
}

/** The same deps, with something that happens before each single read whose SQL matches. */
export function beforeReading<D extends Deps>(
  deps: D,
  matches: RegExp,
  meanwhile: () => Promise<void>,
): D {
  const slow = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, key) => {
        if (key === "bind") return (...values: unknown[]) => slow(target.bind(...values));
        if (key !== "all") return Reflect.get(target, key);
        return async () => {
          await meanwhile();
          return target.all();
        };
      },
    });
  const door = (db: D1Database): D1Database =>
    new Proxy(db, {
      get: (target, key) => {
        if (key === "batch") return (all: D1PreparedStatement[]) => target.batch(all);
        if (key !== "prepare") return Reflect.get(target, key);
        return (text: string) =>
          matches.test(text) ? slow(target.prepare(text)) : target.prepare(text);
      },
    });
  const { databases } = deps;
  return {
    ...deps,
    databases: { ...databases, of: async (merchantId) => door(await databases.of(merchantId)) },
  };
}

/** An answer as a firewall or a vendor's front door gives it. */
export const answer = (status: number, body: string): HttpAnswer => ({
  status,
  headers: new Headers(),
  body,
  url: "https://warehouse.example",
});
