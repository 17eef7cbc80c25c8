import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Hub } from "./hub.ts";
import type { Invocation } from "./invocation.ts";
import type { Asked, Seen, Watcher } from "./internet.ts";
import { alerts } from "./invariants/alerts.ts";
import { cancellations } from "./invariants/cancellations.ts";
import { deadLetters } from "./invariants/dead-letters.ts";
import { holds } from "./invariants/holds.ts";
import { intake } from "./invariants/intake.ts";
import { keys } from "./invariants/keys.ts";
import { listings } from "./invariants/listings.ts";
import { liveness } from "./invariants/liveness.ts";
import { mails } from "./invariants/mails.ts";
import { paperwork } from "./invariants/paperwork.ts";
import { people } from "./invariants/people.ts";
import { retries } from "./invariants/retries.ts";
import { sending } from "./invariants/sending.ts";
import { silence } from "./invariants/silence.ts";
import { stock } from "./invariants/stock.ts";
import { tenants } from "./invariants/tenants.ts";
import { tracking } from "./invariants/tracking.ts";
import type { MailWatcher, Posted } from "./mail-service.ts";
import { FOLLOW_STEPS, takeSteps, type Step } from "./steps.ts";
import type { Theme } from "./themes.ts";
import type { Timeline } from "./timeline.ts";
import type { Vendors } from "./vendors.ts";
import type { Merchant } from "./world.ts";

/** The line of the log that tells of a run. */
export interface Ran {
  began: number;
  fields: Readonly<Record<string, unknown>>;
}

/** An invariant, as what it looks at. Each part is optional. */
export interface Guard {
  /** Orders that the last batch touched. */
  touched?(ids: readonly string[]): void;
  /** After each batch that D1 took: who committed it, and what it did to alerts, contacts and mails. */
  committed?(invocation: Invocation, steps: readonly Step[]): void;
  mailAsked?(mail: Posted): void;
  mailTaken?(mail: Posted): void;
  /** A queue gives a message up. */
  died?(queue: string, body: unknown): void;
  /** A queue forgets a message that nobody took for days. */
  forgotten?(queue: string, body: unknown): void;
  /** Each line of the log and each message of a queue. */
  text?(where: string, text: string): void;
  ran?(ran: Ran, invocation: Invocation): void;
  asked?(call: Asked): void;
  answered?(seen: Seen): void;
  webhook?(invocation: Invocation, url: string, init: RequestInit, answer: Response): void;
  /** A person's call to the API and what came of it. */
  person?(act: PersonsAct): void;
  /** Everything there is, once a day and at the end. */
  everything?(): void;
  /** When all has been well for hours. */
  end?(): void;
}

export interface PersonsAct {
  merchant: Merchant;
  method: string;
  path: string;
  body: unknown;
  status: number;
  text: string;
  began: number;
}

/** What guards may use. */
export interface Scene {
  sqlite: DatabaseSync;
  merchants: readonly Merchant[];
  timeline: Timeline;
  hub: Hub;
  /** A query, prepared once. */
  rows(query: string, ...values: (string | number | null)[]): Record<string, unknown>[];
  /** Nobody and nothing disturbs these days, but what ails a vendor. */
  undisturbed: boolean;
  breach(invariant: string, message: string): void;
}

export interface Breach {
  invariant: string;
  at: number;
  message: string;
}

const MOST_BREACHES = 20;
const TICK_MS = 5 * 60_000;

/** Looks on, and writes down each invariant that does not hold. */
export class Witness implements Watcher, MailWatcher {
  readonly breaches: Breach[] = [];
  readonly #merchants: readonly Merchant[];
  readonly #timeline: Timeline;
  readonly #undisturbed: boolean;
  #guards: Guard[] = [];
  #scene: Scene | null = null;
  #hub: Hub | null = null;

  constructor(merchants: readonly Merchant[], timeline: Timeline, theme: Theme) {
    this.#merchants = merchants;
    this.#timeline = timeline;
    this.#undisturbed = theme.odds === 0 && !theme.people;
  }

  /** Begins to look on. */
  look(hub: Hub): void {
    const { sqlite } = hub.d1;
    this.#hub = hub;
    sqlite.exec(TOUCHED);
    sqlite.exec(FOLLOW_STEPS);
    const cache = new Map<string, StatementSync>();
    const scene: Scene = {
      sqlite,
      hub,
      merchants: this.#merchants,
      timeline: this.#timeline,
      undisturbed: this.#undisturbed,
      rows: (query, ...values) => {
        const statement = cache.get(query) ?? sqlite.prepare(query);
        cache.set(query, statement);
        return statement.all(...values);
      },
      breach: (invariant, message) => {
        if (this.breaches.length < MOST_BREACHES)
          this.breaches.push({ invariant, at: this.#timeline.now, message });
      },
    };
    this.#scene = scene;
    this.#guards = [
      intake,
      sending,
      retries,
      cancellations,
      tracking,
      tenants,
      people,
      liveness,
      listings,
      alerts,
      holds,
      mails,
      deadLetters,
      silence,
      keys,
      paperwork,
      stock,
    ].map((guard) => guard(scene));
  }

  /** When a job has something new to find out there, or null. */
  newsAt(): number | null {
    const scene = this.#scene;
    if (!scene) return null;
    const times = this.#merchants.flatMap(({ vendors, cartId, wmsId }) => [
      ...this.#newsOf(scene, vendors, "shop", cartId, "order-download"),
      ...this.#newsOf(scene, vendors, "wms", wmsId, "shipment-pickup"),
    ]);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** When the job that would find the news of a side is due next. */
  #newsOf(scene: Scene, vendors: Vendors, side: "shop" | "wms", id: string, job: string): number[] {
    const since = vendors.news[side];
    if (since === null) return [];
    const [row] = scene.rows(ON, id, job);
    if (!row) return [];
    const downs = vendors.manners.down.filter((one) => one.side === side && since >= one.from);
    const at = Math.max(this.#timeline.now, since, ...downs.map(({ until }) => until));
    const ticks = Number(row["interval_minutes"]) / 5;
    const tick = Math.ceil(at / TICK_MS);
    return [(tick + ((Number(row["slot"]) - (tick % ticks) + ticks) % ticks)) * TICK_MS];
  }

  committed(invocation: Invocation): void {
    const scene = this.#scene;
    if (!scene) return;
    const steps = takeSteps(scene);
    for (const step of steps)
      this.#hub?.remark(`${invocation.id} ${Object.values(step).join(" ")}`);
    for (const guard of this.#guards) guard.committed?.(invocation, steps);
    const ids = scene.rows(TAKE_TOUCHED).map((row) => String(row["order_id"]));
    if (ids.length === 0) return;
    scene.sqlite.exec("DELETE FROM touched");
    for (const guard of this.#guards) guard.touched?.(ids);
  }

  line(text: string, invocation: Invocation): void {
    for (const guard of this.#guards) guard.text?.("the log", text);
    if (!text.includes('"event":"run"')) return;
    const fields = JSON.parse(text) as Record<string, unknown>;
    const line = { began: this.#timeline.now - Number(fields["duration_ms"] ?? 0), fields };
    if (fields["result"] === "ok") this.#noNews(line);
    for (const guard of this.#guards) guard.ran?.(line, invocation);
  }

  /** A run that began after the news has found them. */
  #noNews({ began, fields }: Ran): void {
    for (const { vendors, cartId, wmsId } of this.#merchants) {
      const id = fields["connection_id"];
      const { news } = vendors;
      if (id === cartId && fields["job"] === "order-download" && news.shop !== null)
        if (began >= news.shop) news.shop = null;
      if (id === wmsId && fields["job"] === "shipment-pickup" && news.wms !== null)
        if (began >= news.wms) news.wms = null;
    }
  }

  message(queue: string, text: string): void {
    for (const guard of this.#guards) guard.text?.(queue, text);
  }

  asked(call: Asked): void {
    for (const guard of this.#guards) guard.asked?.(call);
  }

  answered(seen: Seen): void {
    for (const guard of this.#guards) guard.answered?.(seen);
  }

  mailAsked(mail: Posted): void {
    for (const guard of this.#guards) guard.mailAsked?.(mail);
  }

  mailTaken(mail: Posted): void {
    for (const guard of this.#guards) guard.mailTaken?.(mail);
  }

  died(queue: string, body: unknown): void {
    for (const guard of this.#guards) guard.died?.(queue, body);
  }

  forgotten(queue: string, body: unknown): void {
    for (const guard of this.#guards) guard.forgotten?.(queue, body);
  }

  used(): void {
    if (this.#hub) this.#hub.used.http += 1;
  }

  repeated(call: string): void {
    this.#scene?.breach("I19", `an overloaded object was asked again at once: ${call}`);
  }

  ranAway(): void {
    this.#scene?.breach("I19", "work begets work without end");
  }

  pried(what: string, status: number): void {
    this.#scene?.breach("I11", `${what} with another merchant's key was answered ${status}`);
  }

  strayed(url: string): void {
    this.#scene?.breach("SSRF", `Dray called ${url}, where it has nothing to do`);
  }

  webhookAnswered(invocation: Invocation, url: string, init: RequestInit, answer: Response): void {
    for (const guard of this.#guards) guard.webhook?.(invocation, url, init, answer);
  }

  person(act: PersonsAct): void {
    for (const guard of this.#guards) guard.person?.(act);
  }

  everything(): void {
    for (const guard of this.#guards) guard.everything?.();
  }

  end(): void {
    this.everything();
    for (const guard of this.#guards) guard.end?.();
  }
}

const ON = `SELECT interval_minutes, slot FROM jobs WHERE connection_id = ? AND job = ? AND enabled = 1 AND suspended = 0`;
const TAKE_TOUCHED = `SELECT DISTINCT order_id FROM touched ORDER BY order_id`;

const TOUCHED = `CREATE TEMP TABLE touched (order_id TEXT);
${[
  ["orders", "id"],
  ["deliveries", "order_id"],
  ["shipments", "order_id"],
]
  .flatMap(([table, id]) =>
    ["INSERT", "UPDATE"].map(
      (act) => `CREATE TEMP TRIGGER ${table}_${act} AFTER ${act} ON main.${table} BEGIN
        INSERT INTO touched VALUES (new.${id}); END;`,
    ),
  )
  .join("\n")}`;
