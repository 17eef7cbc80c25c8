import { z } from "zod";
import { fromBase64 } from "../../../platform/base64.ts";
import { sha256 } from "../../../platform/hash.ts";
import { verifyHmacSha256 } from "../../../platform/hmac.ts";
import type { WebhookReceiver, WebhookVerdict } from "../../contract.ts";
import {
  answered,
  ask,
  parseJson,
  unexpected,
  type WooCall,
  type WooSecrets,
  type WooSettings,
} from "./client.ts";
import { type WooWebhook, wooDelivery, wooWebhook } from "./wire.ts";

const topics = ["order.created", "order.updated", "order.deleted", "order.restored"] as const;

/**
 * WooCommerce's deliveries. `X-WC-Webhook-Delivery-ID` repeats across orders that are delivered
 * together, so nothing is dropped by it; there is no timestamp either, and a replay is one more
 * look at the order. The ping of a new webhook is unsigned and must get a 2xx.
 */
export const webhooks: WebhookReceiver<WooSettings, WooSecrets> = {
  receive: async (headers, body, keys): Promise<WebhookVerdict> => {
    const signature = headers.get("x-wc-webhook-signature");
    const topic = headers.get("x-wc-webhook-topic");
    if (signature === null && topic === null && isPing(body)) {
      return { kind: "ignored", verified: false, reason: "ping" };
    }
    const bytes = signature === null ? null : fromBase64(signature);
    if (bytes === null) return { kind: "rejected", reason: "no signature" };
    const verdicts = await Promise.all(keys.map((key) => verifyHmacSha256(key, body, bytes)));
    if (!verdicts.includes(true)) return { kind: "rejected", reason: "wrong signature" };

    if (!topics.some((known) => known === topic)) {
      const reason = `topic ${topic?.slice(0, 60) ?? "missing"}`;
      return { kind: "ignored", verified: true, reason };
    }
    const delivery = wooDelivery.safeParse(parseJson(new TextDecoder().decode(body)));
    if (!delivery.success)
      return { kind: "ignored", verified: true, reason: "no order id in the body" };
    return { kind: "nudges", nudges: [{ kind: "order", source_id: String(delivery.data.id) }] };
  },

  ensure: async (call, url, secret) => {
    const owner = `Dray ${call.connection_id} #`;
    // The shop never shows a secret, so the name tells which one it was given.
    const name = `${owner}${sha256(secret).slice(0, 8)}`;
    const mine = (await listWebhooks(call)).filter(
      (hook) => hook.delivery_url === url || hook.name.startsWith(owner),
    );
    let changed = 0;
    for (const topic of topics) {
      const sameTopic = mine.filter((hook) => hook.topic === topic);
      const hook = sameTopic.find((one) => one.delivery_url === url) ?? sameTopic[0];
      const right = hook?.status === "active" && hook.delivery_url === url && hook.name === name;
      if (right) continue;
      const body = { name, status: "active", topic, delivery_url: url, secret };
      const answer = hook
        ? await ask(call, "PUT", `/webhooks/${hook.id}`, { body })
        : await ask(call, "POST", "/webhooks", { body });
      if (answered(answer)) changed += 1;
      // A shop too old to tell of restored orders: the pull sees them come back.
      else if (topic !== "order.restored" || answer.status !== 400) throw unexpected(answer);
    }
    return { changed };
  },
};

const isPing = (body: Uint8Array<ArrayBuffer>): boolean =>
  body.length < 64 && /^webhook_id=\d+$/.test(new TextDecoder().decode(body).trim());

const listWebhooks = async (call: WooCall): Promise<WooWebhook[]> => {
  const all: WooWebhook[] = [];
  const perPage = 100;
  for (let page = 1; ; page += 1) {
    const answer = await ask(call, "GET", "/webhooks", { query: { per_page: perPage, page } });
    if (!answered(answer)) throw unexpected(answer);
    const hooks = answer.json(z.array(wooWebhook));
    all.push(...hooks);
    if (hooks.length < perPage) return all;
  }
};
