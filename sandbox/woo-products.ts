import { isObject, json } from "./http.ts";
import type { JsonObject } from "./http.ts";
import type { SandboxState, ShopProduct } from "./state.ts";
import { listed, wooError } from "./woo-answers.ts";
import { isVariation, wooProduct } from "./woo-wire.ts";

/** `/products`, `/products/{id}`, `/products/batch`. Null: no such route. */
export function products(
  state: SandboxState,
  rest: string | undefined,
  method: string,
  url: URL,
  body: JsonObject,
  now: number,
  api: string,
): Response | null {
  const write = method === "PUT" || method === "POST" || method === "PATCH";
  if (rest === undefined) {
    if (method !== "GET") return null;
    const rows = listedBySku(state, url.searchParams.get("sku") ?? "");
    return listed(rows, url, (one) => wooProduct(one, api));
  }
  if (rest === "batch") return write ? batch(state, body, now, api) : null;
  const product = state.shop_products.get(rest);
  if (!product) return wooError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.");
  if (method === "GET") return json(wooProduct(product, api));
  if (!write) return null;
  const refusal = refusalOf(product, undefined);
  if (refusal) return wooError(refusal.status, refusal.code, refusal.message);
  update(state, product, body, now);
  return json(wooProduct(product, api));
}

/** Variations are listed by SKU alone; a comma separates SKUs, and the whole text is one too. */
function listedBySku(state: SandboxState, sku: string): ShopProduct[] {
  if (sku === "") return state.shop_products.all().filter((one) => !isVariation(one));
  const skus = new Set([...sku.split(","), sku].map((one) => one.toLowerCase()));
  return state.shop_products.all().filter((one) => skus.has(one.sku.toLowerCase()));
}

/**
 * A batch of products, or of the variations of the product `parent`. Answers 200 whatever becomes of
 * the rows; a row that fails carries its own `error`.
 */
export function batch(
  state: SandboxState,
  body: JsonObject,
  now: number,
  api: string,
  parent?: number,
): Response {
  const rows = Array.isArray(body["update"]) ? body["update"].filter(isObject) : [];
  if (rows.length > 100) {
    return wooError(
      413,
      "woocommerce_rest_request_entity_too_large",
      "Unable to accept more than 100 items for this request.",
    );
  }
  return json({
    update: rows.map((row) => {
      const product = state.shop_products.get(String(row["id"]));
      const refusal = refusalOf(product, parent);
      if (!product || refusal) {
        const { status = 400, code = "", message = "" } = refusal ?? {};
        return { id: row["id"], error: { code, message, data: { status } } };
      }
      update(state, product, row, now);
      return wooProduct(product, api);
    }),
  });
}

/** Why a product is not changed, asked for among the variations of `parent` or among products. */
function refusalOf(
  product: ShopProduct | undefined,
  parent: number | undefined,
): { status: number; code: string; message: string } | null {
  if (!product || (parent !== undefined && product.parent_id !== parent)) {
    const of = parent === undefined ? "product" : "product_variation";
    return { status: 400, code: `woocommerce_rest_${of}_invalid_id`, message: "Invalid ID." };
  }
  if (parent === undefined && isVariation(product)) {
    return {
      status: 404,
      code: "woocommerce_rest_invalid_product_id",
      message:
        "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.",
    };
  }
  return product.refusal === undefined
    ? null
    : { status: 400, code: "demo_refused", message: product.refusal };
}

function update(state: SandboxState, product: ShopProduct, row: JsonObject, now: number): void {
  if (typeof row["manage_stock"] === "boolean") product.manage_stock = row["manage_stock"];
  if (typeof row["stock_quantity"] === "number") product.stock_quantity = row["stock_quantity"];
  if (product.external) Object.assign(product, { manage_stock: false, stock_quantity: null });
  product.modified = now;
  state.shop_products.put(product.id, product);
}
