import { api } from "../../src/api/app.ts";
import type { Invocation } from "./invocation.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

interface Answered {
  status: number;
  text: string;
}

const LATER_MS = 20 * 60_000;
const MOST_TRIES = 4;

/** A person calls the API; after a failure of ours, again a little later, as people do. */
export function call(
  world: World,
  merchant: Merchant,
  method: string,
  path: string,
  body?: unknown,
  tries = 1,
): Promise<Answered | null> {
  const { hub, timeline, witness } = world;
  let answered: Answered | null = null;
  return hub
    .run(method === "GET" ? "api reading" : "api writing", async (invocation) => {
      // By the clock that the timeline is written by.
      const began = invocation.deps.clock.now();
      answered = await ask(invocation, merchant, method, path, body);
      witness.person({ merchant, method, path, body, ...answered, began });
    })
    .then((ended) => {
      const failed =
        ended.kind !== "done" ||
        answered === null ||
        answered.status >= 500 ||
        // Somebody else was faster: people read it again.
        (answered.status === 409 && method === "PATCH");
      if (failed && tries < MOST_TRIES)
        timeline.in(LATER_MS, () => void call(world, merchant, method, path, body, tries + 1));
      return failed ? null : answered;
    });
}

async function ask(
  { deps, id }: Invocation,
  { key }: Merchant,
  method: string,
  path: string,
  body: unknown,
): Promise<Answered> {
  const headers = new Headers({ authorization: `Basic ${btoa(`${key.user}:${key.key}`)}` });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(`https://dray.example${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: text }),
  });
  const answer = await api.fetch(request, { deps, processId: `prc_${id}`, setupToken: null });
  return { status: answer.status, text: await answer.text() };
}

const unsent = `status IN ('new', 'error') AND cleared_at IS NULL`;

/** What a person does with orders, and with which ones. */
const acts: readonly {
  path: string;
  among: string;
  body?: (random: Random, now: number, canary: string) => unknown;
}[] = [
  { path: "hold", among: unsent },
  {
    path: "hold",
    among: unsent,
    body: (random, now) => ({
      until: new Date(now + random.between(1, 48) * 3_600_000).toISOString(),
    }),
  },
  { path: "release", among: `on_hold IS NOT NULL OR status = 'error' OR sending_canceled = 1` },
  { path: "release", among: `on_hold IS NOT NULL OR status = 'error' OR sending_canceled = 1` },
  {
    path: "edit",
    among: unsent,
    body: (random, _now, canary) => ({
      ship_to: { city: random.pick(["Austin", "Berlin"]), name1: `${canary} Doe` },
    }),
  },
  {
    path: "edit",
    among: `status = 'error'`,
    body: (random) => ({ shipping_instructions: `Floor ${random.below(9)}` }),
  },
  { path: "cancel-sending", among: unsent },
  { path: "cancel", among: `status IN ('new', 'error', 'at_wms')` },
  { path: "clear", among: `cleared_at IS NULL` },
  { path: "restore", among: `cleared_at IS NOT NULL` },
];

/** Somebody at a merchant does something with one of its orders. */
export async function handleOrder(world: World, merchant: Merchant, random: Random): Promise<void> {
  const act = random.pick(acts);
  const { sqlite } = world.hub.d1;
  const found = sqlite
    .prepare(`SELECT id FROM orders WHERE merchant_id = ? AND (${act.among}) ORDER BY id`)
    .all(merchant.id);
  if (found.length === 0) return;
  const id = String(random.pick(found)["id"]);
  const body = act.body?.(random, world.timeline.now, merchant.vendors.canary);
  await call(world, merchant, "POST", `/api/orders/${id}/${act.path}`, body);
}

/** Somebody gives us an order. */
export async function giveOrder(world: World, merchant: Merchant, random: Random): Promise<void> {
  const { canary } = merchant.vendors;
  const number = `H${random.below(1_000_000)}`;
  await call(world, merchant, "POST", "/api/orders", {
    cart: merchant.pushCartId,
    number,
    ship_to: {
      name1: `${canary} Buyer`,
      address1: "1 Main St",
      city: "Austin",
      zip: "78701",
      country: "US",
    },
    lines: [{ sku: "DEMO-MUG", quantity: random.between(1, 3) }],
  });
}

/** Somebody changes how a cart is taken care of, or looks at things. */
export async function changeSettings(
  world: World,
  merchant: Merchant,
  random: Random,
): Promise<void> {
  const cart = `/api/carts/${merchant.cartId}`;
  switch (random.below(8)) {
    case 0:
      return void (await call(world, merchant, "PATCH", `${cart}/settings`, {
        wait_minutes: random.pick([0, 15, 60]),
        post_shipments: random.pick(["each", "last"]),
      }));
    case 1:
      return void (await call(world, merchant, "PATCH", `/api/connections/${merchant.cartId}`, {
        jobs: { "order-download": { interval_minutes: random.pick([5, 15, 30]) } },
      }));
    case 2:
      return void (await call(world, merchant, "GET", "/api/orders"));
    case 3:
      return void (await call(world, merchant, "GET", "/api/connections"));
    case 4:
      return void (await call(world, merchant, "POST", `/api/connections/${merchant.wmsId}/check`));
    case 5:
    case 6:
      return void (await call(
        world,
        merchant,
        "POST",
        `/api/connections/${merchant.wmsId}/jobs/order-delivery/run`,
      ));
    default:
      return void (await call(
        world,
        merchant,
        "POST",
        `/api/connections/${merchant.cartId}/jobs/order-download/run`,
      ));
  }
}

/** Nothing of a merchant's rests any more. */
export async function resumeAll(world: World, merchant: Merchant): Promise<void> {
  await call(world, merchant, "POST", `/api/connections/${merchant.cartId}/resume`);
  await call(world, merchant, "POST", `/api/connections/${merchant.wmsId}/resume`);
}

/** Somebody tries what is another merchant's. */
export async function pry(world: World, merchant: Merchant, random: Random): Promise<void> {
  const other = world.merchants.find((one) => one !== merchant);
  const { sqlite } = world.hub.d1;
  const ids = (table: string) =>
    sqlite
      .prepare(`SELECT id FROM ${table} WHERE merchant_id = ? ORDER BY id`)
      .all(other?.id ?? "");
  const found = ids("orders");
  if (found.length === 0) return;
  const order = `/api/orders/${String(random.pick(found)["id"])}`;
  const connection = `/api/connections/${String(random.pick(ids("connections"))["id"])}`;
  const [method, path, body] = random.pick([
    ["GET", order],
    ["POST", `${order}/hold`, {}],
    ["POST", `${order}/cancel`, {}],
    ["POST", `${order}/release`, {}],
    ["POST", `${order}/clear`, {}],
    ["POST", `${order}/edit`, { ship_to: { city: "Elsewhere" } }],
    ["GET", connection],
    ["PATCH", connection, { name: "Mine" }],
    ["POST", `${connection}/pause`],
    ["GET", "/api/orders?limit=100"],
    ["GET", "/api/skipped-orders"],
    ["GET", "/api/audit"],
  ] as const);
  const answer = await call(world, merchant, method, path, body);
  const theirs = path.includes("ord_") || path.includes("con_");
  if (theirs && answer && answer.status !== 404)
    world.witness.pried(`${method} ${path}`, answer.status);
}

/** A connection rests for a while. */
export async function pauseForAWhile(
  world: World,
  merchant: Merchant,
  random: Random,
): Promise<void> {
  const id = random.pick([merchant.cartId, merchant.wmsId]);
  await call(world, merchant, "POST", `/api/connections/${id}/pause`);
  world.timeline.in(random.between(1, 12) * 3_600_000, () => {
    void call(world, merchant, "POST", `/api/connections/${id}/resume`);
  });
}
