import type { Fault } from "./catalogue.ts";
import { faults, type Port } from "./catalogue.ts";
import { fitting, type Call, type HttpFault } from "./http-faults.ts";
import { cellOf, count, type Counts } from "./matrix.ts";
import { hashOf, type Random } from "./random.ts";

/** A cell belongs to every so manieth seed: so that all of them are met, and no seed is all trouble. */
const SHARE = 6;
/** Times that a cell is met in a seed it belongs to. */
const MOST = 2;

/** Chooses what goes wrong in one seed, call by call. */
export class FaultPlan {
  readonly counts: Counts = new Map();
  /** While false nothing goes wrong. */
  active = false;
  /** Of a call that has something planned, how often it happens. */
  readonly #odds: number;
  readonly #seed: number;
  readonly #random: Random;
  readonly #met = new Map<string, number>();
  readonly #known = new Map<string, readonly string[]>();

  constructor(seed: number, random: Random, odds = 0.3) {
    this.#seed = seed;
    this.#random = random.fork("faults");
    this.#odds = odds;
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
    const planned = this.#planned(port, site, list);
    if (!this.active || planned.length === 0) return null;
    if (!this.#random.chance(this.#odds)) return null;
    const open = planned.filter((name) => (this.#met.get(cellOf(port, site, name)) ?? 0) < MOST);
    if (open.length === 0) return null;
    const name = this.#random.pick(open);
    const cell = cellOf(port, site, name);
    this.#met.set(cell, (this.#met.get(cell) ?? 0) + 1);
    count(this.counts, cell);
    return list.find((fault) => fault.name === name) ?? null;
  }

  #planned(port: Port, site: string, list: readonly { name: string }[]): readonly string[] {
    const key = `${port} ${site}`;
    const known = this.#known.get(key);
    if (known) return known;
    const names = list
      .map(({ name }) => name)
      .filter((name) => {
        const cell = cellOf(port, site, name);
        // Present in the table from the first visit on, so that a cell nobody meets shows as 0.
        count(this.counts, cell, 0);
        return (hashOf(cell) + this.#seed) % SHARE === 0;
      });
    this.#known.set(key, names);
    return names;
  }
}
