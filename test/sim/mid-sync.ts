import type { midSync } from "./catalogue.ts";
import { makeCredentials, replaceSecrets } from "./operations.ts";
import { call } from "./people.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

const HOUR = 60 * 60_000;
/** From the beginning of a run on: most end within this time. */
const WITHIN_MS = 2_500;
/** Of the runs that something is planned for. */
const ODDS = 0.22;
const MOST = 7;

/** What is at work when somebody changes settings. */
export const midSyncSites = [
  "order-download",
  "fetch",
  "dispatch delivery",
  "dispatch confirmation",
  "shipment-pickup",
] as const;

type Change = (typeof midSync)[number]["name"];

/** Somebody changes a merchant's settings while one of its runs is under way. */
export class MidSync {
  readonly #world: World;
  readonly #random: Random;
  #left = MOST;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork("mid sync");
  }

  /** A run begins, for these messages. */
  begins(site: string, bodies: readonly unknown[]): void {
    const known = midSyncSites.find((one) => one === site);
    if (this.#left === 0 || known === undefined || !this.#random.chance(ODDS)) return;
    const { merchants, faults, timeline } = this.#world;
    const [body] = bodies as readonly { merchant_id: string }[];
    const merchant = merchants.find(({ id }) => id === body?.merchant_id);
    const fault = merchant && faults.draw("settings mid-sync", known);
    if (!fault) return;
    this.#left -= 1;
    const change = fault.name as Change;
    timeline.in(this.#random.between(1, WITHIN_MS), () => void this.#change(merchant, change));
  }

  async #change(merchant: Merchant, change: Change): Promise<void> {
    const world = this.#world;
    const random = this.#random;
    const { cartId, wmsId, vendors } = merchant;
    const cart = `/api/carts/${cartId}`;
    const connection = `/api/connections/${cartId}`;
    const patch = (path: string, body: unknown) => call(world, merchant, "PATCH", path, body);
    const later = (act: () => unknown) =>
      world.timeline.in(random.between(1, 4) * HOUR, () => void act());
    switch (change) {
      case "settings of the connector":
        return void (await patch(connection, {
          settings: { complete_orders: random.chance(0.5) },
        }));
      case "settings of the cart":
        return void (await patch(`${cart}/settings`, {
          wait_minutes: random.pick([0, 15]),
          post_shipments: random.pick(["each", "last"]),
          cancel_in_cart: random.chance(0.5),
          reference_suffix: random.pick(["", "-X"]),
        }));
      case "jobs":
        return void (await patch(connection, {
          jobs: { "order-download": { on: true, interval_minutes: random.pick([5, 15]) } },
        }));
      case "delivery off":
        later(() => patch(connection, { delivery: true }));
        return void (await patch(connection, { delivery: false }));
      case "paused": {
        const which = `/api/connections/${random.pick([cartId, wmsId])}`;
        later(() => call(world, merchant, "POST", `${which}/resume`));
        return void (await call(world, merchant, "POST", `${which}/pause`));
      }
      case "filters": {
        const field = random.pick(["ship_to.city", "currency"]);
        const filter = { field, mode: "required", match: "whole", values: ["EUR"] };
        later(() => call(world, merchant, "PUT", `${cart}/filters`, { filters: [] }));
        return void (await call(world, merchant, "PUT", `${cart}/filters`, { filters: [filter] }));
      }
      case "mapping": {
        const item = { match: "starts", value: "flat", wms_method: random.pick(["UPS-GND", null]) };
        const items = [{ ...item, passes: item.wms_method === null }];
        return void (await call(world, merchant, "PUT", "/api/ship-methods", {
          cart_id: cartId,
          items,
        }));
      }
      case "secrets":
        makeCredentials(vendors, random);
        return replaceSecrets(world, merchant);
    }
  }
}

/** Each setting that stands in an order's way is as it was. */
export async function putBack(world: World, merchant: Merchant): Promise<void> {
  const { cartId } = merchant;
  await call(world, merchant, "PATCH", `/api/connections/${cartId}`, { delivery: true });
  await call(world, merchant, "PUT", `/api/carts/${cartId}/filters`, { filters: [] });
}
