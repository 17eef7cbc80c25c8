import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import { DrayError } from "../domain/errors.ts";
import { alertRoutes } from "./alerts.ts";
import { aliasRoutes, duplicateRoutes } from "./aliases.ts";
import { auditRoutes } from "./audit.ts";
import { carrierRoutes } from "./carriers.ts";
import { cartRoutes } from "./carts.ts";
import { idsInPath } from "../domain/ids.ts";
import { connectionRoutes } from "./connections.ts";
import { contactRoutes } from "./contacts.ts";
import { connectorRoutes } from "./connectors.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { enteredOrderRoutes, testOrderRoutes } from "./entered-orders.ts";
import { answerError } from "./errors.ts";
import { importRoutes } from "./imports.ts";
import { keyRoutes } from "./keys.ts";
import { merchantRoutes } from "./merchants.ts";
import { orderActionRoutes } from "./order-actions.ts";
import { orderRoutes } from "./orders.ts";
import { outboxRoutes } from "./outbox.ts";
import { productRoutes } from "./products.ts";
import { retentionRoutes } from "./retention.ts";
import { setUpRoutes } from "./setup.ts";
import { shipMethodRoutes } from "./ship-methods.ts";
import { skippedOrderRoutes } from "./skipped-orders.ts";
import { stockRoutes } from "./stock.ts";
import { taskRoutes } from "./tasks.ts";

/** The REST API under `/api`: one file per resource, errors and the request's log line in one place. */
export const api = new Hono<ApiEnv>();

api.use(async (c, next) => {
  const { deps, processId } = c.env;
  const started = deps.clock.now();
  await next();
  c.header("X-Dray-Process-Id", processId);
  c.header("Cache-Control", "no-store");
  const status = c.res.status;
  const caller = c.get("caller");
  deps.log[status >= 500 ? "error" : "info"]("request", {
    method: c.req.method,
    path: routePath(c, -1),
    ...idsInPath(c.req.path),
    status,
    duration_ms: deps.clock.now() - started,
    process_id: processId,
    account_id: caller?.account_id,
    merchant_id: c.get("merchantId") ?? caller?.merchant_id,
    api_user: caller?.user,
  });
});

const upTo = (megabytes: number) =>
  bodyLimit({
    maxSize: megabytes * 1_000_000,
    onError: () => {
      throw new DrayError("too_large", `A body may have ${megabytes} MB`);
    },
  });
const plainLimit = upTo(1);
/** Files of orders are larger than anything else that is sent here; those of products come next. */
const fileLimit = upTo(25);
const sheetLimit = upTo(5);
const limitOf = (request: ApiContext["req"]) => {
  const { method, path } = request;
  if (method === "POST" && /^\/api\/imports(?:\/learn)?\/?$/.test(path)) return fileLimit;
  const isSheet =
    /^\/api\/products\/?$/.test(path) && request.header("content-type")?.includes("csv");
  return isSheet ? sheetLimit : plainLimit;
};

api.use((c, next) => limitOf(c.req)(c, next));

api.onError(answerError);
api.notFound((c) => answerError(new DrayError("not_found", "There is nothing here"), c));

api.route("/api/setup", setUpRoutes);
api.route("/api/merchants", merchantRoutes);
api.route("/api/keys", keyRoutes);
api.route("/api/connectors", connectorRoutes);
api.route("/api/connections", connectionRoutes);
api.route("/api/orders", orderActionRoutes);
api.route("/api/orders", orderRoutes);
api.route("/api/orders", enteredOrderRoutes);
api.route("/api/test-orders", testOrderRoutes);
api.route("/api/products", productRoutes);
api.route("/api/aliases", aliasRoutes);
api.route("/api/alias-duplicates", duplicateRoutes);
api.route("/api/tasks", taskRoutes);
api.route("/api/carts", cartRoutes);
api.route("/api/skipped-orders", skippedOrderRoutes);
api.route("/api/audit", auditRoutes);
api.route("/api/ship-methods", shipMethodRoutes);
api.route("/api/carriers", carrierRoutes);
api.route("/api/stock", stockRoutes);
api.route("/api/alerts", alertRoutes);
api.route("/api/imports", importRoutes);
api.route("/api/contacts", contactRoutes);
api.route("/api/outbox", outboxRoutes);
api.route("/api/dead-letters", deadLetterRoutes);
api.route("/api/retention", retentionRoutes);
