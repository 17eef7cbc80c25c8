import { isObject, json, textOf } from "./http.ts";
import type { JsonObject } from "./http.ts";
import { readDate, wallTime, zoneOf } from "./site-clock.ts";
import { nextNumber } from "./state.ts";
import type { SandboxState, ShopOrder } from "./state.ts";
import { invalidParam, listed, wooError } from "./woo-answers.ts";
import { announce } from "./woo-webhooks.ts";
import { wooDate, wooOrder } from "./woo-wire.ts";

const statuses = [
  "pending",
  "processing",
  "on-hold",
  "completed",
  "cancelled",
  "refunded",
  "failed",
  "checkout-draft",
];

/** `GET /orders`. `any` leaves out the trash and drafts; dates are strict and cut to the second. */
export function listOrders(state: SandboxState, url: URL, api: string): Response {
  const query = url.searchParams;
  const wanted = [...query.getAll("status"), ...query.getAll("status[]")].flatMap((one) =>
    one.split(","),
  );
  const custom = new Set(state.shop_orders.all().map((order) => order.status));
  for (const one of wanted) {
    if (!["any", "trash", ...statuses].includes(one) && !custom.has(one)) {
      return invalidParam("status", `status[0] is not one of any, trash, ${statuses.join(", ")}.`);
    }
  }
  const any = wanted.length === 0 || wanted.includes("any");
  const zone = zoneOf(state);
  const isGmt = ["true", "1"].includes(query.get("dates_are_gmt") ?? "");
  const bounds: ((order: ShopOrder) => boolean)[] = [];
  for (const [name, field, sign] of [
    ["modified_after", "modified", 1],
    ["modified_before", "modified", -1],
    ["after", "created", 1],
    ["before", "created", -1],
  ] as const) {
    const text = query.get(name);
    if (text === null) continue;
    const bound = readDate(zone, text);
    if (bound === null) return invalidParam(name, "Invalid date.");
    const column = (ms: number) => (isGmt ? ms : wallTime(zone, ms));
    bounds.push((order) => (wooSecond(column(order[field])) - wooSecond(bound)) * sign > 0);
  }
  const include = query.get("include")?.split(",").map(Number);
  const search = query.get("search")?.toLowerCase();
  const orderby = query.get("orderby") ?? "date";
  if (!["date", "modified", "id", "include"].includes(orderby)) {
    return invalidParam("orderby", "orderby is not one of date, modified, id, include.");
  }
  const direction = query.get("order") ?? "desc";
  if (direction !== "asc" && direction !== "desc") {
    return invalidParam("order", "order is not one of asc, desc.");
  }
  const sign = direction === "asc" ? 1 : -1;
  const rank = (order: ShopOrder) =>
    orderby === "modified"
      ? wooSecond(order.modified)
      : orderby === "date"
        ? wooSecond(order.created)
        : order.id;
  const rows = state.shop_orders
    .all()
    .filter(
      (order) =>
        (wanted.includes(order.status) ||
          (any && order.status !== "trash" && order.status !== "checkout-draft")) &&
        bounds.every((within) => within(order)) &&
        (include === undefined || include.includes(order.id)) &&
        (search === undefined || searchable(order).includes(search)),
    )
    .toSorted((a, b) => sign * (rank(a) - rank(b) || a.id - b.id));
  return listed(rows, url, (order) => wooOrder(order, api, zone));
}

const wooSecond = (ms: number): number => Math.floor(ms / 1000) * 1000;

const searchable = (order: ShopOrder): string =>
  [
    order.id,
    order.number,
    order.billing.first_name,
    order.billing.last_name,
    order.billing.email ?? "",
  ]
    .join(" ")
    .toLowerCase();

/** `PUT /orders/{id}`. Meta alone leaves `date_modified` as it was, as the real shop does. */
export function updateOrder(
  state: SandboxState,
  order: ShopOrder,
  body: JsonObject,
  now: number,
  api: string,
): Response {
  const status = body["status"];
  if (status !== undefined) {
    if (typeof status !== "string" || !statuses.includes(status)) {
      return invalidParam("status", `status is not one of ${statuses.join(", ")}.`);
    }
    setStatus(state, order, status, now);
  }
  let touched = false;
  if (typeof body["customer_note"] === "string") {
    order.customer_note = body["customer_note"];
    touched = true;
  }
  for (const which of ["billing", "shipping"] as const) {
    const given = body[which];
    if (!isObject(given)) continue;
    order[which] = { ...order[which], ...given };
    touched = true;
  }
  if (Array.isArray(body["meta_data"])) {
    for (const meta of body["meta_data"]) {
      if (isObject(meta)) setMeta(state, order, textOf(meta["key"]), meta["value"]);
    }
  }
  if (touched) changed(state, order, now);
  state.shop_orders.put(order.id, order);
  return json(wooOrder(order, api, zoneOf(state)));
}

/** Any status, the trash and custom ones included. Bumps the order, notes it, tells the webhooks. */
export function setStatus(
  state: SandboxState,
  order: ShopOrder,
  status: string,
  now: number,
): void {
  if (order.status === status) return;
  const before = order.status;
  order.status_before_trash = status === "trash" ? before : null;
  order.status = status;
  if (status === "completed") order.completed = now;
  const pays = order.on_delivery ? ["completed"] : ["processing", "completed"];
  if (pays.includes(status)) order.paid ??= now;
  addNote(state, order, `Order status changed from ${before} to ${status}.`, false, "system", now);
  order.modified = now;
  state.shop_orders.put(order.id, order);
  announce(
    state,
    status === "trash" ? "order.deleted" : before === "trash" ? "order.restored" : "order.updated",
    order,
    now,
  );
}

export function changed(state: SandboxState, order: ShopOrder, now: number): void {
  order.modified = now;
  state.shop_orders.put(order.id, order);
  announce(state, "order.updated", order, now);
}

export function setMeta(state: SandboxState, order: ShopOrder, key: string, value: unknown): void {
  const known = order.meta.find((one) => one.key === key);
  if (known) known.value = value;
  else order.meta.push({ id: nextNumber(state, "meta"), key, value });
}

function addNote(
  state: SandboxState,
  order: ShopOrder,
  note: string,
  customerNote: boolean,
  author: string,
  now: number,
) {
  const added = {
    id: nextNumber(state, "note"),
    author,
    at: now,
    note,
    customer_note: customerNote,
  };
  order.notes.push(added);
  if (customerNote) order.mails += 1;
  return added;
}

const wooNote = (note: ShopOrder["notes"][number], zone: string) => ({
  id: note.id,
  author: note.author,
  date_created: wooDate(wallTime(zone, note.at)),
  date_created_gmt: wooDate(note.at),
  note: note.note,
  customer_note: note.customer_note,
});

/** `/orders/{id}/notes` */
export function notes(
  state: SandboxState,
  order: ShopOrder,
  method: string,
  url: URL,
  body: JsonObject,
  now: number,
): Response | null {
  if (method === "GET") {
    const type = url.searchParams.get("type") ?? "any";
    const rows = order.notes
      .filter((one) => type === "any" || one.customer_note === (type === "customer"))
      .toReversed();
    return json(rows.map((one) => wooNote(one, zoneOf(state))));
  }
  if (method !== "POST") return null;
  if (typeof body["note"] !== "string" || body["note"] === "") {
    return wooError(400, "rest_missing_callback_param", "Missing parameter(s): note", {
      params: ["note"],
    });
  }
  const added = addNote(state, order, body["note"], body["customer_note"] === true, "demo", now);
  state.shop_orders.put(order.id, order);
  return json(wooNote(added, zoneOf(state)), 201);
}
