import { call, giveOrder } from "./people.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** The columns of a file of orders, as `learn` knows them. */
const HEADER = "Order Number,Ship To Name,Ship To Address 1,City,Zip,Country,SKU,Qty";

/** Somebody gives us an order: by hand, in a file, or to stand for one of the shop's. */
export function give(world: World, merchant: Merchant, random: Random): Promise<void> {
  const way = world.theme.people ? random.below(6) : null;
  if (way === 0) return importFile(world, merchant, random);
  return way === 1 ? standForOne(world, merchant, random) : giveOrder(world, merchant, random);
}

/** Somebody loads a file: an order of two rows, and perhaps another, or a row that cannot be used. */
async function importFile(world: World, merchant: Merchant, random: Random): Promise<void> {
  const { canary } = merchant.vendors;
  const first = random.below(100_000) * 10;
  const row = (number: number, quantity: number | string) =>
    `F${number},${canary} Filed,1 Main St,Austin,78701,US,DEMO-MUG,${quantity}`;
  const others = [row(first + 1, 1), row(first + 1, "many"), row(first, 0)];
  const rows = [row(first, 1), row(first, 2), ...random.shuffled(others).slice(0, random.below(2))];
  const path = `/api/imports?cart=${merchant.pushCartId}&name=orders.csv`;
  const answer = await call(world, merchant, "POST", path, [HEADER, ...rows].join("\n"));
  if (answer?.status !== 202) return;
  world.faults.happened("people", "file of orders");
  const { task_id } = JSON.parse(answer.text) as { task_id: string };
  world.timeline.in(random.between(1, 120) * 60_000, () => {
    void call(world, merchant, "GET", `/api/imports/${task_id}/refused.csv`);
  });
  // The same file once more, as nobody remembers whether it was loaded.
  if (random.chance(0.3))
    world.timeline.in(random.below(DAY), () => {
      void call(world, merchant, "POST", path, [HEADER, ...rows].join("\n"));
    });
}

/** An order of the shop that nobody has seen here yet is entered by hand, to stand for it. */
async function standForOne(world: World, merchant: Merchant, random: Random): Promise<void> {
  const { vendors, cartId, pushCartId } = merchant;
  const said = (await vendors.control("POST orders", {
    first_name: vendors.canary,
    last_name: "Buyer in a hurry",
    note: `${vendors.canary} note`,
  })) as { orders: { id: number; number: string }[] } | null;
  const [sold] = said?.orders ?? [];
  const order = sold && vendors.state.shop_orders.get(sold.id);
  if (!sold || !order) return;
  world.timeline.in(random.pick([0, 0, 200, 1_500]), () => {
    void call(world, merchant, "POST", "/api/orders", {
      cart: pushCartId,
      number: `S${sold.number}`,
      stands_for: { cart: cartId, number: sold.number },
      ship_to: {
        name1: `${vendors.canary} Buyer`,
        address1: "1 Main St",
        city: "Austin",
        zip: "78701",
        country: "US",
      },
      lines: order.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    }).then((answer) => {
      if (answer?.status === 201) world.faults.happened("people", "order that stands for a shop's");
    });
  });
}

/** What somebody does with many orders at once, and with which ones. */
const acts: readonly ((random: Random, now: number) => { act: object; filter: object })[] = [
  (random, now) => ({
    act: {
      action: "hold",
      until: new Date(now + random.between(1, 24) * HOUR).toISOString(),
    },
    filter: { status: "new" },
  }),
  () => ({ act: { action: "release" }, filter: { on_hold: "person" } }),
  () => ({ act: { action: "release" }, filter: { status: "error" } }),
  (random) => ({
    act: { action: "edit", edit: { shipping_instructions: `Gate ${random.below(9)}` } },
    filter: { status: random.pick(["new", "error"]) },
  }),
  () => ({ act: { action: "resend" }, filter: { status: "error" } }),
  () => ({ act: { action: "resend-tracking" }, filter: { status: "confirmed" } }),
  (random) => ({
    act: { action: random.pick(["cancel", "clear", "cancel-sending"]) },
    filter: { number: `${1_000 + random.below(60)}` },
  }),
];

/** Somebody does one thing with many orders: asks how many these are, and says that number. */
export async function actOnMany(world: World, merchant: Merchant, random: Random): Promise<void> {
  const { act, filter } = random.pick(acts)(random, world.timeline.now);
  const path = "/api/orders/bulk";
  const asked = await call(world, merchant, "POST", path, { ...act, filter });
  if (asked?.status !== 422) return;
  const { error } = JSON.parse(asked.text) as { error: { fields: { message: string }[] } };
  const confirmCount = Number(error.fields[0]?.message);
  const answer = await call(world, merchant, "POST", path, { ...act, filter, confirmCount });
  if (answer?.status === 202) world.faults.happened("people", "many orders at once");
}
