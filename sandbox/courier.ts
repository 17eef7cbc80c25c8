import { standardSignature, wooSignature } from "./signing.ts";
import { zoneOf } from "./site-clock.ts";
import type { Outgoing, SandboxState } from "./state.ts";
import { wooDate, wooOrder } from "./woo-wire.ts";

/** After each failed try: how long until the next. After the last, the message is dropped. */
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 60_000];
const AT_ONCE = 6;
/** A shop switches a webhook off when so many tries in a row went wrong. */
const FAILURES_UNTIL_DISABLED = 5;

export interface CourierOptions {
  now(): number;
  /** Sends one message; throws when nobody answers. */
  send(url: string, init: RequestInit): Promise<Response>;
}

/** Carries what is in the outbox, rendered at the moment it leaves. */
export function createCourier(state: SandboxState, options: CourierOptions) {
  const underway = new Set<string>();

  const due = () =>
    state.outbox.all().filter((one) => one.due <= options.now() && !underway.has(one.id));

  async function carry(message: Outgoing): Promise<void> {
    const ready = await render(state, message, options.now());
    if (ready === null) {
      state.outbox.delete(message.id);
      return;
    }
    let ok = false;
    try {
      const answer = await options.send(ready.url, {
        method: "POST",
        headers: ready.headers,
        body: ready.body,
        redirect: "manual",
      });
      ok = answer.status >= 200 && answer.status < 300;
      await answer.body?.cancel();
    } catch {
      ok = false;
    }
    settle(state, message, ok, options.now());
  }

  return {
    /** Carries all that is due; resolves when nothing due is left. */
    async deliver(): Promise<void> {
      const hands = Array.from({ length: AT_ONCE }, async () => {
        for (let [next] = due(); next; [next] = due()) {
          underway.add(next.id);
          await carry(next).finally(() => underway.delete(next.id));
        }
      });
      await Promise.all(hands);
    },
    /** When the next message leaves, or null when there is none. */
    nextDue: (): number | null => {
      const times = state.outbox.all().map((one) => one.due);
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}

interface Letter {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Null when there is nobody to send to any more. */
async function render(state: SandboxState, message: Outgoing, now: number): Promise<Letter | null> {
  if (message.kind === "nudge") {
    const url = state.values.get("nudge_url");
    const secret = state.values.get("nudge_secret");
    if (typeof url !== "string" || typeof secret !== "string") return null;
    const seconds = Math.floor(now / 1000);
    const body = JSON.stringify({
      type: message.type,
      timestamp: new Date(message.at).toISOString(),
      data: message.data,
    });
    return {
      url,
      headers: {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": String(seconds),
        "webhook-signature": await standardSignature(secret, message.id, seconds, body),
      },
      body,
    };
  }
  const hook = state.shop_webhooks.get(message.webhook_id);
  if (!hook || hook.status !== "active") return null;
  const agent = { "user-agent": "WooCommerce/10.9.1 Hookshot (WordPress/7.0.4)" };
  if (message.kind === "ping") {
    return {
      url: hook.delivery_url,
      headers: { ...agent, "content-type": "application/x-www-form-urlencoded" },
      body: `webhook_id=${hook.id}`,
    };
  }
  const order = state.shop_orders.get(message.order_id);
  const site = String(state.values.get("origin") ?? "https://sandbox.example");
  const content =
    message.topic === "order.deleted" || !order
      ? { id: message.order_id }
      : wooOrder(order, `${site}/shop/wp-json/wc/v3`, zoneOf(state));
  const body = JSON.stringify(content);
  return {
    url: hook.delivery_url,
    headers: {
      ...agent,
      "content-type": "application/json",
      "x-wc-webhook-source": `${site}/shop/`,
      "x-wc-webhook-topic": message.topic,
      "x-wc-webhook-resource": "order",
      "x-wc-webhook-event": message.topic.split(".")[1] ?? "",
      "x-wc-webhook-signature": await wooSignature(hook.secret, body),
      "x-wc-webhook-id": String(hook.id),
      "x-wc-webhook-delivery-id": await deliveryId(hook.id, message.run),
    },
    body,
  };
}

/** The same for every order of one queue run, as the real shop has it. */
async function deliveryId(hook: number, run: number): Promise<string> {
  const seed = new TextEncoder().encode(`${hook} ${wooDate(run * 1000)}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", seed)).slice(0, 16);
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function settle(state: SandboxState, message: Outgoing, ok: boolean, now: number): void {
  if (message.kind !== "nudge") {
    const hook = state.shop_webhooks.get(message.webhook_id);
    if (hook) {
      hook.failures = ok ? 0 : hook.failures + 1;
      if (hook.failures >= FAILURES_UNTIL_DISABLED) hook.status = "disabled";
      state.shop_webhooks.put(hook.id, hook);
    }
  }
  const pause = PAUSES_MS[message.attempts];
  if (ok || pause === undefined || message.kind === "ping") {
    state.outbox.delete(message.id);
    return;
  }
  if (!state.outbox.get(message.id)) return;
  message.attempts += 1;
  message.due = now + pause;
  state.outbox.put(message.id, message);
}
