import { json, textOf } from "./http.ts";
import type { JsonObject } from "./http.ts";
import { nextNumber } from "./state.ts";
import type { SandboxState, ShopOrder, ShopWebhook } from "./state.ts";
import { listed, wooError } from "./woo-answers.ts";
import { wooWebhook } from "./woo-wire.ts";

const topics = ["order.created", "order.updated", "order.deleted", "order.restored"];

/** Puts one message for every active webhook of `topic` into the outbox. */
export function announce(state: SandboxState, topic: string, order: ShopOrder, now: number): void {
  for (const hook of state.shop_webhooks.all()) {
    if (hook.status !== "active" || hook.topic !== topic) continue;
    const id = `order-${nextNumber(state, "message")}`;
    state.outbox.put(id, {
      id,
      kind: "order",
      webhook_id: hook.id,
      topic,
      order_id: order.id,
      // The real shop's delivery id is that of the queue run, so two orders in one run share it.
      run: Math.floor(now / 1000),
      attempts: 0,
      due: now,
    });
  }
}

/** `/webhooks[/{id}]`. A new one is pinged: form-encoded, unsigned, no topic. Null: no such route. */
export function webhooks(
  state: SandboxState,
  rest: string | undefined,
  method: string,
  url: URL,
  body: JsonObject,
  now: number,
  api: string,
): Response | null {
  if (rest === undefined) {
    if (method === "GET") {
      const status = url.searchParams.get("status") ?? "all";
      const rows = state.shop_webhooks
        .all()
        .filter((hook) => status === "all" || hook.status === status)
        .toReversed();
      return listed(rows, url, (hook) => wooWebhook(hook, api));
    }
    if (method !== "POST") return null;
    if (!topics.includes(textOf(body["topic"]))) {
      return wooError(
        400,
        "woocommerce_rest_webhook_invalid_topic",
        "Webhook topic must be valid.",
      );
    }
    if (!URL.canParse(textOf(body["delivery_url"]))) {
      return wooError(
        400,
        "woocommerce_rest_webhook_invalid_delivery_url",
        "Webhook delivery URL must be a valid URL starting with http:// or https://.",
      );
    }
    const hook: ShopWebhook = {
      id: nextNumber(state, "webhook"),
      name: textOf(body["name"]) || `Webhook for ${textOf(body["topic"])}`,
      status: "active",
      topic: textOf(body["topic"]),
      delivery_url: textOf(body["delivery_url"]),
      secret: textOf(body["secret"]) || crypto.randomUUID(),
      failures: 0,
      created: now,
      modified: now,
    };
    update(hook, body, now);
    state.shop_webhooks.put(hook.id, hook);
    if (hook.status === "active") ping(state, hook, now);
    return json(wooWebhook(hook, api), 201);
  }
  const hook = state.shop_webhooks.get(rest);
  if (!hook) return wooError(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.");
  switch (method) {
    case "GET":
      return json(wooWebhook(hook, api));
    case "PUT":
    case "POST":
    case "PATCH": {
      const before = hook.status;
      update(hook, body, now);
      if (before !== "active" && hook.status === "active") hook.failures = 0;
      state.shop_webhooks.put(hook.id, hook);
      return json(wooWebhook(hook, api));
    }
    case "DELETE":
      if (url.searchParams.get("force") !== "true" && body["force"] !== true) {
        return wooError(
          501,
          "woocommerce_rest_trash_not_supported",
          "Webhooks do not support trashing.",
        );
      }
      state.shop_webhooks.delete(hook.id);
      return json(wooWebhook(hook, api));
    default:
      return null;
  }
}

function update(hook: ShopWebhook, body: JsonObject, now: number): void {
  const status = body["status"];
  if (status === "active" || status === "paused" || status === "disabled") hook.status = status;
  for (const field of ["name", "delivery_url", "secret"] as const) {
    if (typeof body[field] === "string" && body[field] !== "") hook[field] = body[field];
  }
  if (topics.includes(textOf(body["topic"]))) hook.topic = textOf(body["topic"]);
  hook.modified = now;
}

function ping(state: SandboxState, hook: ShopWebhook, now: number): void {
  const id = `ping-${nextNumber(state, "message")}`;
  state.outbox.put(id, { id, kind: "ping", webhook_id: hook.id, attempts: 0, due: now });
}
