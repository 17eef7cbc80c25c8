import type { StatementSync } from "node:sqlite";
import { consumeQueue } from "../../src/jobs/queue.ts";
import { runScheduled } from "../../src/jobs/scheduled.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { Hub } from "./hub.ts";
import type { Invocation } from "./invocation.ts";
import { RETENTION_MS, type SimQueue } from "./queue.ts";
import type { Random } from "./random.ts";
import { settled, type Appointment, type Timeline } from "./timeline.ts";

const TICK_MS = 5 * 60_000;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const TICKS_A_DAY = DAY_MS / TICK_MS;
/** 03:20, when the daily work is done. */
const DAILY_MS = 3 * HOUR_MS + 20 * 60_000;

const onTick = (at: number): number => Math.ceil(at / TICK_MS) * TICK_MS;

/** Messages that each connection gets once a day. */
const DAILY_LOOKS = new Set(["skips", "products", "methods"]);

/** How often jobs run at a tick that has no news for them. */
const IDLE_JOBS = 0.03;
/** How often the daily tick runs every job of the last day. */
const WHOLE_DAYS = 0.08;

/** How often the daily work is done: on most days nothing has grown old. */
const DAILY_WORK = 0.2;

/** Ten times what the busiest twenty days need: more goes round in circles. */
const MOST_INVOCATIONS = 10_000;

/** As many consumers as a queue has at a time. */
const MOST_CONSUMERS = 6;

export interface EngineOptions {
  hub: Hub;
  timeline: Timeline;
  random: Random;
  faults: FaultPlan;
  /** When somebody outside has something new for a job, milliseconds; null: nobody. */
  newsAt(): number | null;
  /** A consumer begins, with these messages. */
  onBegin(site: string, bodies: readonly unknown[]): void;
  /** Work begets work without end; nothing more is lived. */
  onRunaway(): void;
}

/** What Cloudflare does: fires crons and hands messages to consumers. Time jumps to when there is something to do. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #random: Random;
  readonly #pumps = new Map<SimQueue, Appointment>();
  readonly #consuming = new Map<SimQueue, number>();
  #lastTick: number;
  #catchUp = false;
  /** The first tick with news for a job; 0: none. */
  #forJobs = 0;
  #pass: StatementSync | null = null;
  /** When something is due, as of so many batches. */
  #known: { batches: number; at: number | null } = { batches: -1, at: null };
  #due: StatementSync | null = null;
  #kind: StatementSync | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#random = options.random.fork("engine");
    this.#lastTick = Math.floor(options.timeline.now / TICK_MS);
    options.hub.onQueue = (queue) => this.#pump(queue);
  }

  /** Lives until `until`. */
  async run(until: number): Promise<void> {
    await this.#runTo(until);
    this.#passTo(Math.max(this.#lastTick, Math.floor(until / TICK_MS)));
  }

  async #runTo(until: number): Promise<void> {
    const { timeline } = this.#options;
    await settled();
    for (;;) {
      const next = timeline.peek();
      const edge = (this.#lastTick + 1) * TICK_MS;
      // A tick may only be due when the next event is not before it.
      if (next === null || next >= edge) {
        const tick = this.#nextTick();
        if (next === null || tick <= next) {
          if (tick > until) return;
          this.#jump(tick / TICK_MS);
          timeline.at(tick, () => this.#tick(tick));
          continue;
        }
      }
      if (next === null || next > until) return;
      if (this.#options.hub.invocations > MOST_INVOCATIONS) return this.#options.onRunaway();
      await timeline.step();
    }
  }

  /** The next tick comes at once, and runs every job, as if all of the last day had been missed. */
  catchUp(): void {
    this.#catchUp = true;
  }

  /** The first tick that has something to do, not before the present one. */
  #nextTick(): number {
    const { timeline, newsAt } = this.#options;
    const soonest = Math.max(this.#lastTick + 1, Math.ceil(timeline.now / TICK_MS)) * TICK_MS;
    if (this.#catchUp) return soonest;
    const dayStart = Math.floor((timeline.now - DAILY_MS) / DAY_MS) * DAY_MS + DAILY_MS;
    const daily = dayStart + DAY_MS;
    const found = newsAt();
    const first = Math.min(this.#dueInD1() ?? daily, found ?? daily, daily);
    this.#forJobs = found === null ? 0 : Math.max(soonest, onTick(found));
    return Math.max(soonest, onTick(first));
  }

  /**
   * Jobs that have no news leave nothing behind, so of the ticks that are jumped over only the number is
   * noted. So it is, mostly, with the jobs of a tick that is there for something else. The daily tick
   * runs them all now and then, and so does the last one.
   */
  #jump(tick: number): void {
    const isForJobs = this.#forJobs === tick * TICK_MS || this.#random.chance(IDLE_JOBS);
    const isWhole = (tick * TICK_MS) % DAY_MS === DAILY_MS && this.#random.chance(WHOLE_DAYS);
    const missed = this.#catchUp || isWhole ? TICKS_A_DAY : isForJobs ? 1 : 0;
    this.#passTo(tick - missed);
    this.#lastTick = tick;
    this.#catchUp = false;
  }

  #passTo(tick: number): void {
    this.#pass ??= this.#options.hub.d1.sqlite.prepare(PASS);
    this.#pass.run(tick, this.#lastTick);
    this.#lastTick = tick;
  }

  /** When the sweep has something to find. */
  #dueInD1(): number | null {
    this.#due ??= this.#options.hub.d1.sqlite.prepare(DUE);
    const { batches } = this.#options.hub;
    if (batches !== this.#known.batches) {
      const at = this.#due.get()?.["at"];
      this.#known = { batches, at: typeof at === "number" ? at : null };
    }
    return this.#known.at;
  }

  #tick(tick: number): void {
    const crons = ["*/5 * * * *"];
    if (tick % HOUR_MS === 0) crons.push("0 * * * *");
    if (tick % DAY_MS === DAILY_MS && this.#random.chance(DAILY_WORK)) crons.push("20 3 * * *");
    for (const cron of crons) this.#cron(cron, tick);
  }

  #cron(cron: string, scheduledTime: number): void {
    const { hub, timeline, faults } = this.#options;
    const fault = faults.draw("cron", cron)?.name;
    if (fault === "missed") return;
    const run = (killed = false) => {
      void hub.run("cron", (invocation) => {
        if (killed) timeline.in(this.#random.between(1, 120), () => hub.kill(invocation));
        return runScheduled({ cron, scheduledTime }, invocation.deps);
      });
    };
    run(fault === "killed");
    if (fault === "twice") run();
    if (fault === "overlapping") timeline.in(this.#random.between(5, 400), run);
  }

  #pump(queue: SimQueue): void {
    const { timeline } = this.#options;
    const at = queue.nextAt();
    if (at === null) return;
    const planned = this.#pumps.get(queue);
    const when = Math.max(at, timeline.now + this.#random.between(5, 60));
    if (planned && planned.at <= when) return;
    if (planned) planned.off = true;
    this.#pumps.set(
      queue,
      timeline.at(when, () => {
        this.#pumps.delete(queue);
        this.#consume(queue);
      }),
    );
  }

  #consume(queue: SimQueue): void {
    const { hub, faults, timeline } = this.#options;
    const running = this.#consuming.get(queue) ?? 0;
    if (running >= MOST_CONSUMERS) return;
    const fault = faults.draw("queue batch", queue.rules.name)?.name;
    if (fault === "consumer paused")
      queue.pausedUntil = timeline.now + this.#random.between(1, 6) * HOUR_MS;
    if (queue.rules.deadLetterQueue === null && faults.draw("dead-letter queue", "dead letters"))
      queue.pausedUntil = timeline.now + RETENTION_MS + HOUR_MS;
    if (fault === "out of order") {
      const mixed = this.#random.shuffled(queue.messages);
      queue.messages.splice(0, queue.messages.length, ...mixed);
    }
    const delivery = queue.take(this.#random.chance(0.6) ? 1 : 100);
    if (!delivery) {
      this.#pump(queue);
      return;
    }
    this.#consuming.set(queue, running + 1);
    const site = this.#siteOf(
      queue.rules.name,
      delivery.messages.map(({ body }) => body),
    );
    const bodies = delivery.messages.map(({ body }) => body);
    this.#options.onBegin(site, bodies);
    void hub
      .run(site, (invocation: Invocation) => consumeQueue(delivery.batch, invocation.deps))
      .then((ended) => {
        // Whoever died said nothing of what was acknowledged before.
        delivery.settle(ended.kind !== "done");
        this.#consuming.set(queue, (this.#consuming.get(queue) ?? 1) - 1);
        if (fault === "again after ack") for (const body of bodies) queue.send(body);
        this.#pump(queue);
      });
    this.#pump(queue);
  }

  #siteOf(queue: string, bodies: readonly unknown[]): string {
    if (queue.endsWith("-dead")) return "dead letters";
    const sites = new Set(
      bodies.map((body) => {
        const { kind, job, dispatch_id: id } = body as Record<string, string | undefined>;
        if (id !== undefined) return `dispatch ${this.#kindOfDispatch(id)}`;
        // Both push what is due, and a person seldom has tracking pushed.
        if (job === "tracking-upload") return "order-delivery";
        return job ?? (DAILY_LOOKS.has(kind ?? "") ? "daily looks" : (kind ?? "unknown"));
      }),
    );
    const [only] = sites;
    return sites.size === 1 && only !== undefined ? only : "several jobs";
  }

  #kindOfDispatch(id: string): string {
    this.#kind ??= this.#options.hub.d1.sqlite.prepare("SELECT kind FROM dispatches WHERE id = ?");
    const row = this.#kind.get(id);
    // Of one that is gone nobody knows what it was; most are deliveries.
    return typeof row?.["kind"] === "string" ? row["kind"] : "delivery";
  }
}

/** Only if the last tick that was lived got as far as to say so: what it missed is still to come. */
const PASS = `UPDATE sweeps SET last_tick = ? WHERE id = 1 AND last_tick = ?`;
const DUE = `SELECT min(at) AS at FROM (
  SELECT min(due_at) AS at FROM dispatches WHERE due_at IS NOT NULL
  UNION ALL SELECT min(next_at) FROM deliveries WHERE next_at IS NOT NULL
  UNION ALL SELECT min(next_at) FROM shipments WHERE next_at IS NOT NULL
  UNION ALL SELECT min(hold_until) FROM orders WHERE hold_until IS NOT NULL
  UNION ALL SELECT min(due_at) FROM tasks WHERE due_at IS NOT NULL
  UNION ALL SELECT min(probe_at) FROM connections WHERE probe_at IS NOT NULL
  UNION ALL SELECT min(tell_at) FROM alerts WHERE tell_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM tellings
  UNION ALL SELECT min(next_at) FROM mails WHERE next_at IS NOT NULL)`;
