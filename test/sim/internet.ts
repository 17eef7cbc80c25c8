import { asResponse, type Answer, type Arrival, type Call } from "./http-faults.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { Outside } from "./hub.ts";
import type { Invocation } from "./invocation.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { Vendors } from "./vendors.ts";

/** What passed between Dray and a vendor. */
export interface Seen {
  invocation: Invocation;
  vendors: Vendors;
  side: "shop" | "wms";
  method: string;
  path: string;
  body: string;
  /** Null: not answered, or not as it should be. */
  answer: Answer | null;
  /** A row of it may be one that nobody can read. */
  isDrifted: boolean;
}

export type Asked = Omit<Seen, "answer" | "isDrifted">;

export interface Watcher {
  /** Before the vendor does anything. */
  asked(call: Asked): void;
  /** After the vendor did it; `answer` is what arrived whole. */
  answered(seen: Seen): void;
  /** A call to where nobody of ours is. */
  strayed(url: string): void;
  used(): void;
}

const OUT_OF_ORDER: Answer = {
  status: 503,
  headers: { "content-type": "text/plain" },
  body: new Uint8Array(new TextEncoder().encode("Out of order")),
};

/** What a shop says that shows a parcel, and does not want to go on. */
const balking: readonly Answer[] = [
  [429, "Slow down"],
  [400, "Not like this"],
].map(([status, message]) => ({
  status: Number(status),
  headers: { "content-type": "application/json" },
  body: new Uint8Array(new TextEncoder().encode(JSON.stringify({ code: "shop_says_no", message }))),
}));

/** What every call takes at least and at most, each way. */
const TRAVEL = [20, 200] as const;

/** The internet between Dray and its merchants' vendors, with everything that goes wrong in it. */
export function createInternet(options: {
  timeline: Timeline;
  random: Random;
  faults: FaultPlan;
  vendorsAt: (host: string) => { vendors: Vendors; side: "shop" | "wms" } | null;
  pass: (invocation: Invocation, ms: number) => Promise<void>;
  kill: (invocation: Invocation) => void;
  trace: (text: string) => void;
  watcher: Watcher;
  /** A warehouse took an order, and its answer does not arrive. */
  unheard: (vendors: Vendors, body: string) => void;
}): Outside {
  const { timeline, faults, watcher, trace } = options;
  const random = options.random.fork("internet");

  return async (invocation, address, init) => {
    const url = new URL(address);
    const at = options.vendorsAt(url.hostname);
    if (!at) {
      watcher.strayed(address);
      throw new TypeError("nobody there");
    }
    const { vendors, side } = at;
    const method = init.method ?? "GET";
    const about = callOf(side, method, url.pathname);
    const site = `${side} ${method} ${placeOf(url.pathname)}`;
    const body = typeof init.body === "string" ? init.body : "";
    const told = { invocation, vendors, side, method, path: url.pathname + url.search, body };
    const down = vendors.manners.down.find(
      (one) => one.side === side && timeline.now >= one.from && timeline.now < one.until,
    );
    const fault = down ? null : faults.drawHttp(site, about);
    watcher.used();
    watcher.asked(told);
    await options.pass(invocation, random.between(...TRAVEL));
    trace(`${invocation.id} ${site} ${fault?.name ?? ""} ${url.pathname}${url.search} ${body}`);

    let worked: Answer | null = null;
    const work = async (): Promise<Answer> => {
      worked = await answerOf(vendors, side, method, url, new Headers(init.headers), body, random);
      return worked;
    };
    const unheard = () => {
      if (site === "wms POST /orders" && worked !== null) options.unheard(vendors, body);
    };
    if (down?.how === "unanswered" && about.writes) {
      await work();
      watcher.answered({ ...told, answer: null, isDrifted: false });
      unheard();
    }
    if (down?.how === "503")
      return asResponse({ kind: "answer", answer: OUT_OF_ORDER }, async () => {});
    if (down) return new Promise<never>(() => {});
    if (side === "shop" && method === "PUT" && random.chance(vendors.manners.balks))
      return asResponse({ kind: "answer", answer: random.pick(balking) }, async () => {});

    const arrival: Arrival = fault
      ? await fault.play({
          random,
          now: () => timeline.now,
          work,
          wait: (ms) => options.pass(invocation, ms),
          later: (ms) => timeline.in(ms, () => void work()),
          disturb: () => void disturb(vendors, random),
        })
      : { kind: "answer", answer: await work() };
    await options.pass(invocation, random.between(...TRAVEL));
    const isWhole = fault === null || fault.name === "page shift";
    const isDrifted = fault?.name.startsWith("schema drift") ?? false;
    watcher.answered({ ...told, answer: isWhole ? worked : null, isDrifted });
    if (!isWhole) unheard();
    if (arrival.kind === "silence") return new Promise<never>(() => {});
    if (arrival.kind === "answer") trace(`${arrival.answer.status}`);
    return asResponse(arrival, (ms) => options.pass(invocation, ms));
  };
}

/** A row moves to the end while its page is on the way. */
async function disturb(vendors: Vendors, random: Random): Promise<void> {
  const orders = vendors.state.shop_orders.all().slice(-20);
  if (orders.length === 0) return;
  const { number } = random.pick(orders);
  await vendors.control("PATCH orders", { number, note: `Ring twice ${random.below(100)}` });
}

const placeOf = (path: string): string =>
  path
    .replace(/^\/wp-json(\/wc\/v3)?/, "")
    .replace(/^\/orders\/[^/]+/, "/orders/#")
    .replace(/\/\d+/g, "/#");

const callOf = (side: "shop" | "wms", method: string, path: string): Call => {
  const feed = side === "wms" && /\/(shipments|stock|products)$/.test(path);
  const list = side === "shop" && path.endsWith("/orders");
  return { writes: method !== "GET", feed, paged: method === "GET" && (feed || list) };
};

async function answerOf(
  vendors: Vendors,
  side: "shop" | "wms",
  method: string,
  url: URL,
  headers: Headers,
  body: string,
  random: Random,
): Promise<Answer> {
  const { manners, state } = vendors;
  const asked = new URL(url);
  for (const name of ["per_page", "limit"])
    if (/\/(orders|shipments)$/.test(url.pathname) && asked.searchParams.has(name))
      asked.searchParams.set(
        name,
        String(Math.min(manners.pageSize, Number(asked.searchParams.get(name)))),
      );
  const request = { method, url: asked.href, headers, text: async () => body };
  const hidden = side === "shop" ? hide(vendors, asked, random) : [];
  const answer = await vendors[side === "shop" ? "shop" : "warehouse"](
    request as unknown as Request,
  );
  for (const order of hidden) state.shop_orders.put(order.id, order);
  if (method !== "GET") vendors.post();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
}

/** Orders that a list does not show yet, although they have changed. */
function hide(vendors: Vendors, url: URL, random: Random) {
  const { lagMs, shopSkewMs } = vendors.manners;
  if (lagMs === 0 || !url.pathname.endsWith("/orders")) return [];
  const { state } = vendors;
  const now = shopSkewMs + vendors.now();
  const fresh = state.shop_orders
    .all()
    .filter((order) => now - order.modified < lagMs && random.chance(0.5));
  for (const order of fresh) state.shop_orders.delete(order.id);
  return fresh;
}
