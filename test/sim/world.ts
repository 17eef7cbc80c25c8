import type { Account } from "../../src/store/accounts.ts";
import { createMerchant } from "../../src/accounts/merchants.ts";
import { setUp } from "../../src/accounts/set-up.ts";
import type { KeyPair } from "../../src/accounts/new-key.ts";
import type { ConnectionId, MerchantId } from "../../src/domain/ids.ts";
import { changeConnection } from "../../src/sync/change-connection.ts";
import { createConnection } from "../../src/sync/create-connection.ts";
import { webhooks } from "../../src/webhooks/app.ts";
import { Engine } from "./engine.ts";
import { FaultPlan } from "./fault-plan.ts";
import { Hub } from "./hub.ts";
import type { Invocation } from "./invocation.ts";
import { createInternet } from "./internet.ts";
import { MailService } from "./mail-service.ts";
import { createRandom, type Random } from "./random.ts";
import { MidSync } from "./mid-sync.ts";
import { Rush } from "./rush.ts";
import { silences } from "./silent-days.ts";
import type { Theme } from "./themes.ts";
import { settleIn } from "./settle-in.ts";
import { thinkAgain } from "./story.ts";
import { settled, Timeline } from "./timeline.ts";
import {
  createVendors,
  homes,
  secret,
  signingSecret,
  type Manners,
  type Vendors,
} from "./vendors.ts";
import { Witness } from "./witness.ts";

/** 2026-10-15T08:00:00Z: both sides of the Atlantic change their clocks within twenty days of it. */
const START = Date.UTC(2026, 9, 15, 8, 0, 0);

const DAY = 24 * 60 * 60_000;

/** A merchant as its people know it. */
export interface Merchant {
  vendors: Vendors;
  id: MerchantId;
  key: KeyPair;
  cartId: ConnectionId;
  wmsId: ConnectionId;
  /** A second cart, whose orders are given to us. */
  pushCartId: ConnectionId;
}

/** One seed: Dray, its merchants and everybody around them. */
export interface World {
  seed: number;
  theme: Theme;
  random: Random;
  timeline: Timeline;
  start: number;
  hub: Hub;
  faults: FaultPlan;
  engine: Engine;
  witness: Witness;
  merchants: Merchant[];
  account: Account;
  mail: MailService;
}

/** Builds the world of a seed, before anything goes wrong. */
export async function makeWorld(
  seed: number,
  theme: Theme,
  migrations: readonly string[],
  onTrace: ((text: string) => void) | null,
): Promise<World> {
  const random = createRandom(`dray ${seed}`);
  const timeline = new Timeline(START + random.below(60) * 60_000);
  const faults = new FaultPlan(seed, random, theme.odds);
  const merchants: Merchant[] = [];
  const everyone: Vendors[] = [];
  const witness = new Witness(merchants, timeline, theme);
  const hub: Hub = new Hub({
    timeline,
    random,
    faults,
    migrations,
    onTrace,
    dispatchSize: theme.name === "silent days" ? 40 : random.pick([3, 40, 100]),
    outside: (invocation, url, init) => outside(invocation, url, init),
    mail: (invocation, envelope) => mail.send(invocation, envelope),
    onDead: (queue, body) => witness.died(queue, body),
    onForgotten: (queue, body) => witness.forgotten(queue, body),
    onLine: (line, invocation) => witness.line(line, invocation),
    onMessage: (queue, text) => witness.message(queue, text),
    onCommit: (invocation) => witness.committed(invocation),
    onAgain: (call) => witness.repeated(call),
  });
  witness.look(hub);
  const ways = {
    timeline,
    random,
    faults,
    pass: (invocation: Invocation, ms: number) => hub.pass(invocation, ms),
    kill: (invocation: Invocation) => hub.kill(invocation),
    trace: (text: string) => hub.trace(text),
    watcher: witness,
  };
  const mail = new MailService(ways);
  const outside = createInternet({
    ...ways,
    vendorsAt: (host) => {
      const vendors = everyone.find(({ letter }) => host.endsWith(`-${letter}.example`));
      if (!vendors) return null;
      return { vendors, side: host.startsWith("shop") ? "shop" : "wms" };
    },
    unheard: (vendors, body) => thinkAgain(world, vendors, body),
  });
  const world = {
    seed,
    theme,
    random,
    timeline,
    start: timeline.now,
    hub,
    faults,
    witness,
    merchants,
    mail,
  } as World;
  const onlooker = theme.name === "rush" ? new Rush(world) : new MidSync(world);
  world.engine = new Engine({
    hub,
    timeline,
    random,
    faults,
    newsAt: () => witness.newsAt(),
    onBegin: (site, bodies) => onlooker.begins(site, bodies),
    onRunaway: () => witness.ranAway(),
  });

  world.account = await now(world, async ({ deps }) => (await setUp(deps, "Fulfilment")).account);
  for (const letter of ["a", "b"]) {
    const own = random.fork(`vendors ${letter}`);
    const manners = mannersOf(own, theme, letter, timeline.now);
    const vendors = createVendors(letter, timeline, own, manners, (url, init) =>
      receive(world, url, init),
    );
    everyone.push(vendors);
    merchants.push(
      await now(world, (invocation) =>
        openMerchant(invocation, vendors, world.account.id, own, theme),
      ),
    );
  }
  await now(world, ({ deps }) => settleIn(world, deps));
  return world;
}

function mannersOf(random: Random, theme: Theme, letter: string, start: number): Manners {
  const manners: Manners = {
    shopSkewMs: random.between(-15, 15) * 60_000,
    wmsSkewMs: random.between(-4, 4) * 60_000,
    pageSize: random.pick([2, 5, 100]),
    keyless: random.chance(0.5),
    lagMs: random.pick([0, 0, 45_000]),
    mute: theme.people && random.chance(0.25),
    notesOnly: random.chance(0.2),
    home: random.pick(homes),
    refuses: theme.people ? 0.12 : 0,
    down: [],
    balks: 0,
  };
  if (theme.name === "silent days") return { ...manners, down: silences(random, letter, start) };
  if (theme.name === "rush")
    return {
      ...manners,
      pageSize: 3,
      balks: 0.3,
      lagMs: 45_000,
      mute: random.chance(0.5),
      keyless: true,
    };
  if (theme.people && random.chance(0.4)) {
    const from = start + random.between(2, 14) * DAY;
    const side = random.pick(["wms", "wms", "shop"] as const);
    const until = from + random.between(2, 9) * 60 * 60_000;
    manners.down = [{ side, from, until, how: random.pick(["503", "silence"] as const) }];
  }
  if (theme.keyless !== null) manners.keyless = theme.keyless;
  if (letter === "a" && theme.ails === "warehouse down for 18 days")
    manners.down = [{ side: "wms", from: start + DAY, until: start + 19 * DAY, how: "503" }];
  if (letter === "a" && theme.ails === "warehouse never answers")
    manners.down = [
      { side: "wms", from: start + 2 * DAY, until: start + 3.5 * DAY, how: "silence" },
    ];
  return manners;
}

async function openMerchant(
  { deps }: Invocation,
  vendors: Vendors,
  accountId: Parameters<typeof createMerchant>[1],
  random: Random,
  theme: Theme,
): Promise<Merchant> {
  const { letter, credentials } = vendors;
  const made = await createMerchant(deps, accountId, `Merchant ${letter}`);
  const { id } = made.merchant;
  const hookSecret = signingSecret(random);
  const wms = await createConnection(deps, id, {
    connector: "http-warehouse",
    name: `${vendors.canary} warehouse`,
    settings: { base_url: `https://wms-${letter}.example` },
    secrets: {
      api_token: credentials.api_token,
      signing_secret: credentials.signing_secret,
      webhook_secret: hookSecret,
    },
  });
  const cart = await createConnection(deps, id, {
    connector: "woocommerce",
    name: `${vendors.canary} shop`,
    settings: {
      store_url: `https://shop-${letter}.example`,
      complete_orders: random.chance(0.7),
    },
    secrets: {
      consumer_key: credentials.consumer_key,
      consumer_secret: credentials.consumer_secret,
      webhook_secret: secret("hook", random),
    },
    policy: {
      reference_prefix: random.pick(["", "W-"]),
      wait_minutes: random.pick([0, 0, 0, 30]),
      cancel_in_cart: random.chance(0.5),
      post_shipments: random.pick(["each", "each", "last"]),
      untracked_counts: random.chance(0.7),
    },
  });
  const push = await createConnection(deps, id, {
    connector: "api",
    name: `${vendors.canary} by hand`,
    settings: {},
    secrets: {},
    policy: { reference_prefix: "H-" },
  });
  const delivery = { policy: { delivery: true } };
  const minutes = theme.name === "outage" ? 360 : random.pick([5, 5, 15]);
  const interval_minutes = Math.max(15, minutes);
  await changeConnection(deps, id, cart.connectionId, {
    ...delivery,
    jobs: { "order-download": { interval_minutes: minutes } },
  });
  await changeConnection(deps, id, wms.connectionId, {
    jobs: { "shipment-pickup": { interval_minutes } },
  });
  // It brings nothing, so it is enough to look once a day at what waits there.
  const seldom = { "order-download": { interval_minutes: 1_440 } };
  await changeConnection(deps, id, push.connectionId, { ...delivery, jobs: seldom });
  await vendors.control("POST warehouse-webhook", {
    url: `${deps.publicUrl}/webhooks/${id}/${wms.connectionId}`,
    secret: hookSecret,
  });
  return {
    vendors,
    id,
    key: made.key,
    cartId: cart.connectionId,
    wmsId: wms.connectionId,
    pushCartId: push.connectionId,
  };
}

/** Does something at once, as an invocation of its own that nothing happens to. */
async function now<T>(world: World, work: (invocation: Invocation) => Promise<T>): Promise<T> {
  let result: { value: T } | null = null;
  const ended = world.hub.run("setup", async (invocation) => {
    result = { value: await work(invocation) };
  });
  const done = { is: false };
  void ended.then(() => {
    done.is = true;
  });
  await settled();
  while (!done.is && (await world.timeline.step())) continue;
  const how = await ended;
  if (how.kind === "threw") throw how.error;
  if (result === null) throw new Error(`the set-up ${how.kind}`);
  return (result as { value: T }).value;
}

/** A vendor calls Dray. */
async function receive(world: World, url: string, init: RequestInit): Promise<Response> {
  const { hub, witness, random } = world;
  const isMute = world.merchants.some(
    ({ vendors, cartId }) => vendors.manners.mute && url.includes(cartId),
  );
  if (isMute) throw new TypeError("fetch failed");
  let answer: Response | null = null;
  const ended = await hub.run("webhook", async (invocation) => {
    const { deps, id } = invocation;
    answer = await webhooks.fetch(
      new Request(url, init),
      { deps, processId: `prc_${id}` },
      {
        waitUntil: () => {},
        passThroughOnException: () => {},
        props: {},
      },
    );
    witness.webhookAnswered(invocation, url, init, answer);
  });
  if (ended.kind !== "done" || answer === null || random.chance(0.02))
    throw new TypeError("network connection lost");
  return answer;
}
