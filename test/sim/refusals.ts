import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** What a warehouse has against an order. */
interface Objection {
  code: "other" | "address" | "item_code" | "ship_method";
  /** When its people change their minds, or their words. */
  until: number;
  rewordedAt: number;
  /** What they object to, as it came first. */
  about: string;
}

interface Asked {
  reference: string;
  ship_to?: unknown;
  ship_code?: unknown;
  lines?: { sku?: unknown }[];
}

/** The orders that a warehouse does not take, for a while or for good, or until what it objects to is another. */
export class Refusals {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #share: number;
  readonly #known = new Map<string, Objection | null>();
  /** Its people take everything from now on. */
  over = false;

  constructor(timeline: Timeline, random: Random, share: number) {
    this.#timeline = timeline;
    this.#random = random.fork("refusals");
    this.#share = share;
  }

  /** What the warehouse answers instead of taking an order; null: nothing. */
  answer(body: string): Response | null {
    const asked = JSON.parse(body) as Asked;
    const { reference } = asked;
    const now = this.#timeline.now;
    const known = this.#known.get(reference);
    const objection = known === undefined ? this.#judge(asked, now) : known;
    const still =
      objection !== null &&
      !this.over &&
      now < objection.until &&
      (objection.code === "other" || aboutOf(objection.code, asked) === objection.about);
    this.#known.set(reference, still ? objection : null);
    if (!still) return null;
    const words = now < objection.rewordedAt ? "does not fit" : "does not fit at all";
    return Response.json(
      { code: objection.code, message: `The ${objection.code} of this order ${words}` },
      { status: 422 },
    );
  }

  #judge(asked: Asked, now: number): Objection | null {
    const random = this.#random.fork(asked.reference);
    if (!random.chance(this.#share)) return null;
    const code = random.pick([
      "other",
      "other",
      "other",
      "address",
      "item_code",
      "ship_method",
    ] as const);
    const ms = random.pick([1.5 * HOUR, 1.5 * HOUR, 10 * HOUR, 30 * HOUR, 30 * DAY]);
    const rewordedAt = now + (random.chance(0.5) ? random.between(1, 40) * HOUR : 99 * DAY);
    return { code, until: now + ms, rewordedAt, about: aboutOf(code, asked) };
  }
}

function aboutOf(code: Objection["code"], { ship_to, ship_code, lines = [] }: Asked): string {
  if (code === "address") return JSON.stringify(ship_to ?? null);
  if (code === "ship_method") return JSON.stringify(ship_code ?? null);
  return JSON.stringify(lines.map(({ sku }) => sku));
}
