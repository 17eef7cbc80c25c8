import { Hono } from "hono";
import { z } from "zod";
import type { ConnectionId } from "../domain/ids.ts";
import { productShape } from "../domain/product.ts";
import { exportProducts } from "../sync/export-products.ts";
import { importProducts } from "../sync/import-products.ts";
import { startProductLoad } from "../sync/load-products.ts";
import { listProducts, removeProduct, saveProducts } from "../sync/products.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  merchantOf,
  queryOf,
  type ApiContext,
  type ApiEnv,
} from "./context.ts";

const listShape = z.object({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
const putShape = z.strictObject({ items: z.array(productShape).min(1).max(1_000) });
const fileShape = z.object({ dry_run: z.enum(["true", "false"]).default("false") });
const loadShape = z.strictObject({
  wms_id: z
    .string()
    .startsWith("con_")
    .transform((id) => id as ConnectionId),
});

export const productRoutes = new Hono<ApiEnv>();

productRoutes.use(authenticated, atLeast("merchant"));

/** Whether a header names CSV first. */
const isCsv = (header: string | undefined): boolean => /^\s*text\/csv\b/i.test(header ?? "");

/** Products with their other codes, by SKU; with `Accept: text/csv` all of them as a file. */
productRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  if (isCsv(c.req.header("accept"))) return fileOf(c, exportProducts(c.env.deps, merchantId));
  const { after, limit } = queryOf(c, listShape);
  return c.json(await listProducts(c.env.deps, merchantId, { after: after ?? null, limit }));
});

function fileOf(c: ApiContext, pieces: AsyncGenerator<string, void>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return c.body(body, 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="products.csv"',
  });
}

/** Makes or replaces products, or takes a CSV file of them; others stay. */
productRoutes.on(["PUT", "POST"], "/", async (c) => {
  const { deps } = c.env;
  const merchantId = await merchantOf(c);
  if (isCsv(c.req.header("content-type"))) {
    const { dry_run } = queryOf(c, fileShape);
    const file = new Uint8Array(await c.req.raw.arrayBuffer());
    return c.json(await importProducts(deps, merchantId, file, actorOf(c), dry_run === "true"));
  }
  const { items } = await bodyOf(c, putShape);
  await saveProducts(deps, merchantId, items, actorOf(c));
  return c.json({ saved: items.length });
});

/** Loads a WMS's products in the background. */
productRoutes.post("/load", async (c) => {
  const merchantId = await merchantOf(c);
  const { wms_id } = await bodyOf(c, loadShape);
  return c.json(
    { task_id: await startProductLoad(c.env.deps, merchantId, wms_id, actorOf(c)) },
    202,
  );
});

productRoutes.delete("/:sku", async (c) => {
  await removeProduct(c.env.deps, await merchantOf(c), c.req.param("sku"), actorOf(c));
  return c.body(null, 204);
});
