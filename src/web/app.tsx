import { Hono } from "hono";
import type { Context } from "hono";
import { routePath } from "hono/route";
import { authenticate, merchantFor, type Caller } from "../accounts/authenticate.ts";
import { INSTALLATION } from "../domain/alerts.ts";
import { DrayError, drayErrors } from "../domain/errors.ts";
import { idsInPath, type MerchantId } from "../domain/ids.ts";
import { connectionNames } from "../sync/describe-connection.ts";
import type { Deps } from "../sync/deps.ts";
import { listAlerts } from "../sync/list-alerts.ts";
import { getOrder } from "../sync/get-order.ts";
import { listOrders } from "../sync/list-orders.ts";
import { AlertList } from "./alerts.tsx";
import { page } from "./layout.tsx";
import { OrderList, OrderPage } from "./orders.tsx";
import { stylesheet } from "./style.ts";
import { unsubscribePages } from "./unsubscribe.tsx";

interface WebEnv {
  Bindings: { deps: Deps; processId: string };
  Variables: { caller: Caller | undefined; merchantId: MerchantId | undefined };
}

const PAGE_SIZE = 50;

/** Nothing but our own stylesheet, and forms to ourselves: no script, no frame, no other host. */
const policy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The plain pages behind an API key: the orders, and one order's timeline. */
export const web = new Hono<WebEnv>();

web.use(async (c, next) => {
  const { deps, processId } = c.env;
  const started = deps.clock.now();
  await next();
  c.header("Content-Security-Policy", policy);
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Referrer-Policy", "no-referrer");
  c.header("X-Dray-Process-Id", processId);
  const caller = c.get("caller");
  deps.log[c.res.status >= 500 ? "error" : "info"]("request", {
    method: c.req.method,
    path: routePath(c, -1),
    ...idsInPath(c.req.path),
    status: c.res.status,
    duration_ms: deps.clock.now() - started,
    process_id: processId,
    account_id: caller?.account_id,
    merchant_id: c.get("merchantId"),
    api_user: caller?.user,
  });
});

web.get("/style.css", (c) => {
  c.header("Content-Type", "text/css; charset=utf-8");
  c.header("Cache-Control", "public, max-age=3600");
  return c.body(stylesheet);
});

web.get("/", async (c) => {
  const { merchantId, cartId, carts } = await enter(c);
  const cursor = c.req.query("cursor");
  const { items, next } = await listOrders(c.env.deps, merchantId, {
    cart_id: cartId,
    limit: PAGE_SIZE,
    cursor,
  });
  const merchant = c.req.query("merchant");
  const list = (
    <OrderList
      items={items}
      carts={carts}
      next={next === null ? null : link("/", { cursor: next, merchant })}
      linkTo={(order) => link(`/orders/${encodeURIComponent(order.id)}`, { merchant })}
    />
  );
  return c.html(page("Orders", list));
});

web.get("/orders/:id", async (c) => {
  const { merchantId, cartId, carts } = await enter(c);
  const order = await getOrder(c.env.deps, merchantId, c.req.param("id"));
  if (cartId !== undefined && order.cart_id !== cartId) {
    throw new DrayError("not_found", "No such order");
  }
  return c.html(page(`Order ${order.number}`, <OrderPage order={order} carts={carts} />));
});

/** Where alerts are mended, by the paths that they and their mails name. */
const fixPaths = [
  "/alerts",
  "/carts/:id/ship-methods",
  "/carts/:id",
  "/products",
  "/products/duplicates",
  "/connections/:id",
  "/contacts",
] as const;

for (const path of fixPaths)
  web.get(path, async (c) => {
    const { merchantId, cartId } = await enter(c);
    if (cartId !== undefined) throw new DrayError("forbidden", "This takes a key of the merchant");
    const { items } = await listAlerts(c.env.deps, merchantId, {
      state: "open",
      after: null,
      limit: PAGE_SIZE,
    });
    const { pathname, search } = new URL(c.req.url);
    return c.html(page("What is wrong", <AlertList items={items} here={`${pathname}${search}`} />));
  });

web.get("/dead-letters/:id", async (c) => {
  c.header("Cache-Control", "private, no-store");
  const caller = await authenticate(c.env.deps, c.req.header("authorization"));
  c.set("caller", caller);
  if (caller.level !== "warehouse")
    throw new DrayError("forbidden", "This takes a key of the account");
  const newest = { state: "open", after: null, limit: PAGE_SIZE } as const;
  const { items } = await listAlerts(c.env.deps, INSTALLATION, newest);
  return c.html(page("What is wrong", <AlertList items={items} here={c.req.path} />));
});

web.route("/unsubscribe", unsubscribePages);

web.notFound((c) => c.html(page("Not found", <p>There is nothing here.</p>), 404));

web.onError((error, c) => {
  if (error instanceof DrayError) {
    if (error.code === "unauthorized") {
      c.header("WWW-Authenticate", 'Basic realm="Dray", charset="UTF-8"');
    }
    return c.html(page("No", <p>{error.message}.</p>), drayErrors[error.code]);
  }
  c.env.deps.log.error("request_failed", { error_name: error.name });
  const text = `Something went wrong on our side. Process id: ${c.env.processId}`;
  return c.html(page("Error", <p>{text}</p>), 500);
});

/** Who looks, at which merchant's orders, and at which cart's only. */
async function enter(c: Context<WebEnv>) {
  const { deps } = c.env;
  c.header("Cache-Control", "private, no-store");
  const caller = await authenticate(deps, c.req.header("authorization"));
  c.set("caller", caller);
  const merchantId = await merchantFor(deps, caller, c.req.query("merchant"));
  c.set("merchantId", merchantId);
  const carts = await connectionNames(deps, merchantId);
  return { merchantId, cartId: caller.connection_id ?? undefined, carts };
}

/** A path with a query; what is undefined is left out. */
function link(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
