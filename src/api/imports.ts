import { Hono } from "hono";
import { z } from "zod";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId } from "../domain/ids.ts";
import { mappingShape } from "../domain/import-mapping.ts";
import { importOrders } from "../sync/import-orders.ts";
import { saveImportMapping, showImportMapping } from "../sync/keep-import-mapping.ts";
import { learnImport } from "../sync/learn-import.ts";
import { previewImport } from "../sync/preview-import.ts";
import { refusedFile, showImport } from "../sync/show-import.ts";
import {
  actorOf,
  authenticated,
  bodyOf,
  callerOf,
  merchantOf,
  queryOf,
  type ApiContext,
  type ApiEnv,
} from "./context.ts";

const importShape = z.object({
  dry_run: z.enum(["true", "false"]).default("false"),
  name: z.string().trim().min(1).max(200).default("orders.csv"),
});

export const importRoutes = new Hono<ApiEnv>();

importRoutes.use(authenticated);

/** The merchant and the cart that the request is about: a cart's key knows its own only. */
async function cartOf(c: ApiContext) {
  const merchantId = await merchantOf(c);
  const own = callerOf(c).connection_id;
  const cart = c.req.query("cart") ?? own;
  if (own !== null && cart !== own) throw new DrayError("not_found", "No such cart");
  if (cart !== null) return [c.env.deps, merchantId, cart as ConnectionId] as const;
  throw new DrayError("invalid", "The query does not fit", [
    { path: "cart", message: "con_... of the cart that the file is for" },
  ]);
}

/** The file as it was sent; not kept beside the text that is made of it. */
const fileOf = async (c: ApiContext): Promise<Uint8Array> =>
  new Uint8Array(await c.req.raw.arrayBuffer());

/** What can be learned from a sample file; stores nothing. */
importRoutes.post("/learn", async (c) => {
  const cart = await cartOf(c);
  return c.json(await learnImport(...cart, await fileOf(c)));
});

importRoutes.get("/mapping", async (c) => {
  const mapping = await showImportMapping(...(await cartOf(c)));
  return c.json({ mapping });
});

importRoutes.put("/mapping", async (c) => {
  const cart = await cartOf(c);
  const mapping = await saveImportMapping(...cart, await bodyOf(c, mappingShape));
  return c.json({ mapping });
});

/** Loads a file, or with `dry_run=true` says what would become of each row. */
importRoutes.post("/", async (c) => {
  const cart = await cartOf(c);
  const { dry_run, name } = queryOf(c, importShape);
  const bytes = await fileOf(c);
  if (dry_run === "true") return c.json(await previewImport(...cart, bytes, actorOf(c)));
  return c.json(await importOrders(...cart, { bytes, name }, actorOf(c)), 202);
});

importRoutes.get("/:id", async (c) => {
  const merchantId = await merchantOf(c);
  const own = callerOf(c).connection_id;
  return c.json(await showImport(c.env.deps, merchantId, c.req.param("id"), own));
});

importRoutes.get("/:id/refused.csv", async (c) => {
  const merchantId = await merchantOf(c);
  const own = callerOf(c).connection_id;
  const id = c.req.param("id");
  const pieces = await refusedFile(c.env.deps, merchantId, id, own);
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
    "content-disposition": `attachment; filename="refused-${id}.csv"`,
  });
});
