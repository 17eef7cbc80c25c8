import { credentials, demoShipMethods } from "./demo.ts";
import { withFaults } from "./faults.ts";
import type { Mischief } from "./faults.ts";
import { isObject, json, objectOf, textOf } from "./http.ts";
import type { JsonObject } from "./http.ts";
import type { VendorOptions } from "./shop.ts";
import { isSigned } from "./signing.ts";
import { nextNumber } from "./state.ts";
import type { SandboxState, WarehouseOrder } from "./state.ts";
import { cancel } from "./warehouse-floor.ts";

/**
 * A warehouse over `state` that speaks `http-warehouse` (`docs/http-warehouse.openapi.yaml`) under
 * `{anything}/orders`, `/shipments`, `/stock`, `/products` and `/ship-methods`.
 */
export function createWarehouse(state: SandboxState, options: VendorOptions) {
  return {
    fetch(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url);
      if (request.method === "POST" && pathname.endsWith("/orders")) {
        state.values.put("received", Number(state.values.get("received") ?? 0) + 1);
      }
      return withFaults(
        state,
        "warehouse",
        request,
        {
          wait: options.wait,
          refuse: (kind, fault) =>
            kind === "unauthorized"
              ? problem(401, "unauthorized", fault.message)
              : kind === "http429"
                ? json({ code: "throttled", message: fault.message }, 429, { "retry-after": "2" })
                : problem(kind === "http500" ? 500 : 504, "unavailable", fault.message),
        },
        (mischief) => route(state, request, mischief, options),
      );
    },
  };
}

const problem = (status: number, code: string, message: string) => json({ code, message }, status);

async function route(
  state: SandboxState,
  request: Request,
  mischief: Mischief,
  options: VendorOptions,
): Promise<Response> {
  const now = options.now();
  const known = options.credentials ?? credentials;
  const url = new URL(request.url);
  const path =
    /\/(orders|shipments|stock|products|ship-methods)(?:\/([^/]+))?(?:\/(cancel))?$/.exec(
      url.pathname,
    );
  if (!path) return problem(404, "no_route", "No such path");
  if (request.headers.get("authorization") !== `Bearer ${known.api_token}`) {
    return problem(401, "unauthorized", "The token is not known");
  }
  const [, what, encoded, act] = path;
  const method = request.method;
  if (what !== "orders") {
    if (method !== "GET" || encoded !== undefined) return problem(404, "no_route", "No such path");
    if (what === "ship-methods") return json({ ship_methods: demoShipMethods });
    return feed(state, what ?? "", url);
  }
  if (method === "GET" && encoded !== undefined && act === undefined) {
    const order = newestOf(state, decodeURIComponent(encoded));
    return order ? json(stateOf(order)) : problem(404, "not_found", "No order has this reference");
  }
  if (method !== "POST" || (encoded === undefined) !== (act === undefined)) {
    return problem(404, "no_route", "No such path");
  }
  const text = await request.text();
  if (!(await isSigned(known.signing_secret, request.headers, text, now))) {
    return problem(401, "signature", "The signature does not verify");
  }
  const body = objectOf(text);
  if (body === null) return problem(400, "malformed", "The body is not a JSON object");
  if (mischief.reject !== null) return problem(422, "other", mischief.reject);
  if (encoded === undefined) return take(state, request, body, mischief, now);
  return stop(state, decodeURIComponent(encoded));
}

const newestOf = (state: SandboxState, reference: string): WarehouseOrder | undefined =>
  state.warehouse_orders
    .all()
    .filter((order) => order.reference === reference)
    .at(-1);

const stateOf = ({ id, reference, status }: WarehouseOrder) => ({ id, reference, status });

function take(
  state: SandboxState,
  request: Request,
  body: JsonObject,
  mischief: Mischief,
  now: number,
): Response {
  const key = request.headers.get("idempotency-key");
  const reference = textOf(body["reference"]);
  const lines = linesOf(body["lines"]);
  if (!key) return problem(400, "malformed", "Idempotency-Key is missing");
  if (reference === "") return problem(400, "malformed", "reference is missing");
  if (lines === null) return problem(422, "other", "lines: each needs line_id, sku and quantity");
  if (!mischief.ignoresKey()) {
    const known = state.warehouse_orders.all().find((order) => order.key === key);
    if (known) {
      return known.reference === reference
        ? json({ id: known.id, reference })
        : problem(409, "key_reused", "This key came with another order");
    }
    if (newestOf(state, reference)) {
      return problem(409, "duplicate", "This reference is here already");
    }
  }
  const order: WarehouseOrder = {
    id: `W-${nextNumber(state, "warehouse_order", 1001)}`,
    reference,
    key,
    status: "open",
    received_at: now,
    order: body,
    number: textOf(body["number"]),
    lines,
  };
  state.warehouse_orders.put(order.id, order);
  return json({ id: order.id, reference }, 201);
}

function linesOf(value: unknown): WarehouseOrder["lines"] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const lines: WarehouseOrder["lines"] = [];
  for (const line of value) {
    if (!isObject(line)) return null;
    const { line_id, sku, quantity } = line;
    if (typeof line_id !== "string" || typeof sku !== "string") return null;
    if (typeof quantity !== "number" || !Number.isInteger(quantity) || quantity < 1) return null;
    lines.push({ line_id, sku, quantity, shipped: 0 });
  }
  return lines;
}

function stop(state: SandboxState, reference: string): Response {
  const order = newestOf(state, reference);
  if (!order) return problem(404, "not_found", "No order has this reference");
  if (order.status === "shipped" || order.lines.some((line) => line.shipped > 0)) {
    return problem(409, "too_late", "A parcel has left already");
  }
  cancel(state, order);
  return json(stateOf(order));
}

/** A page of a feed: rows in the order of their last change, after the number in `cursor`. */
function feed(state: SandboxState, what: string, url: URL): Response {
  const cursor = url.searchParams.get("cursor");
  const after = cursor === null ? 0 : Number(/^n(\d{1,12})$/.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(after)) return problem(400, "malformed", "This cursor is not ours");
  const limit = Number(url.searchParams.get("limit") ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    return problem(400, "malformed", "limit is a whole number from 1 to 100");
  }
  const all: { seq: number }[] =
    what === "shipments"
      ? [...state.warehouse_shipments.all(), ...state.warehouse_cancellations.all()]
      : what === "stock"
        ? state.warehouse_stock.all()
        : state.warehouse_products.all();
  const rows = all.filter((row) => row.seq > after).toSorted((a, b) => a.seq - b.seq);
  const page = rows.slice(0, limit);
  return json(
    {
      [what]: page.map(wireRow),
      next_cursor: `n${page.at(-1)?.seq ?? after}`,
      has_more: rows.length > page.length,
    },
    200,
    { "x-warehouse": "Sandbox warehouse: demo data" },
  );
}

function wireRow({ seq: _, ...row }: JsonObject & { seq: number }): JsonObject {
  const { order_id: __, ...rest } = row;
  for (const name of ["shipped_at", "as_of"]) {
    if (typeof rest[name] === "number") rest[name] = new Date(rest[name]).toISOString();
  }
  return rest;
}
