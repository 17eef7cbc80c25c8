import { Webhook } from "standardwebhooks";
import { createControl } from "../../../sandbox/control.ts";
import { createCourier } from "../../../sandbox/courier.ts";
import { credentials } from "../../../sandbox/demo.ts";
import { createShop } from "../../../sandbox/shop.ts";
import { createState } from "../../../sandbox/state.ts";
import { createWarehouse } from "../../../sandbox/warehouse.ts";

const ORIGIN = "https://sandbox.example";
export const NUDGE_SECRET = `whsec_${btoa("demo nudge secret 24 bytes")}`;

/** A sandbox in memory, its three sites, and its courier's letters. */
export function open() {
  let now = Date.parse("2026-11-21T12:00:00Z");
  const options = { now: () => now, wait: async () => {} };
  const state = createState(now);
  const sent: { url: string; headers: Headers; body: string }[] = [];
  const answers: number[] = [];
  const courier = createCourier(state, {
    now: () => now,
    async send(url, init) {
      sent.push({ url, headers: new Headers(init.headers), body: String(init.body) });
      return new Response(null, { status: answers.shift() ?? 200 });
    },
  });
  const sites = {
    control: createControl(state, options),
    shop: createShop(state, options),
    warehouse: createWarehouse(state, options),
  };
  const ask = async (
    site: keyof typeof sites,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = method === "GET" ? { method, headers } : { method, headers, body: text ?? "" };
    const answer = await sites[site].fetch(new Request(`${ORIGIN}/${site}/${path}`, init));
    return {
      status: answer.status,
      json: JSON.parse(await answer.text()),
      headers: answer.headers,
    };
  };
  const control = (method: string, path: string, body?: unknown) =>
    ask("control", method, path, body);
  const shop = (method: string, path: string, body?: unknown) =>
    ask("shop", method, `wp-json/wc/v3/${path}`, body, {
      authorization: `Basic ${btoa(`${credentials.consumer_key}:${credentials.consumer_secret}`)}`,
    });
  const send = (reference: string, key: string) => {
    const body = JSON.stringify({
      reference,
      number: "1",
      lines: [{ line_id: "1", sku: "DEMO-MUG", quantity: 3 }],
    });
    return ask("warehouse", "POST", "orders", body, {
      authorization: `Bearer ${credentials.api_token}`,
      "idempotency-key": key,
      "webhook-id": key,
      "webhook-timestamp": String(now / 1000),
      "webhook-signature": new Webhook(credentials.signing_secret).sign(key, new Date(now), body),
    });
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { ask, control, shop, send, courier, sent, answers, pass };
}
