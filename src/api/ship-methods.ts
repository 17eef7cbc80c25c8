import { Hono } from "hono";
import { z } from "zod";
import type { ConnectionId } from "../domain/ids.ts";
import { methodMatches, MOST_METHOD_CHARACTERS } from "../domain/ship-methods.ts";
import { dropShipMethod } from "../sync/drop-ship-method.ts";
import { listShipMethods, type ShownMethod } from "../sync/list-ship-methods.ts";
import { listMethodsOfWms } from "../sync/list-wms-methods.ts";
import { loadWmsMethods } from "../sync/load-wms-methods.ts";
import { replaceWmsMethods } from "../sync/replace-wms-methods.ts";
import { saveShipMethods } from "../sync/save-ship-methods.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  merchantOf,
  queryOf,
  type ApiEnv,
} from "./context.ts";
import { mappingsFromCsv, mappingsToCsv, MOST_MAPPINGS } from "./ship-method-file.ts";

const connection = z
  .string()
  .startsWith("con_", { error: "is the id of a connection, con_..." })
  .transform((id) => id as ConnectionId);
const text = z.string().max(MOST_METHOD_CHARACTERS);
const code = z.string().trim().min(1).max(MOST_METHOD_CHARACTERS);

const ofCart = z.object({ cart_id: connection });
const ofWms = z.object({ wms_id: connection });
const listShape = ofCart.extend({
  cursor: z.string().max(1_000).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
const dropShape = ofCart.extend({ match: z.enum(methodMatches), value: text.default("") });

const putShape = z.strictObject({
  cart_id: connection,
  items: z
    .array(
      z.strictObject({
        match: z.enum(methodMatches),
        value: text.default(""),
        description: text.nullish(),
        wms_method: code.nullable().default(null),
        passes: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(1_000),
});

const typedShape = z.strictObject({
  wms_id: connection,
  items: z
    .array(
      z.strictObject({
        code,
        name: code.nullable().default(null),
        carrier: code.nullable().default(null),
      }),
    )
    .max(1_000)
    .refine((items) => new Set(items.map((one) => one.code)).size === items.length, {
      error: "has a code twice",
    }),
});

export const shipMethodRoutes = new Hono<ApiEnv>();

shipMethodRoutes.use(authenticated, atLeast("merchant"));

/** A cart's ship methods and what they are mapped to. */
shipMethodRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id, cursor, limit } = queryOf(c, listShape);
  const page = { cursor: cursor ?? null, limit };
  return c.json(await listShipMethods(c.env.deps, merchantId, cart_id, page));
});

/** Maps methods; others stay. The orders that waited for them go. */
shipMethodRoutes.put("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id, items } = await bodyOf(c, putShape);
  const wanted = items.map((item, at) => ({ ...item, place: `items.${at}` }));
  return c.json(await saveShipMethods(c.env.deps, merchantId, cart_id, wanted, actorOf(c)));
});

shipMethodRoutes.delete("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id, ...mapping } = queryOf(c, dropShape);
  await dropShipMethod(c.env.deps, merchantId, cart_id, mapping, actorOf(c));
  return c.body(null, 204);
});

shipMethodRoutes.get("/csv", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id } = queryOf(c, ofCart);
  const all: ShownMethod[] = [];
  let cursor: string | null = null;
  do {
    const page = await listShipMethods(c.env.deps, merchantId, cart_id, {
      cursor,
      limit: MOST_MAPPINGS,
    });
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return c.body(mappingsToCsv(all), 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="ship-methods.csv"',
  });
});

/** Maps what the file maps; all other rows stay. */
shipMethodRoutes.put("/csv", async (c) => {
  const merchantId = await merchantOf(c);
  const { cart_id } = queryOf(c, ofCart);
  const { items, unmapped, bad } = mappingsFromCsv(new Uint8Array(await c.req.raw.arrayBuffer()));
  const done = await saveShipMethods(c.env.deps, merchantId, cart_id, items, actorOf(c), bad);
  return c.json({ ...done, unmapped });
});

/** The methods that a WMS takes. */
shipMethodRoutes.get("/wms", async (c) => {
  const merchantId = await merchantOf(c);
  const { wms_id } = queryOf(c, ofWms);
  return c.json(await listMethodsOfWms(c.env.deps, merchantId, wms_id));
});

/** Replaces those that were typed by hand; those loaded from the WMS stay. */
shipMethodRoutes.put("/wms", async (c) => {
  const merchantId = await merchantOf(c);
  const { wms_id, items } = await bodyOf(c, typedShape);
  const by = actorOf(c);
  return c.json(await replaceWmsMethods(c.env.deps, merchantId, wms_id, items, "typed", by));
});

/** Loads them from the WMS. */
shipMethodRoutes.post("/load", async (c) => {
  const merchantId = await merchantOf(c);
  const { wms_id } = await bodyOf(c, z.strictObject({ wms_id: connection }));
  return c.json(await loadWmsMethods(c.env.deps, merchantId, wms_id, actorOf(c)));
});
