import { readFileSync } from "node:fs";
import { woocommerce } from "../../../../src/connectors/carts/woocommerce/index.ts";
import type {
  Call,
  CartConnector,
  OrderSource,
  ShipmentNotice,
} from "../../../../src/connectors/contract.ts";
import { fakeVendorHttp } from "../fake-vendor-http.ts";

type Json = Record<string, unknown>;

const fixture = (name: string): string =>
  readFileSync(`${import.meta.dirname}/../../../fixtures/woocommerce/${name}`, "utf8");

export const capturedOrders = (): Json[] => JSON.parse(fixture("orders-list.response.json"));
export const capturedFulfillment = (): Json =>
  JSON.parse(fixture("fulfillment-create.response.json"));
export const capturedDeliveries = (): {
  secret: string;
  deliveries: { headers: Record<string, string>; body: string }[];
} => JSON.parse(fixture("webhook-deliveries.json"));

/** The captured order with a fee, a customer note and both addresses. */
export const richOrder = (): Json => {
  const delivery = capturedDeliveries().deliveries[1];
  if (!delivery) throw new Error("the fixture has three deliveries");
  return JSON.parse(delivery.body);
};

const offered = <T>(part: T | undefined): T => {
  if (part === undefined) throw new Error("WooCommerce offers this");
  return part;
};
export const orders: OrderSource = offered(woocommerce.orders);
export const shipments = offered<NonNullable<CartConnector["shipments"]>>(woocommerce.shipments);
export const cancel = offered(woocommerce.cancel);

export const START = Date.parse("2026-11-21T21:00:00Z");
const gmt = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

export interface ShopOrder {
  id: number;
  number: string;
  status: string;
  /** Milliseconds. */
  created: number;
  /** Milliseconds. */
  modified: number;
  /** When other readers see it: a slow transaction commits after its own timestamp. */
  visible: number;
  fulfillments: Json[];
  notes: { id: number; note: string; customer_note: boolean }[];
  /** Rows of `GET /orders/{id}/refunds`. */
  refunds: unknown[];
}

/** One refund, as the shop lists it: pieces by line id. */
export const refundOf = (pieces: Record<string, number>): Json => ({
  id: 900,
  amount: "1.00",
  line_items: Object.entries(pieces).map(([lineId, quantity]) => ({
    id: 901,
    quantity: -quantity,
    total: "-1.00",
    meta_data: [{ id: 1, key: "_refunded_item_id", value: lineId }],
  })),
});

/** As much of a WooCommerce shop as the connector talks to, in memory, with a clock of its own. */
export const createShop = (
  options: { fulfillments?: boolean; saysPages?: boolean; saysDate?: boolean } = {},
) => {
  const { fulfillments = true, saysPages = true, saysDate = true } = options;
  const state = {
    now: START,
    orders: [] as ShopOrder[],
    webhooks: [] as Json[],
    asked: [] as { method: string; path: string; query: URLSearchParams; body: Json | null }[],
    nextId: 100,
    /** Answers the next calls that match in the shop's place. */
    instead: null as ((method: string, path: string) => Response | null) | null,
  };
  const clock = { now: () => state.now, sleep: async () => {} };

  const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
    Response.json(body, {
      status,
      headers: { ...headers, ...(saysDate ? { date: new Date(state.now).toUTCString() } : {}) },
    });
  const no = (status: number, code: string, message: string): Response =>
    json({ code, message, data: { status } }, status);
  const noRoute = () => no(404, "rest_no_route", "No route was found matching the URL.");

  const row = (order: ShopOrder): Json => ({
    ...richOrder(),
    id: order.id,
    number: order.number,
    status: order.status,
    refunds: order.refunds.map((_, at) => ({ id: 900 + at, reason: "", total: "-1.00" })),
    date_created_gmt: gmt(order.created),
    date_modified_gmt: gmt(order.modified),
  });

  const list = (query: URLSearchParams): Response => {
    const bound = (name: string, otherwise: string) =>
      second(Date.parse(`${query.get(name) ?? otherwise}Z`));
    const statuses = (query.get("status") ?? "any").split(",");
    const size = Number(query.get("per_page"));
    const second = (ms: number) => Math.floor(ms / 1000);
    const field = query.get("orderby") === "modified" ? "modified" : "created";
    const found = state.orders
      .filter((order) => order.visible <= state.now)
      .filter((order) =>
        statuses.includes("any") ? order.status !== "trash" : statuses.includes(order.status),
      )
      .filter((order) => second(order.modified) > bound("modified_after", "1970-01-01T00:00:00"))
      .filter((order) => second(order.created) > bound("after", "1970-01-01T00:00:00"))
      .filter((order) => second(order.created) < bound("before", "2999-01-01T00:00:00"))
      .filter((order) => `${order.id} ${order.number}`.includes(query.get("search") ?? ""))
      .toSorted((a, b) => second(a[field]) - second(b[field]) || a.id - b.id);
    const page = Number(query.get("page") ?? 1);
    const rows = found.slice((page - 1) * size, page * size).map(row);
    const pages = String(Math.ceil(found.length / size));
    return json(
      rows,
      200,
      saysPages ? { "x-wp-total": String(found.length), "x-wp-totalpages": pages } : {},
    );
  };

  const onOrder = (order: ShopOrder, rest: string, method: string, body: Json | null): Response => {
    if (rest === "" && method === "GET") return json(row(order));
    if (rest === "" && method === "PUT") {
      Object.assign(order, body, { modified: state.now, visible: state.now });
      return json(row(order));
    }
    if (rest === "/refunds" && method === "GET") return json(order.refunds);
    if (rest === "/notes" && method === "GET") return json(order.notes);
    if (rest === "/notes" && method === "POST") {
      const note = {
        id: (state.nextId += 1),
        ...(body as { note: string; customer_note: boolean }),
      };
      order.notes.push(note);
      return json(note, 201);
    }
    if (!fulfillments || !rest.startsWith("/fulfillments")) return noRoute();
    if (method === "GET") return json(order.fulfillments);
    if (method === "POST") {
      const one = { id: (state.nextId += 1), date_deleted: null, ...body };
      order.fulfillments.push(one);
      return json(one, 201);
    }
    const index = order.fulfillments.findIndex(
      (one) => `/fulfillments/${String(one["id"])}` === rest,
    );
    const one = order.fulfillments[index];
    // As the plugin does it: what is not there is a 400.
    if (!one) return no(400, "0", "Invalid fulfillment ID.");
    if (method === "DELETE") {
      order.fulfillments.splice(index, 1);
      return json({ message: "Fulfillment deleted successfully." });
    }
    Object.assign(one, body);
    return json(one);
  };

  const handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const { method } = request;
    const path = url.pathname.replace("/shop/wp-json/wc/v3", "");
    const text = await request.text();
    const body: Json | null = text === "" ? null : JSON.parse(text);
    state.asked.push({ method, path, query: url.searchParams, body });
    const other = state.instead?.(method, path);
    if (other) return other;
    if (request.headers.get("authorization") !== `Basic ${btoa("ck_unit:cs_unit")}`) {
      return no(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
    }
    if (path === "/orders") return list(url.searchParams);
    if (path === "/webhooks" && method === "GET") {
      const page = Number(url.searchParams.get("page") ?? 1);
      const size = Number(url.searchParams.get("per_page") ?? 10);
      return json(state.webhooks.slice((page - 1) * size, page * size));
    }
    if (path === "/webhooks" && method === "POST") {
      const hook = { id: (state.nextId += 1), ...body };
      state.webhooks.push(hook);
      return json(hook, 201);
    }
    const hook = /^\/webhooks\/(\d+)$/.exec(path);
    if (hook && method === "PUT") {
      const one = state.webhooks.find((each) => String(each["id"]) === hook[1]);
      return json(Object.assign(one ?? {}, body));
    }
    const match = /^\/orders\/(\d+)(.*)$/.exec(path);
    if (!match) return noRoute();
    const order = state.orders.find((each) => String(each.id) === match[1]);
    if (order) return onOrder(order, match[2] ?? "", method, body);
    return match[2]?.startsWith("/fulfillments")
      ? no(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
      : no(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
  };

  return {
    state,
    add: (order: Partial<ShopOrder> = {}): ShopOrder => {
      const id = (state.nextId += 1);
      const made: ShopOrder = {
        id,
        number: String(id),
        status: "processing",
        created: order.modified ?? state.now,
        modified: state.now,
        visible: state.now,
        fulfillments: [],
        notes: [],
        refunds: [],
        ...order,
      };
      state.orders.push(made);
      return made;
    },
    call: (settings: Json = {}): Call => ({
      connection_id: "con_unit",
      settings: woocommerce.settings.parse({
        store_url: "https://shop.example/shop/",
        ...settings,
      }),
      secrets: woocommerce.secrets.parse({ consumer_key: "ck_unit", consumer_secret: "cs_unit" }),
      http: fakeVendorHttp(handle, clock),
      clock,
    }),
  };
};
export type Shop = ReturnType<typeof createShop>;

export const noticeFor = (
  order: ShopOrder,
  more: Partial<ShipmentNotice> = {},
): ShipmentNotice => ({
  source_id: String(order.id),
  number: String(order.id),
  shipment_id: "shp_unit1",
  tracking_number: "1Z1",
  tracking_url: "https://t.example/1Z1",
  carrier: "UPS",
  service: "Ground",
  shipped_at: START,
  lines: [{ line_id: "5", sku: "WIDGET-1", quantity: 2 }],
  completes_order: false,
  mail_customer: true,
  ...more,
});
