import { Hono } from "hono";
import { z } from "zod";
import { DrayError } from "../domain/errors.ts";
import { itemFilterShape, orderFiltersShape, type ItemFilter } from "../domain/filters.ts";
import type { ConnectionId } from "../domain/ids.ts";
import {
  changeCart,
  showCartSettings,
  showFilters,
  showItemFilter,
} from "../sync/cart-settings.ts";
import { previewCart } from "../sync/preview-cart.ts";
import { startRepull } from "../sync/repull-orders.ts";
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
import { cartSettingsShape, isSpan, momentShape, notASpan } from "./policy-shape.ts";
import { skusFromCsv, skusToCsv } from "./sku-file.ts";

const settingsShape = cartSettingsShape.extend({
  download: z
    .strictObject({ on: z.boolean().optional(), interval_minutes: z.int().optional() })
    .optional(),
});

const filtersShape = z.strictObject({ filters: orderFiltersShape });

const csvShape = z.object({
  mode: itemFilterShape.shape.mode.optional(),
  level: itemFilterShape.shape.level.optional(),
});

const previewShape = z
  .strictObject({
    settings: cartSettingsShape.optional(),
    filters: orderFiltersShape.optional(),
    item_filters: itemFilterShape.optional(),
    from: momentShape("first").optional(),
    to: momentShape("last").optional(),
  })
  .refine(isSpan, notASpan);

const number = z.string().trim().min(1).max(200);
const repullShape = z
  .strictObject({
    number: number.optional(),
    numbers: z.array(number).min(1).max(100).optional(),
    from: momentShape("first").optional(),
    to: momentShape("last").optional(),
  })
  .refine(isSpan, notASpan)
  .transform(({ number: one, numbers, from, to }, issues) => {
    const named = numbers ?? (one === undefined ? undefined : [one]);
    if (one === undefined || numbers === undefined) {
      if (named && from === undefined && to === undefined) return { numbers: [...new Set(named)] };
      if (!named && from !== undefined && to !== undefined) return { from, to };
    }
    issues.addIssue({ code: "custom", message: "give `number`, `numbers`, or `from` and `to`" });
    return z.NEVER;
  });

export const cartRoutes = new Hono<ApiEnv>();

cartRoutes.use(authenticated, atLeast("merchant"));

/** The merchant and the cart that the path names. */
async function named(c: ApiContext) {
  const merchantId = await merchantOf(c);
  return [c.env.deps, merchantId, c.req.param("id") as ConnectionId] as const;
}

/** Settings, what there is to choose from, and what looks wrong. */
cartRoutes.get("/:id/settings", async (c) => c.json(await showCartSettings(...(await named(c)))));

cartRoutes.patch("/:id/settings", async (c) => {
  const cart = await named(c);
  const { download, ...policy } = await bodyOf(c, settingsShape);
  const changed = await changeCart(...cart, { policy, download }, actorOf(c));
  return c.json({ ...(await showCartSettings(...cart)), ...changed });
});

cartRoutes.get("/:id/filters", async (c) => c.json(await showFilters(...(await named(c)))));

cartRoutes.put("/:id/filters", async (c) => {
  const cart = await named(c);
  const { filters } = await bodyOf(c, filtersShape);
  const { recheck } = await changeCart(...cart, { policy: { filters } }, actorOf(c));
  return c.json({ ...(await showFilters(...cart)), recheck });
});

cartRoutes.get("/:id/item-filters", async (c) => c.json(await showItemFilter(...(await named(c)))));

cartRoutes.put("/:id/item-filters", async (c) => {
  const cart = await named(c);
  const item_filter = await bodyOf(c, itemFilterShape);
  const { recheck } = await changeCart(...cart, { item_filter }, actorOf(c));
  return c.json({ ...(await showItemFilter(...cart)), recheck });
});

cartRoutes.get("/:id/item-filters.csv", async (c) => {
  const { skus } = await showItemFilter(...(await named(c)));
  return c.body(skusToCsv(skus), 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="item-filter.csv"',
  });
});

/** Replaces the SKUs; mode and level stay as they are then unless the query says otherwise. */
cartRoutes.put("/:id/item-filters.csv", async (c) => {
  const cart = await named(c);
  const { mode, level } = queryOf(c, csvShape);
  const skus = skusFromCsv(new Uint8Array(await c.req.raw.arrayBuffer()));
  const item_filter = (stored: ItemFilter): ItemFilter => {
    if (stored.mode === "off" && mode === undefined)
      throw new DrayError("invalid", "Say what the list is for", [
        { path: "mode", message: "allow or deny, as the cart's item filter is off" },
      ]);
    return { mode: mode ?? stored.mode, level: level ?? stored.level, skus };
  };
  const { recheck } = await changeCart(...cart, { item_filter }, actorOf(c));
  return c.json({ ...(await showItemFilter(...cart)), recheck });
});

/** What would these settings load? Changes nothing. */
cartRoutes.post("/:id/preview", async (c) => {
  const cart = await named(c);
  const { settings, filters, item_filters: item_filter, from, to } = await bodyOf(c, previewShape);
  const policy = { ...settings, ...(filters ? { filters } : {}) };
  return c.json(await previewCart(...cart, { policy, item_filter, from, to }));
});

/** Reads orders from the cart again. */
cartRoutes.post("/:id/repull", async (c) => {
  const cart = await named(c);
  const wish = await bodyOf(c, repullShape);
  return c.json({ task_id: await startRepull(...cart, wish, actorOf(c)) }, 202);
});
