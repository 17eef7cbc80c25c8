import { z } from "zod";
import type { Page } from "../connectors/contract.ts";
import { DRAY, type Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import { wmsPolicyShape } from "../domain/policy.ts";
import { productShape, type Product } from "../domain/product.ts";
import { readConnection } from "../store/connections.ts";
import { commit } from "../store/statement.ts";
import { insertTask, stopSameTasks } from "../store/tasks.ts";
import { codesAudit } from "./audit-products.ts";
import type { Deps } from "./deps.ts";
import { openWms, type OpenWms } from "./open-connection.ts";
import { defineTask, newTask, tellOfTask, type RunningTask, type TaskPage } from "./run-task.ts";
import { takeProducts } from "./take-products.ts";

/** The kind of task, as it is stored. */
export const PRODUCT_LOAD = "product_load";

/** What barcodes of a WMS's list are called here. */
const BARCODE = "Barcode";

const PAGE_SIZE = 100;
const NEWER_LOAD = "A newer load of the same products took its place.";

const inputShape = z.object({ wms_id: z.string().transform((id) => id as ConnectionId) });
const placeShape = z.object({
  source: z.enum(["products", "stock"]),
  cursor: z.string().nullable(),
  /** Something came from the list: its stock need not be read. */
  any: z.boolean(),
});
type Place = z.infer<typeof placeShape>;

/**
 * Reads a WMS's products, a page at a time; of one without a list, or with an empty one, the SKUs of its
 * stock. What it lists no more stays. A page that runs twice finds its products here, and writes nothing.
 */
export const loadProductsTask = defineTask<z.infer<typeof inputShape>>({
  input: inputShape,
  page: loadPage,
});

async function loadPage(
  deps: Deps,
  { merchant_id, input, by }: RunningTask<z.infer<typeof inputShape>>,
  text: string | null,
): Promise<TaskPage> {
  const wms = await openWms(deps, merchant_id, input.wms_id);
  const place: Place =
    text === null
      ? { source: wms.connector.products ? "products" : "stock", cursor: null, any: false }
      : placeShape.parse(JSON.parse(text));
  const page = await pull(wms, place);
  const { items, refused } = readable(page.items);
  const source = place.source === "products" ? "wms" : "stock";
  const counts = await takeProducts(deps, merchant_id, items, source, by);
  const any = place.any || page.items.length > 0;
  const next = nextPlace(wms, place, page, any);
  return {
    cursor: next && JSON.stringify(next),
    done: page.items.length,
    counts: { ...counts, unreadable: page.skipped.length + refused },
  };
}

function nextPlace(
  wms: OpenWms,
  { source, cursor }: Place,
  page: Page<unknown>,
  any: boolean,
): Place | null {
  if (!page.drained && page.next !== cursor) return { source, cursor: page.next, any };
  return source === "products" && !any && wms.connector.stock
    ? { source: "stock", cursor: null, any }
    : null;
}

interface Listed {
  sku: string;
  name: string | null;
  barcodes: readonly string[];
}

async function pull(
  { connector, call }: OpenWms,
  { source, cursor }: Place,
): Promise<Page<Listed>> {
  const request = { cursor, limit: PAGE_SIZE };
  if (source === "products" && connector.products) return connector.products.pull(call, request);
  if (!connector.stock) throw new DrayError("conflict", NO_LIST);
  const page = await connector.stock.pull(call, request);
  const skus = [...new Set(page.items.map(({ sku }) => sku))];
  return { ...page, items: skus.map((sku) => ({ sku, name: null, barcodes: [] })) };
}

/** What a list has may be longer than we keep: such a product is left out, and counted. */
function readable(listed: readonly Listed[]): { items: Product[]; refused: number } {
  const items = listed.flatMap(({ sku, name, barcodes }) => {
    const codes = barcodes.filter((code) => code.trim() !== "");
    const aliases = codes.length === 0 ? {} : { [BARCODE]: codes };
    const read = productShape.safeParse({ sku, name: name?.trim() || null, aliases });
    return read.success ? [read.data] : [];
  });
  return { items, refused: listed.length - items.length };
}

const NO_LIST = "This WMS has neither a list of products nor one of its stock";

/**
 * Begins to load a WMS's products; a load of them that is under way is stopped. Throws `not_found`, and
 * `conflict` for a WMS that has no list.
 */
export async function startProductLoad(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
  by: Actor,
): Promise<TaskId> {
  const { connector } = await openWms(deps, merchantId, wmsId);
  if (!connector.products && !connector.stock) throw new DrayError("conflict", NO_LIST);
  const task = newTask(deps, PRODUCT_LOAD, { wms_id: wmsId }, by);
  await commit(await deps.databases.of(merchantId), [
    stopSameTasks(merchantId, task, NEWER_LOAD),
    insertTask(merchantId, task),
    by.user === DRAY.user
      ? null
      : codesAudit(deps, merchantId, { act: "products_loaded", subject: wmsId }, by),
  ]);
  await tellOfTask(deps, merchantId, task);
  return task.id;
}

/** Loads a WMS's products again, where its policy says so: once a day. Null where it does not, or cannot be asked. */
export async function reloadProducts(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
): Promise<TaskId | null> {
  const db = await deps.databases.of(merchantId);
  const wms = await readConnection(db, merchantId, wmsId);
  if (wms?.side !== "wms" || wms.paused || wms.health === "needs_reauth") return null;
  if (!wmsPolicyShape.parse(wms.policy).load_products) return null;
  return startProductLoad(deps, merchantId, wmsId, { ...DRAY, name: "Daily load" });
}
