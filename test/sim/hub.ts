import { createHash } from "node:crypto";
import { connectors } from "../../src/connectors/registry.ts";
import { coordinators } from "../../src/coordinator/client.ts";
import type { MerchantId } from "../../src/domain/ids.ts";
import { createHttp } from "../../src/platform/http.ts";
import { systemIds } from "../../src/platform/ids.ts";
import { createLog } from "../../src/platform/log.ts";
import type { Envelope } from "../../src/platform/mail.ts";
import { createSealer, parseSealKeys, type Sealer } from "../../src/platform/sealing.ts";
import { createDatabases, type Databases } from "../../src/store/databases.ts";
import type { Deps, Outbox } from "../../src/sync/deps.ts";
import type { Fault, faults as catalogue } from "./catalogue.ts";
import { objectSite, siteOf } from "./call-sites.ts";
import { createD1, d1Error, type SimD1 } from "./d1.ts";
import { deadlineIn } from "./deadline.ts";
import { createObject, objectNamespace, type SimObject } from "./object.ts";
import { mistreat, queueRules, SimQueue } from "./queue.ts";
import type { Invocation } from "./invocation.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { OLD_KEY } from "./rotation.ts";
import type { Random } from "./random.ts";
import type { Appointment, Timeline } from "./timeline.ts";

/** What an isolate keeps between invocations. */
interface Isolate {
  sealer: Sealer;
  known: Set<MerchantId>;
  /** How far its clock is off. */
  skew: number;
}

/** How the outside world is reached by one invocation. */
export type Outside = (invocation: Invocation, url: string, init: RequestInit) => Promise<Response>;

export interface HubOptions {
  timeline: Timeline;
  random: Random;
  faults: FaultPlan;
  migrations: readonly string[];
  outside: Outside;
  mail: (invocation: Invocation, envelope: Envelope) => Promise<void>;
  /** Sees every line that is logged. */
  onLine: (line: string, invocation: Invocation) => void;
  /** Sees every batch that D1 took, before anybody hears of it. */
  onCommit: (invocation: Invocation) => void;
  /** Sees every message that is sent. */
  onMessage: (queue: string, text: string) => void;
  /** Sees a call that is repeated although its object was too busy for it. */
  onAgain: (call: string) => void;
  /** Sees what a queue gives up. */
  onDead: (queue: string, body: unknown) => void;
  /** Sees what a queue has kept for too long. */
  onForgotten: (queue: string, body: unknown) => void;
  /** Hears of every step. */
  onTrace: ((text: string) => void) | null;
  dispatchSize: number;
}

export type Ended = { kind: "done" } | { kind: "threw"; error: unknown } | { kind: "died" };

const WALL_MS = 15 * 60_000;
const IDLE_MS = 10_000;

type CallPort = "d1 read" | "d1 commit" | "object" | "queue send";

/** Dray's own side: its D1, its objects, its queues, and the invocations that use them. */
export class Hub {
  readonly d1: SimD1;
  readonly objects = new Map<string, SimObject>();
  readonly queues = new Map<string, SimQueue>();
  /** What was used so far. */
  readonly used = { d1: 0, commits: 0, object: 0, sent: 0, http: 0 };
  readonly timeline: Timeline;
  batches = 0;
  sealKeys = OLD_KEY;
  /** Until then D1 answers nobody. */
  d1DownUntil = 0;
  /** No clock ever ran ahead or behind. */
  clocksAgree = true;
  /** Called when a queue got something to deliver. */
  onQueue: (queue: SimQueue) => void = () => {};
  readonly #options: HubOptions;
  readonly #random: Random;
  readonly #faults: FaultPlan;
  readonly #hash = createHash("sha256");
  /** Calls that an object was too busy for. */
  readonly #overloaded = new Set<string>();
  readonly #lastCall = new Map<string, number>();
  #isolate: Isolate | null = null;
  /** One that does not know the newest SEAL_KEYS. */
  #old: { isolate: Isolate; until: number } | null = null;
  /** Hear every line of the log. */
  readonly readers: ((line: string) => void)[] = [];
  invocations = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    this.timeline = options.timeline;
    this.#random = options.random.fork("hub");
    this.#faults = options.faults;
    this.d1 = createD1(options.migrations);
    for (const rules of queueRules) {
      const toDead = (body: unknown) => {
        options.onDead(rules.name, body);
        const dead = this.queues.get(rules.deadLetterQueue ?? "");
        dead?.send(body);
        if (dead) this.onQueue(dead);
      };
      const queue = new SimQueue(options.timeline, rules, toDead, (body) =>
        options.onForgotten(rules.name, body),
      );
      this.queues.set(rules.name, queue);
    }
  }

  /** Something that belongs to the story of this seed. */
  trace(text: string): void {
    this.#hash.update(`${this.timeline.now} ${text}\n`);
    this.#options.onTrace?.(`${new Date(this.timeline.now).toISOString()} ${text}`);
  }

  /** Shown where somebody reads the story, and no part of it. */
  readonly remark = (text: string): void => this.#options.onTrace?.(`  ${text}`);

  /** SHA-256 of all that happened. Ends the trace. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  /** The isolate in use goes, as it does with a deployment. */
  deploy(): void {
    this.#isolate = null;
  }

  /** A new SEAL_KEYS. For `oldMs` an isolate that knows the one before goes on beside the new one. */
  putSealKeys(sealKeys: string, oldMs: number): void {
    this.#old = { isolate: this.#isolateNow(), until: this.timeline.now + oldMs };
    this.sealKeys = sealKeys;
    this.deploy();
  }

  /** Nothing of ours fails, nor did within the last hour. */
  isCalm(): boolean {
    return !this.#faults.active && this.timeline.now > this.d1DownUntil + 60 * 60_000;
  }

  /** Sets the clock of the present isolate off. */
  jumpClock(ms: number): void {
    this.#isolateNow().skew = ms;
    this.clocksAgree = false;
  }

  /** Runs `work` as an invocation of its own; ends also when that dies. */
  run(site: string, work: (invocation: Invocation) => Promise<unknown>): Promise<Ended> {
    const invocation = this.#begin(site);
    const { timeline } = this;
    return new Promise((resolve) => {
      let wall: Appointment | null = null;
      const end = (ended: Ended) => {
        resolve(ended);
        void Promise.all(invocation.besides).then(() => {
          if (wall) wall.off = true;
        });
      };
      invocation.onDeath = () => end({ kind: "died" });
      wall = timeline.in(WALL_MS, () => this.kill(invocation));
      work(invocation).then(
        () => end({ kind: "done" }),
        (error: unknown) => end({ kind: "threw", error }),
      );
    });
  }

  /** Nothing that the invocation still waits for ever comes. */
  kill(invocation: Invocation): void {
    if (invocation.dead) return;
    invocation.dead = true;
    this.trace(`${invocation.id} died`);
    // Its isolate may take others with it or not; what it kept is gone.
    if (this.#random.chance(0.3)) this.#isolate = null;
    invocation.onDeath?.();
  }

  /** Resolves in `ms`, unless the invocation dies before. */
  pass(invocation: Invocation, ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.timeline.in(ms, () => {
        if (!invocation.dead) resolve();
      });
    });
  }

  #isolateNow(): Isolate {
    this.#isolate ??= {
      sealer: createSealer(parseSealKeys(this.sealKeys)),
      known: new Set(),
      skew: 0,
    };
    return this.#isolate;
  }

  #anyIsolate(): Isolate {
    if (this.#old !== null && this.timeline.now >= this.#old.until) this.#old = null;
    if (this.#old === null || this.#random.chance(0.5)) return this.#isolateNow();
    this.#faults.happened("Dray", "old isolate beside new keys");
    return this.#old.isolate;
  }

  #begin(site: string): Invocation {
    const isolate = this.#anyIsolate();
    const { timeline } = this;
    const id = (this.invocations += 1);
    const invocation = { id, site, dead: false, onDeath: null, sent: [], besides: [] };
    const random = this.#random.fork(`ids ${invocation.id}`);
    const clock = {
      now: () => timeline.now + isolate.skew,
      sleep: (ms: number) => this.pass(whole, ms),
    };
    const log = createLog((line) => {
      if (whole.dead) return;
      this.trace(line);
      this.#options.onLine(line, whole);
      for (const read of this.readers) read(line);
    }, clock);
    const { outside, dispatchSize } = this.#options;
    const whole: Invocation = Object.assign(invocation, {
      deps: {
        clock,
        ids: systemIds(clock, (bytes) => random.bytes(bytes)),
        log,
        http: createHttp({
          fetch: (url, init) => outside(whole, url, init),
          clock,
          log,
          resolve: async (host) => [host.startsWith("private") ? "10.1.2.3" : "93.184.216.34"],
          deadline: (ms) => deadlineIn(timeline, ms),
        }),
        databases: this.#databases(isolate, () => whole),
        coordinator: coordinators(
          objectNamespace((name, method, args) => {
            const call = `${whole.id} ${method} ${String(args[0])}`;
            if (this.#overloaded.has(call)) this.#options.onAgain(call);
            return this.#through(
              whole,
              "object",
              objectSite(method, String(args[0])),
              [1, 12],
              (fault) => {
                const object = this.#object(name);
                if (fault?.name.startsWith("evicted")) object.evict();
                if (fault?.name.startsWith("storage lost")) object.lose();
                this.used.object += 1;
                return object.call(method, args);
              },
              call,
            );
          }),
        ),
        sealer: isolate.sealer,
        addressValidator: null,
        mail: {
          from: { name: "Dray", address: "dray@dray.example" },
          send: (envelope) => this.#options.mail(whole, envelope),
        },
        later: (work) => {
          whole.besides.push(work());
        },
        connectors,
        queues: {
          jobs: this.#outbox("dray-jobs", () => whole),
          deliveries: this.#outbox("dray-deliveries", () => whole),
          notices: this.#outbox("dray-notices", () => whole),
        },
        publicUrl: "https://dray.example",
        dispatchSize,
      } satisfies Deps,
    });
    return whole;
  }

  #object(name: string): SimObject {
    const object = this.objects.get(name) ?? createObject();
    this.objects.set(name, object);
    const last = this.#lastCall.get(name) ?? 0;
    if (this.timeline.now - last > IDLE_MS) object.evict();
    this.#lastCall.set(name, this.timeline.now);
    return object;
  }

  #databases(isolate: Isolate, invocation: () => Invocation): Databases {
    const door = this.#door(invocation);
    return {
      directory: door,
      shards: [door],
      of: async (merchantId) => {
        if (!isolate.known.has(merchantId)) {
          await createDatabases([door]).of(merchantId);
          isolate.known.add(merchantId);
        }
        return door;
      },
    };
  }

  /** D1 as one invocation reaches it. */
  #door(invocation: () => Invocation): D1Database {
    const { db } = this.d1;
    const wrapped = new WeakMap<object, D1PreparedStatement>();
    const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
      const outer = {
        bind: (...values: unknown[]) => wrap(statement.bind(...values)),
        all: () => {
          this.used.d1 += 1;
          const one = invocation();
          return this.#through(one, "d1 read", one.site, [1, 9], () => statement.all());
        },
      } as unknown as D1PreparedStatement;
      wrapped.set(outer, statement);
      return outer;
    };
    return {
      prepare: (text: string) => wrap(db.prepare(text)),
      batch: (statements: D1PreparedStatement[]) => {
        this.used.commits += 1;
        this.used.d1 += statements.length;
        const inner = statements.map((one) => wrapped.get(one) ?? one);
        const one = invocation();
        return this.#through(one, "d1 commit", one.site, [2, 15], async () => {
          const done = await db.batch(inner);
          this.batches += 1;
          this.#options.onCommit(one);
          return done;
        });
      },
    } as unknown as D1Database;
  }

  #outbox<M>(name: string, invocation: () => Invocation): Outbox<M> {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`no queue ${name}`);
    const send = (bodies: readonly unknown[], put: () => SimQueue["messages"]) =>
      this.#through(invocation(), "queue send", siteOf(name, bodies), [2, 20], (fault) => {
        const sent = mistreat(queue, this.#random, put(), fault);
        this.used.sent += sent.length;
        for (const { body } of sent) {
          const text = JSON.stringify(body);
          this.trace(`${name} ${text}`);
          invocation().sent.push(text);
          this.#options.onMessage(name, text);
        }
        this.onQueue(queue);
      });
    return {
      send: (message, options) => send([message], () => [queue.send(message, options)]),
      sendBatch: (messages) => {
        const bodies = Array.from(messages, ({ body }) => body);
        return send(bodies, () => queue.sendBatch(bodies));
      },
    };
  }

  /** One call: it waits, meets what is planned for it, and is done or not. */
  async #through<T>(
    invocation: Invocation,
    port: CallPort & keyof typeof catalogue,
    site: string,
    [least, most]: readonly [number, number],
    work: (fault: Fault | null) => T | Promise<T>,
    what = "",
  ): Promise<T> {
    const fault = this.#faults.draw(port, site);
    await this.pass(invocation, this.#random.between(least, most));
    this.trace(`${invocation.id} ${port} ${site} ${fault?.name ?? ""}`);
    if (port.startsWith("d1") && this.timeline.now < this.d1DownUntil)
      throw d1Error("D1 DB is overloaded. Requests queued for too long.");
    if (fault?.moment === "before" && fault.message !== "")
      return this.#fail(invocation, port, fault, what);
    const result = await work(fault);
    if (fault?.moment === "after" && fault.message !== "")
      return this.#fail(invocation, port, fault, what);
    return result;
  }

  #fail(
    invocation: Invocation,
    port: CallPort,
    { name, message }: Fault,
    what: string,
  ): Promise<never> {
    if (message === null) {
      this.kill(invocation);
      return new Promise(() => {});
    }
    if (port !== "object") throw port === "queue send" ? new Error(message) : d1Error(message);
    const overloaded = name.startsWith("overloaded");
    if (overloaded && what !== "") this.#overloaded.add(what);
    throw Object.assign(new Error(message), { retryable: !overloaded, overloaded, remote: true });
  }
}
