import { z } from "zod";
import { nextNumber } from "./state.ts";
import type { SandboxState, ShopProduct } from "./state.ts";

const sku = z.string().max(200);

export const newProduct = z.object({
  sku,
  name: z.string().min(1).default("Demo item"),
  /** The SKU of the product that it is a variation of. */
  variation_of: sku.optional(),
  /** It has no stock of its own, and keeps no level. */
  external: z.boolean().default(false),
});

export const patchProduct = z.object({
  sku: sku.min(1),
  /** What the shop says to every change of it from now on; null: it takes them. */
  refuses: z.string().min(1).max(500).nullable(),
});

/** Far from the ids of the demo products, which are the same after every reset. */
const FIRST_ID = 501;

/** A product of the shop, or a variation. Null: there is no product that it could be a variation of. */
export function makeProduct(
  state: SandboxState,
  wish: z.output<typeof newProduct>,
  now: number,
): ShopProduct | null {
  const { variation_of, external, ...named } = wish;
  const parent = state.shop_products.all().find((one) => one.sku === variation_of);
  if (variation_of !== undefined && !parent) return null;
  const product: ShopProduct = {
    ...named,
    id: nextNumber(state, "product", FIRST_ID),
    price: 1_000,
    weight: "0.1",
    manage_stock: false,
    stock_quantity: null,
    modified: now,
    ...(parent ? { parent_id: parent.id } : {}),
    ...(external ? { external } : {}),
  };
  state.shop_products.put(product.id, product);
  return product;
}

/** Answers the products that were meant: every one of the SKU. */
export function patchProducts(
  state: SandboxState,
  { sku: wanted, refuses }: z.output<typeof patchProduct>,
): ShopProduct[] {
  const meant = state.shop_products.all().filter((one) => one.sku === wanted);
  for (const product of meant) {
    if (refuses === null) delete product.refusal;
    else product.refusal = refuses;
    state.shop_products.put(product.id, product);
  }
  return meant;
}
