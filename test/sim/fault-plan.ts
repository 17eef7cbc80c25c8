import type { Fault } from "./catalogue.ts";
import { faults, operations, type Port } from "./catalogue.ts";
import { fitting, type Call, type HttpFault } from "./http-faults.ts";
import { cellOf, count, type Counts } from "./matrix.ts";
import { hashOf, type Random } from "./random.ts";

/** A call meets one in so many of its faults in a seed: all are met over the seeds, and no seed is all trouble. */
const SHARE = 6;
/** Times that a call meets the same fault in a seed. */
const MOST = 2;
/** Calls that few seeds have many of meet whatever there is, as often as not. */
const RARE =
  /cancel|order-delivery|skips|fulfillments\/#|POST .*webhooks|PUT .*webhooks|products|ship-methods|notices|-dead|refunds|#\/notes|daily looks|extend task|jobs, webhooks|d1 \w+ (alerts|webhooks|task)/;
const RARE_ODDS = 0.75;
/** Faults that a rare call meets in a seed, so that it succeeds at last. */
const MOST_RARE = 20;

/** Chooses what goes wrong in one seed, call by call. */
export class FaultPlan {
  readonly counts: Counts = new Map();
  /** While false nothing goes wrong. */
  active = false;
  /** Of a call that has something planned, how often it happens. */
  readonly #odds: number;
  readonly #seed: number;
  readonly #random: Random;
  readonly #plans = new Map<string, Plan>();

  constructor(seed: number, random: Random, odds = 0.3) {
    this.#seed = seed;
    this.#random = random.fork("faults");
    this.#odds = odds;
    for (const [site, names] of Object.entries(operations))
      for (const name of names) count(this.counts, cellOf("operations", site, name), 0);
  }

  /** Notes that something of the catalogue's operations happens. */
  happened<S extends keyof typeof operations>(site: S, name: (typeof operations)[S][number]): void {
    count(this.counts, cellOf("operations", site, name));
  }

  /** What this call is to meet, or null. Whoever asks delivers it. */
  draw(port: keyof typeof faults, site: string): Fault | null {
    const list: readonly Fault[] = faults[port];
    return this.#choose(port, site, list);
  }

  drawHttp(site: string, call: Call): HttpFault | null {
    return this.#choose(call.writes ? "http write" : "http read", site, fitting(call));
  }

  #choose<F extends { name: string }>(port: Port, site: string, list: readonly F[]): F | null {
    if (!this.active) return null;
    const plan = this.#planOf(port, site, list);
    if (plan.left === 0 || !this.#random.chance(plan.odds)) return null;
    const name = plan.names.shift();
    if (name === undefined) return null;
    plan.left -= 1;
    count(this.counts, cellOf(port, site, name));
    return list.find((fault) => fault.name === name) ?? null;
  }

  /** What this seed has in store for a kind of call, in its order; other seeds begin elsewhere. */
  #planOf(port: Port, site: string, list: readonly { name: string }[]): Plan {
    const key = `${port} ${site}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const all = list.map(({ name }) => name);
    // Present in the table from the first visit on, so that a cell nobody meets shows as 0.
    for (const name of all) count(this.counts, cellOf(port, site, name), 0);
    const isRare = RARE.test(key);
    const many = isRare ? all.length : Math.ceil(all.length / SHARE);
    const from = (hashOf(key) + this.#seed * many) % all.length;
    const turned = [...all.slice(from), ...all.slice(0, from)].slice(0, many);
    const plan = isRare
      ? { names: this.#rareFrom(all, key), odds: RARE_ODDS, left: MOST_RARE }
      : { names: [...turned, ...turned], odds: this.#odds, left: many * MOST };
    this.#plans.set(key, plan);
    return plan;
  }

  #rareFrom(all: readonly string[], key: string): string[] {
    const from = (hashOf(key) + this.#seed * 11) % all.length;
    return [...all.slice(from), ...all.slice(0, from)];
  }
}

interface Plan {
  /** To come, the next one first. */
  names: string[];
  odds: number;
  left: number;
}
