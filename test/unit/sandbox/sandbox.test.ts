import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { createControl } from "../../../sandbox/control.ts";
import { createCourier } from "../../../sandbox/courier.ts";
import { credentials } from "../../../sandbox/demo.ts";
import { createShop } from "../../../sandbox/shop.ts";
import { createState } from "../../../sandbox/state.ts";
import { createWarehouse } from "../../../sandbox/warehouse.ts";

const ORIGIN = "https://sandbox.example";
const NUDGE_SECRET = `whsec_${btoa("demo nudge secret 24 bytes")}`;

function open() {
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

describe("the control API", () => {
  test.each([
    ["POST", "orders", "{nonsense", "not JSON"],
    ["POST", "orders", '{"count":0}', "count"],
    ["POST", "orders", '{"count":1,"currency":"XYZ"}', "currency"],
    ["POST", "faults", '{"target":"shop","kind":"earthquake"}', "kind"],
    ["POST", "faults", '{"target":"moon","kind":"timeout"}', "target"],
    ["POST", "faults", '{"target":"shop","kind":"ignore_key"}', "kind"],
    ["POST", "stock", '{"sku":"DEMO-MUG"}', "quantity"],
    ["POST", "warehouse-webhook", '{"url":"nowhere","secret":"x"}', "url"],
    ["POST", "ship", '{"lines":[]}', "lines"],
  ])("%s %s %s is 400 and says what is wrong", async (method, path, body, word) => {
    const { control } = open();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(word);
  });

  test("what is not there is 404, and nothing is changed", async () => {
    const { control } = open();
    expect((await control("POST", "ship", { reference: "none" })).status).toBe(404);
    expect((await control("PATCH", "orders", { number: "7", status: "completed" })).status).toBe(
      404,
    );
    expect((await control("POST", "nothing")).status).toBe(404);
  });

  test("a reset empties the sandbox and never gives a number twice", async () => {
    const { control } = open();
    const first = (await control("POST", "orders", { count: 2 })).json.orders;
    await control("POST", "reset");
    expect((await control("GET", "state")).json.shop.orders).toEqual([]);
    const second = (await control("POST", "orders", { count: 1 })).json.orders;
    expect(first.map((one: { id: number }) => one.id)).not.toContain(second[0].id);
  });
});

describe("the shop", () => {
  test("pages as WordPress does, and modified_after is strict to the second", async () => {
    const { control, shop, pass } = open();
    await control("POST", "orders", { count: 3 });
    const page = await shop("GET", "orders?per_page=2&orderby=modified&order=asc");
    expect(page.json).toHaveLength(2);
    expect(page.headers.get("x-wp-total")).toBe("3");
    expect(page.headers.get("x-wp-totalpages")).toBe("2");
    const at = `${page.json[0].date_modified_gmt}Z`;
    expect((await shop("GET", `orders?modified_after=${at}`)).json).toEqual([]);
    pass(1_000);
    await control("PATCH", "orders", { number: page.json[0].number, status: "on-hold" });
    expect((await shop("GET", `orders?modified_after=${at}`)).json).toHaveLength(1);
    expect(await shop("GET", "orders?per_page=101")).toMatchObject({
      status: 400,
      json: { code: "rest_invalid_param" },
    });
  });

  test("any leaves out the trash, and trash shows nothing else", async () => {
    const { control, shop } = open();
    const [first] = (await control("POST", "orders", { count: 2 })).json.orders;
    await control("PATCH", "orders", { number: first.number, status: "trash" });
    const ids = async (query: string) =>
      (await shop("GET", query)).json.map((one: { id: number }) => one.id);
    expect(await ids("orders?status=any")).not.toContain(first.id);
    expect(await ids("orders?status=trash")).toEqual([first.id]);
  });

  test("fulfillments that are switched off are no route, and notes still work", async () => {
    const { control, shop } = open();
    const [{ id }] = (await control("POST", "orders", { count: 1 })).json.orders;
    await control("POST", "fulfillments", { on: false });
    const answer = await shop("GET", `orders/${id}/fulfillments`);
    expect(answer).toMatchObject({ status: 404, json: { code: "rest_no_route" } });
    expect((await shop("POST", `orders/${id}/notes`, { note: "hello" })).status).toBe(201);
  });

  test("a webhook whose calls fail five times in a row is switched off", async () => {
    const { control, shop, courier, answers, pass, sent } = open();
    const hook = { topic: "order.created", delivery_url: "https://dray.example/hook", secret: "s" };
    await shop("POST", "webhooks", hook);
    await courier.deliver();
    expect(sent[0]?.body).toBe("webhook_id=1");
    expect(sent[0]?.headers.has("x-wc-webhook-signature")).toBe(false);
    answers.push(500, 500, 500, 500, 500);
    await control("POST", "orders", { count: 1 });
    for (const seconds of [0, 1, 2, 5, 15]) {
      pass(seconds * 1_000);
      await courier.deliver();
    }
    expect((await shop("GET", "webhooks/1")).json.status).toBe("disabled");
  });
});

describe("the warehouse", () => {
  test("nudges are signed, and come again until they are heard", async () => {
    const { control, send, courier, answers, pass, sent } = open();
    await control("POST", "warehouse-webhook", {
      url: "https://dray.example/n",
      secret: NUDGE_SECRET,
    });
    await send("A1", "k1");
    await control("POST", "ship", {});
    answers.push(503);
    await courier.deliver();
    pass(1_000);
    await courier.deliver();
    expect(sent).toHaveLength(2);
    expect(sent[0]?.headers.get("webhook-id")).toBe(sent[1]?.headers.get("webhook-id"));
    const { headers, body } = sent[1]!;
    const at = new Date(Number(headers.get("webhook-timestamp")) * 1000);
    expect(headers.get("webhook-signature")).toBe(
      new Webhook(NUDGE_SECRET).sign(headers.get("webhook-id") ?? "", at, body),
    );
    expect(JSON.parse(body)).toMatchObject({ type: "shipment.created", data: { reference: "A1" } });
  });

  test("ignore_key makes an order of every POST, and received counts them all", async () => {
    const { control, send } = open();
    await control("POST", "faults", { target: "warehouse", kind: "ignore_key" });
    await send("A1", "k1");
    await send("A1", "k1");
    await control("DELETE", "faults");
    expect((await send("A1", "k2")).status).toBe(409);
    const { warehouse } = (await control("GET", "state")).json;
    expect(warehouse.orders).toHaveLength(2);
    expect(warehouse.received).toBe(3);
  });

  test("an unsigned order is refused", async () => {
    const { ask } = open();
    const answer = await ask("warehouse", "POST", "orders", "{}", {
      authorization: `Bearer ${credentials.api_token}`,
      "idempotency-key": "k",
    });
    expect(answer).toMatchObject({ status: 401, json: { code: "signature" } });
  });

  test("a fault with a number of times ends by itself", async () => {
    const { control, send } = open();
    await control("POST", "faults", { target: "warehouse", kind: "http500", times: 2 });
    const statuses = [await send("A1", "k"), await send("A1", "k"), await send("A1", "k")];
    expect(statuses.map((one) => one.status)).toEqual([500, 500, 201]);
  });

  test("a parcel may be partial, voided, and the order closed short", async () => {
    const { control, send } = open();
    await send("A1", "k1");
    const [first] = (await control("POST", "ship", { partial: true })).json.shipments;
    expect(first).toMatchObject({ lines: [{ quantity: 2 }], closes_order: false });
    await control("POST", "void", { shipment: first.id });
    const lines = [{ sku: "DEMO-MUG", quantity: 1 }];
    const [second] = (await control("POST", "ship", { reference: "A1", lines })).json.shipments;
    await control("POST", "close", { reference: "A1" });
    const { orders, shipments } = (await control("GET", "state")).json.warehouse;
    expect(orders).toMatchObject([{ status: "shipped", lines: [{ shipped: 1 }] }]);
    expect(shipments).toMatchObject([
      { id: first.id, status: "voided" },
      { id: second.id, closes_order: true },
    ]);
    const refused = await control("POST", "ship", { reference: "A1", lines });
    expect(refused.status).toBe(409);
  });
});
