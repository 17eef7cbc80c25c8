import { env } from "cloudflare:workers";
import { createControl } from "../../sandbox/control.ts";
import { credentials } from "../../sandbox/demo.ts";
import { createShop } from "../../sandbox/shop.ts";
import { createState, type SandboxState } from "../../sandbox/state.ts";
import { createWarehouse } from "../../sandbox/warehouse.ts";
import { stateView } from "../../sandbox/view.ts";
import { DRAY } from "../../src/domain/actor.ts";
import { consumeQueue } from "../../src/jobs/queue.ts";
import { HttpError } from "../../src/platform/http.ts";
import { addContact, type WantedContact } from "../../src/sync/add-contact.ts";
import type { Deps } from "../../src/sync/deps.ts";
import { sweep } from "../../src/sync/sweep.ts";
import {
  cartWanted,
  fakeClock,
  mintMerchant,
  testDeps,
  wmsWanted,
  type FakeClock,
  type Handler,
  type Minted,
  type MintOptions,
  type TestDeps,
} from "./deps.ts";

/** A merchant with a shop and a warehouse that live in memory and speak their own protocols. */
export interface World {
  deps: TestDeps;
  clock: FakeClock;
  state: SandboxState;
  merchant: Minted;
  control(act: string, body?: unknown): Promise<unknown>;
  view(): ReturnType<typeof stateView>;
}

const tables =
  "accounts merchants api_keys connections jobs orders skipped_orders deliveries shipments dispatches changes runs sweeps tombstones stand_ins item_filters products product_codes tasks audit import_chunks import_mappings alerts alert_orders contacts tellings told mails dead_letters vendor_calls retention retention_left ship_methods wms_methods carrier_names";

const somebody: WantedContact = {
  email: "somebody@example.com",
  name: null,
  frequency: "daily",
  kinds: {},
};

/** The only world in D1: a sweep crosses merchants, and would run those of an earlier test here. */
export async function makeWorld(options: MintOptions = {}): Promise<World> {
  await env.DB.batch(tables.split(" ").map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  const clock = fakeClock();
  const state = createState(clock.now());
  // A held answer is one that the caller stopped waiting for.
  const wait = () => Promise.reject(new HttpError("timed_out", "No answer in time"));
  const now = () => clock.now();
  const shop = createShop(state, { now, wait });
  const warehouse = createWarehouse(state, { now, wait });
  const control = createControl(state, { now });
  const http: Handler = async ({ url, method = "GET", headers, body }) => {
    const host = new URL(url).hostname;
    const vendor = host === "shop.example" ? shop : warehouse;
    const init: RequestInit = { method, headers: { ...headers } };
    if (body !== undefined) init.body = body;
    const request = new Request(url, init);
    try {
      const answer = await vendor.fetch(request);
      const text = await answer.text();
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: text };
    } catch (error) {
      return error instanceof HttpError
        ? error
        : new HttpError("timed_out", "The connection broke off");
    }
  };
  const deps = testDeps({ clock, http });
  const { consumer_key, consumer_secret, api_token, signing_secret } = credentials;
  const merchant = await mintMerchant(deps, {
    cart: {
      ...cartWanted,
      settings: { store_url: "https://shop.example" },
      secrets: { consumer_key, consumer_secret, webhook_secret: "demo-webhook-secret" },
      ...options.cart,
    },
    wms: {
      ...wmsWanted,
      settings: { base_url: "https://warehouse.example" },
      secrets: { ...wmsWanted.secrets, api_token, signing_secret },
      ...options.wms,
    },
    ...(options.delivery === undefined ? {} : { delivery: options.delivery }),
  });
  // Nobody to tell would be an alert.
  await addContact(deps, { kind: "merchant", id: merchant.merchantId }, somebody, DRAY);
  clock.pass(1_000);
  return {
    deps,
    clock,
    state,
    merchant,
    view: () => stateView(state),
    control: async (act, body = {}) => {
      const [method = "POST", path] = act.split(" ");
      const init = { method, body: method === "GET" ? null : JSON.stringify(body) };
      const answer = await control.fetch(
        new Request(`https://sandbox.example/control/${path}`, init),
      );
      const said: unknown = await answer.json();
      if (!answer.ok) throw new Error(`${act}: ${JSON.stringify(said)}`);
      return said;
    },
  };
}

/** Runs a job now, and everything that follows from it. */
export async function run(world: World, job: "order-download" | "shipment-pickup"): Promise<void> {
  const { merchantId, cartId, wmsId } = world.merchant;
  await world.deps.queues.jobs.send({
    kind: "run",
    merchant_id: merchantId,
    connection_id: job === "order-download" ? cartId : wmsId,
    job,
    by: "person",
  });
  await drain(world.deps, world.deps);
}

/** Fires the cron and everything that follows from it. */
export async function tick(world: World): Promise<void> {
  await sweep(world.deps);
  await drain(world.deps, world.deps);
}

/** What became of one message. */
export type Fate = "acked" | "retried" | "lost";

/** Consumes all queued messages once, in the order they came; what is retried is dropped, as if it were lost. */
export async function drain(
  queues: TestDeps,
  deps: Deps,
  beforeAck: () => void = () => {},
): Promise<Fate[]> {
  const fates: Fate[] = [];
  for (const queue of Object.values(queues.queues)) queue.arrive();
  for (;;) {
    const jobs = queues.queues.jobs.sent.splice(0);
    const dispatches = queues.queues.deliveries.sent.splice(0);
    const notices = queues.queues.notices.sent.splice(0);
    if (jobs.length + dispatches.length + notices.length === 0) return fates;
    fates.push(...(await consume("dray-jobs", jobs, deps, beforeAck)));
    for (const dispatch of dispatches)
      fates.push(...(await consume("dray-deliveries", [dispatch], deps, beforeAck)));
    fates.push(...(await consume("dray-notices", notices, deps, beforeAck)));
  }
}

async function consume(
  queue: string,
  bodies: readonly unknown[],
  deps: Deps,
  beforeAck: () => void,
): Promise<Fate[]> {
  const fates: Fate[] = bodies.map(() => "lost");
  if (bodies.length === 0) return fates;
  const messages = bodies.map((body, at) => ({
    id: `message-${at}`,
    timestamp: new Date(deps.clock.now()),
    attempts: 1,
    body,
    ack: () => {
      beforeAck();
      fates[at] = "acked";
    },
    retry: () => {
      fates[at] = "retried";
    },
  }));
  const batch = { queue, messages, ackAll: () => {}, retryAll: () => {}, metadata: {} };
  await consumeQueue(batch as unknown as MessageBatch, deps);
  return fates;
}
