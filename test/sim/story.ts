import { callMender, planMenders, settleDeadLetters } from "./menders.ts";
import { actOnMany, give } from "./paperwork.ts";
import { sayLevels } from "./levels.ts";
import { putBack } from "./mid-sync.ts";
import { planOperations, replaceSecrets } from "./operations.ts";
import { call, changeSettings, handleOrder, pauseForAWhile, pry, resumeAll } from "./people.ts";
import type { Random } from "./random.ts";
import type { Theme } from "./themes.ts";
import { planJams } from "./rush.ts";
import { planSilences } from "./silent-days.ts";
import type { Vendors } from "./vendors.ts";
import type { Merchant, World } from "./world.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Simulated days of a seed. */
const DAYS = 20;
/** Faults, people and vendors rest from here on, and everything has to come to its end. */
const REST_AT = DAYS * DAY - 2 * HOUR;
/** Here a sweep looks at everything, whether there seems to be work or not. */
const END_AT = DAYS * DAY - HOUR / 4;

const MOST_ORDERS = 50;

/** Plans what people, shops and warehouses do in twenty days, and lives through them. */
export async function live(world: World): Promise<void> {
  const { start, engine, faults, theme, witness } = world;
  const random = world.random.fork("story");
  let left = MOST_ORDERS;
  for (const merchant of world.merchants)
    left = plan(world, merchant, random.fork(`of ${merchant.vendors.letter}`), left);
  if (theme.people) planOperations(world, random.fork("operations"));
  faults.active = theme.odds > 0;
  for (let day = 1; day <= DAYS; day += 1) {
    await engine.run(start + Math.min(day * DAY, REST_AT));
    witness.everything();
  }
  rest(world);
  await engine.run(start + END_AT);
  engine.catchUp();
  await engine.run(start + DAYS * DAY);
  witness.end();
}

/** Everybody lets Dray be. */
function rest({ faults, hub }: World): void {
  faults.active = false;
  for (const queue of hub.queues.values()) queue.pausedUntil = 0;
  for (const queue of hub.queues.values()) hub.onQueue(queue);
}

type Span = readonly [least: number, most: number];
interface Much {
  /** Sales of one to four orders. */
  bursts: Span;
  /** Orders that are given to us. */
  gifts: Span;
  minds: Span;
  acts: Span;
  changes: Span;
}
const busyDays: Much = {
  bursts: [2, 2],
  gifts: [1, 2],
  minds: [1, 4],
  acts: [2, 6],
  changes: [1, 2],
};
/** Where days are compared, chance is to count for less. */
const fullDays: Much = { ...busyDays, bursts: [4, 6] };
/** The other orders come two by two, one for each merchant, while the warehouse of one does not answer. */
const comparedDays: Much = { ...busyDays, bursts: [2, 3] };
/** Where all sides come in between, there is to be something to come in between of. */
const crowdedDays: Much = { ...busyDays, bursts: [3, 4] };
/** Most orders come while a side is silent. */
const silentDays: Much = { ...busyDays, bursts: [0, 1], gifts: [0, 1] };
const quietDays: Much = {
  bursts: [1, 1],
  gifts: [0, 1],
  minds: [0, 2],
  acts: [1, 3],
  changes: [0, 1],
};

function muchOf({ name }: Theme): Much {
  switch (name) {
    case "trouble":
      return busyDays;
    case "rush":
      return crowdedDays;
    case "silent days":
      return silentDays;
    case "broken merchant":
    case "healthy merchant":
      return comparedDays;
    default:
      return fullDays;
  }
}

/** What happens at a merchant; answers how many orders are left for others. */
function plan(world: World, merchant: Merchant, random: Random, room: number): number {
  const { timeline, start, theme, seed } = world;
  const { letter } = merchant.vendors;
  const at: At = (when, act) => void timeline.at(start + when, () => void act());
  // Where nothing is compared, one merchant is busy, and the other one mostly there; some days both are quiet.
  const isQuiet =
    theme.name === "trouble" && (seed % 3 === 0 || (seed % 2 === 0) === (letter === "a"));
  const much = isQuiet ? quietDays : muchOf(theme);
  const left = planSales(world, merchant, random, { at, much, room });
  for (let when = 6 * HOUR; when < REST_AT; when += random.between(16, 60) * HOUR)
    at(when, () => workInWarehouse(merchant, random));
  // Somebody looks after what waits for a person before the end.
  at(REST_AT + HOUR / 4, () => takeUp(world, merchant));
  if (theme.people) planPeople(world, merchant, random, { at, much });
  return left;
}

type At = (when: number, act: () => unknown) => void;

/** Orders, in bursts and when something else is the matter. */
function planSales(
  world: World,
  merchant: Merchant,
  random: Random,
  { at, much, room }: { at: At; much: Much; room: number },
): number {
  const { timeline, start, theme } = world;
  const { manners, letter } = merchant.vendors;
  const sells = (count: number) => sell(world, merchant, random, count);
  let left = room;
  const backAt = theme.people ? manners.home.goesBackAt : null;
  // Each order of a long outage is tried every hour, at its own minute.
  const isLong = theme.name === "outage" && letter === "a";
  const bursts = isLong ? 1 : random.between(...much.bursts);
  const [since, until] = isLong ? [25 * 60, 2] : [1, 18];
  for (let n = 0; n < bursts && left > 0; n += 1) {
    const count = Math.min(left, isLong ? 2 : random.pick([1, 1, 2, 3, 4]));
    left -= count;
    const drawn = random.between(since, until * 24 * 60) * 60_000;
    const when = n === 0 && backAt !== null ? backAt - start - HOUR / 3 : drawn;
    // Somebody looks before the shop's lists show everything.
    if (theme.name === "rush")
      at(when + random.between(5, 45) * 1_000, () => pull(world, merchant));
    // All at once, or one after the other, as a job may come between them.
    if (random.chance(0.5)) at(when, () => sells(count));
    else
      for (let one = 0; one < count; one += 1)
        at(when + random.between(0, 900) * 1_000, () => sells(1));
  }
  if (muchOf(theme) === comparedDays)
    for (let when = 49 * HOUR; when < 82 * HOUR && left > 0; when += 3 * HOUR) {
      left -= 1;
      at(when + random.below(5_000), () => sells(1));
    }
  if (theme.name === "rush") planJams(world, merchant, random, sells);
  if (theme.name === "silent days") planSilences(world, merchant, random, sells);
  else if (theme.people)
    for (const { side, from } of manners.down)
      for (const [hours, count] of duringDown[side])
        timeline.at(from + hours * HOUR, () => void sells(count));
  for (let n = isLong ? 0 : random.between(...much.gifts); n > 0 && left > 0; n -= 1) {
    left -= 1;
    at(random.between(1, 15 * 24) * HOUR, () => give(world, merchant, random));
  }
  if (backAt !== null) timeline.at(backAt + HOUR / 3, () => void changeMinds(merchant, random));
  return left;
}

/** People who mend things, change their minds and their settings, and look where they should not. */
function planPeople(
  world: World,
  merchant: Merchant,
  random: Random,
  { at, much }: { at: At; much: Much },
): void {
  const anyMinute = (first: number) => random.between(first, 19 * 24 * 60) * 60_000;
  if (random.chance(0.3))
    at(random.between(12, 17 * 24) * HOUR, () => actOnMany(world, merchant, random));
  planMenders(world, merchant, random.fork("menders"), REST_AT);
  const stocks = random.fork("stock");
  for (let n = stocks.below(3); n > 0; n -= 1)
    at(stocks.between(12, 18 * 24) * HOUR, () => sayLevels(world, merchant, stocks));
  for (let n = random.between(...much.minds); n > 0; n -= 1)
    at(anyMinute(60), () => changeMinds(merchant, random));
  for (let n = random.between(...much.acts); n > 0; n -= 1)
    at(anyMinute(30), () => handleOrder(world, merchant, random));
  for (let n = random.between(...much.changes); n > 0; n -= 1)
    at(anyMinute(30), () => changeSettings(world, merchant, random));
  at(random.between(1, 19 * 24) * HOUR, () => pry(world, merchant, random));
  if (random.chance(0.4))
    at(random.between(1, 16) * DAY, () => pauseForAWhile(world, merchant, random));
}

const pull = (world: World, merchant: Merchant) =>
  call(world, merchant, "POST", `/api/connections/${merchant.cartId}/jobs/order-download/run`);

/** Somebody looks after what rests. */
async function takeUp(world: World, merchant: Merchant): Promise<void> {
  await resumeAll(world, merchant);
  merchant.vendors.refusals.over = true;
  world.timeline.in(HOUR / 2, () => void callMender(world, merchant, world.random, true));
  world.timeline.in(HOUR, () => void settleDeadLetters(world, world.random));
  await replaceSecrets(world, merchant);
  await putBack(world, merchant);
}

/** Orders while a side does not work: so many hours after it began, so many. A shop whose API is down still sells. */
const duringDown = {
  wms: [
    [0.5, 7],
    [1.5, 3],
  ],
  shop: [[0.5, 1]],
} as const;

/** A warehouse took an order, and Dray does not know: customers, or the warehouse, may think again before it does. */
export function thinkAgain(world: World, vendors: Vendors, body: string): void {
  if (!world.theme.people || !world.random.chance(0.4)) return;
  const { number, reference } = JSON.parse(body) as { number?: string; reference: string };
  const isTheirs = world.theme.name === "rush" && world.random.chance(0.5);
  world.timeline.in(world.random.between(1, 50) * 60_000, () => {
    if (isTheirs) void vendors.control("POST cancel", { reference, reason: "Out of stock" });
    else void vendors.control("PATCH orders", { number, status: "cancelled" });
  });
}

const STATUSES = [...Array<string>(4).fill("processing"), "on-hold", "pending"];

/** Customers buy. */
async function sell(
  { theme }: World,
  { vendors }: Merchant,
  random: Random,
  count: number,
): Promise<void> {
  const { canary } = vendors;
  const odd = theme.people && random.chance(0.3) ? random.below(6) : -1;
  const oddities = [
    { shipMethod: "Express" },
    { shipMethod: random.pick(["Pallet", "Express"]) },
    { city: "" },
    { address_1: "" },
    { lines: [{ sku: `NEW-${random.below(3)}`, quantity: 1 }] },
    { lines: [{ sku: random.pick(["", "DEMO-MUG"]), quantity: 1 }] },
  ];
  await vendors.control("POST orders", {
    count,
    status: theme.name === "outage" ? "processing" : random.pick(STATUSES),
    first_name: canary,
    last_name: `Buyer ${random.below(1000)}`,
    note: `${canary} note`,
    digital: random.chance(0.05),
    ...oddities[odd],
    ...(random.chance(0.2) ? { currency: random.pick(["EUR", "JPY"]) } : {}),
  });
}

/** Customers and the shop's people think again. */
async function changeMinds({ vendors }: Merchant, random: Random): Promise<void> {
  const orders = vendors.state.shop_orders.all();
  if (orders.length === 0) return;
  const order = random.pick(orders);
  const number = order.number;
  const [line] = order.lines;
  const wish = random.pick([
    { status: "cancelled" },
    { status: "cancelled" },
    { status: "cancelled" },
    { status: "processing" },
    { status: "trash" },
    { address_1: `${random.below(99)} Other Street`, city: "Boston" },
    { note: `${vendors.canary} says hurry` },
    { refund: [{ sku: line?.sku ?? "", quantity: 1 }] },
  ]);
  await vendors.control("PATCH orders", { number, ...wish });
}

/** The warehouse packs, mends and calls off. */
async function workInWarehouse({ vendors }: Merchant, random: Random): Promise<void> {
  const { state } = vendors;
  for (const order of state.warehouse_orders.all()) {
    if (order.status !== "open" || !random.chance(0.6)) continue;
    const { reference } = order;
    const act = random.below(10);
    if (act === 0 || act === 1)
      await vendors.control("POST cancel", { reference, reason: "Out of stock" });
    else if (act === 2) await vendors.control("POST ship", { reference, partial: true });
    else if (act === 3)
      await vendors.control("POST ship", { reference, tracking_number: null, partial: true });
    else if (act === 4) await vendors.control("POST close", { reference });
    else await vendors.control("POST ship", { reference });
  }
  const shipments = state.warehouse_shipments.all();
  if (shipments.length === 0) return;
  const shipment = random.pick(shipments).id;
  if (random.chance(0.3)) await vendors.control("POST void", { shipment });
  if (random.chance(0.6))
    await vendors.control("POST correct", {
      shipment,
      tracking_number: `1ZFIX${random.below(100_000)}`,
    });
}
