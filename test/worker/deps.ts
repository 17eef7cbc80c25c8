import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createMerchant } from "../../src/accounts/merchants.ts";
import { newKey, type KeyPair } from "../../src/accounts/new-key.ts";
import type { Connector } from "../../src/connectors/contract.ts";
import { connectors } from "../../src/connectors/registry.ts";
import { coordinators } from "../../src/coordinator/client.ts";
import type { AccountId, ConnectionId, MerchantId } from "../../src/domain/ids.ts";
import type { DispatchMessage, JobMessage, NoticeMessage } from "../../src/domain/messages.ts";
import type { Clock } from "../../src/platform/clock.ts";
import { HttpError, type HttpAnswer, type HttpRequest } from "../../src/platform/http.ts";
import { systemIds, type Ids } from "../../src/platform/ids.ts";
import { createLog } from "../../src/platform/log.ts";
import { MailRefused, type Envelope } from "../../src/platform/mail.ts";
import { createSealer, parseSealKeys } from "../../src/platform/sealing.ts";
import { createDatabases } from "../../src/store/databases.ts";
import { commit } from "../../src/store/statement.ts";
import { insertApiKey } from "../../src/store/api-keys.ts";
import { createConnection, type WantedConnection } from "../../src/sync/create-connection.ts";
import { changeConnection } from "../../src/sync/change-connection.ts";
import type { Deps, Outbox } from "../../src/sync/deps.ts";

/** 2026-11-21T10:02:30Z, in the middle of a five-minute tick. */
export const START = Date.UTC(2026, 10, 21, 10, 2, 30);

export interface FakeClock extends Clock {
  /** Moves time on by `ms`. */
  pass(ms: number): void;
}

export function fakeClock(start = START): FakeClock {
  let now = start;
  return {
    now: () => now,
    pass: (ms) => {
      now += ms;
    },
    sleep: async (ms) => {
      now += ms;
    },
  };
}

let mints = 0;

/** 32 bits that differ from test file to test file, which share one D1. */
function saltOfFile(): number {
  let hash = 0x811c9dc5;
  for (const char of expect.getState().testPath ?? "") {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}

/** Ids that repeat from run to run and never within one: file, mint and count are in each. */
function countingIds(clock: Pick<Clock, "now">): Ids {
  mints += 1;
  const mint = mints;
  const salt = saltOfFile();
  let count = 0;
  return systemIds(clock, (bytes) => {
    count += 1;
    const random = new Uint8Array(bytes);
    const view = new DataView(random.buffer);
    for (let at = 0; at + 8 <= bytes; at += 8) {
      view.setUint32(at, salt + at);
      view.setUint32(at + 4, ((mint & 0x3ff) << 22) | ((count & 0x3ffff) << 4));
    }
    return random;
  });
}

/** A queue that keeps what is sent. */
export interface RecordingQueue<M> extends Outbox<M> {
  sent: M[];
  /** Sent to come later; `arrive` moves what is due to `sent`. */
  delayed: { due: number; message: M }[];
  arrive(): void;
}

function recordingQueue<M>(clock: Pick<Clock, "now">): RecordingQueue<M> {
  const sent: M[] = [];
  const delayed: { due: number; message: M }[] = [];
  return {
    sent,
    delayed,
    arrive: () => {
      const waiting = delayed.splice(0);
      for (const one of waiting)
        if (one.due <= clock.now()) sent.push(one.message);
        else delayed.push(one);
    },
    send: async (message, { delaySeconds = 0 } = {}) => {
      if (delaySeconds === 0) sent.push(message);
      else delayed.push({ due: clock.now() + delaySeconds * 1_000, message });
    },
    sendBatch: async (messages) => {
      const bodies = Array.from(messages, ({ body }) => body);
      if (bodies.length === 0) throw new Error("a batch requires at least one message");
      if (bodies.length > 100) throw new Error("a batch may have 100 messages");
      sent.push(...bodies);
    },
  };
}

/** A mail service that keeps what it takes. */
export interface Post {
  taken: Envelope[];
  /** How often something was to be sent. */
  tries: number;
  /** The code of its refusal, null for one without, and undefined where it takes the mail. */
  refuses: (envelope: Envelope) => string | null | undefined;
}

export interface VendorCall extends HttpRequest {
  url: string;
}

/** What the world outside answers: a status with a body (JSON unless it is a text), or an HttpError to throw. */
export type Handler = (
  call: VendorCall,
) =>
  | { status?: number; headers?: Record<string, string>; body?: unknown }
  | HttpError
  | Promise<{ status?: number; headers?: Record<string, string>; body?: unknown } | HttpError>;

export interface TestDeps extends Deps {
  clock: FakeClock;
  queues: {
    jobs: RecordingQueue<JobMessage>;
    deliveries: RecordingQueue<DispatchMessage>;
    notices: RecordingQueue<NoticeMessage>;
  };
  post: Post;
  /** Every log line, as written. */
  lines: string[];
  /** Every call that went out. */
  calls: VendorCall[];
  /** What is to be done beside the work: nothing of it is done before `doLater`. */
  beside: (() => Promise<void>)[];
}

/** Does what the work left to be done beside it. */
export async function doLater({ beside }: TestDeps): Promise<void> {
  for (const work of beside.splice(0)) await work();
}

export interface TestOptions {
  http?: Handler;
  clock?: FakeClock;
  connectors?: readonly Connector[];
  sealKeys?: string;
  db?: D1Database;
}

const sealKeys = `k1:${Buffer.alloc(32, 7).toString("base64")}`;

/** Deps over the real D1 and the real Durable Objects, with time, chance, queues and the world outside in the test's hand. */
export function testDeps(options: TestOptions = {}): TestDeps {
  const clock = options.clock ?? fakeClock();
  const lines: string[] = [];
  const calls: VendorCall[] = [];
  const beside: TestDeps["beside"] = [];
  const handler: Handler =
    options.http ?? (() => new HttpError("unreachable", "This test planned no vendor call."));
  const fetch = async (url: string, request: HttpRequest = {}): Promise<HttpAnswer> => {
    const call = { url, ...request };
    calls.push(call);
    const answer = await handler(call);
    if (answer instanceof HttpError) throw answer;
    const { status = 200, headers = {}, body = "" } = answer;
    const isText = typeof body === "string";
    return {
      status,
      headers: new Headers(isText ? headers : { "content-type": "application/json", ...headers }),
      body: isText ? body : JSON.stringify(body),
      url,
    };
  };
  const post: Post = { taken: [], tries: 0, refuses: () => undefined };
  return {
    clock,
    post,
    mail: {
      from: { name: "Dray", address: "alerts@dray.test" },
      send: async (envelope) => {
        post.tries += 1;
        const code = post.refuses(envelope);
        if (code !== undefined) throw new MailRefused(code);
        post.taken.push(envelope);
      },
    },
    ids: countingIds(clock),
    lines,
    calls,
    beside,
    later: (work) => beside.push(work),
    log: createLog((line) => lines.push(line), clock),
    http: { fetch },
    databases: createDatabases([options.db ?? env.DB]),
    coordinator: coordinators(env.MERCHANT_SYNC),
    sealer: createSealer(parseSealKeys(options.sealKeys ?? sealKeys)),
    addressValidator: null,
    connectors: options.connectors ?? connectors,
    queues: {
      jobs: recordingQueue(clock),
      deliveries: recordingQueue(clock),
      notices: recordingQueue(clock),
    },
    publicUrl: "https://dray.test",
    dispatchSize: 100,
  };
}

export interface Minted {
  accountId: AccountId;
  merchantId: MerchantId;
  cartId: ConnectionId;
  wmsId: ConnectionId;
  /** Keys with write access: the account's and the merchant's. */
  keys: { warehouse: KeyPair; merchant: KeyPair };
}

export interface MintOptions {
  /** On unless told otherwise; a new cart's own default is off. */
  delivery?: boolean;
  cart?: Partial<WantedConnection>;
  wms?: Partial<WantedConnection>;
}

export const cartWanted: WantedConnection = {
  connector: "woocommerce",
  name: "Test shop",
  settings: { store_url: "https://shop.test" },
  secrets: {
    consumer_key: "ck_test",
    consumer_secret: "cs_test",
    webhook_secret: "test-webhook-secret",
  },
};

export const wmsWanted: WantedConnection = {
  connector: "http-warehouse",
  name: "Test warehouse",
  settings: { base_url: "https://warehouse.test" },
  secrets: {
    api_token: "test-token",
    signing_secret: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
    webhook_secret: `whsec_${Buffer.alloc(32, 2).toString("base64")}`,
  },
};

/**
 * An account, a merchant, a cart and a WMS of its own. Delivery is on unless told otherwise. The
 * connections start out healthy, whatever the handler said to their check, and that nobody hears of the
 * merchant is not wrong yet; the check's calls and log lines are not kept.
 */
export async function mintMerchant(deps: TestDeps, options: MintOptions = {}): Promise<Minted> {
  const account = { id: deps.ids.next("acc"), name: "Test account" };
  await commit(deps.databases.directory, [
    sql`INSERT INTO accounts (id, name, created_at) VALUES (${account.id}, ${account.name}, ${deps.clock.now()})`,
  ]);
  const warehouse = newKey(deps, {
    account_id: account.id,
    level: "warehouse",
    access: "write",
    name: "Test key",
  });
  await commit(deps.databases.directory, [insertApiKey(warehouse.row)]);
  const { merchant, key } = await createMerchant(deps, account.id, "Test merchant");
  const wms = await createConnection(deps, merchant.id, { ...wmsWanted, ...options.wms });
  const cart = await createConnection(deps, merchant.id, { ...cartWanted, ...options.cart });
  const db = await deps.databases.of(merchant.id);
  await commit(db, [
    sql`UPDATE connections SET health = 'healthy', last_error = NULL, last_error_at = NULL WHERE merchant_id = ${merchant.id}`,
    sql`UPDATE jobs SET suspended = 0 WHERE merchant_id = ${merchant.id}`,
    sql`DELETE FROM alerts WHERE merchant_id = ${merchant.id}`,
  ]);
  if (options.delivery !== false) {
    await changeConnection(deps, merchant.id, cart.connectionId, { policy: { delivery: true } });
  }
  deps.calls.length = 0;
  deps.beside.length = 0;
  deps.lines.length = 0;
  for (const queue of Object.values(deps.queues)) queue.sent.length = 0;
  return {
    accountId: account.id,
    merchantId: merchant.id,
    cartId: cart.connectionId,
    wmsId: wms.connectionId,
    keys: { warehouse: warehouse.pair, merchant: key },
  };
}
