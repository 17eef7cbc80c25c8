import { isObject, json } from "./http.ts";
import type { JsonObject } from "./http.ts";
import type { SandboxState, ShopProduct } from "./state.ts";
import { listed, wooError } from "./woo-answers.ts";
import { wooProduct } from "./woo-wire.ts";

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
    const skus = url.searchParams.get("sku")?.split(",");
    const rows = state.shop_products
      .all()
      .filter((one) => skus === undefined || skus.includes(one.sku));
    return listed(rows, url, (one) => wooProduct(one, api));
  }
  if (rest === "batch") return write ? batch(state, body, now, api) : null;
  const product = state.shop_products.get(rest);
  if (!product) return wooError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.");
  if (method === "GET") return json(wooProduct(product, api));
  if (!write) return null;
  update(state, product, body, now);
  return json(wooProduct(product, api));
}

/** Answers 200 whatever becomes of the rows; a row that fails carries its own `error`. */
function batch(state: SandboxState, body: JsonObject, now: number, api: string): Response {
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
      if (!product) {
        return {
          id: row["id"],
          error: {
            code: "woocommerce_rest_product_invalid_id",
            message: "Invalid ID.",
            data: { status: 400 },
          },
        };
      }
      update(state, product, row, now);
      return wooProduct(product, api);
    }),
  });
}

function update(state: SandboxState, product: ShopProduct, row: JsonObject, now: number): void {
  if (typeof row["manage_stock"] === "boolean") product.manage_stock = row["manage_stock"];
  if (typeof row["stock_quantity"] === "number") product.stock_quantity = row["stock_quantity"];
  product.modified = now;
  state.shop_products.put(product.id, product);
}
