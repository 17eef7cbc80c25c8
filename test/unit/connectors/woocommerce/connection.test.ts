import { describe, expect, test } from "vitest";
import { z } from "zod";
import { woocommerce } from "../../../../src/connectors/carts/woocommerce/index.ts";
import { createShop } from "./shop.ts";

describe("settings", () => {
  test.each([
    ["https://shop.example/", "https://shop.example"],
    ["https://example.com/our/shop//", "https://example.com/our/shop"],
    ["http://127.0.0.1:8788", "http://127.0.0.1:8788"],
  ])("%s is the shop at %s", (given, kept) => {
    expect(woocommerce.settings.parse({ store_url: given })).toEqual({
      store_url: kept,
      complete_orders: true,
    });
  });

  test.each([
    "shop.example",
    "javascript:alert(1)",
    "https://ck_1:cs_1@shop.example",
    "https://shop.example/?rest_route=/",
    "",
  ])("%s is no shop", (store_url) => {
    expect(woocommerce.settings.safeParse({ store_url }).success).toBe(false);
  });

  test("pasted keys lose the blanks around them, and what cannot be a key is told at once", () => {
    const keys = { consumer_key: " ck_1\n", consumer_secret: "cs_1" };
    expect(woocommerce.secrets.parse(keys)).toEqual({
      consumer_key: "ck_1",
      consumer_secret: "cs_1",
    });
    expect(woocommerce.secrets.safeParse({ ...keys, consumer_key: "ck:1" }).success).toBe(false);
  });

  test("every field has a title and a description, for form and API", () => {
    for (const shape of [woocommerce.settings, woocommerce.secrets]) {
      const { properties } = z.toJSONSchema(shape, { io: "input" });
      for (const field of Object.values(properties ?? {})) {
        expect(field).toMatchObject({ title: expect.any(String), description: expect.any(String) });
      }
    }
  });

  test("an order has its page in the shop", () => {
    expect(
      woocommerce.orderUrl?.({ store_url: "https://shop.example/de", complete_orders: true }, "12"),
    ).toBe("https://shop.example/de/wp-admin/admin.php?page=wc-orders&action=edit&id=12");
  });
});

describe("the check", () => {
  test("of a good key names the shop and changes nothing", async () => {
    const shop = createShop();
    const order = shop.add();
    const before = structuredClone(order);
    expect(await woocommerce.check(shop.call())).toEqual({
      ok: true,
      vendor: "WooCommerce 10.9.1",
      problems: [],
    });
    expect(order).toEqual(before);
  });

  test("of a wrong key fails as unauthorized, and the message holds no key", async () => {
    const shop = createShop();
    const call = shop.call();
    const wrong = { ...call, secrets: { consumer_key: "ck_wrong", consumer_secret: "cs_wrong" } };
    const failure = await woocommerce.check(wrong).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "unauthorized" });
    expect(String(failure)).not.toMatch(/ck_wrong|cs_wrong/);
  });

  test("of a key that may only read says so", async () => {
    const shop = createShop();
    shop.state.instead = (method) =>
      method === "GET"
        ? null
        : Response.json({ code: "woocommerce_rest_authentication_error" }, { status: 401 });
    const report = await woocommerce.check(shop.call());
    expect(report.ok).toBe(false);
    expect(report.problems).toEqual([expect.stringContaining("Read/Write")]);
  });

  test("of a user without webhooks passes with a warning", async () => {
    const shop = createShop();
    shop.state.instead = (_, path) =>
      path === "/webhooks" ? Response.json({ code: "cannot_list" }, { status: 403 }) : null;
    const report = await woocommerce.check(shop.call());
    expect(report.ok).toBe(true);
    expect(report.problems).toEqual([expect.stringContaining("webhooks")]);
  });

  test.each([
    ["plain permalinks", () => new Response("<html>Not found</html>", { status: 404 })],
    ["no route", () => Response.json({ code: "rest_no_route" }, { status: 404 })],
    ["a page of a security plugin", () => new Response("<html>Are you human?</html>")],
  ])("of a shop with %s names the fix", async (_, answer) => {
    const shop = createShop();
    shop.state.instead = answer;
    const report = await woocommerce.check(shop.call());
    expect(report.ok).toBe(false);
    expect(report.problems).toEqual([expect.stringContaining("Permalinks")]);
  });

  test.each([
    [429, "throttled"],
    [503, "unavailable"],
  ])("of a shop that answers %i fails as %s", async (status, kind) => {
    const shop = createShop();
    shop.state.instead = () => new Response("", { status, headers: { "retry-after": "7" } });
    await expect(woocommerce.check(shop.call())).rejects.toMatchObject({
      kind,
      retry_after_ms: 7000,
    });
  });
});

test("what shops say cryptically has a cause and a fix", () => {
  for (const message of [
    "Consumer key is invalid.",
    "The API key provided does not have write permissions.",
    "Sorry, you cannot list resources.",
    "No route was found matching the URL and request method.",
    "Invalid parameter(s): status",
    "Invalid order ID.",
    'shop.example sent an HTML page ("Attention Required!") where JSON was due (200).',
    "cURL error 28: Operation timed out",
  ]) {
    expect(woocommerce.hints?.some(({ pattern }) => pattern.test(message))).toBe(true);
  }
});
