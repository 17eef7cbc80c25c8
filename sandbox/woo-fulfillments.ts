import { isObject, json, textOf } from "./http.ts";
import type { JsonObject } from "./http.ts";
import { nextNumber } from "./state.ts";
import type { Meta, SandboxState, ShopFulfillment, ShopOrder } from "./state.ts";
import { wooError } from "./woo-answers.ts";
import { setMeta } from "./woo-orders.ts";
import { metaValue, wooDate, wooFulfillment } from "./woo-wire.ts";

/**
 * `/orders/{id}/fulfillments[/{fulfillment}]`. Neither the order's status nor its `date_modified`
 * moves; only the meta `_fulfillment_status` does. Null: no such route.
 */
export function fulfillments(
  state: SandboxState,
  order: ShopOrder,
  id: number | null,
  method: string,
  url: URL,
  body: JsonObject,
  now: number,
): Response | null {
  const alive = order.fulfillments.filter((one) => one.deleted === null);
  const notify = url.searchParams.get("notify_customer") ?? body["notify_customer"];
  const mail = notify === true || notify === "true" || notify === "1";
  if (id === null) {
    if (method === "GET") return json(alive.map((one) => wooFulfillment(order, one)));
    if (method !== "POST") return null;
    const problem = whyInvalid(order, body);
    if (problem) return wooError(400, "fulfillment_invalid", problem);
    const made: ShopFulfillment = {
      id: nextNumber(state, "fulfillment"),
      status: "unfulfilled",
      is_fulfilled: false,
      updated: now,
      deleted: null,
      meta: [],
    };
    order.fulfillments.push(made);
    apply(state, made, body, now);
    if (mail && made.is_fulfilled) order.mails += 1;
    settle(state, order);
    return json(wooFulfillment(order, made), 201);
  }
  const one = alive.find((candidate) => candidate.id === id);
  if (!one) return wooError(400, "404", "Fulfillment not found.");
  switch (method) {
    case "GET":
      return json(wooFulfillment(order, one));
    case "PUT":
    case "POST":
    case "PATCH": {
      const problem = body["meta_data"] === undefined ? null : whyInvalid(order, body);
      if (problem) return wooError(400, "fulfillment_invalid", problem);
      apply(state, one, body, now);
      if (mail && one.is_fulfilled) order.mails += 1;
      settle(state, order);
      return json(wooFulfillment(order, one));
    }
    case "DELETE":
      one.deleted = now;
      settle(state, order);
      return json({ message: "Fulfillment deleted successfully." });
    default:
      return null;
  }
}

function whyInvalid(order: ShopOrder, body: JsonObject): string | null {
  const given = Array.isArray(body["meta_data"]) ? body["meta_data"].filter(isObject) : [];
  const items = given.find((meta) => meta["key"] === "_items")?.["value"];
  if (!Array.isArray(items) || items.length === 0) {
    return "The fulfillment should contain at least one item.";
  }
  for (const item of items) {
    if (!isObject(item) || !order.lines.some((line) => line.id === item["item_id"])) {
      return "Invalid item.";
    }
    if (typeof item["qty"] !== "number" || item["qty"] <= 0) return "Invalid item quantity.";
  }
  return null;
}

function apply(state: SandboxState, one: ShopFulfillment, body: JsonObject, now: number): void {
  if (typeof body["status"] === "string") one.status = body["status"];
  if (typeof body["is_fulfilled"] === "boolean") one.is_fulfilled = body["is_fulfilled"];
  if (Array.isArray(body["meta_data"])) {
    const kept = new Map(one.meta.map((meta) => [meta.key, meta]));
    one.meta = body["meta_data"].filter(isObject).map((meta): Meta => {
      const key = textOf(meta["key"]);
      const id = kept.get(key)?.id ?? nextNumber(state, "meta");
      return { id, key, value: meta["value"] };
    });
  }
  if (one.is_fulfilled && metaValue(one.meta, "_date_fulfilled") === undefined) {
    one.meta.push({
      id: nextNumber(state, "meta"),
      key: "_date_fulfilled",
      value: `${wooDate(now)}Z`,
    });
  }
  one.updated = now;
}

function settle(state: SandboxState, order: ShopOrder): void {
  const open = new Map(order.lines.map((line) => [line.id, line.quantity]));
  const done = order.fulfillments.filter((one) => one.deleted === null && one.is_fulfilled);
  for (const one of done) {
    const items = metaValue(one.meta, "_items");
    for (const item of Array.isArray(items) ? items.filter(isObject) : []) {
      const id = Number(item["item_id"]);
      open.set(id, (open.get(id) ?? 0) - Number(item["qty"]));
    }
  }
  const all = [...open.values()].every((left) => left <= 0);
  setMeta(
    state,
    order,
    "_fulfillment_status",
    done.length === 0 ? "unfulfilled" : all ? "fulfilled" : "partially_fulfilled",
  );
  state.shop_orders.put(order.id, order);
}
