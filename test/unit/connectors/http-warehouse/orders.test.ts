import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { ConnectorFailure } from "../../../../src/domain/errors.ts";
import { addressShape, orderLineShape, orderShape } from "../../../../src/domain/order.ts";
import { callWith, NOW, SIGNING_SECRET, wms, wmsOrder } from "./wms.ts";

const kindOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (failure) {
    if (failure instanceof ConnectorFailure) return failure.kind;
    throw failure;
  }
  return "no failure";
};

describe("submit", () => {
  test("sends the domain order with its reference, the key, the token and a signature that any Standard Webhooks library verifies", async () => {
    const { call, sent } = callWith(() => ({
      status: 201,
      body: { id: "W-1", reference: "A/1" },
    }));
    const order = wmsOrder("A/1");
    expect(await wms.orders.submit(call, order, "dlv_1")).toEqual({
      kind: "accepted",
      wms_order_id: "W-1",
    });

    const [request] = sent;
    expect(request).toMatchObject({ method: "POST", url: "https://warehouse.example/dray/orders" });
    expect(JSON.parse(String(request?.body))).toEqual({ reference: "A/1", ...order.order });
    expect(request?.headers).toMatchObject({
      authorization: "Bearer tok_unit",
      "idempotency-key": "dlv_1",
      "webhook-id": "dlv_1",
      "webhook-timestamp": String(NOW / 1000),
    });
    expect(request?.headers?.["webhook-signature"]).toBe(
      new Webhook(SIGNING_SECRET).sign("dlv_1", new Date(NOW), String(request?.body)),
    );
  });

  test.each([
    [200, { id: "W-1", reference: "A1" }, { kind: "accepted", wms_order_id: "W-1" }],
    [409, { code: "duplicate" }, { kind: "duplicate" }],
    ...(["address", "ship_method", "other"] as const).map(
      (code) => [422, { code, message: "no" }, { kind: "refused", code, message: "no" }] as const,
    ),
    [422, { code: "item_code", message: "no" }, { kind: "refused", code: "code", message: "no" }],
    [422, { code: "mood", message: "no" }, { kind: "refused", code: "other", message: "no" }],
  ] as const)("%s %j is the outcome %j", async (status, body, outcome) => {
    const { call } = callWith(() => ({ status, body }));
    expect(await wms.orders.submit(call, wmsOrder("A1"), "k")).toEqual(outcome);
  });

  test.each([
    [201, { id: "W-1", reference: "somebody else's" }, "bad_response"],
    [201, { reference: "A1" }, "bad_response"],
    [202, { id: "W-1", reference: "A1" }, "bad_response"],
    [400, { code: "malformed" }, "bad_request"],
    [404, "<h1>Not here</h1>", "bad_request"],
    [409, { code: "in_progress" }, "bad_request"],
    [409, "<h1>Conflict</h1>", "bad_response"],
    [422, { code: "address" }, "bad_response"],
  ] as const)("%s %j is the failure %s", async (status, body, kind) => {
    const { call } = callWith(() => ({ status, body }));
    expect(await kindOf(wms.orders.submit(call, wmsOrder("A1"), "k"))).toBe(kind);
  });
});

describe("find", () => {
  test("a reference with any character in it stays one path segment", async () => {
    const { call, sent } = callWith(() => ({
      status: 200,
      body: { id: "W-1", reference: "A/1 ?#", status: "shipped" },
    }));
    expect(await wms.orders.find(call, "A/1 ?#")).toEqual({
      wms_order_id: "W-1",
      status: "shipped",
    });
    expect(sent[0]?.url).toBe("https://warehouse.example/dray/orders/A%2F1%20%3F%23");
  });

  test("an order that the warehouse called off is there, cancelled", async () => {
    const body = { id: "W-1", reference: "A1", status: "cancelled" };
    const { call } = callWith(() => ({ status: 200, body }));
    expect(await wms.orders.find(call, "A1")).toEqual({ wms_order_id: "W-1", status: "cancelled" });
  });

  test("only the warehouse's own not_found means that it does not have the order", async () => {
    const sure = callWith(() => ({ status: 404, body: { code: "not_found" } }));
    expect(await wms.orders.find(sure.call, "A1")).toBeNull();
    const proxy = callWith(() => ({ status: 404, body: "<h1>No such page</h1>" }));
    expect(await kindOf(wms.orders.find(proxy.call, "A1"))).toBe("bad_response");
    const other = callWith(() => ({ status: 404, body: { code: "no_route" } }));
    expect(await kindOf(wms.orders.find(other.call, "A1"))).toBe("bad_request");
  });
});

describe("cancel", () => {
  test.each([
    [200, { id: "W-1", reference: "A/1", status: "cancelled" }, { kind: "cancelled" }],
    [404, { code: "not_found" }, { kind: "cancelled" }],
    [
      409,
      { code: "too_late", message: "On the truck" },
      { kind: "too_late", message: "On the truck" },
    ],
    [
      409,
      { code: "too_late" },
      { kind: "too_late", message: "The warehouse says it is too late." },
    ],
  ] as const)("%s %j is %j", async (status, body, outcome) => {
    const { call, sent } = callWith(() => ({ status, body }));
    expect(await wms.cancel?.(call, "A/1")).toEqual(outcome);
    expect(sent[0]).toMatchObject({
      method: "POST",
      url: "https://warehouse.example/dray/orders/A%2F1/cancel",
      body: '{"reference":"A/1"}',
    });
    expect(sent[0]?.headers?.["webhook-signature"]).toMatch(/^v1,/);
  });

  test("any other answer is no answer", async () => {
    const open = callWith(() => ({
      status: 200,
      body: { id: "W-1", reference: "A1", status: "open" },
    }));
    expect(await kindOf(wms.cancel!(open.call, "A1"))).toBe("bad_response");
    const page = callWith(() => ({ status: 200, body: "<h1>Hello</h1>" }));
    expect(await kindOf(wms.cancel!(page.call, "A1"))).toBe("bad_response");
    const { call } = callWith(() => ({ status: 404, body: { code: "no_route" } }));
    expect(await kindOf(wms.cancel!(call, "A1"))).toBe("bad_request");
  });
});

describe("check", () => {
  test("a warehouse that answers as agreed is well, and says its name if it likes", async () => {
    const { call, sent } = callWith(() => ({
      status: 200,
      body: { products: [], next_cursor: null, has_more: false },
      headers: { "x-warehouse": "Demo warehouse" },
    }));
    expect(await wms.check(call)).toEqual({ ok: true, vendor: "Demo warehouse", problems: [] });
    expect(sent.map((request) => request.method ?? "GET")).toEqual(["GET"]);
  });

  test("a page that is no feed is a problem that names the base URL", async () => {
    const { call } = callWith(() => ({ status: 200, body: "<h1>Hello</h1>" }));
    const report = await wms.check(call);
    expect(report.ok).toBe(false);
    expect(report.problems[0]).toContain("base URL");
  });
});

test.each([
  [{ api_token: "a b", signing_secret: SIGNING_SECRET }],
  [{ api_token: "", signing_secret: SIGNING_SECRET }],
  [{ api_token: "t", signing_secret: "hunter2" }],
  [{ api_token: "t", signing_secret: "whsec_" }],
  [{ api_token: "t", signing_secret: "whsec_c2hvcnQ=" }],
])("secrets that could not be sent or would not sign are refused: %j", (secrets) => {
  expect(wms.secrets.safeParse(secrets).success).toBe(false);
});

test("the OpenAPI document names every field of the order that is sent", () => {
  const document = readFileSync("docs/http-warehouse.openapi.yaml", "utf8");
  const fields = [orderShape, orderLineShape, addressShape].flatMap((one) =>
    Object.keys(one.shape),
  );
  // Lines that bear these marks stay here.
  const ours = ["filtered", "digital", "left_out"];
  const missing = fields
    .filter((field) => !ours.includes(field))
    .filter((field) => !new RegExp(`^ +${field}:`, "m").test(document));
  expect(fields.length).toBeGreaterThan(60);
  expect(missing).toEqual([]);
});
