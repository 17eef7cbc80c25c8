import { call } from "./people.ts";
import type { Random } from "./random.ts";
import type { Down } from "./vendors.ts";
import type { Merchant, World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const REST_MS = 3.5 * DAY;

type Sell = (count: number) => unknown;

/** Both sides of a merchant fall silent, the one while the other works. */
export function silences(random: Random, letter: string, start: number): Down[] {
  const one = (side: Down["side"], [from, until]: readonly [number, number]): Down => {
    const at = start + random.between(from * 24, until * 24) * HOUR + random.below(HOUR);
    const how = random.pick(["silence", "unanswered"] as const);
    return { side, from: at, until: at + random.between(5, 9) * HOUR, how };
  };
  const both = [one("wms", [2, 4]), one("shop", [7, 9])];
  if (letter === "a") return [...both, one("wms", [12, 15])];
  const from = start + random.between(11 * 24, 13 * 24) * HOUR;
  const again = from + REST_MS - 10 * MINUTE;
  return [
    ...both,
    { side: "wms", from, until: from + 2 * HOUR, how: "unanswered" },
    { side: "wms", from: again, until: again + HOUR / 2, how: "unanswered" },
  ];
}

/** Orders are called off, nobody answers, and the connection rests for longer than three days; then nobody answers at first. */
function planRest(world: World, merchant: Merchant, from: number, sell: Sell): void {
  const connection = `/api/connections/${merchant.wmsId}`;
  const at = (ms: number, act: () => unknown) => world.timeline.at(from + ms, () => void act());
  at(-2 * HOUR, () => sell(2));
  at(HOUR / 4, () => callOffAll(world, merchant));
  at(HOUR, () => call(world, merchant, "POST", `${connection}/pause`));
  at(REST_MS, () => call(world, merchant, "POST", `${connection}/resume`));
}

/** Customers call off all that the warehouse has. */
async function callOffAll(world: World, { id, vendors }: Merchant): Promise<void> {
  for (const { number } of world.hub.d1.sqlite.prepare(AT_WMS).all(id))
    await vendors.control("PATCH orders", { number, status: "cancelled" });
}

/** What people, shop and warehouse do about each silence. */
export function planSilences(world: World, merchant: Merchant, random: Random, sell: Sell): void {
  const [, , rest] = merchant.vendors.manners.down;
  const isResting = merchant.vendors.letter === "b" && rest !== undefined;
  if (isResting) planRest(world, merchant, rest.from, sell);
  for (const { side, from } of merchant.vendors.manners.down) {
    if (isResting && from >= rest.from) continue;
    const at = (hours: number, act: () => unknown) =>
      world.timeline.at(from + hours * HOUR, () => void act());
    if (side === "shop") {
      for (const hours of [-4, -3.5]) at(hours, () => sell(2));
      for (const hours of [0.5, 2.2]) at(hours, () => pack(merchant, random));
      at(3, () => correctOne(merchant, random));
      continue;
    }
    at(-4, () => sell(2));
    at(0.3, () => sell(7));
    // Of a second silence nobody takes orders away before it is known to be one.
    const early = from < world.start + 7 * DAY ? [0.5, 0.6, 0.7, 0.8, 0.9] : [];
    for (const hours of [...early, 1.8, 2.6, 3.4])
      at(hours, () => stopOne(world, merchant, random));
    // Tried one by one they fail, and together they are silence: at once, or an hour later.
    const waits = { left: 3 };
    for (let minutes = 20; minutes < 150; minutes += 1)
      at(minutes / 60, () => sellWhileSilent(world, merchant, waits, sell));
  }
}

/** While nobody but a probe may call there is more to send. */
async function sellWhileSilent(
  { hub }: World,
  { wmsId }: Merchant,
  waits: { left: number },
  sell: Sell,
): Promise<void> {
  if (waits.left === 0 || hub.d1.sqlite.prepare(SILENT).all(wmsId).length === 0) return;
  waits.left -= 1;
  await sell(1);
}

async function pack({ vendors }: Merchant, random: Random): Promise<void> {
  for (const { status, reference } of vendors.state.warehouse_orders.all())
    if (status === "open")
      await vendors.control("POST ship", { reference, partial: random.chance(0.3) });
}

async function correctOne({ vendors }: Merchant, random: Random): Promise<void> {
  const parcels = vendors.state.warehouse_shipments.all();
  if (parcels.length === 0) return;
  const tracking_number = `1ZLATE${random.below(100_000)}`;
  await vendors.control("POST correct", { shipment: random.pick(parcels).id, tracking_number });
}

/** Somebody does not want an order any more that waits for the warehouse, or that it has. */
async function stopOne(world: World, merchant: Merchant, random: Random): Promise<void> {
  const { vendors } = merchant;
  const found = world.hub.d1.sqlite.prepare(WAITING).all(merchant.id);
  if (found.length === 0) return;
  const { id, number, reference } = random.pick(found);
  const act = random.pick(["cancel", "hold", "cancel-sending", "in the shop", "by the warehouse"]);
  if (act === "in the shop") await vendors.control("PATCH orders", { number, status: "cancelled" });
  else if (act === "by the warehouse")
    await vendors.control("POST cancel", { reference, reason: "Out of stock" });
  else await call(world, merchant, "POST", `/api/orders/${String(id)}/${act}`);
}

const AT_WMS = `SELECT number FROM orders WHERE merchant_id = ? AND status = 'at_wms' ORDER BY id`;
const SILENT = `SELECT 1 FROM connections WHERE id = ? AND probe_at IS NOT NULL`;
const WAITING = `SELECT id, number, cust_ref AS reference FROM orders
  WHERE merchant_id = ? AND status IN ('new', 'at_wms') AND cleared_at IS NULL ORDER BY id`;
