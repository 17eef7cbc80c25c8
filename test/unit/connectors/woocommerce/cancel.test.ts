import { describe, expect, test } from "vitest";
import { cancel as cancelOrder, createShop, type Shop, type ShopOrder } from "./shop.ts";

const cancel = (shop: Shop, order: Pick<ShopOrder, "id">, reason = "Out of stock") =>
  cancelOrder(shop.call(), String(order.id), reason);
const writes = (shop: Shop) =>
  shop.state.asked
    .filter(({ method }) => method !== "GET")
    .map(({ method, path, body }) => [method, path.replace(/\d+/, "ID"), body]);

describe("calling off an order in the shop", () => {
  test("leaves a private note with the reason, then sets the status", async () => {
    const shop = createShop();
    const order = shop.add();
    expect(await cancel(shop, order)).toEqual({ kind: "cancelled" });
    expect(order.status).toBe("cancelled");
    expect(writes(shop)).toEqual([
      ["POST", "/orders/ID/notes", { note: "Out of stock", customer_note: false }],
      ["PUT", "/orders/ID", { status: "cancelled" }],
    ]);
  });

  test("twice is once", async () => {
    const shop = createShop();
    const order = shop.add();
    await cancel(shop, order);
    expect(await cancel(shop, order)).toEqual({ kind: "cancelled" });
    expect(writes(shop)).toHaveLength(2);
  });

  test("whose second step failed says its reason once", async () => {
    const shop = createShop();
    const order = shop.add();
    shop.state.instead = (method) => (method === "PUT" ? new Response("", { status: 503 }) : null);
    await expect(cancel(shop, order)).rejects.toMatchObject({ kind: "unavailable" });
    shop.state.instead = null;
    expect(await cancel(shop, order)).toEqual({ kind: "cancelled" });
    expect(order.notes).toHaveLength(1);
  });

  test("without a reason adds no note", async () => {
    const shop = createShop();
    expect(await cancel(shop, shop.add(), "  ")).toEqual({ kind: "cancelled" });
    expect(writes(shop)).toEqual([["PUT", "/orders/ID", { status: "cancelled" }]]);
  });

  test.each(["cancelled", "refunded", "trash"])(
    "that is %s already writes nothing",
    async (status) => {
      const shop = createShop();
      expect(await cancel(shop, shop.add({ status }))).toEqual({ kind: "cancelled" });
      expect(writes(shop)).toEqual([]);
    },
  );

  test("that the shop does not have is called off", async () => {
    const shop = createShop();
    expect(await cancel(shop, { id: 404 })).toEqual({ kind: "cancelled" });
    expect(await cancelOrder(shop.call(), "no-number", "x")).toEqual({ kind: "cancelled" });
  });

  test("that is completed comes too late", async () => {
    const shop = createShop();
    const order = shop.add({ status: "completed" });
    expect(await cancel(shop, order)).toEqual({
      kind: "too_late",
      message: "The shop has set this order to Completed.",
    });
    expect(writes(shop)).toEqual([]);
    expect(order.status).toBe("completed");
  });

  test("is not done because a page with 404 or another status came back", async () => {
    const shop = createShop();
    const order = shop.add();
    shop.state.instead = () => new Response("<html>Not found</html>", { status: 404 });
    await expect(cancel(shop, order)).rejects.toMatchObject({ kind: "bad_response" });
    shop.state.instead = () => Response.json({ code: "rest_no_route" }, { status: 404 });
    await expect(cancel(shop, order)).rejects.toMatchObject({ kind: "bad_response" });
    shop.state.instead = (method) =>
      method === "PUT" ? Response.json({ status: "processing" }) : null;
    await expect(cancel(shop, order)).rejects.toMatchObject({
      kind: "bad_response",
      place: "status",
    });
  });

  test("that the shop refuses says the shop's words", async () => {
    const shop = createShop();
    shop.state.instead = (method) =>
      method === "PUT"
        ? Response.json({ code: "locked", message: "This order is locked" }, { status: 400 })
        : null;
    await expect(cancel(shop, shop.add())).rejects.toMatchObject({
      kind: "bad_request",
      message: expect.stringContaining("This order is locked"),
    });
  });
});
