import { describe, expect, test } from "vitest";
import { open } from "./open.ts";

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
    ["POST", "orders", '{"number":""}', "number"],
    ["POST", "cancel", '{"reference":""}', "reference"],
    ["PATCH", "orders", '{"refund":[{"sku":"DEMO-MUG","quantity":0}]}', "refund"],
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
    expect((await control("POST", "cancel", { reference: "none" })).status).toBe(404);
    expect((await control("PATCH", "orders", { numbers: ["7"], status: "completed" })).status).toBe(
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

  test("an order is made as wished: number, address, lines, digital or not", async () => {
    const { control, shop } = open();
    const lines = [{ sku: "DEMO-MUG", quantity: 4 }];
    const place = { country: "CA", state: "ON", postcode: "M5V 2T6" };
    const [made] = (await control("POST", "orders", { ...place, lines, number: "W-7" })).json
      .orders;
    expect(made.number).toBe("W-7");
    expect((await shop("GET", `orders/${made.id}`)).json).toMatchObject({
      number: "W-7",
      shipping: place,
      line_items: [{ sku: "DEMO-MUG", quantity: 4 }],
      needs_processing: true,
    });
    const [other] = (await control("POST", "orders", { digital: true })).json.orders;
    expect((await shop("GET", `orders/${other.id}`)).json).toMatchObject({
      needs_processing: false,
      shipping_lines: [],
      shipping_total: "0.00",
    });
  });

  test.each([
    [{ status: "processing" }, true],
    [{ status: "pending" }, false],
    [{ status: "processing", paid: false }, false],
    [{ status: "pending", paid: true }, true],
  ])("the order %j is paid: %s", async (wish, paid) => {
    const { control, shop } = open();
    const [{ id }] = (await control("POST", "orders", wish)).json.orders;
    expect((await shop("GET", `orders/${id}`)).json.date_paid_gmt !== null).toBe(paid);
  });

  test("cash on delivery is paid when the order is completed, any other when it is in work", async () => {
    const { control, shop } = open();
    const paid = async (id: number, status: string) =>
      (await shop("PUT", `orders/${id}`, { status })).json.date_paid_gmt !== null;
    const [cod] = (await control("POST", "orders", { paid: false })).json.orders;
    expect([await paid(cod.id, "on-hold"), await paid(cod.id, "processing")]).toEqual([
      false,
      false,
    ]);
    expect(await paid(cod.id, "completed")).toBe(true);
    const [card] = (await control("POST", "orders", { status: "pending" })).json.orders;
    expect(await paid(card.id, "processing")).toBe(true);
  });

  test("a refund of pieces bumps the order, keeps its lines, and is listed by line", async () => {
    const { control, shop, pass } = open();
    const lines = [{ sku: "DEMO-MUG", quantity: 3 }, { sku: "DEMO-BAG" }];
    const [{ id, number }] = (await control("POST", "orders", { lines })).json.orders;
    const before = (await shop("GET", `orders/${id}`)).json;
    pass(1_000);
    const refund = [{ sku: "DEMO-MUG", quantity: 2 }];
    expect((await control("PATCH", "orders", { number, refund })).status).toBe(200);
    const after = (await shop("GET", `orders/${id}`)).json;
    expect(after.line_items).toEqual(before.line_items);
    expect(after.date_modified_gmt).not.toBe(before.date_modified_gmt);
    expect(after.refunds).toMatchObject([{ total: "-25.98" }]);
    expect((await shop("GET", `orders/${id}/refunds?per_page=100`)).json).toMatchObject([
      {
        id: after.refunds[0].id,
        line_items: [
          {
            quantity: -2,
            meta_data: [{ key: "_refunded_item_id", value: String(before.line_items[0].id) }],
          },
        ],
      },
    ]);
    expect((await control("PATCH", "orders", { number, refund })).status).toBe(409);
    expect((await shop("GET", `orders/${id}`)).json.refunds).toHaveLength(1);
  });

  test("a refund of all its money makes an order refunded", async () => {
    const { control } = open();
    const lines = [{ sku: "DEMO-MUG", quantity: 1 }];
    const wishes = [{ lines }, { lines, digital: true }];
    for (const wish of wishes) await control("POST", "orders", wish);
    const refund = [{ sku: "DEMO-MUG", quantity: 1 }];
    const { orders } = (await control("PATCH", "orders", { refund })).json;
    expect(orders).toMatchObject([{ status: "processing" }, { status: "refunded" }]);
  });

  test("orders are found by what they are called, and by when they were placed", async () => {
    const { control, shop, pass } = open();
    await control("POST", "orders", { number: "W-7" });
    pass(60_000);
    const [late] = (await control("POST", "orders", {})).json.orders;
    const found = async (query: string) =>
      (await shop("GET", `orders?${query}`)).json.map((one: { number: string }) => one.number);
    expect(await found("search=w-7")).toEqual(["W-7"]);
    expect(await found(`search=${late.id}`)).toEqual([late.number]);
    expect(await found("after=2026-11-21T11:59:59Z&before=2026-11-21T12:00:01Z")).toEqual(["W-7"]);
    expect(await found("after=2026-11-21T12:00:00Z")).toEqual([late.number]);
    expect(await found("orderby=date&order=asc")).toEqual(["W-7", late.number]);
    expect(await found("before=2026-11-21T12:00:00Z")).toEqual([]);
  });

  test("several orders are patched by their numbers, and no other", async () => {
    const { control } = open();
    const { orders } = (await control("POST", "orders", { count: 3 })).json;
    const numbers = [orders[0].number, orders[2].number];
    await control("PATCH", "orders", { numbers, status: "on-hold" });
    const { shop } = (await control("GET", "state")).json;
    expect(shop.orders.map((one: { status: string }) => one.status)).toEqual([
      "on-hold",
      "processing",
      "on-hold",
    ]);
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
