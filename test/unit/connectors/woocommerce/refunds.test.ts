import { describe, expect, test } from "vitest";
import { isUnreadable, readOrder } from "../../../../src/connectors/carts/woocommerce/map.ts";
import type { IncomingOrder } from "../../../../src/domain/incoming.ts";
import { orderShape } from "../../../../src/domain/order.ts";
import {
  createShop,
  orders,
  refundOf,
  richOrder,
  type Shop,
  type ShopOrder,
  START,
} from "./shop.ts";

/** The captured order's only line: three pieces. */
const LINE = "5";

const pull = (shop: Shop) =>
  orders.pull(shop.call(), { cursor: null, limit: 100, statuses: [], since: START - 3_600_000 });
const get = async (shop: Shop, order: ShopOrder): Promise<IncomingOrder> => {
  const read = await orders.get(shop.call(), String(order.id));
  if (read === null || isUnreadable(read)) throw new Error(read?.message ?? "gone");
  return read;
};
const asked = (shop: Shop): string[] => shop.state.asked.map(({ path }) => path);

describe("a refund of pieces", () => {
  test("leaves what is still to be sent, pulled or fetched alike", async () => {
    const shop = createShop();
    const order = shop.add({ refunds: [refundOf({ [LINE]: 1 })] });
    const fetched = await get(shop, order);
    expect((await pull(shop)).items).toEqual([fetched]);
    expect(fetched.state).toBe("open");
    expect(fetched.order.lines).toMatchObject([{ line_id: LINE, quantity: 2 }]);
  });

  test("is added to those before it, and more than was bought leaves nothing", async () => {
    const shop = createShop();
    const twice = shop.add({ refunds: [refundOf({ [LINE]: 1 }), refundOf({ [LINE]: 1 })] });
    expect((await get(shop, twice)).order.lines[0]?.quantity).toBe(1);
    const all = shop.add({ refunds: [refundOf({ [LINE]: 2 }), refundOf({ [LINE]: 2 })] });
    expect((await get(shop, all)).state).toBe("cancelled");
  });

  test("of all pieces calls the order off, which still says what it was", async () => {
    const shop = createShop();
    const order = shop.add({ refunds: [refundOf({ [LINE]: 3 })] });
    const read = await get(shop, order);
    expect(read).toMatchObject({ state: "cancelled", source_status: "processing" });
    expect(read.order.lines).toMatchObject([{ line_id: LINE, quantity: 3 }]);
    expect(orderShape.parse(read.order)).toEqual(read.order);
  });

  test("of money alone, of a line of none, or of a line that is gone changes nothing", async () => {
    const shop = createShop();
    const plain = await get(shop, shop.add({ id: 7, number: "7" }));
    for (const refund of [{ line_items: [] }, {}, refundOf({ [LINE]: 0 }), refundOf({ "99": 1 })]) {
      shop.state.orders = [];
      const read = await get(shop, shop.add({ id: 7, number: "7", refunds: [refund] }));
      expect({ ...read.order, extra_fields: null }).toEqual({ ...plain.order, extra_fields: null });
    }
  });
});

describe("what was refunded takes its money along", () => {
  const line = (id: number, quantity: number, total: string, tax: string) => ({
    ...(richOrder()["line_items"] as object[])[0],
    id,
    quantity,
    subtotal: total,
    total,
    total_tax: tax,
  });
  const row = {
    ...richOrder(),
    line_items: [line(5, 3, "30.01", "3.00"), line(6, 1, "10.00", "1.00")],
    fee_lines: [],
    shipping_total: "5.00",
    total_tax: "4.00",
    total: "49.01",
  };
  const read = (pieces: Record<string, number>): IncomingOrder => {
    const order = readOrder(row, new Map(Object.entries(pieces)));
    if (isUnreadable(order)) throw new Error(order.message);
    return order;
  };

  test("and the header still adds up", () => {
    const all: Record<string, number>[] = [
      {},
      { "5": 1 },
      { "5": 2 },
      { "6": 1 },
      { "5": 1, "6": 1 },
    ];
    for (const pieces of all) {
      const { order } = read(pieces);
      expect((order.sub_total ?? 0) + (order.sales_tax ?? 0) + (order.shipping_handling ?? 0)).toBe(
        order.grand_total,
      );
    }
  });

  test("and a piece costs what it cost", () => {
    const { order } = read({ "5": 1 });
    expect(order.lines[0]).toMatchObject({
      quantity: 2,
      price: 1000,
      extended_amount: 2001,
      tax: 200,
    });
    expect(order.grand_total).toBe(4901 - 1000 - 100);
  });

  test("and a line of which nothing is left is named among the lines of none", () => {
    const { order } = read({ "5": 3 });
    expect(order.lines.map(({ line_id, line_no }) => [line_id, line_no])).toEqual([["6", 1]]);
    expect(order.extra_fields).toMatchObject({ lines_of_none: ["5"] });
  });
});

describe("asking for refunds", () => {
  test("is one call for each open order that has some, and none for any other", async () => {
    const shop = createShop();
    const refunds = [refundOf({ [LINE]: 1 })];
    shop.add();
    const open = shop.add({ refunds });
    shop.add({ refunds, status: "refunded" });
    shop.add({ refunds, status: "cancelled" });
    await pull(shop);
    expect(asked(shop)).toEqual(["/orders", `/orders/${open.id}/refunds`]);
  });

  test.each([
    ["a refund is no object", () => Response.json([7]), "refunds[0]: "],
    [
      "a quantity is missing",
      () => Response.json([{ line_items: [{ meta_data: [] }] }]),
      "refunds[0].line_items[0].quantity: is missing.",
    ],
    [
      "a quantity is a fraction",
      () => Response.json([{ line_items: [{ quantity: -0.5, meta_data: [] }] }]),
      "refunds[0].line_items[0].quantity: is no whole number.",
    ],
    [
      "a piece names no line",
      () => Response.json([{ line_items: [{ quantity: -1, meta_data: [] }] }]),
      "refunds[0].line_items[0]: does not say which line it is of.",
    ],
    ["a page comes instead", () => new Response("<html>Hello</html>"), "refunds: "],
    [
      "the shop says no",
      () => Response.json({ code: "x", message: "Not today" }, { status: 400 }),
      "refunds: Not today",
    ],
  ])("when %s, only this order cannot be read, and it says where", async (_, answer, place) => {
    const shop = createShop();
    shop.add();
    const bad = shop.add({ refunds: [{}] });
    shop.add();
    shop.state.instead = (_method, path) => (path.endsWith("/refunds") ? answer() : null);
    const page = await pull(shop);
    expect(page.items).toHaveLength(2);
    expect(page.skipped).toMatchObject([{ source_id: String(bad.id), reason: "bad_response" }]);
    expect(page.skipped[0]?.message.startsWith(place)).toBe(true);
    expect(await orders.get(shop.call(), String(bad.id))).toEqual(page.skipped[0]);
  });

  test.each([
    [503, "unavailable"],
    [429, "throttled"],
    [401, "unauthorized"],
  ])(
    "that ends with %s fails the pull as %s, so that nothing is passed over",
    async (status, kind) => {
      const shop = createShop();
      shop.add({ refunds: [{}] });
      shop.state.instead = (_method, path) =>
        path.endsWith("/refunds") ? new Response("", { status }) : null;
      await expect(pull(shop)).rejects.toMatchObject({ kind });
    },
  );
});
