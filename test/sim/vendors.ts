import { createControl } from "../../sandbox/control.ts";
import { createCourier } from "../../sandbox/courier.ts";
import type { credentials as demo } from "../../sandbox/demo.ts";
import { createShop } from "../../sandbox/shop.ts";
import { createState, type SandboxState } from "../../sandbox/state.ts";
import { createWarehouse } from "../../sandbox/warehouse.ts";
import type { Random } from "./random.ts";
import { Refusals } from "./refusals.ts";
import type { Timeline } from "./timeline.ts";

/** A time zone; `goesBackAt` lies within the simulated days. */
interface Home {
  zone: string;
  goesBackAt: number | null;
}

/** Both sides of the Atlantic, and those who have no summer time. */
export const homes: readonly Home[] = [
  { zone: "UTC", goesBackAt: null },
  { zone: "Europe/Berlin", goesBackAt: Date.UTC(2026, 9, 25, 1) },
  { zone: "America/New_York", goesBackAt: Date.UTC(2026, 10, 1, 6) },
];

/** How the vendors of one merchant behave when nothing is wrong with them. */
export interface Manners {
  /** How far the shop's clock is off, milliseconds. */
  shopSkewMs: number;
  wmsSkewMs: number;
  /** Orders to a page, whatever was asked for. */
  pageSize: number;
  /** The WMS knows neither keys nor that a reference is there already. */
  keyless: boolean;
  /** How long a changed order may be missing from lists. */
  lagMs: number;
  /** Nothing that the shop posts by itself ever arrives. */
  mute: boolean;
  /** The shop shows shipments as notes only. */
  notesOnly: boolean;
  /** Where the shop's site lives, and when its clock goes back an hour. */
  home: Home;
  /** The share of orders that the WMS has something against. */
  refuses: number;
  /** When a side does not work at all, by the simulation's clock. */
  down: Down[];
  /** The share of calls after the first to show a parcel that the shop refuses. */
  balks: number;
}

export interface Down {
  side: "shop" | "wms";
  from: number;
  until: number;
  /** `unanswered`: it does what it is asked, and says nothing. */
  how: "503" | "silence" | "unanswered";
}

/** A shop and a warehouse, their people, and their post. */
export interface Vendors {
  letter: string;
  state: SandboxState;
  manners: Manners;
  credentials: typeof demo;
  now(): number;
  refusals: Refusals;
  /** Strings that only this merchant's data has. */
  canary: string;
  shop(request: Request): Promise<Response>;
  warehouse(request: Request): Promise<Response>;
  control(act: string, body?: unknown): Promise<unknown>;
  /** When the warehouse called orders off by itself, by their reference. */
  calledOff: Map<string, number>;
  /** Every tracking number that was ever on a parcel. */
  numbers: Set<string>;
  /** Since when a run that began later has something to find; null: nothing new. */
  news: { shop: number | null; wms: number | null };
  /** Sends what is due; again when something new is. */
  post(): void;
}

export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** In every secret, and nowhere else. */
export const SECRET = "Geheim";
/** In every name and note of a customer, followed by what tells merchants apart. */
export const CANARY = "Canary";

/** A secret, as far as chance goes. */
export const secret = (prefix: string, random: Random): string =>
  `${prefix}_${SECRET}${random.between(1_000_000, 9_999_999)}`;

/** `whsec_` and base64, as Standard Webhooks has it. */
export const signingSecret = (random: Random): string =>
  `whsec_${SECRET}${random.between(10_000, 99_999)}Padding0Padding0xyzAB`.slice(0, 38);

export const freshCredentials = (random: Random): typeof demo => ({
  consumer_key: secret("ck", random),
  consumer_secret: secret("cs", random),
  api_token: secret("token", random),
  signing_secret: signingSecret(random),
});

const LAG_OF_TRASH_MS = 17 * 60_000;

export function createVendors(
  letter: string,
  timeline: Timeline,
  random: Random,
  manners: Manners,
  send: Send,
): Vendors {
  const canary = `${CANARY}${letter.toUpperCase()}${random.below(1_000_000)}`;
  const state = createState(timeline.now);
  const shopNow = () => timeline.now + manners.shopSkewMs;
  const wmsNow = () => timeline.now + manners.wmsSkewMs;
  const wait = () => Promise.resolve();
  const own = freshCredentials(random);
  state.values.put("zone", manners.home.zone);
  if (manners.notesOnly) state.values.put("fulfillments_off", true);
  if (manners.keyless)
    state.faults.put("keyless", {
      id: "keyless",
      target: "warehouse",
      kind: "ignore_key",
      left: null,
      message: "",
      match: null,
    });
  const refusals = new Refusals(timeline, random, manners.refuses);
  const shop = createShop(state, { now: shopNow, wait, credentials: own });
  const warehouse = createWarehouse(state, { now: wmsNow, wait, credentials: own });
  const hands = {
    shop: createControl(state, { now: shopNow }),
    wms: createControl(state, { now: wmsNow }),
  };
  const courier = createCourier(state, { now: () => Math.max(shopNow(), wmsNow()), send });
  let planned: { at: number; off: boolean } | null = null;

  const vendors: Vendors = {
    letter,
    state,
    manners,
    credentials: own,
    now: () => timeline.now,
    canary,
    shop: (request) => shop.fetch(request),
    refusals,
    warehouse: async (request) => {
      const { headers, method, url } = request;
      const known = headers.get("authorization") === `Bearer ${own.api_token}`;
      const asks = known && method === "POST" && url.endsWith("/orders");
      return (asks && refusals.answer(await request.text())) || warehouse.fetch(request);
    },
    calledOff: new Map(),
    numbers: new Set(),
    news: { shop: null, wms: null },
    control: async (act, body = {}) => {
      const [method = "POST", path = ""] = act.split(" ");
      const isShop = ["orders", "webhooks", "products"].includes(path);
      const text = JSON.stringify(body);
      const url = `https://sandbox.example/control/${path}`;
      const answer = await hands[isShop ? "shop" : "wms"].fetch({
        method,
        url,
        text: async () => text,
      } as unknown as Request);
      const said = (await answer.json()) as Record<string, unknown>;
      if (!answer.ok) return null;
      const { reference } = body as { reference?: string };
      if (path === "cancel" && reference !== undefined)
        vendors.calledOff.set(reference, timeline.now);
      for (const { tracking_number: number } of state.warehouse_shipments.all())
        if (number !== null) vendors.numbers.add(number);
      const lag = text.includes('"trash"') ? LAG_OF_TRASH_MS : manners.lagMs;
      vendors.news[isShop ? "shop" : "wms"] = timeline.now + (isShop ? lag : 0);
      vendors.post();
      return said;
    },
    post: () => {
      const due = courier.nextDue();
      if (due === null) return;
      const at = Math.max(
        timeline.now + 200,
        due - Math.max(manners.shopSkewMs, manners.wmsSkewMs),
      );
      if (planned && !planned.off && planned.at <= at) return;
      if (planned) planned.off = true;
      planned = timeline.at(at, () => {
        planned = null;
        void courier.deliver().then(() => vendors.post());
      });
    },
  };
  return vendors;
}
