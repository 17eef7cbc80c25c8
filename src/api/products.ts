import { Hono } from "hono";
import { z } from "zod";
import { productShape } from "../domain/product.ts";
import { listProducts, removeProduct, saveProducts } from "../sync/products.ts";
import { atLeast, authenticated, bodyOf, merchantOf, queryOf, type ApiEnv } from "./context.ts";

const listShape = z.object({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
const putShape = z.strictObject({ items: z.array(productShape).min(1).max(1_000) });

export const productRoutes = new Hono<ApiEnv>();

productRoutes.use(authenticated, atLeast("merchant"));

/** Products with their other codes, by SKU. */
productRoutes.get("/", async (c) => {
  const { after, limit } = queryOf(c, listShape);
  const page = { after: after ?? null, limit };
  return c.json(await listProducts(c.env.deps, await merchantOf(c), page));
});

/** Makes or replaces products; others stay. */
productRoutes.put("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { items } = await bodyOf(c, putShape);
  await saveProducts(c.env.deps, merchantId, items);
  return c.json({ saved: items.length });
});

productRoutes.delete("/:sku", async (c) => {
  await removeProduct(c.env.deps, await merchantOf(c), c.req.param("sku"));
  return c.body(null, 204);
});
