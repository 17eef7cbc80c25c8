import type { Handler } from "../deps.ts";

/** A shop and a warehouse that answer as healthy ones do; the shop keeps its webhooks. */
export function healthyVendors(): Handler & { webhooks: Record<string, unknown>[] } {
  const webhooks: Record<string, unknown>[] = [];
  const handler: Handler = ({ url, method = "GET", body }) => {
    const { hostname, pathname } = new URL(url);
    if (hostname === "warehouse.test") {
      return { body: { products: [], next_cursor: null, has_more: false } };
    }
    if (pathname.endsWith("/orders/0")) {
      const answer = { code: "woocommerce_rest_shop_order_invalid_id", message: "Invalid ID." };
      return { status: 404, body: answer };
    }
    if (pathname.endsWith("/webhooks") && method === "POST") {
      const hook = { ...(JSON.parse(String(body)) as object), id: webhooks.length + 1 };
      webhooks.push(hook);
      return { status: 201, body: hook };
    }
    if (pathname.includes("/webhooks/") && method === "PUT") {
      const at = Number(pathname.split("/").at(-1)) - 1;
      webhooks[at] = { ...webhooks[at], ...(JSON.parse(String(body)) as object) };
      return { body: webhooks[at] };
    }
    if (pathname.endsWith("/webhooks")) return { body: webhooks };
    return { body: [] };
  };
  return Object.assign(handler, { webhooks });
}
