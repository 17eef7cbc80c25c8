import type { Actor } from "../../src/domain/actor.ts";
import type { Frequency } from "../../src/domain/contacts.ts";
import type { OwnerRef } from "../../src/sync/contact-owner.ts";
import { addContact } from "../../src/sync/add-contact.ts";
import type { Deps } from "../../src/sync/deps.ts";
import { loadWmsMethods } from "../../src/sync/load-wms-methods.ts";
import { saveProducts } from "../../src/sync/products.ts";
import { saveShipMethods } from "../../src/sync/save-ship-methods.ts";
import type { Random } from "./random.ts";
import type { Merchant, World } from "./world.ts";

export const OPERATOR: Actor = { user: "operator", name: "Operator" };

const frequencies = ["at_once", "half_hourly", "hourly", "daily"] as const;

/** Who is told what, and what merchants have set up of ship methods and products, which is not all they need. */
export async function settleIn(world: World, deps: Deps): Promise<void> {
  const { account, merchants, theme } = world;
  const random = world.random.fork("settle in");
  const of = random.pick(["hourly", "daily", "daily", "daily"] as const);
  await tell(deps, { kind: "account", id: account.id }, "account", of, {});
  for (const merchant of merchants) {
    const { id, vendors } = merchant;
    const owner = { kind: "merchant", id } as const;
    for (const [at, frequency] of random
      .shuffled(frequencies)
      .slice(0, random.pick([1, 1, 1, 2]))
      .entries()) {
      const kinds = at === 1 && random.chance(0.3) ? ({ refused: "off" } as const) : {};
      await tell(deps, owner, `${vendors.letter}-${frequency}`, frequency, kinds);
    }
    if (theme.people) await supply(deps, merchant, random.fork(vendors.letter));
  }
}

const tell = (
  deps: Deps,
  owner: OwnerRef,
  name: string,
  frequency: Frequency,
  kinds: Parameters<typeof addContact>[2]["kinds"],
) =>
  addContact(
    deps,
    owner,
    { email: `${name}@people.example`, name: null, frequency, kinds },
    OPERATOR,
  );

/** The warehouse's ship methods, the usual method of the shop, and most of the products. */
async function supply(deps: Deps, merchant: Merchant, random: Random): Promise<void> {
  const { id, cartId, pushCartId, wmsId } = merchant;
  const row = { place: "items.0", description: null };
  const flat = {
    ...row,
    match: "starts",
    value: "flat",
    wms_method: "UPS-GND",
    passes: false,
  } as const;
  const rest = { ...row, match: "default", value: "", wms_method: null, passes: true } as const;
  if (random.chance(0.7)) {
    await loadWmsMethods(deps, id, wmsId, OPERATOR);
    await saveShipMethods(deps, id, cartId, [flat], OPERATOR);
    if (random.chance(0.7)) await saveShipMethods(deps, id, pushCartId, [rest], OPERATOR);
  }
  if (random.chance(0.5)) {
    const skus = ["DEMO-MUG", "DEMO-SHIRT-M", "DEMO-POSTER", "DEMO-CANDLE", "DEMO-BAG"];
    const items = random.shuffled(skus).slice(random.below(2));
    await saveProducts(
      deps,
      id,
      items.map((sku) => ({ sku, name: sku, aliases: {} })),
      OPERATOR,
    );
  }
}
