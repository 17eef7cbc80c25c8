import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { credentials } from "../../../sandbox/demo.ts";
import { NUDGE_SECRET, open } from "./open.ts";

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

  test("an order that it calls off is told in the feed and by a signed nudge", async () => {
    const { ask, control, send, courier, sent } = open();
    const authorization = `Bearer ${credentials.api_token}`;
    const url = "https://dray.example/n";
    await control("POST", "warehouse-webhook", { url, secret: NUDGE_SECRET });
    await send("A1", "k1");
    const answer = await control("POST", "cancel", { reference: "A1", reason: "No stock" });
    expect(answer.json.orders).toMatchObject([{ reference: "A1", status: "cancelled" }]);
    const feed = await ask("warehouse", "GET", "shipments", undefined, { authorization });
    expect(feed.json.shipments).toEqual([
      { id: expect.any(String), reference: "A1", status: "cancelled", reason: "No stock" },
    ]);
    const read = `shipments?cursor=${feed.json.next_cursor}`;
    const rest = await ask("warehouse", "GET", read, undefined, { authorization });
    expect(rest.json.shipments).toEqual([]);
    await courier.deliver();
    const { headers, body } = sent[0]!;
    expect(JSON.parse(body)).toMatchObject({ type: "order.cancelled", data: { reference: "A1" } });
    const at = new Date(Number(headers.get("webhook-timestamp")) * 1000);
    expect(headers.get("webhook-signature")).toBe(
      new Webhook(NUDGE_SECRET).sign(headers.get("webhook-id") ?? "", at, body),
    );
  });

  test("what has left, in part or as a whole, cannot be called off", async () => {
    const { control, send } = open();
    await send("A1", "k1");
    await send("A2", "k2");
    await send("A3", "k3");
    const lines = [{ sku: "DEMO-MUG", quantity: 1 }];
    await control("POST", "ship", { reference: "A1", lines });
    await control("POST", "ship", { reference: "A2" });
    for (const reference of ["A1", "A2"]) {
      expect((await control("POST", "cancel", { reference })).status).toBe(409);
    }
    const { orders } = (await control("POST", "cancel", {})).json;
    expect(orders).toMatchObject([{ reference: "A3" }]);
    expect((await control("GET", "state")).json.warehouse.cancellations).toHaveLength(1);
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
