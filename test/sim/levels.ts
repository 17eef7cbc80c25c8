import { call } from "./people.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

/** One product that the shop does not have. */
const SKUS = ["DEMO-MUG", "DEMO-SHIRT-M", "DEMO-POSTER", "DEMO-BAG", "DEMO-NONE"] as const;
const HOUR = 60 * 60_000;

/** A merchant's own system says how many of some products there are; the shop may have something against one. */
export async function sayLevels(world: World, merchant: Merchant, random: Random): Promise<void> {
  const { vendors, cartId } = merchant;
  const items = random
    .shuffled(SKUS)
    .slice(0, random.between(1, 4))
    .map((sku) => ({ sku, quantity: random.below(500) }));
  const { sku } = random.pick(items);
  const refuses = random.chance(0.4) ? random.pick(["Under review", "Discontinued"]) : null;
  await vendors.control("PATCH products", { sku, refuses });
  if (refuses !== null)
    world.timeline.in(random.between(2, 40) * HOUR, () => {
      void vendors.control("PATCH products", { sku, refuses: null });
    });
  await call(world, merchant, "PUT", "/api/stock", { cart_id: cartId, items });
}
