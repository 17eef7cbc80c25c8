import { describe, expect, test } from "vitest";
import { woocommerce } from "../../../../src/connectors/carts/woocommerce/index.ts";
import { hmacSha256 } from "../../../../src/platform/hmac.ts";
import { capturedDeliveries, createShop, START } from "./shop.ts";

const clock = { now: () => START, sleep: async () => {} };
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const receive = (headers: Record<string, string>, body: string, keys: string[]) => {
  const receiver = woocommerce.webhooks;
  if (!receiver) throw new Error("woocommerce has webhooks");
  return receiver.receive(new Headers(headers), bytes(body), keys, clock);
};
const sign = async (key: string, body: string): Promise<string> =>
  Buffer.from(await hmacSha256(key, bytes(body))).toString("base64");
const signed = async (topic: string, body: string) => ({
  "x-wc-webhook-topic": topic,
  "x-wc-webhook-signature": await sign("key", body),
});

const { secret, deliveries } = capturedDeliveries();

describe("a captured delivery", () => {
  test.each(deliveries.map((delivery, index) => [index + 1, delivery] as const))(
    "%i is verified byte for byte and nudges its order",
    async (_, { headers, body }) => {
      const { id } = JSON.parse(body) as { id: number };
      expect(await receive(headers, body, [secret])).toEqual({
        kind: "nudges",
        nudges: [{ kind: "order", source_id: String(id) }],
      });
    },
  );

  test("is verified by any of several keys, and by no wrong one", async () => {
    for (const { headers, body } of deliveries) {
      expect((await receive(headers, body, ["new", secret])).kind).toBe("nudges");
      expect((await receive(headers, body, [secret, "old"])).kind).toBe("nudges");
      for (const keys of [[], [""], ["S3cret"], ["new", "old"]]) {
        expect((await receive(headers, body, keys)).kind).toBe("rejected");
      }
    }
  });

  test("with one bit changed, anywhere looked at, is rejected", async () => {
    for (const { headers, body } of deliveries) {
      for (const at of [0, 100, body.length - 1]) {
        const other = body.slice(0, at) + (body[at] === "x" ? "y" : "x") + body.slice(at + 1);
        expect((await receive(headers, other, [secret])).kind).toBe("rejected");
      }
      for (const signature of [
        "",
        "AAAA",
        "not base64!",
        headers["x-wc-webhook-signature"]?.slice(4),
      ]) {
        const forged = { ...headers, "x-wc-webhook-signature": signature ?? "" };
        expect((await receive(forged, body, [secret])).kind).toBe("rejected");
      }
      const bare = { ...headers };
      delete bare["x-wc-webhook-signature"];
      expect((await receive(bare, body, [secret])).kind).toBe("rejected");
    }
  });

  test("shares its delivery id with another order's, and both nudge", async () => {
    const [first, , third] = deliveries;
    expect(first?.headers["x-wc-webhook-delivery-id"]).toBe(
      third?.headers["x-wc-webhook-delivery-id"],
    );
    const verdicts = await Promise.all(
      [first, third].map((one) => receive(one?.headers ?? {}, one?.body ?? "", [secret])),
    );
    expect(verdicts).toEqual([
      { kind: "nudges", nudges: [{ kind: "order", source_id: "12" }] },
      { kind: "nudges", nudges: [{ kind: "order", source_id: "13" }] },
    ]);
  });
});

describe("other deliveries", () => {
  test("the unsigned ping of a new webhook is ignored, not rejected", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await receive(form, "webhook_id=7", [secret])).toMatchObject({
      kind: "ignored",
      verified: false,
    });
    expect(await receive(form, "webhook_id=7&id=9", [secret])).toMatchObject({ kind: "rejected" });
    const topical = { ...form, "x-wc-webhook-topic": "order.updated" };
    expect(await receive(topical, "webhook_id=7", [secret])).toMatchObject({ kind: "rejected" });
  });

  test.each(["order.created", "order.updated", "order.deleted", "order.restored"])(
    "%s nudges the order, even when only its id is left",
    async (topic) => {
      expect(await receive(await signed(topic, '{"id":13}'), '{"id":13}', ["key"])).toEqual({
        kind: "nudges",
        nudges: [{ kind: "order", source_id: "13" }],
      });
    },
  );

  test("another topic, or a body without an order, is ignored once it is verified", async () => {
    const product = await signed("product.updated", '{"id":1}');
    expect(await receive(product, '{"id":1}', ["key"])).toMatchObject({
      kind: "ignored",
      verified: true,
    });
    for (const body of ["", "[]", "{}", "<html>", '{"id":"../x"}']) {
      const verdict = await receive(await signed("order.updated", body), body, ["key"]);
      expect(verdict).toMatchObject({ kind: "ignored", verified: true });
    }
  });
});

describe("registering webhooks", () => {
  const url = "https://dray.example/webhooks/mer_1/con_unit";
  const ensure = async (shop: ReturnType<typeof createShop>, to = url, key = "key-1") => {
    const changed = await woocommerce.webhooks?.ensure?.(shop.call(), to, key);
    return changed?.changed;
  };

  test("makes one per topic, signed, and changes nothing the second time", async () => {
    const shop = createShop();
    expect(await ensure(shop)).toBe(4);
    expect(
      shop.state.webhooks.map((hook) => [hook["topic"], hook["status"], hook["secret"]]),
    ).toEqual([
      ["order.created", "active", "key-1"],
      ["order.updated", "active", "key-1"],
      ["order.deleted", "active", "key-1"],
      ["order.restored", "active", "key-1"],
    ]);
    expect(await ensure(shop)).toBe(0);
  });

  test("makes again what the shop dropped and switches on what it switched off", async () => {
    const shop = createShop();
    await ensure(shop);
    shop.state.webhooks.splice(1, 1);
    Object.assign(shop.state.webhooks[0] ?? {}, { status: "disabled" });
    expect(await ensure(shop)).toBe(2);
    expect(shop.state.webhooks).toHaveLength(4);
    expect(shop.state.webhooks.every((hook) => hook["status"] === "active")).toBe(true);
  });

  test("hands over a new secret, which no name gives away", async () => {
    const shop = createShop();
    await ensure(shop);
    expect(await ensure(shop, url, "key-2")).toBe(4);
    expect(shop.state.webhooks.map((hook) => hook["secret"])).toEqual(Array(4).fill("key-2"));
    expect(JSON.stringify(shop.state.webhooks.map((hook) => hook["name"]))).not.toContain("key-2");
  });

  test("moves its own to a new address and leaves others alone, past the first hundred too", async () => {
    const shop = createShop();
    const foreign = Array.from({ length: 120 }, (_, id) => ({
      id: id + 1000,
      name: "ERP",
      status: "active",
      topic: "order.updated",
      delivery_url: `https://erp.example/${id}`,
    }));
    shop.state.webhooks.push(...structuredClone(foreign));
    await ensure(shop);
    expect(await ensure(shop, "https://new.example/hook")).toBe(4);
    expect(shop.state.webhooks).toHaveLength(124);
    expect(shop.state.webhooks.slice(0, 120)).toEqual(foreign);
    expect(shop.state.webhooks.slice(120).map((hook) => hook["delivery_url"])).toEqual(
      Array(4).fill("https://new.example/hook"),
    );
  });

  test("goes without order.restored where the shop does not know it", async () => {
    const shop = createShop();
    const reply = shop.state;
    shop.state.instead = (method) =>
      method === "POST" && reply.webhooks.length === 3
        ? Response.json({ code: "woocommerce_rest_invalid_topic" }, { status: 400 })
        : null;
    expect(await ensure(shop)).toBe(3);
  });
});
