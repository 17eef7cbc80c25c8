import { credentials } from "./demo.ts";
import { withFaults } from "./faults.ts";
import { json, objectOf } from "./http.ts";
import { wallTime, zoneOf } from "./site-clock.ts";
import type { SandboxState } from "./state.ts";
import { noRoute, wooError } from "./woo-answers.ts";
import { fulfillments } from "./woo-fulfillments.ts";
import { listOrders, notes, setStatus, updateOrder } from "./woo-orders.ts";
import { batch, products } from "./woo-products.ts";
import { refunds } from "./woo-refunds.ts";
import { webhooks } from "./woo-webhooks.ts";
import { wooOrder } from "./woo-wire.ts";

export interface VendorOptions {
  now: () => number;
  /** How a held answer is held. */
  wait: (ms: number) => Promise<void>;
  /** What it takes from whom it knows; the demo's own unless told. */
  credentials?: Readonly<typeof credentials>;
}

/**
 * A WooCommerce 10.9 shop over `state`: REST v3 under `{anything}/wp-json`, spoken as the real one
 * speaks. Knows the calls that an order hub needs, and no others.
 */
export function createShop(state: SandboxState, options: VendorOptions) {
  return {
    fetch: async (request: Request): Promise<Response> => {
      const answer = await withFaults(
        state,
        "shop",
        request,
        {
          wait: options.wait,
          refuse: (kind, fault) =>
            kind === "unauthorized"
              ? unauthorized()
              : kind === "http429"
                ? new Response("Too Many Requests", {
                    status: 429,
                    headers: { "retry-after": "2" },
                  })
                : kind === "http500"
                  ? wooError(500, "internal_server_error", fault.message)
                  : new Response("Gateway Timeout", { status: 504 }),
        },
        async (mischief) =>
          mischief.reject === null
            ? ((await route(state, request, options)) ?? noRoute())
            : wooError(422, "demo_rejected", mischief.reject),
      );
      answer.headers.set("date", new Date(options.now()).toUTCString());
      return answer;
    },
  };
}

async function route(
  state: SandboxState,
  request: Request,
  options: VendorOptions,
): Promise<Response | null> {
  const now = options.now();
  const url = new URL(request.url);
  const [before, path] = url.pathname.split(/\/wp-json(?=\/|$)/);
  if (path === undefined) return null;
  const api = `${url.origin}${before}/wp-json/wc/v3`;
  const steps = path.split("/").filter((step) => step !== "");
  if (steps.length === 0) {
    return json({
      name: "Sandbox shop: demo data",
      url: `${url.origin}${before}`,
      gmt_offset: String((wallTime(zoneOf(state), now) - now) / (60 * 60_000)),
      timezone_string: zoneOf(state),
      namespaces: ["wp/v2", "wc/v3"],
    });
  }
  if (steps[0] !== "wc" || steps[1] !== "v3") return null;
  if (!isAuthorized(request, url, options.credentials ?? credentials)) return unauthorized();
  const [, , what, id, part, partId, more] = steps;
  const method = request.method;
  const body = objectOf(method === "GET" ? "" : await request.text());
  if (body === null) return wooError(400, "rest_invalid_json", "Invalid JSON body passed.");
  if (more !== undefined) return null;
  switch (what) {
    case undefined:
      return json({ namespace: "wc/v3", routes: {} });
    case "system_status":
      return json({ environment: { version: "10.9.1", wp_version: "7.0.4", site_url: api } });
    case "products":
      if (part === undefined) return products(state, id, method, url, body, now, api);
      return part === "variations" && partId === "batch" && method === "POST"
        ? batch(state, body, now, api, Number(id))
        : null;
    case "webhooks":
      return part === undefined ? webhooks(state, id, method, url, body, now, api) : null;
    case "orders":
      break;
    default:
      return null;
  }
  if (id === undefined) return method === "GET" ? listOrders(state, url, api) : null;
  if (!/^\d+$/.test(id)) return null;
  const order = state.shop_orders.get(id);
  if (part === "fulfillments" && state.values.get("fulfillments_off") === true) return null;
  if (!order) {
    return part === "fulfillments"
      ? wooError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
      : wooError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
  }
  if (part === "notes" && partId === undefined) {
    return notes(state, order, method, url, body, now);
  }
  if (part === "fulfillments" && (partId === undefined || /^\d+$/.test(partId))) {
    const which = partId === undefined ? null : Number(partId);
    return fulfillments(state, order, which, method, url, body, now);
  }
  if (part === "refunds" && (partId === undefined || /^\d+$/.test(partId))) {
    return refunds(order, partId === undefined ? null : Number(partId), method, url, api);
  }
  if (part !== undefined) return null;
  switch (method) {
    case "GET":
      return json(wooOrder(order, api, zoneOf(state)));
    case "PUT":
    case "POST":
    case "PATCH":
      return updateOrder(state, order, body, now, api);
    case "DELETE":
      setStatus(state, order, "trash", now);
      return json(wooOrder(order, api, zoneOf(state)));
    default:
      return null;
  }
}

const unauthorized = () =>
  wooError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");

function isAuthorized(request: Request, url: URL, known: typeof credentials): boolean {
  const pair = `${known.consumer_key}:${known.consumer_secret}`;
  if (request.headers.get("authorization") === `Basic ${btoa(pair)}`) return true;
  const query = url.searchParams;
  return `${query.get("consumer_key")}:${query.get("consumer_secret")}` === pair;
}
