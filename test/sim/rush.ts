import { call } from "./people.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const JAMS = 3;
/** How often somebody comes in between while a page is worked on. */
const ODDS = 0.6;
/** How often its hint comes again to an object that has forgotten it. */
const AGAIN_ODDS = 0.4;
/** From the beginning of a run on: most of it is still to come. */
const WITHIN_MS = 400;
/** Nothing is sent yet. */
const AT_ONCE_MS = 40;

/**
 * Parcels and orders come while no consumer takes their pages, and people think again: then all of it
 * is worked at once.
 */
export function planJams(
  world: World,
  merchant: Merchant,
  random: Random,
  sell: (count: number) => unknown,
): void {
  const { timeline, start, hub } = world;
  const { vendors } = merchant;
  const ship = async (partial: boolean) => {
    for (const { status, reference } of vendors.state.warehouse_orders.all())
      if (status === "open") await vendors.control("POST ship", { reference, partial });
  };
  const jam = () => {
    const queue = hub.queues.get("dray-deliveries");
    if (queue && world.faults.active) queue.pausedUntil = timeline.now + 25 * MINUTE;
  };
  for (let n = 0; n < JAMS; n += 1) {
    const when = random.between(12, 17 * 24) * HOUR;
    const at = (minutes: number, act: () => unknown) =>
      timeline.at(start + when + minutes * MINUTE, () => void act());
    at(0, () => ship(true));
    at(4, jam);
    at(5, () => sell(3));
    at(6, () => ship(random.chance(0.5)));
    for (const minutes of [12, 18]) at(minutes, () => stopQueued(world, merchant, random));
  }
}

/** Somebody stops an order whose page nobody has taken yet. */
async function stopQueued(world: World, merchant: Merchant, random: Random): Promise<void> {
  const found = world.hub.d1.sqlite.prepare(QUEUED).all(merchant.id);
  if (found.length === 0) return;
  const path = `/api/orders/${String(random.pick(found)["id"])}`;
  const act = random.pick(["cancel", "hold", "cancel-sending"]);
  await call(world, merchant, "POST", `${path}/${act}`);
}

const QUEUED = `SELECT order_id AS id FROM deliveries WHERE merchant_id = ? AND state = 'queued' ORDER BY order_id`;

/** Days on which people of all sides want something of the very orders that Dray has in hand. */
export class Rush {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork("rush");
  }

  /** A run begins, for these messages. */
  begins(site: string, bodies: readonly unknown[]): void {
    if (!this.#world.faults.active) return;
    const [body] = bodies as readonly { merchant_id: string; dispatch_id: string }[];
    const merchant = this.#world.merchants.find(({ id }) => id === body?.merchant_id);
    if (!body || !merchant) return;
    const soon = (act: () => unknown, within = WITHIN_MS) =>
      this.#world.timeline.in(this.#random.between(1, within), () => void act());
    if (site === "dispatch delivery") {
      if (this.#random.chance(ODDS)) soon(() => this.#stop(merchant, body.dispatch_id));
      if (this.#random.chance(AGAIN_ODDS)) soon(() => this.#again(body), AT_ONCE_MS);
    }
    if (site === "dispatch confirmation" && this.#random.chance(ODDS))
      soon(() => this.#correct(merchant, body.dispatch_id));
  }

  /** An order that is being sent is not wanted any more, or not yet. */
  async #stop(merchant: Merchant, dispatchId: string): Promise<void> {
    const row = this.#anyOf(ORDERS, dispatchId);
    if (!row) return;
    const act = this.#random.pick(["cancel", "cancel", "hold", "cancel-sending", "in the shop"]);
    if (act === "in the shop")
      await merchant.vendors.control("PATCH orders", {
        number: row["number"],
        status: "cancelled",
      });
    else await call(this.#world, merchant, "POST", `/api/orders/${String(row["id"])}/${act}`);
  }

  /** The hint of a page comes twice, and the object that knows who works on it has lost its storage. */
  #again(body: unknown): void {
    const { hub } = this.#world;
    for (const object of hub.objects.values()) object.lose();
    const queue = hub.queues.get("dray-deliveries");
    queue?.send(body);
    if (queue) hub.onQueue(queue);
  }

  /** The warehouse gives a parcel another number while the shop is told the old one. */
  async #correct({ vendors }: Merchant, dispatchId: string): Promise<void> {
    const row = this.#anyOf(PARCELS, dispatchId);
    if (!row) return;
    await vendors.control("POST correct", {
      shipment: row["parcel"],
      tracking_number: `1ZRUSH${this.#random.below(100_000)}`,
    });
  }

  #anyOf(query: string, dispatchId: string): Record<string, unknown> | null {
    const found = this.#world.hub.d1.sqlite.prepare(query).all(dispatchId);
    return found.length === 0 ? null : this.#random.pick(found);
  }
}

const ORDERS = `SELECT o.id, o.number FROM deliveries d
  JOIN orders o ON o.merchant_id = d.merchant_id AND o.id = d.order_id WHERE d.dispatch_id = ? ORDER BY o.id`;
const PARCELS = `SELECT body->>'wms_shipment_id' AS parcel FROM shipments WHERE dispatch_id = ? ORDER BY id`;
